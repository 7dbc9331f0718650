// A live owner passes a profile on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HandoffTest : public testing::Test {
 protected:
  World world_;
  Game& a_ = play(world_, "a");
  Game& b_ = play(world_, "b");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
};

TEST_F(HandoffTest, TheOldOwnerSavesBeforeTheNewOwnerReads) {
  ASSERT_TRUE(give(p_, 7));
  a_.on_last_save = [](Profile<Purse>, Purse& data, EndReason why) {
    EXPECT_EQ(why, EndReason::handed_over);
    data.things = {"last"};
  };
  const MonotonicTime asked = world_.clock().now();
  Profile<Purse> next = load(world_, b_.purses, "p");
  EXPECT_LT(world_.clock().now() - asked, 60ms);
  EXPECT_EQ(next->gold, 107);
  EXPECT_THAT(next->things, ElementsAre("last"));
  EXPECT_EQ(next.info().epoch, 2U);
  world_.advance(20ms);
  EXPECT_FALSE(p_);
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over"));
  EXPECT_EQ(a_.store.stats().handoffs, 1U);
}

TEST_F(HandoffTest, AnEditAfterTheLastSaveIsRefused) {
  ErrorCode refused = ErrorCode::malformed;
  b_.purses.load("p", [](Result<Profile<Purse>>) {});
  EXPECT_TRUE(world_.advance_until([&] { return p_.state() == ProfileState::ending; }));
  refused = give(p_, 1).error().code();
  EXPECT_EQ(refused, ErrorCode::session_ending);
  world_.advance(1s);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
}

TEST_F(HandoffTest, WorksWithoutNotifications) {
  world_.lose_notifications();
  const MonotonicTime asked = world_.clock().now();
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 100);
  EXPECT_LT(world_.clock().now() - asked, 600ms);
}

TEST_F(HandoffTest, AnAskDuringASaveIsHeededAfterIt) {
  ASSERT_TRUE(give(p_, 1));
  p_.commit();
  ASSERT_TRUE(give(p_, 1));
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 102);
}

TEST_F(HandoffTest, AnAskWhileACommitIsInDoubtIsHeededWhenItIsSettled) {
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, 3);
  p_.commit();
  world_.advance(20ms);
  ASSERT_TRUE(give(p_, 1));
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 102);
}

TEST_F(HandoffTest, LostRepliesOfTheLastSaveDoNotLoseIt) {
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, 3);
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 101);
  world_.advance(5s);
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over")) << "the unchanged resend tells";
}

TEST_F(HandoffTest, ALastSaveThatLandsLateIsNotStoredTwice) {
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::request_lost, .lands_after = 2s}, 2);
  Profile<Purse> next = load(world_, b_.purses, "p");
  ASSERT_TRUE(give(next, 10));
  EXPECT_TRUE(commit(world_, next));
  world_.advance(5s);
  EXPECT_EQ(stored_gold(world_, "p"), 111);
  EXPECT_TRUE(next);
  EXPECT_THAT(b_.told, IsEmpty());
}

TEST_F(HandoffTest, LostRepliesOfTheAskerDoNotMatter) {
  world_.fail_next(Call::acquire, {.fault = Fault::reply_lost}, 3);
  Profile<Purse> next = load(world_, b_.purses, "p");
  world_.fail_next(Call::acquire, {.fault = Fault::request_lost, .lands_after = 900ms}, 2);
  next = load(world_, a_.purses, "p");
  ASSERT_TRUE(next);
  world_.advance(6s);
  EXPECT_TRUE(next) << "a late request takes nothing away";
  ASSERT_TRUE(give(next, 1));
  EXPECT_TRUE(commit(world_, next));
}

TEST_F(HandoffTest, TheNewestAskWinsAndTheOlderOneIsSuperseded) {
  Game& c = play(world_, "c");
  world_.advance(1s);
  world_.server("a").freeze();
  std::string first;
  b_.purses.load("p", [&](Result<Profile<Purse>> p) {
    first = p ? "ok" : std::string(name(p.error().code()));
  });
  world_.advance(100ms);
  Profile<Purse> second;
  c.purses.load("p", [&](Result<Profile<Purse>> p) { second = p ? *p : Profile<Purse>(); });
  world_.advance(1s);
  EXPECT_EQ(first, "superseded") << "without waiting for the owner";
  world_.server("a").thaw();
  world_.advance(1s);
  EXPECT_TRUE(second);
  EXPECT_EQ(stored(world_, "p")->envelope.owner, c.store.self());
}

TEST_F(HandoffTest, AnAskThatWasGivenUpEndsNobodysSession) {
  world_.advance(1s);
  world_.server("a").freeze();
  const LoadTicket ticket = b_.purses.load("p", [](Result<Profile<Purse>>) {});
  world_.advance(100ms);
  b_.purses.cancel(ticket);
  world_.advance(100ms);
  world_.server("a").thaw();
  world_.advance(3s);
  EXPECT_TRUE(p_);
}

TEST_F(HandoffTest, AHandoffToSomebodyWhoDiedMeanwhileGoesToNobody) {
  world_.advance(1s);
  world_.server("a").freeze();
  b_.purses.load("p", [](Result<Profile<Purse>>) {});
  world_.advance(100ms);
  world_.server("b").crash();
  world_.server("a").thaw();
  world_.advance(1s);
  Game& c = play(world_, "c");
  EXPECT_EQ(load(world_, c.purses, "p")->gold, 100);
}

TEST_F(HandoffTest, AProfileGoesBackAndForth) {
  std::int64_t gold = 100;
  for (int i = 0; i < 20; ++i) {
    Game& game = i % 2 == 0 ? b_ : a_;
    Profile<Purse> p = load(world_, game.purses, "p");
    EXPECT_EQ(p->gold, gold);
    ASSERT_TRUE(give(p, 1));
    ++gold;
  }
  EXPECT_EQ(load(world_, b_.purses, "p").info().epoch, 22U);
}

TEST_F(HandoffTest, TiedProfilesAreHandedOverWithTheTransactionStored) {
  Profile<Guild> guild = load(world_, a_.guilds, "g");
  for (int i = 0; i < 10; ++i) {
    world_.advance(11s);  // not contended
    Profile<Purse> p = load(world_, a_.purses, "p");
    ASSERT_TRUE(donate(a_.store, p, guild, 1));
    if (i % 2 == 0) world_.advance(17ms);  // with the save under way, or not
    ASSERT_TRUE(donate(a_.store, p, guild, 1));
    const MonotonicTime asked = world_.clock().now();
    EXPECT_EQ(load(world_, b_.purses, "p")->gold, 98 - 2 * i);
    EXPECT_LT(world_.clock().now() - asked, 100ms);
    EXPECT_EQ(stored_vault(world_, "g"), 2 + 2 * i);
  }
}

// An ending profile's tie hangs on another one whose save is under way.
TEST_F(HandoffTest, TheLastSaveFollowsTheSaveOfATiedProfileAtOnce) {
  Profile<Guild> guild = load(world_, a_.guilds, "g");
  world_.advance(6s);
  ASSERT_TRUE(guild.edit([](Guild& g) { g.vault = 5; }));
  guild.commit();
  world_.advance(17ms);
  ASSERT_TRUE(guild.edit([](Guild& g) { g.vault = 6; }));
  guild.commit();
  ASSERT_TRUE(donate(a_.store, p_, guild, 1));
  const MonotonicTime ended = world_.clock().now();
  EXPECT_TRUE(end(world_, p_));
  EXPECT_LT(world_.clock().now() - ended, 100ms);
}

TEST_F(HandoffTest, ALoadRightAfterAnotherServersLoadTurnsItBack) {
  for (int i = 0; i < 10; ++i) {
    Profile<Purse> loaded;
    (void)b_.purses.load("p", [](Result<Profile<Purse>>) {});
    world_.advance(std::chrono::microseconds(300 * i));
    loaded = load(world_, a_.purses, "p");
    EXPECT_EQ(loaded->gold, 100 + i);
    ASSERT_TRUE(give(loaded, 1));
    world_.advance(11s);  // not contended
  }
}

class ContendedTest : public HandoffTest {
 protected:
  ContendedTest() {
    world_.advance(6s);
    first_ = world_.clock().now();
    (void)load(world_, b_.purses, "p");
    (void)load(world_, a_.purses, "p");
    held_ = load(world_, b_.purses, "p");
  }
  MonotonicTime first_;
  Profile<Purse> held_;  ///< by b, after three handovers
};

TEST_F(ContendedTest, AFurtherLoadWaitsAndItsOwnerIsNotDisturbedMeanwhile) {
  bool loaded = false;
  a_.purses.load("p", [&](const Result<Profile<Purse>>& p) { loaded = p.has_value(); });
  world_.advance(9s);
  EXPECT_FALSE(loaded);
  EXPECT_EQ(held_.state(), ProfileState::active);
  EXPECT_TRUE(give(held_, 1));
  EXPECT_TRUE(world_.advance_until([&] { return loaded; }, 2s));
  EXPECT_GE(world_.clock().now() - first_, 10s);
  EXPECT_EQ(a_.purses.find("p")->gold, 101);
}

TEST_F(ContendedTest, AFurtherLoadThatMayNotWaitSoLongIsToldSoAtOnce) {
  const MonotonicTime asked = world_.clock().now();
  const Result<Profile<Purse>> refused = try_load(world_, a_.purses, "p", {.deadline = 5s});
  EXPECT_LT(world_.clock().now() - asked, 100ms);
  EXPECT_EQ(refused.error().code(), ErrorCode::contended);
  EXPECT_THAT(refused.error().remedy(), ::testing::StartsWith("load it again in 9"));
  world_.advance(10s);
  EXPECT_TRUE(try_load(world_, a_.purses, "p", {.deadline = 5s})) << "after the wait";
}

TEST_F(ContendedTest, WhatItsOwnerLetsGoIsTakenAtOnce) {
  bool loaded = false;
  a_.purses.load("p", [&](const Result<Profile<Purse>>& p) { loaded = p.has_value(); });
  world_.advance(1s);
  EXPECT_TRUE(end(world_, held_));
  EXPECT_TRUE(world_.advance_until([&] { return loaded; }, 500ms));
}

TEST_F(ContendedTest, ItsOwnersDeathIsNoHandover) {
  world_.server("b").crash();
  const MonotonicTime asked = world_.clock().now();
  EXPECT_TRUE(load(world_, a_.purses, "p"));
  EXPECT_LT(world_.clock().now() - asked, 400ms);
}

// A game that is pumped by hand: a budget of nothing runs one callback.
TEST(Pump, KeepsToItsBudgetButTakesOwnershipFirst) {
  World world({.tick = 24h});
  Game& game = play(world, "a");
  Profile<Purse> p;
  game.purses.load("p", [&](Result<Profile<Purse>> loaded) { p = *loaded; });
  while (!p) {
    world.advance(1ms);
    game.store.pump();
  }
  int answers = 0;
  for (int i = 0; i < 5; ++i) game.purses.view("p", [&](Result<View<Purse>>) { ++answers; });
  world.advance(5ms);
  Game& other = play(world, "b");
  other.purses.load("p", [](Result<Profile<Purse>>) {});
  world.advance(100ms);
  EXPECT_EQ(answers, 0) << "callbacks run in pump and nowhere else";
  game.store.pump({.budget = 0ns});
  EXPECT_EQ(p.state(), ProfileState::ending) << "the ask came last and is heeded first";
  EXPECT_LE(answers, 1);
  for (int i = 1; i <= 5; ++i) {
    const int before = answers;
    game.store.pump({.budget = 0ns});
    EXPECT_LE(answers, before + 1);
  }
  EXPECT_EQ(answers, 5);
}

}  // namespace
}  // namespace keepsake::test
