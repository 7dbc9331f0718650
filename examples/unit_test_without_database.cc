// How a game tests its own rules: two servers, a trade, a crash and an outage, with no database, no
// thread and no waiting. Works the same inside any test framework.
#include <cstdlib>
#include <iostream>

#include "examples/player/player_catalog.h"
#include "keepsake/player/player_data_manager.h"
#include "keepsake/testing/world.h"

using namespace std::chrono_literals;
using example::Player;
using keepsake::UserId;
using Players = keepsake::PlayerDataManager<Player>;

namespace {

void expect(bool holds, const char* what) {
  std::cout << (holds ? "ok      " : "FAILED  ") << what << "\n";
  if (!holds) std::exit(1);
}

// The rule under test: a gift is taken from one player and given to another, or not at all.
keepsake::Result<void> give(keepsake::Store& store, Players& players, UserId from, UserId to,
                            std::int64_t coins) {
  return store.transact(tie(players.find(from), players.find(to)),
                        [&](Player& giver, Player& taker) -> keepsake::Result<void> {
                          if (giver.currency.coins < coins) return keepsake::refuse("too_poor");
                          giver.currency.coins -= coins;
                          taker.currency.coins += coins;
                          return {};
                        });
}

}  // namespace

int main() {
  keepsake::World world;
  keepsake::World::Server& a = world.server("a");
  Players& players = a.make<Players>(example::player_catalog(), keepsake::PlayerHooks<Player>{});
  players.load(UserId{1});
  players.load(UserId{2});
  world.advance(100ms);
  expect(players.size() == 2, "both players are ready");

  expect(give(a.store(), players, UserId{1}, UserId{2}, 60).has_value(), "a gift is given");
  const auto refused = give(a.store(), players, UserId{1}, UserId{2}, 60);
  expect(!refused && refused.error().cause() == "too_poor", "nobody gives what they don't have");

  a.crash();  // as kill -9: nothing was saved yet
  keepsake::World::Server& b = world.server("b");
  Players& rejoined = b.make<Players>(example::player_catalog(), keepsake::PlayerHooks<Player>{});
  rejoined.load(UserId{1});
  rejoined.load(UserId{2});
  world.advance(1s);
  expect(rejoined.size() == 2, "the players rejoin another server");
  expect(rejoined.find(UserId{1})->currency.coins == 40 &&
             rejoined.find(UserId{2})->currency.coins == 160,
         "both sides of the gift survived the crash");

  world.outage(5s);
  world.advance(1s);
  expect(give(b.store(), rejoined, UserId{2}, UserId{1}, 60).has_value(),
         "an outage stops no play");
  world.advance(20s);
  expect(rejoined.shutdown().finished, "everything is saved in the end");
}
