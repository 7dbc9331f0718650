// Players of the example for benchmarks: the recorded ones, and what they have.
#pragma once

#include <random>
#include <vector>

#include "keepsake/datum/any_catalog.h"

namespace bench {

/// Those of examples/player/players.jsonl, at their current version.
[[nodiscard]] std::vector<keepsake::Value> example_players(const keepsake::AnyCatalog& catalog);
/// One of them, without things.
[[nodiscard]] keepsake::Value player_without_things(const std::vector<keepsake::Value>& players,
                                                    std::mt19937_64& random);
/// A thing that one of them has, in another quantity.
[[nodiscard]] keepsake::Value thing_of(const std::vector<keepsake::Value>& players,
                                       std::mt19937_64& random);

}  // namespace bench
