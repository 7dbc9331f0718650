// An SQLite file that is copied to another database, or made of one (src/backend/copying.h).
#pragma once

#include <memory>
#include <string>

#include "keepsake/backend/sqlite.h"
#include "src/backend/copy_tables.h"

namespace keepsake {

/// Errors: those of open_sqlite.
[[nodiscard]] Result<std::unique_ptr<CopySide>> open_sqlite_copy_side(const std::string& path,
                                                                      const SqliteOptions& options);

}  // namespace keepsake
