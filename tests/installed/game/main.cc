// The whole: a profile is loaded from SQLite, edited and saved; and the command line, compression
// and a world for tests are there to link.
#include <iostream>

#include "keepsake/cli/cli.h"
#include "keepsake/compress/compressor.h"
#include "keepsake/open/open.h"
#include "keepsake/player/player_data_manager.h"
#include "keepsake/testing/world.h"

struct Hero {
  std::int64_t coins = 0;
};

int main(int argc, char** argv) {
  using namespace keepsake;
  const auto catalog = CatalogBuilder<Hero>("Heroes").current("1").lock().value();
  if (argc > 1) return cli::run(argc, argv, {catalog});
  const auto backend = open("sqlite:heroes.db").value();
  Store store(*backend, {.server = "eu-1"});
  std::int64_t coins = 0;
  PlayerDataManager<Hero> players(store, catalog, {.on_ready = [&](UserId, Profile<Hero> hero) {
                                    if (hero.edit([](Hero& h) { h.coins += 10; })) {
                                      coins = hero->coins;
                                    }
                                  }});
  players.load(UserId{7});
  while (coins == 0 && store.state() != StoreState::closed) store.pump();
  const bool saved = players.shutdown().finished;
  const World world;
  std::cout << coins << " coins\n";
  return saved && Compressor::make().has_value() ? 0 : 1;
}
