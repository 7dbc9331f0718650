// What an address says of the database.
#pragma once

#include <string_view>

namespace keepsake {

/// Whether it is a PostgreSQL server's, and no SQLite file's path.
[[nodiscard]] inline bool is_postgres(std::string_view url) {
  return url.starts_with("postgres://") || url.starts_with("postgresql://");
}

}  // namespace keepsake
