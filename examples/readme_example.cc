#include <iostream>
#include <thread>

#include "keepsake/open/open.h"
#include "keepsake/player/player_data_manager.h"
using namespace keepsake;

struct Hero {  // the struct is its own schema
  std::int64_t coins = 0;
};
int main() {
  const auto backend = open("sqlite:heroes.db").value();
  Store store(*backend, {.server = "eu-west-7"});
  const auto catalog = CatalogBuilder<Hero>("Heroes").current("1").lock().value();
  PlayerDataManager<Hero> players(
      store, catalog, {.on_ready = [](UserId, Profile<Hero> hero) {
        if (hero.edit([](Hero& h) { h.coins += 10; }))  // from now on kill -9 can't take it away
          std::cout << "Welcome! You have " << hero->coins << " coins.\n";
      }});
  players.load(UserId{7});                 // the player joined
  for (int tick = 0; tick < 60; ++tick) {  // the game's loop
    store.pump();                          // callbacks, auto-save, hand-over; it never waits
    std::this_thread::sleep_for(std::chrono::milliseconds(16));
  }
  return players.shutdown().finished ? 0 : 1;
}
