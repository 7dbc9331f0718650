// Whether the names of an object's members are distinct.
#pragma once

#include <span>

#include "keepsake/datum/value.h"

namespace keepsake {

[[nodiscard]] bool all_distinct(std::span<const Member> members);

}  // namespace keepsake
