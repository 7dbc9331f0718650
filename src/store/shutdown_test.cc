// A store that closes: it always ends, and says what it left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class ShutdownTest : public testing::Test {
 protected:
  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, game_.purses, "p");
  Profile<Purse> q_ = load(world_, game_.purses, "q");
};

TEST_F(ShutdownTest, SavesEverythingAndEndsTheLease) {
  game_.on_last_save = [](Profile<Purse>, Purse& data, EndReason why) {
    EXPECT_EQ(why, EndReason::shutdown);
    data.gold += 1;
  };
  const MonotonicTime began = world_.clock().now();
  const ShutdownReport report = game_.store.shutdown();
  EXPECT_LT(world_.clock().now() - began, 200ms);
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.saved, 2U);
  EXPECT_THAT(report.left_in_journal, IsEmpty());
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(game_.store.state(), StoreState::closed);
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_THAT(world_.database().leases().value(), IsEmpty());
  EXPECT_THAT(game_.told, UnorderedElementsAre("p ended shutdown", "q ended shutdown"));
}

TEST_F(ShutdownTest, ASecondServerHasThemAtOnce) {
  (void)game_.store.shutdown();
  const MonotonicTime began = world_.clock().now();
  EXPECT_EQ(load(world_, play(world_, "b").purses, "p")->gold, 100);
  EXPECT_LT(world_.clock().now() - began, 100ms);
}

TEST_F(ShutdownTest, RefusesWhatComesNowAndEndsEveryLoad) {
  std::vector<std::string> told;
  const auto note = [&](Result<Profile<Purse>> p) {
    told.push_back(p ? "ok" : std::string(name(p.error().code())));
  };
  game_.purses.load("r", note);
  game_.store.begin_shutdown();
  game_.purses.load("s", note);
  bool removed = true;
  game_.purses.remove("t", [&](Result<void> done) { removed = done.has_value(); });
  world_.advance(1s);
  EXPECT_THAT(told, ElementsAre("shutting_down", "shutting_down"));
  EXPECT_FALSE(removed);
  EXPECT_TRUE(game_.store.shutdown_report().finished);
  EXPECT_EQ(game_.store.shutdown_report().saved, 2U);
  const auto row = stored(world_, "r");
  EXPECT_TRUE(!row || !row->envelope.owner || world_.database().leases()->empty());
}

TEST_F(ShutdownTest, WaitsForASaveUnderWay) {
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, 3);
  p_.commit();
  world_.advance(20ms);
  ASSERT_TRUE(give(p_, 1));
  const ShutdownReport report = game_.store.shutdown();
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(stored_gold(world_, "p"), 102);
}

TEST_F(ShutdownTest, DuringAnOutageEndsInTimeAndTheNextStartReplays) {
  ASSERT_TRUE(give(p_, 1));
  world_.outage(30s);
  const MonotonicTime began = world_.clock().now();
  const ShutdownReport report = game_.store.shutdown(8s);
  EXPECT_TRUE(report.finished);
  EXPECT_GE(world_.clock().now() - began, 8s);
  EXPECT_LT(world_.clock().now() - began, 9s);
  EXPECT_EQ(report.saved, 0U);
  EXPECT_THAT(report.left_in_journal,
              UnorderedElementsAre(ProfileKey{"Purses", "p"}, ProfileKey{"Purses", "q"}));
  ASSERT_THAT(report.errors, SizeIs(1));
  EXPECT_EQ(report.errors[0].text(),
            "timed_out: 2 sessions could not be saved by the deadline; their edits are in the "
            "journal and are replayed by the next start");
  EXPECT_EQ(world_.database().leases()->size(), 1U) << "its sessions are left to the lease";
  world_.server("a").restart();
  Game& again = world_.server("a").make<Game>();
  EXPECT_EQ(try_load(world_, again.purses, "p", {.deadline = 60s}).value()->gold, 101);
}

TEST_F(ShutdownTest, BeforeTheLeaseIsOpenEndsAtOnce) {
  World world;
  world.outage(60s);
  Game& game = play(world, "a");
  game.purses.load("p", [](Result<Profile<Purse>>) {});
  const MonotonicTime began = world.clock().now();
  EXPECT_TRUE(game.store.shutdown().finished);
  EXPECT_LT(world.clock().now() - began, 1s);
}

TEST_F(ShutdownTest, WhileTheLeaseIsJustBeingOpenedLeavesNone) {
  for (int i = 0; i < 30; ++i) {
    World world({.seed = static_cast<std::uint64_t>(i + 1)});
    Game& game = play(world, "a");
    world.advance(std::chrono::microseconds(100 * i));
    EXPECT_TRUE(game.store.shutdown().finished);
    world.advance(1s);
    EXPECT_THAT(world.database().leases().value(), IsEmpty()) << i;
  }
}

TEST_F(ShutdownTest, AfterADeathInMidShutdownNothingIsLost) {
  for (int i = 0; i < 12; ++i) {
    World world({.seed = static_cast<std::uint64_t>(i + 1)});
    Game& game = play(world, "a");
    Profile<Purse> p = load(world, game.purses, "p");
    ASSERT_TRUE(give(p, 1));
    game.store.begin_shutdown();
    world.advance(i * 2ms);
    world.server("a").crash();
    EXPECT_EQ(load(world, play(world, "b").purses, "p")->gold, 101) << i;
  }
}

TEST_F(ShutdownTest, WithATransactionStoresIt) {
  Profile<Guild> g = load(world_, game_.guilds, "g");
  ASSERT_TRUE(donate(game_.store, p_, g, 40));
  ASSERT_TRUE(donate(game_.store, q_, g, 40));
  EXPECT_EQ(game_.store.shutdown().saved, 3U);
  EXPECT_EQ(stored_vault(world_, "g"), 80);
  EXPECT_EQ(stored_gold(world_, "q"), 60);
}

TEST_F(ShutdownTest, ThatIsBegunTwiceIsOne) {
  game_.store.begin_shutdown();
  game_.store.begin_shutdown(1ms);
  const ShutdownReport report = game_.store.shutdown(1ms);
  EXPECT_EQ(report.saved, 2U);
}

TEST_F(ShutdownTest, WaitsUntilWhatIsSetAsideIsInQuarantine) {
  world_.fail_next(Call::set_aside, {.fault = Fault::unavailable}, 2);
  EXPECT_TRUE(commit(world_, p_));
  const Envelope row = stored(world_, "p")->envelope;
  EXPECT_TRUE(world_.database().withdraw(
      {.key = {"Purses", "p"}, .self = *row.owner, .session = row.session, .ask = {}}));
  ASSERT_TRUE(give(p_, 1));
  const ShutdownReport report = game_.store.shutdown();
  EXPECT_EQ(report.saved, 1U);
  EXPECT_THAT(quarantine(world_), SizeIs(1));
}

}  // namespace
}  // namespace keepsake::test
