// An operator's override, inside one transaction. backend.h says what it gives.
#pragma once

#include <vector>

#include "keepsake/backend/steal.h"
#include "src/backend/tables.h"

namespace keepsake {

[[nodiscard]] Result<StealAnswer> apply_steal(Tables& tables, const Steal& request,
                                              std::vector<Owner>& wake);

}  // namespace keepsake
