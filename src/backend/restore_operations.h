// What a restored backup has to be made to forget, inside one transaction of it, before anybody can
// see it.
#pragma once

#include <cstddef>
#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// Erases what was erased since the backup was made: the tombstones that it doesn't hold itself.
/// Gives how many profiles lost something.
[[nodiscard]] Result<std::size_t> replay_tombstones(Tables& tables,
                                                    const std::vector<Tombstone>& outside);

}  // namespace keepsake
