// Touches: in place, one record a tick.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;

constexpr Duration kTick = 17ms;

class TouchTest : public testing::Test {
 protected:
  [[nodiscard]] std::uint64_t records() const { return game_.store.stats().journal_records; }
  Result<void> earn(std::int64_t gold) {
    return purse_.touch([gold](Purse& purse) { purse.gold += gold; });
  }
  /// What a neighbour recovers of it after a crash.
  const Purse& recovered() {
    world_.server("a").crash();
    purse_ = load(world_, play(world_, "b").purses, "p");
    return purse_.data();
  }

  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> purse_ = load(world_, game_.purses, "p");
};

TEST_F(TouchTest, ChangesTheDataAtOnceAndIsJournaledAtThePump) {
  EXPECT_TRUE(earn(5));
  EXPECT_TRUE(earn(6));
  EXPECT_EQ(purse_->gold, 111);
  EXPECT_EQ(purse_.edit_number(), 1U);
  EXPECT_EQ(records(), 1U);
  world_.advance(kTick);
  EXPECT_EQ(purse_.edit_number(), 2U);
  EXPECT_EQ(records(), 2U);
  EXPECT_EQ(recovered().gold, 111);
}

TEST_F(TouchTest, JournalsWhatDiffers) {
  const std::uint64_t bytes = game_.store.stats().journal_bytes;
  EXPECT_TRUE(earn(5));
  world_.advance(kTick);
  EXPECT_EQ(game_.store.stats().journal_bytes - bytes,
            std::string_view(R"([{"op":"replace","path":"/gold","value":105}])").size());
}

TEST_F(TouchTest, ThatChangesNothingJournalsNothing) {
  EXPECT_TRUE(earn(5));
  EXPECT_TRUE(earn(-5));
  world_.advance(kTick);
  EXPECT_EQ(purse_.edit_number(), 1U);
  EXPECT_EQ(records(), 1U);
}

TEST_F(TouchTest, ThatWasNotPumpedGoesWithTheProcess) {
  EXPECT_TRUE(earn(5));
  world_.advance(kTick);
  EXPECT_TRUE(earn(100));
  EXPECT_EQ(recovered().gold, 105);
}

TEST_F(TouchTest, AnInvalidOneIsUndoneAndReported) {
  EXPECT_TRUE(earn(5));
  world_.advance(kTick);
  EXPECT_TRUE(purse_.touch([](Purse& purse) { purse.things.emplace_back("sword"); }));
  EXPECT_TRUE(earn(-200));
  world_.advance(kTick);
  EXPECT_EQ(purse_->gold, 105);
  EXPECT_TRUE(purse_->things.empty()) << "all of the tick's touches go";
  EXPECT_THAT(game_.told, ElementsAre("p error invalid_data"));
  EXPECT_EQ(records(), 2U);
}

TEST_F(TouchTest, AThrowUndoesTheTouchesOfTheTick) {
  EXPECT_TRUE(earn(5));
  const Result<void> thrown = purse_.touch([](Purse& purse) {
    purse.gold = 0;
    throw std::runtime_error("tripped");
  });
  EXPECT_EQ(thrown.error().text(), "callback_threw: Purses/p: the touch threw: tripped");
  EXPECT_EQ(purse_->gold, 100);
  world_.advance(kTick);
  EXPECT_EQ(records(), 1U);
}

TEST_F(TouchTest, AnEditHoldsTheTouchesBeforeIt) {
  EXPECT_TRUE(earn(5));
  EXPECT_TRUE(give(purse_, 10));
  EXPECT_EQ(records(), 2U);
  EXPECT_TRUE(earn(1));
  EXPECT_TRUE(purse_.push_back<&Purse::things>("sword"));
  EXPECT_EQ(records(), 3U);
  EXPECT_EQ(purse_.edit_number(), 3U);
  EXPECT_EQ(recovered().gold, 116);
  EXPECT_THAT(purse_->things, ElementsAre("sword"));
}

TEST_F(TouchTest, AnEditOnlyFailsForItsOwnFaults) {
  EXPECT_TRUE(earn(-200));
  EXPECT_TRUE(give(purse_, 1));
  EXPECT_EQ(purse_->gold, 101);
  EXPECT_TRUE(earn(-200));
  EXPECT_TRUE(purse_.push_back<&Purse::things>("sword"));
  EXPECT_EQ(purse_->gold, 101);
  EXPECT_TRUE(earn(7));
  EXPECT_FALSE(give(purse_, -500));
  EXPECT_FALSE(purse_.edit<&Purse::gold>([](std::int64_t& gold) { gold = -1; }));
  EXPECT_EQ(purse_->gold, 108) << "the touch stays";
  EXPECT_EQ(recovered().gold, 101) << "but was in no record yet";
}

TEST_F(TouchTest, EditsByMemberBetweenTouchesAreNotCountedTwice) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(earn(1));
    world_.advance(kTick);
    EXPECT_TRUE(purse_.push_back<&Purse::things>("t" + std::to_string(i)));
    EXPECT_TRUE(purse_.edit_at<&Purse::things>(0, [](std::string& thing) { thing += "*"; }));
    EXPECT_TRUE(earn(1));
    EXPECT_TRUE(purse_.edit<&Purse::gold>([](std::int64_t& gold) { gold += 10; }));
  }
  EXPECT_TRUE(purse_.erase_at<&Purse::things>(1));
  EXPECT_TRUE(earn(1));
  world_.advance(kTick);
  EXPECT_EQ(recovered().gold, 161);
  EXPECT_THAT(purse_->things, ElementsAre("t0*****", "t2", "t3", "t4"));
}

TEST_F(TouchTest, TransactionsCommitsAndEndsHoldTheTouchesBeforeThem) {
  const Profile<Guild> guild = load(world_, game_.guilds, "g");
  EXPECT_TRUE(earn(5));
  EXPECT_TRUE(donate(game_.store, purse_, guild, 50));
  EXPECT_TRUE(commit(world_, purse_));
  EXPECT_EQ(stored_gold(world_, "p"), 55);
  EXPECT_TRUE(earn(7));
  EXPECT_TRUE(commit(world_, purse_));
  EXPECT_EQ(stored_gold(world_, "p"), 62);
  EXPECT_TRUE(earn(1));
  EXPECT_TRUE(end(world_, purse_));
  EXPECT_EQ(stored_gold(world_, "p"), 63);
}

TEST_F(TouchTest, IsSavedByItself) {
  EXPECT_TRUE(earn(5));
  world_.advance(6s);
  EXPECT_EQ(stored_gold(world_, "p"), 105);
  EXPECT_EQ(purse_.durable_edit_number(), 2U);
}

TEST_F(TouchTest, UnknownFieldsStayWithTheirElements) {
  put(world_, "q", R"({"version":"2","gold":1,"things":["a","b"],"later":{"x":1}})");
  purse_ = load(world_, game_.purses, "q");
  EXPECT_TRUE(purse_.touch([](Purse& purse) { purse.things.erase(purse.things.begin()); }));
  world_.advance(kTick);
  EXPECT_TRUE(purse_.push_back<&Purse::things>("c"));
  world_.server("a").crash();
  load(world_, play(world_, "b").purses, "q");
  EXPECT_EQ(stored(world_, "q")->payload,
            R"({"version":"2","gold":1,"things":["b","c"],"later":{"x":1}})");
}

TEST_F(TouchTest, InsideOfAnEditIsRefusedAndAnEditInsideOfATouch) {
  Result<void> inner;
  EXPECT_TRUE(purse_.edit([&](Purse&) { inner = earn(1); }));
  EXPECT_EQ(inner.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(purse_.touch([&](Purse&) { inner = give(purse_, 1); }));
  EXPECT_EQ(inner.error().code(), ErrorCode::invalid_argument);
}

TEST_F(TouchTest, AfterTheEndAnswersThatItEnded) {
  purse_.end();
  EXPECT_EQ(earn(1).error().code(), ErrorCode::session_ending);
  world_.advance(1s);
  EXPECT_EQ(earn(1).error().code(), ErrorCode::not_owner);
}

}  // namespace
}  // namespace keepsake::test
