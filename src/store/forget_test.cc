// Receipts are deleted by age, by whichever server is there, and never too early.
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

class ForgetTest : public testing::Test {
 protected:
  /// A server that does little: days have to pass.
  static StoreOptions slow() {
    StoreOptions options = small_store();
    options.timing.lease = 1h;
    options.timing.renewal = 10min;
    options.timing.poll = 5min;
    options.timing.returns = 1h;
    return options;
  }
  Result<std::uint64_t> buy(std::string_view receipt, WallTime purchased) {
    return wait_for<std::uint64_t>(world_, [&](auto done) {
      purse_.once(receipt, [](Purse& data) { data.gold += 500; }, std::move(done),
                  {.purchased = purchased});
    });
  }
  [[nodiscard]] bool has(std::string_view receipt) {
    return world_.database().receipt({"Purses", "p"}, receipt).value().has_value();
  }

  World world_{{.tick = 1s, .journals = false}};
  Game& game_ = world_.start("a", slow()).make<Game>();
  Profile<Purse> purse_ = load(world_, game_.purses, "p");
  const WallTime began_ = world_.clock().wall();
};

TEST_F(ForgetTest, AReceiptIsDeletedADayAfterItsPurchaseIsTooOld) {
  ASSERT_TRUE(buy("old", began_ - 399 * 24h));
  ASSERT_TRUE(buy("new", began_));
  world_.advance(47h);
  EXPECT_TRUE(has("old"));
  EXPECT_EQ(buy("old", began_ - 399 * 24h).error().code(), ErrorCode::too_old);
  world_.advance(3h);
  EXPECT_FALSE(has("old"));
  EXPECT_TRUE(has("new"));
  EXPECT_EQ(buy("old", began_ - 399 * 24h).error().code(), ErrorCode::too_old);
  EXPECT_EQ(purse_->gold, 1100);
}

TEST_F(ForgetTest, MuchIsDeletedInManySmallBites) {
  for (int i = 0; i < 450; ++i) {
    purse_.once("old:" + std::to_string(i), [](Purse& data) { data.gold += 1; }, {},
                {.purchased = began_ - 399 * 24h});
  }
  std::vector<std::size_t> left;
  world_.advance(47h);
  for (int i = 0; i < 12; ++i) {
    world_.advance(20min);
    const std::size_t now = world_.database().belongings({"Purses", "p"}).value().receipts.size();
    if (left.empty() || left.back() != now) left.push_back(now);
  }
  EXPECT_EQ(left, (std::vector<std::size_t>{450, 50, 0}));
}

TEST_F(ForgetTest, AServerLooksAtItsStartAndAServerWhoseClockIsAheadDeletesNothing) {
  ASSERT_TRUE(buy("old", began_ - 399 * 24h));
  world_.server("a").crash();
  int looked = 0;
  world_.on_call([&](const World::Server&, const CallInfo& call) -> Injection {
    looked += call.call == Call::forget ? 1 : 0;
    return {};
  });
  world_.start("b", slow());
  world_.server("b").shift_wall_clock(1000 * 24h);
  world_.advance(2h);
  EXPECT_GE(looked, 2);
  EXPECT_TRUE(has("old")) << "the database's time decides";
}

}  // namespace
}  // namespace keepsake::test
