// A session goes on at another server: one commit saves it and passes it on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MoveTest : public testing::Test {
 protected:
  void move(const std::string& to) {
    p_.move({to}, [this](const Result<void>& done) {
      outcome_ = done ? "there" : std::string(name(done.error().code()));
    });
  }
  [[nodiscard]] std::string owner() {
    const auto row = stored(world_, "p");
    return row->envelope.owner ? row->envelope.owner->server.text : "nobody";
  }

  World world_;
  Game& a_ = play(world_, "a");
  Game& b_ = play(world_, "b");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
  std::string outcome_;
};

TEST_F(MoveTest, OneCommitSavesItAndGivesItToTheOtherServer) {
  move("b");
  world_.advance(3s);
  ASSERT_TRUE(give(p_, 7)) << "it goes on until the other one asks";
  const std::uint64_t revision = stored(world_, "p")->envelope.revision;
  Profile<Purse> next = load(world_, b_.purses, "p");
  EXPECT_EQ(next->gold, 107);
  EXPECT_EQ(next.info().revision, revision + 1);
  EXPECT_EQ(next.info().epoch, 2U);
  world_.advance(20ms);
  EXPECT_EQ(outcome_, "there");
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over"));
}

TEST_F(MoveTest, AnEndWaitsForTheOtherServer) {
  move("b");
  std::string ended;
  ASSERT_TRUE(give(p_, 1));
  p_.end([&](const Result<void>& done) { ended = done ? "good" : done.error().text(); });
  world_.advance(3s);
  EXPECT_EQ(owner(), "a");
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 101);
  world_.advance(20ms);
  EXPECT_EQ(ended, "good");
  EXPECT_EQ(outcome_, "there");
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over"));
}

TEST_F(MoveTest, OthersWaitUntilTheMoveIsOver) {
  Game& c = play(world_, "c");
  world_.advance(1s);
  move("b");
  Profile<Purse> other;
  c.purses.load("p", [&](Result<Profile<Purse>> p) { other = p ? *p : Profile<Purse>(); });
  world_.advance(9s);
  EXPECT_FALSE(other);
  EXPECT_TRUE(p_);
  world_.advance(2s);
  EXPECT_EQ(outcome_, "timed_out");
  EXPECT_TRUE(other);
  EXPECT_EQ(owner(), "c");
}

TEST_F(MoveTest, WhoIsNotAskedForStaysOrEndsAsTheGameWanted) {
  move("b");
  world_.advance(11s);
  EXPECT_EQ(outcome_, "timed_out");
  EXPECT_TRUE(give(p_, 1));
  move("b");
  p_.end();
  world_.advance(11s);
  EXPECT_EQ(owner(), "nobody");
  EXPECT_THAT(a_.told, ElementsAre("p ended released"));
  EXPECT_EQ(stored_gold(world_, "p"), 101);
}

TEST_F(MoveTest, WithoutACallbackTheGameIsToldAsOfAnError) {
  p_.move({"b"});
  world_.advance(11s);
  EXPECT_THAT(a_.told, ElementsAre("p error timed_out"));
  EXPECT_TRUE(p_);
}

TEST_F(MoveTest, AnotherMoveTakesItsPlace) {
  Game& c = play(world_, "c");
  std::string first;
  p_.move({"b"}, [&](const Result<void>& done) { first = std::string(name(done.error().code())); });
  move("c");
  EXPECT_EQ(first, "superseded");
  EXPECT_TRUE(load(world_, c.purses, "p"));
  world_.advance(20ms);
  EXPECT_EQ(outcome_, "there");
}

TEST_F(MoveTest, WhoComesBackIsPlayedHereAgain) {
  move("b");
  ASSERT_TRUE(give(p_, 1));
  p_.end();
  EXPECT_EQ(load(world_, a_.purses, "p")->gold, 101);
  EXPECT_EQ(outcome_, "cancelled");
  EXPECT_THAT(a_.told, ElementsAre("p ended released"));
}

TEST_F(MoveTest, AShutdownDoesNotWaitForIt) {
  move("b");
  const MonotonicTime began = world_.clock().now();
  EXPECT_TRUE(a_.store.shutdown(8s).finished);
  EXPECT_LT(world_.clock().now() - began, 1s);
  EXPECT_EQ(owner(), "nobody");
  EXPECT_EQ(outcome_, "superseded");
}

TEST_F(MoveTest, ALostReplyOfTheLastSaveDoesNotHideWhereItWent) {
  move("b");
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, 3);
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 101);
  world_.advance(5s);
  EXPECT_EQ(outcome_, "there");
}

TEST_F(MoveTest, WhatIsTiedToItIsSavedWithIt) {
  Profile<Purse> q = load(world_, a_.purses, "q");
  move("b");
  const auto both = [](Purse& from, Purse& to) -> Result<void> {
    from.gold -= 40;
    to.gold += 40;
    return {};
  };
  ASSERT_TRUE(a_.store.transact(tie(p_, q), both));
  EXPECT_EQ(load(world_, b_.purses, "p")->gold, 60);
  EXPECT_EQ(stored_gold(world_, "q"), 140);
  EXPECT_TRUE(q);
}

TEST_F(MoveTest, ALostSessionAnswersIt) {
  EXPECT_TRUE(commit(world_, p_));
  Backend& database = world_.database();
  const Owner thief{.server = {"tool"},
                    .incarnation = database.open_lease({.server = {"tool"}}).value()};
  const Envelope row = stored(world_, "p")->envelope;
  move("b");
  ASSERT_TRUE(give(p_, 1));
  EXPECT_TRUE(database.steal({.key = p_.key(),
                              .self = thief,
                              .generation = database.info()->generation,
                              .session = row.session,
                              .epoch = row.epoch,
                              .token = Id128::random(world_.random()),
                              .reason = "a test"}));
  world_.advance(6s);
  EXPECT_EQ(outcome_, "session_lost");
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
}

TEST_F(MoveTest, ToItselfOrToNobodyItIsRefused) {
  move("a");
  world_.advance(20ms);
  EXPECT_EQ(outcome_, "invalid_argument");
  move("");
  world_.advance(20ms);
  EXPECT_EQ(outcome_, "invalid_argument");
  EXPECT_THAT(a_.told, IsEmpty());
}

}  // namespace
}  // namespace keepsake::test
