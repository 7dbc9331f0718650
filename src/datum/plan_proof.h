// Proves a declared step without data: runs its changes on the shape that the older version's
// schema describes, and holds what comes of it against the newer one's.
#pragma once

#include <string>
#include <vector>

#include "keepsake/datum/change.h"
#include "keepsake/datum/schema.h"

namespace keepsake {

/// As Plan::lock says. Also notes in the changes what their ways back need to know.
[[nodiscard]] Result<void> prove_step(const std::string& from, const std::string& to,
                                      const Schema& before, const Schema& after,
                                      std::vector<Change>& changes);

}  // namespace keepsake
