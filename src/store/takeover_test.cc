// Servers that die, freeze and come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TakeoverTest : public testing::Test {
 protected:
  std::size_t open_leases() {
    const auto leases = world_.database().leases().value();
    return static_cast<std::size_t>(std::count_if(
        leases.begin(), leases.end(), [](const Lease& l) { return l.state == LeaseState::open; }));
  }
  World world_;
  Game& a_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
};

TEST_F(TakeoverTest, EveryEditThatReturnedIsThereAfterACrash) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(give(p_, 1));
    world_.advance(10ms);
  }
  Profile<Guild> guild = load(world_, a_.guilds, "g");
  ASSERT_TRUE(guild.edit([](Guild& g) { g.vault = 5; }));
  world_.server("a").crash();
  Game& b = play(world_, "b");
  const MonotonicTime asked = world_.clock().now();
  Profile<Purse> next = load(world_, b.purses, "p");
  EXPECT_LT(world_.clock().now() - asked, 200ms);
  EXPECT_EQ(next->gold, 150);
  EXPECT_EQ(load(world_, b.guilds, "g")->vault, 5);
  EXPECT_GE(b.store.stats().recovered_edits, 2U);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(TakeoverTest, ATransactionIsThereAsAWholeAfterACrash) {
  Profile<Guild> guild = load(world_, a_.guilds, "g");
  world_.advance(6s);
  world_.on_call([](const World::Server& from, const CallInfo& call) -> Injection {
    const bool lost = from.id() == "a" && call.call == Call::commit;
    return {.fault = lost ? Fault::request_lost : Fault::none};
  });
  ASSERT_TRUE(donate(a_.store, p_, guild, 30));
  world_.advance(30ms);
  world_.server("a").crash();
  EXPECT_EQ(stored_vault(world_, "g"), 0);
  Game& b = play(world_, "b");
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 70);
  EXPECT_EQ(load(world_, b.guilds, "g")->vault, 30);
}

TEST_F(TakeoverTest, AServerOnAnotherMachineWaitsForTheLease) {
  ASSERT_TRUE(give(p_, 1));
  EXPECT_TRUE(commit(world_, p_));
  ASSERT_TRUE(give(p_, 1000));
  Game& b = play_on(world_, "b", "far");
  world_.advance(5s);
  EXPECT_TRUE(commit(world_, p_));
  ASSERT_TRUE(give(p_, 1000));
  world_.server("a").crash();
  const MonotonicTime died = world_.clock().now();
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 1101) << "what was not saved is lost with its disk";
  EXPECT_LE(world_.clock().now() - died, 14s);
  EXPECT_GE(world_.clock().now() - died, 7s);
}

TEST_F(TakeoverTest, AMachineThatIsBackBeforeItsProfilesAreTakenReplaysItsJournal) {
  ASSERT_TRUE(give(p_, 1));
  world_.advance(1s);  // synced
  Game& b = play_on(world_, "b", "far");
  world_.advance(1s);
  world_.crash_machine();
  world_.advance(20s);
  EXPECT_EQ(open_leases(), 1U) << "its lease is closed, but nobody wants the profile";
  world_.server("a").restart();
  world_.advance(3s);
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 101);
}

TEST_F(TakeoverTest, AJournalThatIsFoundLaterGoesToQuarantine) {
  ASSERT_TRUE(give(p_, 1));
  world_.advance(200ms);
  Game& b = play_on(world_, "b", "far");
  world_.advance(1s);
  world_.crash_machine();
  Profile<Purse> next = load(world_, b.purses, "p");
  EXPECT_EQ(next->gold, 100);
  world_.server("a").restart();
  world_.advance(3s);
  const auto entries = quarantine(world_);
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].key, (ProfileKey{"Purses", "p"}));
  EXPECT_EQ(entries[0].payload, R"({"version":"2","gold":101,"things":[]})");
}

TEST_F(TakeoverTest, WhoCrashesWhileItRecoversIsRecoveredItself) {
  ASSERT_TRUE(give(p_, 1));
  Game& b = play(world_, "b");
  Profile<Purse> q = load(world_, b.purses, "q");
  ASSERT_TRUE(give(q, 2));
  world_.server("a").crash();
  b.purses.load("p", [](Result<Profile<Purse>>) {});
  world_.advance_until([&] {
    const auto leases = world_.database().leases().value();
    return std::any_of(leases.begin(), leases.end(),
                       [](const Lease& l) { return l.state == LeaseState::closed; });
  });
  world_.server("b").crash();
  Game& c = play(world_, "c");
  EXPECT_EQ(load(world_, c.purses, "p")->gold, 101);
  EXPECT_EQ(load(world_, c.purses, "q")->gold, 102);
  EXPECT_EQ(open_leases(), 1U);
}

TEST_F(TakeoverTest, RestartedUnderItsIdItReplaysItsOwnJournal) {
  ASSERT_TRUE(give(p_, 1));
  world_.server("a").restart();
  Game& again = world_.server("a").make<Game>();
  const MonotonicTime began = world_.clock().now();
  EXPECT_EQ(load(world_, again.purses, "p")->gold, 101);
  EXPECT_LT(world_.clock().now() - began, 1s) << "a free journal lock proves the other's death";
  EXPECT_EQ(open_leases(), 1U);
}

TEST_F(TakeoverTest, RestartedOnADatabaseWithoutJournalsItWaitsForItsOldLease) {
  World world({.journals = false});
  Profile<Purse> p = load(world, play(world, "a").purses, "p");
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world, p));
  world.server("a").restart();
  const MonotonicTime began = world.clock().now();
  Game& again = world.server("a").make<Game>();
  EXPECT_EQ(load(world, again.purses, "p")->gold, 101);
  EXPECT_GE(world.clock().now() - began, 10s);
  EXPECT_LE(world.clock().now() - began, 14s);
}

TEST_F(TakeoverTest, ALostReplyToTheOpeningOfALeaseCostsNoTime) {
  world_.fail_next(Call::open_lease, {.fault = Fault::reply_lost}, 2);
  Game& b = play(world_, "b");
  const MonotonicTime began = world_.clock().now();
  (void)load(world_, b.purses, "q");
  EXPECT_LT(world_.clock().now() - began, 2s);
  EXPECT_EQ(open_leases(), 2U);
}

class FrozenTest : public TakeoverTest {};

TEST_F(FrozenTest, ItsProfilesAreTakenAndWhatItHadIsRefusedAndQuarantined) {
  ASSERT_TRUE(give(p_, 1));
  world_.server("a").freeze();
  Game& b = play(world_, "b");
  Profile<Purse> next = load(world_, b.purses, "p");
  EXPECT_EQ(next->gold, 101) << "its journal was sealed and replayed";
  EXPECT_EQ(give(p_, 1).error().code(), ErrorCode::session_lost) << "before it knows of anything";
  ASSERT_TRUE(give(next, 10));
  EXPECT_TRUE(commit(world_, next));
  world_.server("a").thaw();
  world_.advance(5s);
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
  EXPECT_EQ(stored_gold(world_, "p"), 111);
  ASSERT_THAT(quarantine(world_), SizeIs(1));
  EXPECT_EQ(quarantine(world_)[0].payload, R"({"version":"2","gold":101,"things":[]})");
  EXPECT_EQ(a_.store.state(), StoreState::ready) << "under a new lease";
  EXPECT_EQ(load(world_, a_.purses, "p")->gold, 111);
}

TEST_F(FrozenTest, OnAnotherMachineItsLateEditsAreQuarantined) {
  EXPECT_TRUE(commit(world_, p_));
  world_.server("a").freeze();
  Game& b = play_on(world_, "b", "far");
  Profile<Purse> next = load(world_, b.purses, "p");
  ASSERT_TRUE(give(next, 10));
  world_.server("a").thaw();
  (void)give(p_, 1);
  world_.advance(10s);
  EXPECT_EQ(stored_gold(world_, "p"), 110);
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
  ASSERT_THAT(quarantine(world_), SizeIs(1));
  EXPECT_EQ(quarantine(world_)[0].payload, R"({"version":"2","gold":101,"things":[]})");
}

TEST_F(FrozenTest, AProfileReloadedFromWithinOnEndComesBack) {
  Profile<Purse> again;
  a_.on_end = [&](const ProfileKey& key) {
    for (int i = 0; i < 100; ++i) a_.purses.load("x" + std::to_string(i), [](auto) {});
    a_.purses.load(key.key, [&](Result<Profile<Purse>> p) { again = p ? *p : again; });
  };
  world_.server("a").freeze();
  EXPECT_TRUE(load(world_, play(world_, "b").purses, "p"));
  world_.server("a").thaw();
  EXPECT_TRUE(world_.advance_until([&] { return static_cast<bool>(again); }, 10s));
  ASSERT_TRUE(give(again, 1));
  EXPECT_TRUE(commit(world_, again));
}

// The database gave the profile just before the lease was lost: the game never uses that session.
TEST_F(FrozenTest, ALoadUnderWayWhenTheLeaseIsLostBeginsAgain) {
  Game& b = play(world_, "b");
  for (int i = 0; i < 12; ++i) {
    const std::string key = "late" + std::to_string(i);
    Profile<Purse> got;
    a_.purses.load(key, [&](Result<Profile<Purse>> p) {
      EXPECT_TRUE(p) << p.error().text();
      got = p ? *p : got;
    });
    world_.advance(std::chrono::microseconds(100 * i));
    world_.server("a").freeze();
    (void)load(world_, b.purses, "p");  // when the lease of a is closed and recovered
    world_.server("a").thaw();
    EXPECT_TRUE(world_.advance_until([&] { return static_cast<bool>(got); }, 10s)) << i;
    world_.advance(3s);
    ASSERT_TRUE(got) << i;
    ASSERT_TRUE(give(got, 1));
    EXPECT_TRUE(commit(world_, got));
    EXPECT_TRUE(end(world_, got));
    (void)load(world_, a_.purses, "p");
  }
}

// It is looked at again before it lands, when the lease is still open and no renewal gets through.
TEST_F(FrozenTest, ACloseThatLandsLateIsGoneOnWithByWhoSentIt) {
  Game& b = play(world_, "b");
  world_.server("a").freeze();
  MonotonicTime sent{};
  world_.on_call([&](const World::Server&, const CallInfo& call) -> Injection {
    const MonotonicTime now = world_.clock().now();
    if (call.call == Call::close_lease && sent == MonotonicTime{}) {
      sent = now;
      return {.fault = Fault::request_lost, .lands_after = 1s};
    }
    const bool lost = call.call == Call::renew && sent != MonotonicTime{} && now < sent + 1100ms;
    return {.fault = lost ? Fault::unavailable : Fault::none};
  });
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 100);
}

TEST_F(FrozenTest, AFrozenServerIsNotTakenBeforeItsLeaseEnds) {
  ASSERT_TRUE(give(p_, 1));
  Game& b = play(world_, "b");
  world_.advance(3s);
  world_.server("a").freeze();
  b.purses.load("p", [](Result<Profile<Purse>>) {});
  world_.advance(7s);
  world_.server("a").thaw();
  world_.advance(100ms);
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over"));
}

/// Another process of the id "x", played by hand: it renews every two seconds.
class SameIdTest : public TakeoverTest {
 protected:
  SameIdTest() {
    other_ = {.server = {"x"},
              .incarnation =
                  *world_.database().open_lease({.server = {"x"}, .journal = {}, .now_ms = 0})};
    renew();
  }
  void renew() {
    if (!alive_) return;
    const bool away = world_.clock().now() < away_until_;
    if (!away) {
      lost_ = lost_ || !world_.database().renew({.self = other_, .renewal = ++number_});
    }
    world_.at(world_.clock().now() + (away ? 500ms : 2s), [this] { renew(); });
  }
  void outage(Duration within) {
    world_.outage(within);
    away_until_ = world_.clock().now() + within;
  }
  Owner other_;
  std::uint64_t number_ = 0;
  MonotonicTime away_until_{};
  bool alive_ = true;
  bool lost_ = false;
};

TEST_F(SameIdTest, AnIdThatIsInUseIsRefusedAndTheOtherPlaysOn) {
  Game& x = play(world_, "x");
  EXPECT_EQ(try_load(world_, x.purses, "q").error().code(), ErrorCode::server_id_in_use);
  EXPECT_EQ(x.store.state(), StoreState::closed);
  EXPECT_EQ(x.store.trouble()->code(), ErrorCode::server_id_in_use);
  world_.advance(60s);
  EXPECT_FALSE(lost_);
}

TEST_F(SameIdTest, WhoseProcessDiedIsWatchedForOneLease) {
  alive_ = false;
  Game& x = play(world_, "x");
  const MonotonicTime began = world_.clock().now();
  EXPECT_TRUE(load(world_, x.purses, "q"));
  EXPECT_GE(world_.clock().now() - began, 10s);
  EXPECT_LE(world_.clock().now() - began, 14s);
  EXPECT_EQ(world_.database().renew({.self = other_, .renewal = 99}).error().code(),
            ErrorCode::lease_closed);
}

TEST_F(SameIdTest, AnOutageDuringTheWatchDoesNotCloseTheOther) {
  Game& x = play(world_, "x");
  world_.advance(1s);  // it has looked once
  for (int i = 0; i < 5; ++i) {
    outage(11s);
    world_.advance(11400ms);
    EXPECT_FALSE(lost_) << i;
  }
  world_.advance(60s);
  EXPECT_FALSE(lost_);
  EXPECT_EQ(x.store.state(), StoreState::closed);
}

class OutageTest : public TakeoverTest {};

TEST_F(OutageTest, FiveMinutesTakeNobodysPlayers) {
  Game& b = play(world_, "b");
  Game& c = play_on(world_, "c", "far");
  Profile<Purse> q = load(world_, b.purses, "q");
  Profile<Purse> r = load(world_, c.purses, "r");
  world_.outage(300s);
  for (int i = 0; i < 300; ++i) {
    world_.advance(1s);
    ASSERT_TRUE(give(p_, 1));
    ASSERT_TRUE(give(q, 1));
    ASSERT_TRUE(give(r, 1));
  }
  EXPECT_EQ(p_.state(), ProfileState::doubtful);
  EXPECT_EQ(a_.store.state(), StoreState::degraded);
  EXPECT_EQ(a_.store.trouble()->code(), ErrorCode::unavailable);
  world_.advance(30s);
  EXPECT_EQ(p_.state(), ProfileState::active);
  EXPECT_EQ(a_.store.state(), StoreState::ready);
  EXPECT_EQ(stored_gold(world_, "p"), 400);
  EXPECT_EQ(stored_gold(world_, "q"), 400);
  EXPECT_EQ(stored_gold(world_, "r"), 400);
  EXPECT_THAT(a_.told, IsEmpty());
  EXPECT_THAT(b.told, IsEmpty());
  EXPECT_THAT(c.told, IsEmpty());
}

TEST_F(OutageTest, AServerCutOffAloneLosesItsPlayersAndKnowsIt) {
  Game& b = play_on(world_, "b", "far");
  EXPECT_TRUE(commit(world_, p_));
  world_.server("a").set_reachable(false);
  world_.advance(2s);
  ASSERT_TRUE(give(p_, 1));
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 100);
  EXPECT_EQ(p_.state(), ProfileState::doubtful);
  EXPECT_TRUE(give(p_, 1)) << "into the journal";
  world_.server("a").set_reachable(true);
  world_.advance(10s);
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
  ASSERT_THAT(quarantine(world_), SizeIs(1));
  EXPECT_EQ(quarantine(world_)[0].payload, R"({"version":"2","gold":102,"things":[]})");
}

TEST_F(OutageTest, ADatabaseThatIsAwayAtTheStartIsAState) {
  World world;
  world.outage(5s);
  Game& game = play(world, "a");
  world.advance(1s);
  EXPECT_EQ(game.store.state(), StoreState::degraded);
  EXPECT_EQ(game.store.trouble()->code(), ErrorCode::unavailable);
  EXPECT_TRUE(load(world, game.purses, "p"));
  EXPECT_EQ(game.store.state(), StoreState::ready);
}

TEST_F(OutageTest, ClocksThatStepHarmNothing) {
  Game& b = play(world_, "b");
  world_.server("a").shift_wall_clock(400s);
  world_.server("b").shift_wall_clock(-400s);
  world_.advance(30s);
  ASSERT_TRUE(give(p_, 1));
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 101);
  world_.advance(20ms);  // the first server's next tick
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over"));
}

}  // namespace
}  // namespace keepsake::test
