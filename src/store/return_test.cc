// Sessions whose lease was closed while their server couldn't be heard, and which come back (rule
// 22).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

/// "a" plays, and "b" on another machine, which can't reach the journal, closes its lease.
class ReturnTest : public testing::Test {
 protected:
  ReturnTest() {
    EXPECT_TRUE(commit(world_, p_));
    world_.advance(1s);
  }
  void be_cut_off_for(Duration time) {
    world_.server("a").set_reachable(false);
    world_.advance(time);
  }
  void be_heard_again(Duration then = 5s) {
    world_.server("a").set_reachable(true);
    world_.advance(then);
  }
  [[nodiscard]] bool a_is_open() {
    const std::vector<Lease> leases = world_.database().leases().value();
    for (const Lease& lease : leases) {
      if (lease.owner == first_) return lease.state == LeaseState::open;
    }
    return false;
  }

  World world_;
  Game& a_ = play(world_, "a");
  Game& b_ = play_on(world_, "b", "far");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
  const Owner first_ = a_.store.self();
};

TEST_F(ReturnTest, ALoadOfADoubtfulSessionWaitsUntilItIsOursAgain) {
  be_cut_off_for(20s);
  ASSERT_EQ(p_.state(), ProfileState::doubtful);
  Result<Profile<Purse>> answer = Error(ErrorCode::not_found);
  a_.purses.load("p", [&](Result<Profile<Purse>> loaded) { answer = std::move(loaded); });
  world_.advance(2s);
  EXPECT_EQ(answer.error().code(), ErrorCode::not_found) << "not answered yet";
  be_heard_again();
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ((*answer)->gold, p_->gold);
}

TEST_F(ReturnTest, ALoadOfADoubtfulSessionThatIsLostGetsWhatTheOtherServerStored) {
  be_cut_off_for(20s);
  Profile<Purse> there = load(world_, b_.purses, "p");
  ASSERT_TRUE(give(there, 5));
  ASSERT_TRUE(commit(world_, there));
  Result<Profile<Purse>> answer = Error(ErrorCode::not_found);
  a_.purses.load("p", [&](Result<Profile<Purse>> loaded) { answer = std::move(loaded); });
  world_.advance(2s);
  EXPECT_FALSE(answer);
  be_heard_again();
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ((*answer)->gold, 105);
}

TEST_F(ReturnTest, ALoadOfASessionThatStaysDoubtfulEndsAtItsDeadline) {
  be_cut_off_for(20s);
  Result<Profile<Purse>> answer = Error(ErrorCode::not_found);
  a_.purses.load("p", [&](Result<Profile<Purse>> loaded) { answer = std::move(loaded); },
                 {.deadline = 3s});
  world_.advance(4s);
  EXPECT_EQ(answer.error().code(), ErrorCode::timed_out);
  EXPECT_EQ(answer.error().cause(), "this server can't tell whether the profile is still its own");
  EXPECT_EQ(p_.state(), ProfileState::doubtful) << "the session is as it was";
}

TEST_F(ReturnTest, ASessionThatNobodyTookGoesOnWithAllItsEdits) {
  be_cut_off_for(2s);
  ASSERT_TRUE(give(p_, 1));
  world_.advance(18s);
  ASSERT_FALSE(a_is_open());
  EXPECT_EQ(p_.state(), ProfileState::doubtful);
  ASSERT_TRUE(give(p_, 1)) << "into the journal";
  be_heard_again();
  EXPECT_EQ(p_.state(), ProfileState::active);
  EXPECT_EQ(p_->gold, 102);
  EXPECT_EQ(p_.info().epoch, 2U);
  EXPECT_EQ(a_.store.stats().sessions_returned, 1U);
  EXPECT_EQ(a_.store.stats().sessions_lost, 0U);
  EXPECT_EQ(stored_gold(world_, "p"), 102);
  EXPECT_EQ(stored(world_, "p")->envelope.owner, a_.store.self());
  EXPECT_NE(a_.store.self(), first_);
  EXPECT_THAT(a_.told, IsEmpty());
  EXPECT_THAT(quarantine(world_), IsEmpty());
  ASSERT_TRUE(give(p_, 1));
  EXPECT_TRUE(commit(world_, p_));
  world_.advance(60s);
  EXPECT_TRUE(p_);
  EXPECT_THAT(quarantine(world_), IsEmpty()) << "nor later, of the journal that it left";
}

TEST_F(ReturnTest, ItsEditsSinceAreReplayedLikeAnyOthers) {
  be_cut_off_for(20s);
  be_heard_again();
  ASSERT_TRUE(give(p_, 7));
  world_.server("a").crash();
  EXPECT_EQ(load(world_, play(world_, "c").purses, "p")->gold, 107);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(ReturnTest, WhatANeighbourHasReplayedIsNotStoredAgain) {
  world_.server("b").crash();
  Game& c = play(world_, "c");  // on the same machine: it seals the journal, and replays it
  (void)load(world_, c.purses, "q");
  ASSERT_TRUE(give(p_, 1));
  world_.server("a").freeze();
  world_.advance(20s);
  ASSERT_FALSE(a_is_open());
  const std::uint64_t revision = stored(world_, "p")->envelope.revision;
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  world_.server("a").thaw();
  world_.advance(5s);
  EXPECT_THAT(a_.told, IsEmpty());
  EXPECT_EQ(p_.info().epoch, 2U);
  EXPECT_EQ(stored(world_, "p")->envelope.revision, revision);
  ASSERT_TRUE(give(p_, 1));
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_EQ(stored_gold(world_, "p"), 102);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(ReturnTest, AnEndStoresATouchThatTheSealedJournalDidNotTake) {
  world_.server("b").crash();
  Game& c = play(world_, "c");  // on the same machine: it seals the journal, and replays it
  (void)load(world_, c.purses, "q");
  world_.server("a").set_reachable(false);
  ASSERT_TRUE(give(p_, 1));
  p_.commit([](const Result<std::uint64_t>&) {});
  world_.advance(100ms);
  world_.server("a").freeze();
  world_.advance(20s);
  ASSERT_FALSE(a_is_open());
  world_.server("a").thaw();
  ASSERT_TRUE(p_.touch([](Purse& purse) { purse.gold += 1; })) << "it doesn't know yet";
  Result<void> ended = Error(ErrorCode::not_found);
  p_.end([&](const Result<void>& done) { ended = done; });
  be_heard_again(10s);
  ASSERT_TRUE(ended) << ended.error().text();
  EXPECT_EQ(stored_gold(world_, "p"), 102);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(ReturnTest, WhatAnotherServerHasIsLost) {
  be_cut_off_for(2s);
  ASSERT_TRUE(give(p_, 1));
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 100);
  be_heard_again();
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
  EXPECT_THAT(quarantine(world_), SizeIs(1));
}

TEST_F(ReturnTest, WhatAnotherServerHadIsLostThoughItIsFreeAgain) {
  be_cut_off_for(2s);
  Profile<Purse> theirs = load(world_, b_.purses, "p");
  ASSERT_TRUE(give(theirs, 10));
  EXPECT_TRUE(end(world_, theirs));
  be_heard_again();
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
  EXPECT_EQ(stored_gold(world_, "p"), 110);
  EXPECT_EQ(stored(world_, "p")->envelope.owner, std::nullopt);
}

TEST_F(ReturnTest, TiedProfilesAreStoredInOneGroup) {
  Profile<Guild> g = load(world_, a_.guilds, "g");
  EXPECT_TRUE(commit(world_, g));
  world_.fail_next(Call::commit, {.fault = Fault::unavailable}, 1);
  ASSERT_TRUE(donate(a_.store, p_, g, 30));  // its save is under way as the line is cut
  be_cut_off_for(20s);
  std::size_t together = 0;
  world_.on_call([&](const World::Server&, const CallInfo& call) -> Injection {
    if (call.groups == nullptr) return {};
    for (const Group& group : *call.groups) together = std::max(together, group.members.size());
    return {};
  });
  be_heard_again();
  EXPECT_EQ(together, 2U);
  EXPECT_EQ(stored_gold(world_, "p"), 70);
  EXPECT_EQ(stored_vault(world_, "g"), 30);
  EXPECT_TRUE(p_);
  EXPECT_TRUE(g);
  EXPECT_THAT(a_.told, IsEmpty());
}

TEST_F(ReturnTest, IfOneOfATieIsTakenBothAreLost) {
  Profile<Guild> g = load(world_, a_.guilds, "g");
  EXPECT_TRUE(commit(world_, g));
  world_.server("a").set_reachable(false);
  ASSERT_TRUE(donate(a_.store, p_, g, 30));
  EXPECT_EQ(load(world_, b_.guilds, "g")->vault, 0);
  be_heard_again();
  EXPECT_FALSE(p_);
  EXPECT_FALSE(g);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_EQ(stored_vault(world_, "g"), 0);
  EXPECT_THAT(quarantine(world_), SizeIs(2));
}

TEST_F(ReturnTest, LostRepliesOnTheWayBackDoNotMatter) {
  for (const Call call : {Call::commit, Call::acquire, Call::open_lease}) {
    const Result<void> edited = give(p_, 1);
    ASSERT_TRUE(edited) << name(call) << edited.error().text();
    be_cut_off_for(20s);
    world_.fail_next(call, {.fault = Fault::reply_lost}, 2);
    be_heard_again();
    EXPECT_TRUE(p_) << name(call);
    EXPECT_EQ(stored_gold(world_, "p"), p_->gold) << name(call);
  }
  EXPECT_EQ(p_->gold, 103);
  EXPECT_THAT(a_.told, IsEmpty());
}

TEST_F(ReturnTest, ASaveThatHadLandedIsFound) {
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost});
  p_.commit();
  world_.advance(20ms);
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  world_.server("a").set_reachable(false);
  ASSERT_TRUE(give(p_, 1));
  world_.advance(20s);
  be_heard_again();
  EXPECT_TRUE(p_);
  EXPECT_EQ(stored_gold(world_, "p"), 102);
}

TEST_F(ReturnTest, AnEndThatWaitedIsMadeGood) {
  be_cut_off_for(2s);
  ASSERT_TRUE(give(p_, 1));
  p_.end();
  world_.advance(18s);
  be_heard_again();
  EXPECT_THAT(a_.told, ElementsAre("p ended released"));
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_EQ(stored(world_, "p")->envelope.owner, std::nullopt);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(ReturnTest, EffectsThatWaitedAreReleasedAndTouchesKept) {
  std::string effect;
  be_cut_off_for(2s);
  ASSERT_TRUE(give(p_, 1));
  p_.when_durable([&](const Result<std::uint64_t>& done) { effect = done ? "done" : "lost"; });
  world_.advance(18s);
  ASSERT_TRUE(p_.touch([](Purse& data) { data.gold += 5; }));
  be_heard_again();
  EXPECT_EQ(effect, "done");
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_EQ(stored_gold(world_, "p"), 106);
}

TEST_F(ReturnTest, UntilItIsBackNothingChangesAndADatabaseThatStaysAwayEndsIt) {
  world_.server("b").crash();
  Game& c = play(world_, "c");
  (void)load(world_, c.purses, "q");
  be_cut_off_for(20s);  // "c" has sealed the journal: known without the database
  EXPECT_EQ(give(p_, 1).error().code(), ErrorCode::not_now);
  EXPECT_EQ(p_.state(), ProfileState::doubtful);
  world_.advance(15s);
  EXPECT_FALSE(p_);
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
}

TEST_F(ReturnTest, ADeathOnTheWayBackLosesNothing) {
  for (int i = 0; i < 12; ++i) {
    const std::string key = "p" + std::to_string(i);
    Game& game = i == 0 ? a_ : world_.server("a").make<Game>();
    Profile<Purse> p = load(world_, game.purses, key);
    Profile<Guild> g = load(world_, game.guilds, key);
    EXPECT_TRUE(commit(world_, p));
    world_.advance(1s);
    be_cut_off_for(1s);
    ASSERT_TRUE(donate(game.store, p, g, 30));
    ASSERT_TRUE(give(p, 1));
    world_.advance(20s);
    be_heard_again(i * 15ms);
    world_.server("a").restart();
    world_.advance(15s);
    EXPECT_EQ(stored_gold(world_, key), 71) << i;
    EXPECT_EQ(stored_vault(world_, key), 30) << i;
  }
}

TEST_F(ReturnTest, AShutdownOnTheWayBackIsBounded) {
  be_cut_off_for(2s);
  ASSERT_TRUE(give(p_, 1));
  world_.advance(18s);
  world_.server("a").set_reachable(true);
  const ShutdownReport report = a_.store.shutdown(8s);
  EXPECT_TRUE(report.finished);
  world_.server("a").crash();
  EXPECT_EQ(load(world_, play(world_, "c").purses, "p")->gold, 101);
}

}  // namespace
}  // namespace keepsake::test
