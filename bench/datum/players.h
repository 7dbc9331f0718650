// The example's players that the codecs are timed with, the same in every run.
#pragma once

#include <cstddef>
#include <string>

#include "examples/player/player.h"

namespace bench {

/// With 20 items, 1.2 kB of JSON.
[[nodiscard]] example::Player player_of(std::size_t items);

/// A player of version 1 with so many things, as JSON.
[[nodiscard]] std::string version_1_of(std::size_t things);

}  // namespace bench
