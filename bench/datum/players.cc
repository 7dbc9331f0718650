#include "bench/datum/players.h"

#include <array>
#include <string_view>

#include "keepsake/datum/json.h"

namespace bench {

namespace {

constexpr std::array<std::string_view, 8> kThings{"sword",  "shield", "potion", "helmet",
                                                  "bronze", "scroll", "dagger", "longbow"};

std::string thing(std::size_t i) {
  return std::string(kThings[i % kThings.size()]) + std::to_string(i % 100);
}

}  // namespace

example::Player player_of(std::size_t items) {
  example::Player player;
  player.currency = {.coins = 123'456, .gems = 789, .premium = 12};
  for (std::size_t i = 0; i < items; ++i) {
    player.inventory.push_back({.id = thing(i),
                                .quantity = static_cast<std::int64_t>(1 + i * 37 % 99),
                                .equipped = i % 2 == 0});
  }
  player.joinedAt = 1'600'000'000;
  player.stats = {.kills = 4'321, .deaths = 123, .playtime = 98'765.5, .wins = 77};
  player.settings = {.music = true, .sfx = false, .notifications = true};
  return player;
}

std::string version_1_of(std::size_t things) {
  keepsake::Value inventory = keepsake::Value::array();
  for (std::size_t i = 0; i < things; ++i) inventory.push_back(thing(i));
  return write_json(keepsake::Value::object({{"version", "1"},
                                             {"coins", 123'456},
                                             {"inventory", inventory},
                                             {"joinedAt", 1'600'000'000}}));
}

}  // namespace bench
