// Everything that the game waits for is answered in time, whatever the database does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/owed_answers.h"
#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What a callback was told, and when.
struct Told {
  std::string text;
  Duration after{};
};

class DeadlineTest : public testing::Test {
 protected:
  /// A callback that notes in `told_` what it is told.
  auto note() {
    return [this, began = world_.clock().now()](const auto& done) {
      told_.push_back({done ? "ok" : done.error().text(), world_.clock().now() - began});
    };
  }
  void expect_told_once(std::string_view text) {
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].text, text);
    EXPECT_GE(told_[0].after, 10s);
    EXPECT_LT(told_[0].after, 10100ms);
  }

  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, game_.purses, "p");
  std::vector<Told> told_;
};

TEST_F(DeadlineTest, ACommitDuringAnOutageAnswersAndTheEditIsSavedLater) {
  EXPECT_TRUE(commit(world_, p_));
  ASSERT_TRUE(give(p_, 1));
  world_.outage(30s);
  p_.commit(note());
  world_.advance(29s);
  expect_told_once(
      "timed_out: Purses/p: the change is not durable yet; what an edit or once() has changed is "
      "in "
      "the journal and is saved as soon as the database answers; a purchase may be tried again "
      "with "
      "the same receipt");
  EXPECT_TRUE(p_) << "the session goes on";
  world_.advance(10s);
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_EQ(told_.size(), 1U) << "answered once";
}

TEST_F(DeadlineTest, AnEndDuringAnOutageAnswersAndTheSessionEndsLater) {
  ASSERT_TRUE(give(p_, 1));
  world_.outage(30s);
  p_.end(note());
  world_.advance(29s);
  expect_told_once(
      "timed_out: Purses/p: the last save is not durable yet; the data is in the journal; the "
      "profile "
      "is free as soon as the database answers, and on_end tells it");
  EXPECT_THAT(game_.told, IsEmpty());
  world_.advance(10s);
  EXPECT_THAT(game_.told, ElementsAre("p ended released"));
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(DeadlineTest, APurchaseThatCannotBeSavedAnswersAndCountsOnceAllTheSame) {
  p_.once("r", [](Purse& data) { data.gold += 500; }, note());
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 600; }));
  ASSERT_THAT(told_, IsEmpty());
  world_.outage(30s);
  world_.advance(29s);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].text.substr(0, 20), "timed_out: Purses/p:");
  world_.advance(10s);
  p_.once("r", [](Purse& data) { data.gold += 500; }, note());
  world_.advance(1s);
  EXPECT_EQ(told_.back().text, "ok");
  EXPECT_EQ(stored_gold(world_, "p"), 600);
}

TEST_F(DeadlineTest, AShutdownAnswersEverythingThatIsOwed) {
  ASSERT_TRUE(give(p_, 1));
  world_.outage(60s);
  p_.commit(note());
  game_.store.keys_of(UserId{7}, note());
  EXPECT_TRUE(game_.store.shutdown(2s).finished);
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1].text.substr(0, 25), "shutting_down: Purses/p: ");
}

/// A database whose every answer comes later than the game waits.
class SlowDatabaseTest : public testing::Test {
 protected:
  static StoreOptions impatient() {
    StoreOptions options = small_store();
    options.timing.save_deadline = 50ms;
    options.timing.load_deadline = 2s;
    return options;
  }
  World world_{{.request = {100ms, 100ms}, .store = impatient()}};
  Game& game_ = world_.server("a").make<Game>();
  Profile<Purse> p_ = load(world_, game_.purses, "p");
};

TEST_F(SlowDatabaseTest, APurchaseWhoseReceiptIsFoundTooLateIsNotApplied) {
  std::vector<std::string> told;
  p_.once(
      "r", [](Purse& data) { data.gold += 500; },
      [&](Result<std::uint64_t> done) { told.push_back(done.error().text()); });
  world_.advance(5s);
  EXPECT_EQ(told.size(), 1U);
  EXPECT_EQ(p_->gold, 100);
  EXPECT_THAT(game_.told, ElementsAre("p error timed_out"));
}

TEST(SlowViewTest, AViewAnswersForEveryKeyWhenTheDatabaseIsTooSlow) {
  StoreOptions options = small_store();
  options.timing.load_deadline = 50ms;
  World world({.request = {100ms, 100ms}, .store = options});
  Game& game = world.server("a").make<Game>();
  std::vector<std::string> told;
  game.purses.view_many({"p", "q"}, [&](const std::vector<Result<View<Purse>>>& views) {
    for (const auto& view : views) told.push_back(view.error().text());
  });
  world.advance(5s);
  EXPECT_THAT(told, ElementsAre("timed_out: Purses/p: the profiles were not read in time; see the "
                                "store's state for why it waits",
                                "timed_out: Purses/q: the profiles were not read in time; see the "
                                "store's state for why it waits"));
}

class OwedAnswersTest : public testing::Test {
 protected:
  using Done = std::function<void(Result<int>)>;
  Done owe(int name, Duration by) {
    return answers_.owe(
        Done([this, name](const Result<int>& answer) {
          told_.push_back(std::to_string(name) +
                          (answer ? " " + std::to_string(*answer) : " " + answer.error().text()));
        }),
        MonotonicTime{} + by, {.key = {"S", "k"}, .cause = "late", .remedy = "wait"});
  }
  detail::OwedAnswers answers_;
  std::vector<std::string> told_;
};

TEST_F(OwedAnswersTest, EachIsAnsweredOnceAndByItsDeadline) {
  const auto first = owe(1, 3s);
  const auto second = owe(2, 2s);
  const auto third = owe(3, 2s);
  third(30);
  answers_.expire(MonotonicTime{} + 1s);
  EXPECT_THAT(told_, ElementsAre("3 30"));
  answers_.expire(MonotonicTime{} + 2s);
  EXPECT_THAT(told_, ElementsAre("3 30", "2 timed_out: S/k: late; wait"));
  second(20);
  first(10);
  answers_.expire(MonotonicTime{} + 9s);
  EXPECT_THAT(told_, ElementsAre("3 30", "2 timed_out: S/k: late; wait", "1 10"));
}

TEST_F(OwedAnswersTest, AllAreAnsweredButWhatTheirAnswersAskForIsNot) {
  Done later;
  const auto first = answers_.owe(Done([&](const Result<int>&) { later = owe(2, 1s); }),
                                  MonotonicTime{} + 1s, {.key = {}, .cause = "", .remedy = ""});
  answers_.answer_all(ErrorCode::shutting_down);
  EXPECT_THAT(told_, IsEmpty());
  later(7);
  EXPECT_THAT(told_, ElementsAre("2 7"));
}

}  // namespace
}  // namespace keepsake::test
