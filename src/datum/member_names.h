// Whether the names of an object's members are distinct.
#pragma once

#include <span>
#include <string>

#include "keepsake/datum/value.h"

namespace keepsake {

/// A name that stands twice, as one of the members has it; nullptr if all are distinct.
[[nodiscard]] const std::string* repeated_name(std::span<const Member> members);

[[nodiscard]] inline bool all_distinct(std::span<const Member> members) {
  return repeated_name(members) == nullptr;
}

}  // namespace keepsake
