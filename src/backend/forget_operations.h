// Deleting receipts and handled ids by age, inside one transaction (rule 29).
#pragma once

#include <cstddef>

#include "src/backend/tables.h"

namespace keepsake {

/// Before which time what was applied is forgotten.
[[nodiscard]] Result<std::int64_t> forgotten_before(Tables& tables, const Forget& request);
[[nodiscard]] Result<std::size_t> apply_forget(Tables& tables, const Forget& request);

}  // namespace keepsake
