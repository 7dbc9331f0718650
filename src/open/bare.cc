#include "src/open/bare.h"

#include "backends/postgres/bare_postgres.h"
#include "backends/sqlite/bare_sqlite.h"
#include "src/open/address.h"

namespace keepsake {

Result<std::unique_ptr<BareDatabase>> open_bare(const std::string& url) {
  if (is_postgres(url)) return postgres::open_bare_postgres(url);
  auto file = sqlite_path(url);
  if (!file) return std::move(file).error();
  return open_bare_sqlite(*file);
}

}  // namespace keepsake
