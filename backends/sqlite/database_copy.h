// Copies of the database file: backups, and what becomes of one when it is restored.
#pragma once

#include <string>

#include "backends/sqlite/connection.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {

/// Copies all pages, some at a time, in one read transaction of `from`; `to` takes the place of
/// what was there when it is done, in one transaction.
[[nodiscard]] Result<void> copy_pages(Connection& from, Connection& to);

}  // namespace keepsake
