// The names of members: whether two are the same, whether all of an object are distinct.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "keepsake/datum/value.h"

namespace keepsake {

/// a == b, without a call for the short texts that names are.
[[nodiscard]] inline bool same_name(std::string_view a, std::string_view b) noexcept {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size > 16) return a == b;
  const auto differs = [&](auto word, std::size_t at) {
    auto other = word;
    std::memcpy(&word, a.data() + at, sizeof(word));
    std::memcpy(&other, b.data() + at, sizeof(word));
    return word != other;
  };
  if (size >= 8) return !differs(std::uint64_t{}, 0) && !differs(std::uint64_t{}, size - 8);
  if (size >= 4) return !differs(std::uint32_t{}, 0) && !differs(std::uint32_t{}, size - 4);
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

/// A name that stands twice, as one of the members has it; nullptr if all are distinct.
[[nodiscard]] const Name* repeated_name(std::span<const Member> members);

[[nodiscard]] inline bool all_distinct(std::span<const Member> members) {
  return repeated_name(members) == nullptr;
}

}  // namespace keepsake
