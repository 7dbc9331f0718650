// A game server's loop: 60 ticks a second, players who come and go by lines on stdin, and an end by
// Ctrl-C or SIGTERM that saves everybody. Start two of them on one file, with other ids, and let a
// player join both: the data moves with the player.
// Usage: game_server FILE SERVER_ID, then lines such as: join 7, earn 7 10, kill 7, leave 7
#include <chrono>
#include <csignal>
#include <iostream>
#include <thread>

#include "examples/player/player_catalog.h"
#include "examples/typed_commands.h"
#include "keepsake/open/open.h"
#include "keepsake/player/player_data_manager.h"

using namespace std::chrono_literals;
using example::Player;
using example::Stats;
using Players = keepsake::PlayerDataManager<Player>;

namespace {

volatile std::sig_atomic_t stop_asked = 0;

/// A kill, and what the killed one left behind.
void kill(keepsake::Profile<Player> player) {
  const auto kills = player.edit<&Player::stats, &Stats::kills>(
      [](std::int64_t& n) -> keepsake::Result<std::int64_t> { return ++n; });
  const auto looted = player.push_back<&Player::inventory>({.id = "gem", .quantity = 2});
  std::cout << (kills ? std::to_string(*kills) : kills.error().text()) << std::endl;
  if (!looted) std::cout << looted.error().text() << std::endl;
}

void obey(Players& players, const example::Command& command) {
  const auto& [line, what, user, amount] = command;
  if (what == "join") return players.load(user);
  if (what == "leave") return players.unload(user);
  keepsake::Profile<Player> player = players.find(user);
  if (what == "kill" && player) return kill(player);
  if (what != "earn" || !player) return void(std::cout << "can't " << line << std::endl);
  const auto balance = player.edit([&](Player& p) -> keepsake::Result<std::int64_t> {
    if (p.currency.coins + amount < 0) return keepsake::refuse("not_enough_coins");
    return p.currency.coins += amount;
  });
  std::cout << (balance ? std::to_string(*balance) : balance.error().text()) << std::endl;
}

void count_playtime(Players& players) {
  players.for_each([](auto, keepsake::Profile<Player> player) {
    const auto touched = player.touch([](Player& p) { p.stats.playtime += 1.0 / 60; });
    if (!touched) std::cout << touched.error().text() << std::endl;
  });
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return std::cerr << "usage: game_server FILE SERVER_ID\n", 2;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop_asked = 1; });
  const auto backend = keepsake::open(words[1]);
  if (!backend) return std::cerr << backend.error().text() << "\n", 1;
  keepsake::Store store(**backend, {.server = words[2]});
  const auto say = [](keepsake::UserId user, const auto& what) {
    std::cout << user.number << ": " << what << std::endl;
  };
  Players players(store, example::player_catalog(),
                  {.on_ready = [&](auto user, auto) { say(user, "ready"); },
                   .on_refused = [&](auto user, const auto& e) { say(user, e.player_text()); },
                   .on_end = [&](auto user, auto why) { say(user, keepsake::name(why)); }});
  example::TypedCommands typed;
  for (auto next = std::chrono::steady_clock::now(); stop_asked == 0; next += 16'667us) {
    for (const example::Command& command : typed.take()) obey(players, command);
    count_playtime(players);
    store.pump();
    std::this_thread::sleep_until(next);
  }
  std::cout << players.shutdown(8s).text() << std::endl;
}
