// The demo's game: what players do, and how each operation leaves its number in the data.
//
// The seed's player has no place for a number, and its versions are not widened. So an operation
// leaves a slip in the inventory: an item whose id is the operation's number and whose quantity is
// its change of coins. Slip and change are made by the same edit, so they are stored together or
// not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "examples/player/player.h"
#include "keepsake/base/result.h"

namespace demo {

/// What an operation did. A grant also makes a relic, the item that is traded.
enum class Kind : std::uint8_t { play, grant, trade };

/// Numbers never repeat in a run: the server's ordinal times kNumbersPerServer, plus a count.
using Number = std::int64_t;
inline constexpr Number kNumbersPerServer = 10'000'000;

struct Slip {
  Kind kind = Kind::play;
  Number number = 0;
};

[[nodiscard]] std::string slip_id(Kind kind, Number number);
[[nodiscard]] std::optional<Slip> parse_slip(std::string_view item_id);
[[nodiscard]] std::string relic_id(Number granted_by);
[[nodiscard]] std::optional<Number> parse_relic(std::string_view item_id);

/// Changes the coins and leaves the slip. Refuses ("not_enough_coins") what would go below zero.
[[nodiscard]] keepsake::Result<void> play(example::Player& player, Number number,
                                          std::int64_t change);
/// Leaves a slip without a change of coins, and gives a relic.
void grant_relic(example::Player& player, Number number);
/// Moves the first relic of `from` to `to`, and `price` coins the other way; a slip on both sides.
/// Refuses if there is no relic, or not enough coins.
[[nodiscard]] keepsake::Result<std::string> trade(example::Player& from, example::Player& to,
                                                  Number number, std::int64_t price);

/// Slips in the inventory.
[[nodiscard]] std::int64_t slips(const example::Player& player);
[[nodiscard]] bool has_relic(const example::Player& player);

}  // namespace demo
