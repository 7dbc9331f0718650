// What an address says of the database.
#pragma once

#include <string>
#include <string_view>

#include "keepsake/base/result.h"

namespace keepsake {

/// Whether it is a PostgreSQL server's, and no SQLite file's path.
[[nodiscard]] inline bool is_postgres(std::string_view url) {
  return url.starts_with("postgres://") || url.starts_with("postgresql://");
}

/// The file that an address of no PostgreSQL server means. Error: `invalid_argument`, for one in
/// memory.
[[nodiscard]] inline Result<std::string> sqlite_path(std::string_view url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url == "memory:") {
    return Error(ErrorCode::invalid_argument, "a database in memory belongs to one process")
        .expected("sqlite:FILE, a path of a file, or postgres://…");
  }
  return std::string(url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : url);
}

}  // namespace keepsake
