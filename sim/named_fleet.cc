// Named scenarios of many players.
#include <algorithm>

#include "sim/rows.h"
#include "sim/town.h"

namespace sim {

namespace {

std::string key_of(std::size_t player) { return "p" + std::to_string(player); }

void put_players(Town& town, std::size_t players) {
  for (std::size_t i = 0; i < players; ++i) town.put(key_of(i), kPurse);
}

std::size_t loaded_players(const House& house, std::size_t players) {
  std::size_t loaded = 0;
  for (std::size_t i = 0; i < players; ++i) loaded += house.game->has(key_of(i)) ? 1 : 0;
  return loaded;
}

}  // namespace

/// Each trades with the next, all before the first save comes back; one in the middle is fenced.
Figure market_chain(const Ground& ground) {
  constexpr std::size_t kPlayers = 50;
  Town town(peers_times(ground));
  put_players(town, kPlayers);
  House& house = town.open("a");
  for (std::size_t i = 0; i < kPlayers; ++i) (void)town.load(house, key_of(i));
  keepsake::Backend& database = town.world.database();
  (void)database.commit(
      {robbery(database, {std::string(kPurses), key_of(kPlayers / 2)}, town.world.random())
           .value()});
  std::size_t traded = 0;
  for (std::size_t i = 0; i + 1 < kPlayers; ++i) {
    const std::string mark = "t" + std::to_string(i);
    traded += house.game->trade(key_of(i), key_of(i + 1), mark, 1).has_value() ? 1 : 0;
  }
  town.world.advance(15s);
  std::int64_t gold = 0;
  std::size_t halves = 0;
  for (std::size_t i = 0; i < kPlayers; ++i) {
    const Stored stored = town.stored(key_of(i));
    gold += stored.gold;
    const std::string mark = "t" + std::to_string(i);
    const auto has = [&](const Stored& one) {
      return std::find(one.things.begin(), one.things.end(), mark) != one.things.end();
    };
    if (i + 1 < kPlayers && has(stored) != has(town.stored(key_of(i + 1)))) ++halves;
  }
  return {.text = std::to_string(traded) + " trades in a chain: " + std::to_string(halves) +
                  " half, " + std::to_string(gold) + " of 5000 gold",
          .kept = traded == kPlayers - 1 && halves == 0 && gold == 5000};
}

Figure builds_side_by_side(const Ground& ground) {
  Town town(peers_times(ground));
  town.put("p", kPurse);
  House& old = town.open("a");
  House& newer = town.open("b", "machine", Build::newer);
  House& compatible = town.open("c", "machine", Build::compatible);
  bool good = town.load(old, "p") && town.load(compatible, "p");
  good = good && town.load(old, "p") && old.game->mark("p", "e1", How::whole).has_value();
  (void)town.wait([&](Game::Done done) { old.game->end("p", std::move(done)); });
  const Stored between = town.stored("p");
  good = good && town.load(newer, "p") && newer.game->mark("p", "e2", How::whole).has_value();
  (void)town.wait([&](Game::Done done) { newer.game->commit("p", std::move(done)); });
  good = good && !town.load(old, "p") && town.failure.code() == ErrorCode::needs_newer_server;
  return {.text =
              "the older build goes on with what was declared compatible and is refused the "
              "rest, whose owner isn't disturbed",
          .kept = good && newer.game->has("p") && newer.told.empty() && between.things.size() == 1};
}

/// Everybody plays on; a tenth tries to rejoin elsewhere meanwhile.
Figure five_minutes_without_database(const Ground& ground) {
  constexpr std::size_t kPlayers = 100;
  Town town(local_times(ground));
  put_players(town, kPlayers);
  std::vector<House*> houses{&town.open("a"), &town.open("b"), &town.open("c")};
  for (std::size_t i = 0; i < kPlayers; ++i) (void)town.load(*houses[i % 3], key_of(i));
  town.world.outage(300s);
  std::size_t returned = 0;
  std::size_t refused = 0;
  for (int second = 0; second < 300; ++second) {
    for (std::size_t i = 0; i < kPlayers; ++i) {
      const std::string mark = "m" + std::to_string(second);
      (houses[i % 3]->game->mark(key_of(i), mark, How::push_back) ? returned : refused) += 1;
    }
    if (second % 30 == 0) {
      for (std::size_t i = 0; i < kPlayers / 10; ++i) {
        houses[(i + 1) % 3]->game->load(key_of(i), 20s, [](const Result<void>&) {});
      }
    }
    town.world.advance(1s);
  }
  town.world.advance(30s);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < kPlayers; ++i) kept += town.stored(key_of(i)).things.size();
  return {.text = std::to_string(returned) + " edits by 100 players on three servers, " +
                  std::to_string(refused) + " refused; stored afterwards: " + std::to_string(kept),
          .kept = refused == 0 && kept == returned};
}

Figure login_storm(const Ground& ground) {
  constexpr std::size_t kPlayers = 500;
  Town town(local_times(ground));
  put_players(town, kPlayers);
  House& house = town.open("a");
  const keepsake::MonotonicTime began = town.world.clock().now();
  for (std::size_t i = 0; i < kPlayers; ++i) {
    house.game->load(key_of(i), 20s, [](const Result<void>&) {});
  }
  Duration first = Duration::max();
  town.world.advance_until([&] {
    const std::size_t loaded = loaded_players(house, kPlayers);
    if (loaded > 0 && first == Duration::max()) first = town.world.clock().now() - began;
    return loaded == kPlayers;
  });
  const Duration took = town.world.clock().now() - began;
  return {.text =
              "500 loads in one tick, up to 32 in a round trip of 0.2 to 0.6 ms: the first "
              "after " +
              text(first) + ", the last after " + text(took),
          .kept = loaded_players(house, kPlayers) == kPlayers && took <= 2s};
}

}  // namespace sim
