// FastRandom: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
// 2021), seeded with 256 bits of another source. For ids that must be unique and times that must be
// spread, where a system call has no place; not for secrets. Used by one thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "keepsake/base/ids.h"

namespace keepsake {

class FastRandom final : public Random {
 public:
  explicit FastRandom(Random& seed)
      : state_{seed.next() | 1, seed.next(), seed.next(), seed.next()} {}

  std::uint64_t next() override {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace keepsake
