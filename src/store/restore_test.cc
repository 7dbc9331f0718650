// A backup that is put in the database's place while servers run (rules 1 and 2): as it should be,
// under a new generation, and by hand, which nobody is told of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/message_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Restore, BetweenAServersLookAndItsLeaseLeavesThatLeaseInNoOtherDatabase) {
  World world;
  ASSERT_TRUE(end(world, load(world, play(world, "b").purses, "p")));
  world.back_up();
  bool restored = false;
  world.on_call([&](const World::Server& from, const CallInfo& call) -> Injection {
    if (call.call == Call::open_lease && from.id() == "a" && !std::exchange(restored, true)) {
      world.restore();
    }
    return {};
  });
  Game& a = play(world, "a");
  world.advance(1s);
  ASSERT_TRUE(restored);
  EXPECT_EQ(world.database().leases().value().size(), 1U) << "the server knows the new generation";
  Profile<Purse> p = load(world, a.purses, "p");
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world, p));
  EXPECT_THAT(a.told, IsEmpty());
}

/// A server that has played on since the backup.
class PutBackTest : public testing::Test {
 protected:
  PutBackTest() {
    EXPECT_TRUE(give(p_, 1));
    EXPECT_TRUE(commit(world_, p_));
    world_.advance(5s);
    world_.back_up();
    world_.advance(5s);
    EXPECT_TRUE(give(p_, 10));
    EXPECT_TRUE(commit(world_, p_));
  }

  World world_;
  Game& a_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
};

TEST_F(PutBackTest, ARenewalTellsThatTheDatabaseIsOlder) {
  world_.put_back();
  EXPECT_TRUE(world_.advance_until([&] { return !p_; }, 5s));
  ASSERT_TRUE(world_.advance_until([&] { return a_.store.state() == StoreState::ready; }, 20s));
  EXPECT_EQ(load(world_, a_.purses, "p")->gold, 101) << "as the backup has it";
}

TEST_F(PutBackTest, WhatWasPlayedSinceIsSetAsideAndNotStoredOnTheOldState) {
  ASSERT_TRUE(give(p_, 100));  // not saved yet
  world_.put_back();
  EXPECT_TRUE(world_.advance_until([&] { return !p_; }, 5s));
  world_.advance(20s);
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_THAT(quarantine(world_), Not(IsEmpty()));
}

/// A failover that loses the last second: no renewal was lost, which would have told.
TEST(Restore, ByAMomentLeavesNoProfileWithWhoHasNoSessionOfIt) {
  for (const char* const who : {"a", "b"}) {
    World world;
    Game& a = play(world, "a");
    Game& b = play(world, "b");
    Profile<Purse> p = load(world, a.purses, "p");
    world.advance(1s);
    world.back_up();
    ASSERT_TRUE(end(world, p));
    world.put_back();
    world.advance(5s);
    Game& next = who[0] == 'a' ? a : b;
    EXPECT_TRUE(try_load(world, next.purses, "p", {.deadline = 1s})) << who;
  }
}

/// Of gold that was sent since the backup its sender knows nothing any more, and has it again.
class PutBackGiftTest : public SendTest {
 protected:
  PutBackGiftTest() {
    q_ = load(world_, b_.purses, "q");
    for (Profile<Purse>* one : {&p_, &q_}) {
      EXPECT_TRUE(one->edit([](Purse& data) { data.things.emplace_back("hat"); }));
      EXPECT_TRUE(commit(world_, *one));
    }
    world_.back_up();
    EXPECT_TRUE(send(world_, p_, "q", "gift", 10));
    EXPECT_TRUE(world_.advance_until([&] { return q_->gold == 110; }, 2s));
    world_.put_back();  // q's row is as it was: nothing of its session was saved
  }
  void expect_nothing_doubled() {
    EXPECT_EQ(stored_gold(world_, "q"), 100);
    EXPECT_EQ(stored_gold(world_, "p"), 100);
    EXPECT_THAT(quarantine(world_), Not(IsEmpty())) << "what q had made of it";
  }

  Profile<Purse> q_;
};

TEST_F(PutBackGiftTest, ASessionThatHadTakenItIsRefusedAndSaysWhy) {
  EXPECT_FALSE(commit(world_, q_));
  EXPECT_THAT(b_.told, Contains(HasSubstr("q error backend_went_back")));
  world_.advance(10s);
  expect_nothing_doubled();
}

TEST_F(PutBackGiftTest, AJournalInWhichItWasTakenIsSetAside) {
  world_.server("b").crash();
  ASSERT_EQ(load(world_, join("c").purses, "q")->gold, 100);
  expect_nothing_doubled();
}

}  // namespace
}  // namespace keepsake::test
