// A second game, of ships and guild banks: two stores in one program, other types than the first
// example's, and limits that the types alone don't say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "keepsake/datum/catalog.h"

namespace second_game {

struct Sailor {
  std::string name;
  std::int64_t rank = 1;
};

/// Version 2. In version 1 the crew were names, and there was no hold.
struct Ship {
  std::string name;
  double hull = 1.0;  ///< 0 sunk, 1 whole
  std::map<std::string, std::int64_t> hold;
  std::vector<Sailor> crew;
  std::optional<std::string> flag;
};

struct Deposit {
  std::string member;
  std::int64_t amount = 0;
};

/// Version 1.
struct GuildBank {
  std::int64_t balance = 0;
  std::vector<Deposit> deposits;
};

/// Store "Ships". Ends the program if the catalog contradicts itself, which a test rules out.
[[nodiscard]] keepsake::Catalog<Ship> ship_catalog();
/// Store "GuildBanks". The same.
[[nodiscard]] keepsake::Catalog<GuildBank> guild_bank_catalog();

}  // namespace second_game

template <>
struct keepsake::Describe<second_game::Ship> {
  static constexpr auto rules =
      std::tuple{rule<&second_game::Ship::hull>(at_least(0) & at_most(1))};
};
