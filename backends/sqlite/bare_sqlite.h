// An SQLite file by itself (bare_database.h).
#pragma once

#include <memory>
#include <string>

#include "src/backend/bare_database.h"

namespace keepsake {

/// `path`: the product's file, which is made if there is none; the bare rows lie in PATH.bare.
/// Errors: those of open_sqlite.
[[nodiscard]] Result<std::unique_ptr<BareDatabase>> open_bare_sqlite(const std::string& path);

}  // namespace keepsake
