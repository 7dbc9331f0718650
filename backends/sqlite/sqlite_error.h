// SQLite's result codes as errors of our list.
#pragma once

#include <sqlite3.h>

#include <string>

#include "keepsake/base/error.h"

namespace keepsake {

/// Of a call on `database` that gave `code`. `path` is the file's, for the text.
[[nodiscard]] Error error_of_sqlite(sqlite3* database, int code, const std::string& path);

/// Of a COMMIT: where the disk failed in the middle of it, whether it is stored is in doubt.
[[nodiscard]] Error error_of_commit(sqlite3* database, int code, const std::string& path);

}  // namespace keepsake
