// Profiles::once(): a purchase for a player who may not be here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::IsEmpty;

using Told = Result<std::uint64_t>;

class OnceAbsentTest : public testing::Test {
 protected:
  OnceAbsentTest() {
    EXPECT_TRUE(commit(world_, load(world_, b_.purses, "p")));
    EXPECT_TRUE(end(world_, b_.purses.find("p")));
    b_.told.clear();
  }
  void ask(Game& game, std::optional<Told>& told, UpdateOptions options = {}) {
    game.purses.once(
        "p", "paid:1", [](Purse& purse) { purse.gold += 7; },
        [&told](Told answer) { told = std::move(answer); }, {}, options);
  }
  Told buy(Game& game, UpdateOptions options = {}) {
    std::optional<Told> told;
    ask(game, told, options);
    EXPECT_TRUE(world_.advance_until([&] { return told.has_value(); }));
    return told.value_or(Error(ErrorCode::timed_out));
  }
  [[nodiscard]] bool is_free() { return !stored(world_, "p")->envelope.owner; }

  World world_;
  Game& a_ = play(world_, "a");
  Game& b_ = play(world_, "b");
};

TEST_F(OnceAbsentTest, OfAFreeProfileItIsAppliedSavedAndTheProfileFreedAgain) {
  const Told told = buy(a_);
  ASSERT_TRUE(told) << told.error().text();
  EXPECT_EQ(*told, stored(world_, "p")->envelope.revision);
  EXPECT_EQ(stored_gold(world_, "p"), 107);
  EXPECT_TRUE(is_free());
  EXPECT_THAT(a_.told, IsEmpty()) << "there was no session of the game's";
}

TEST_F(OnceAbsentTest, AnotherCallWithItsReceiptIsAnsweredWellAndChangesNothing) {
  ASSERT_TRUE(buy(a_));
  const Record before = *stored(world_, "p");
  for (Game* game : {&a_, &b_}) {
    world_.advance(1s);  // until it is free again
    EXPECT_TRUE(buy(*game));
  }
  world_.advance(1s);
  EXPECT_EQ(stored(world_, "p")->payload, before.payload);
  EXPECT_EQ(stored(world_, "p")->envelope.edit_number, before.envelope.edit_number);
  EXPECT_TRUE(is_free());
}

TEST_F(OnceAbsentTest, TwoServersAtOnceApplyItOnce) {
  std::optional<Told> one;
  std::optional<Told> other;
  ask(a_, one);
  ask(b_, other);
  EXPECT_TRUE(world_.advance_until([&] { return one && other; }));
  EXPECT_TRUE(*one || one->error().code() == ErrorCode::held);
  EXPECT_TRUE(*other || other->error().code() == ErrorCode::held);
  for (Game* game : {&a_, &b_}) {
    world_.advance(1s);
    EXPECT_TRUE(buy(*game));
  }
  EXPECT_EQ(stored_gold(world_, "p"), 107);
}

TEST_F(OnceAbsentTest, CallsOfOneServerAtOnceApplyItOnce) {
  std::array<std::optional<Told>, 5> told;
  for (auto& one : told) ask(a_, one);
  world_.advance(1s);
  for (const auto& one : told) EXPECT_TRUE(one && *one);
  EXPECT_EQ(stored_gold(world_, "p"), 107);
  EXPECT_TRUE(is_free());
}

TEST_F(OnceAbsentTest, OfAProfileThatIsLoadedHereItIsThatSessions) {
  Profile<Purse> ours = load(world_, a_.purses, "p");
  EXPECT_TRUE(buy(a_));
  EXPECT_EQ(ours->gold, 107);
  EXPECT_TRUE(buy(a_));
  EXPECT_EQ(ours->gold, 107);
  EXPECT_EQ(ours.state(), ProfileState::active);
}

TEST_F(OnceAbsentTest, HeldElsewhereItAnswersHeldAndTheOwnerIsNotDisturbed) {
  Profile<Purse> theirs = load(world_, b_.purses, "p");
  EXPECT_EQ(buy(a_).error().code(), ErrorCode::held);
  world_.advance(1s);
  EXPECT_EQ(theirs.state(), ProfileState::active);
  EXPECT_EQ(theirs->gold, 100);
}

/// Every request takes 1.5 s: the profile is held for so long while its receipt is looked up.
struct SlowWorld {
  SlowWorld()
      : world([] {
          WorldOptions options;
          options.request = {1500ms, 1500ms};
          return options;
        }()) {
    world.advance(20s);
    game.purses.once(
        "p", "paid:1", [](Purse& purse) { purse.gold += 7; },
        [this](Told answer) { told = std::move(answer); }, {}, {.must_exist = false});
    world.advance_until([&] { return stored(world, "p") && stored(world, "p")->envelope.owner; });
    world.advance(2s);  // its data are read by a worker first
  }
  World world;
  std::optional<Told> told;
  Game& game = play(world, "a");
};

TEST(OnceAbsent, WhileItsReceiptIsLookedUpNobodySeesASessionAndALoadWaitsForTheEnd) {
  SlowWorld slow;
  EXPECT_FALSE(slow.told);
  EXPECT_TRUE(stored(slow.world, "p")->envelope.owner);
  EXPECT_FALSE(slow.game.purses.find("p"));
  EXPECT_EQ(slow.game.purses.size(), 0U);
  slow.game.purses.for_each([](const Profile<Purse>&) { ADD_FAILURE() << "a session"; });
  const Profile<Purse> loaded = load(slow.world, slow.game.purses, "p");
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(slow.told && *slow.told);
  EXPECT_EQ(loaded->gold, 107);
}

TEST(OnceAbsent, ALoadThatWaitsForItGivesUpAtItsDeadline) {
  SlowWorld slow;
  std::optional<Result<Profile<Purse>>> loaded;
  slow.game.purses.load("p", [&](const Result<Profile<Purse>>& answer) { loaded = answer; },
                        {.deadline = 400ms});
  slow.world.advance(600ms);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->error().code(), ErrorCode::timed_out);
  slow.world.advance(20s);
  EXPECT_TRUE(slow.told && *slow.told);
  EXPECT_EQ(stored_gold(slow.world, "p"), 107);
  EXPECT_FALSE(stored(slow.world, "p")->envelope.owner);
}

TEST_F(OnceAbsentTest, AServerThatDiesInItAppliesItOnceOrNotAtAll) {
  constexpr int kPurchases = 60;
  for (int i = 0; i < kPurchases; ++i) {
    const auto buy_one = [i](Game& game, std::function<void(Told)> done) {
      game.purses.once(
          "p", "paid:" + std::to_string(i), [](Purse& purse) { purse.gold += 1; }, std::move(done));
    };
    Game& game = i == 0 ? a_ : world_.server("a").make<Game>();
    world_.advance(1s);
    const auto told = std::make_shared<bool>(false);
    buy_one(game, [told](const Told& done) { *told = done.has_value(); });
    world_.advance(i * 1ms);
    world_.server("a").restart();
    world_.advance(2s);
    EXPECT_TRUE(stored_gold(world_, "p") == 100 + i + 1 || !*told) << i;
    const Told again =
        wait_for<std::uint64_t>(world_, [&](auto done) { buy_one(b_, std::move(done)); });
    EXPECT_TRUE(again) << i << ": " << again.error().text();
    EXPECT_EQ(stored_gold(world_, "p"), 100 + i + 1) << "each once";
  }
}

TEST_F(OnceAbsentTest, WhatIsRefusedLeavesNoReceipt) {
  const Told poor = wait_for<std::uint64_t>(world_, [&](auto done) {
    a_.purses.once(
        "p", "paid:1", [](Purse&) { return Result<void>(refuse("closed")); }, std::move(done));
  });
  EXPECT_EQ(poor.error().code(), ErrorCode::refused);
  world_.advance(1s);
  EXPECT_TRUE(is_free());
  EXPECT_TRUE(buy(a_));
  EXPECT_EQ(stored_gold(world_, "p"), 107);
}

TEST_F(OnceAbsentTest, AnOldPurchaseIsTooOldAndAnUnknownPlayerNotFound) {
  const auto bought = [&](std::string_view key, WallTime purchased) {
    return wait_for<std::uint64_t>(world_,
                                   [&](auto done) {
                                     a_.purses.once(key, "paid:1",
                                                    [](Purse& purse) { purse.gold += 1; },
                                                    std::move(done), {.purchased = purchased});
                                   })
        .error()
        .code();
  };
  const WallTime long_ago = world_.clock().wall() - std::chrono::hours(24 * 500);
  EXPECT_EQ(bought("p", long_ago), ErrorCode::too_old);
  EXPECT_EQ(bought("nobody", {}), ErrorCode::not_found);
  world_.advance(1s);
  EXPECT_TRUE(is_free());
}

}  // namespace
}  // namespace keepsake::test
