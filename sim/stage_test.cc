// What the checker is told of a server that nobody looked at for a while.
#include "sim/stage.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

TEST(Stage, AllowsTheLossOfASessionWhoseLeaseWasOpenedAndClosedUnseen) {
  Scenario scenario;
  scenario.brisk = true;
  Stage stage(scenario, false);
  stage.advance(1s);
  Seat& heir = stage.seats[1];
  Seat& seat = stage.seats[2];
  stage.restart(seat);
  ASSERT_TRUE(seat.game->store().expect_stall(3s));
  seat.server->stall(3s);
  stage.load(seat, "p1", 10s);
  stage.world.advance(2s);  // its lease is open, which its game will hear of when it is cut off
  seat.was_reachable = false;
  seat.server->set_reachable(false);
  ASSERT_TRUE(stage.world.advance_until([&] { return seat.game->has("p1"); }, 3s));
  stage.load(heir, "p1", 20s);
  ASSERT_TRUE(stage.world.advance_until([&] { return heir.game->has("p1"); }, 15s));
  stage.world.advance(500ms);  // its sealed journal tells it; no call gets through yet
  seat.was_reachable = true;
  seat.server->set_reachable(true);
  ASSERT_TRUE(stage.world.advance_until([&] { return !seat.game->has("p1"); }, 15s));
  EXPECT_EQ(seat.game->store().state(), keepsake::StoreState::ready);
  stage.advance(1s);
  EXPECT_FALSE(stage.checker.violation()) << stage.checker.violation()->what;
}

}  // namespace
}  // namespace sim
