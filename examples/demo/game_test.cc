#include "examples/demo/game.h"

#include <gtest/gtest.h>

namespace {

using demo::Kind;
using example::Player;

Player rich() {
  Player player;
  player.currency.coins = 100;
  return player;
}

TEST(DemoGame, ASlipHoldsKindAndNumber) {
  for (const Kind kind : {Kind::play, Kind::grant, Kind::trade}) {
    const auto slip = demo::parse_slip(demo::slip_id(kind, 20'000'017));
    ASSERT_TRUE(slip.has_value());
    EXPECT_EQ(slip->kind, kind);
    EXPECT_EQ(slip->number, 20'000'017);
  }
}

TEST(DemoGame, TakesNoOtherItemForASlip) {
  for (const char* id :
       {"play-", "play-x", "play-0", "play--3", "play-3x", "helmet", "relic-3", ""}) {
    EXPECT_FALSE(demo::parse_slip(id).has_value()) << id;
  }
}

TEST(DemoGame, LeavesASlipWithTheChange) {
  Player player = rich();
  ASSERT_TRUE(demo::play(player, 7, -30));
  EXPECT_EQ(player.currency.coins, 70);
  ASSERT_EQ(player.inventory.size(), 1U);
  EXPECT_EQ(player.inventory[0].id, "play-7");
  EXPECT_EQ(player.inventory[0].quantity, -30);
}

TEST(DemoGame, RefusesWhatNobodyCanPay) {
  Player player = rich();
  const auto done = demo::play(player, 7, -101);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().cause(), "not_enough_coins");
  EXPECT_EQ(demo::slips(player), 0);
}

TEST(DemoGame, ATradeMovesTheRelicOneWayAndThePriceTheOther) {
  Player from = rich();
  Player to = rich();
  demo::grant_relic(from, 5);
  const auto moved = demo::trade(from, to, 9, 40);
  ASSERT_TRUE(moved);
  EXPECT_EQ(*moved, "relic-5");
  EXPECT_FALSE(demo::has_relic(from));
  EXPECT_TRUE(demo::has_relic(to));
  EXPECT_EQ(from.currency.coins, 140);
  EXPECT_EQ(to.currency.coins, 60);
  EXPECT_EQ(demo::slips(from), 2);
  EXPECT_EQ(demo::slips(to), 1);
}

TEST(DemoGame, RefusesATradeWithoutARelic) {
  Player from = rich();
  Player to = rich();
  const auto moved = demo::trade(from, to, 9, 40);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().cause(), "no_relic");
}

}  // namespace
