// The example game's player, as it is now: version 3. The struct is its own schema; the names of
// the members are the names in the data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace example {

struct Item {
  std::string id;
  std::int64_t quantity = 1;
  std::optional<bool> equipped;
};

struct Currency {
  std::int64_t coins = 0;
  std::int64_t gems = 0;
  std::int64_t premium = 0;
};

struct Stats {
  std::int64_t kills = 0;
  std::int64_t deaths = 0;
  double playtime = 0;  // seconds
  std::int64_t wins = 0;
};

struct Settings {
  bool music = true;
  bool sfx = true;
  bool notifications = true;
};

struct Player {
  Currency currency;
  std::vector<Item> inventory;
  double joinedAt = 0;  // seconds since 1970-01-01T00:00:00Z
  Stats stats;
  Settings settings;
};

}  // namespace example
