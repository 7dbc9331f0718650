#include "src/open/bare.h"

#include <string_view>

#include "backends/postgres/bare_postgres.h"
#include "backends/sqlite/bare_sqlite.h"
#include "src/open/address.h"

namespace keepsake {

Result<std::unique_ptr<BareDatabase>> open_bare(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (is_postgres(url)) return postgres::open_bare_postgres(url);
  if (url == "memory:") {
    return Error(ErrorCode::invalid_argument, "a database in memory belongs to one process")
        .expected("sqlite:FILE, a path of a file, or postgres://…");
  }
  return open_bare_sqlite(url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : url);
}

}  // namespace keepsake
