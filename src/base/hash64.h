// A fast 64-bit hash: XXH64 as its specification (xxhash_spec.md, "XXH64 Algorithm") defines it.
// Finds accidental differences; it is no protection against somebody who makes collisions.
#pragma once

#include <cstdint>
#include <string_view>

namespace keepsake {

[[nodiscard]] std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0) noexcept;

}  // namespace keepsake
