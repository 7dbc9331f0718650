// SeededRandom: splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators").
#pragma once

#include <cstdint>

#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"

namespace keepsake::detail {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() override {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  [[nodiscard]] bool coin() { return (next() & 1) != 0; }
  /// Evenly, `least` and `most` included.
  [[nodiscard]] Duration between(Duration least, Duration most) {
    if (most <= least) return least;
    const auto width = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + Duration(static_cast<std::int64_t>(next() % width));
  }

 private:
  std::uint64_t state_;
};

}  // namespace keepsake::detail
