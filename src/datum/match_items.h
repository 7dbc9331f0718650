// Which items of two arrays are the same.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "keepsake/datum/value.h"

namespace keepsake {

/// Items that stand in both arrays, or one after another in one or both of them.
struct ItemRun {
  bool same = false;       ///< then both counts are equal
  std::size_t before = 0;  ///< how many items of the older array
  std::size_t after = 0;   ///< how many of the newer
};

/// The two arrays as runs, in order.
[[nodiscard]] std::vector<ItemRun> match_items(std::span<const Value> before,
                                               std::span<const Value> after);

}  // namespace keepsake
