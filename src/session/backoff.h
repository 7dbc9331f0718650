// How long a call that failed waits until it is made again: twice as long each time, and spread, so
// that those who failed together don't come again together (Brooker, "Exponential Backoff And
// Jitter", 2015: "equal jitter").
#pragma once

#include <algorithm>
#include <cstdint>

#include "keepsake/base/clock.h"

namespace keepsake {

struct Backoff {
  Duration first;
  Duration last;

  /// After so many failures in a row, at least one: between half of the wait and all of it.
  /// `random`: any number, another each time.
  [[nodiscard]] constexpr Duration after(int failures, std::uint64_t random) const {
    Duration wait = first;
    for (int i = 1; i < failures && wait < last; ++i) wait *= 2;
    wait = std::min(wait, last);
    const auto half = static_cast<std::uint64_t>(std::max<std::int64_t>(wait.count() / 2, 1));
    return wait / 2 + Duration(static_cast<std::int64_t>(random % half));
  }
};

}  // namespace keepsake
