#include "src/open/copy_side.h"

#include "backends/postgres/postgres_copy_side.h"
#include "backends/sqlite/sqlite_copy_side.h"
#include "src/open/address.h"

namespace keepsake {

namespace {
constexpr std::int64_t kPatienceMs = 60'000;  // nobody plays meanwhile
}  // namespace

Result<std::unique_ptr<CopySide>> open_copy_side(const std::string& url, CopyRole role) {
  const bool makes = role == CopyRole::to;
  if (is_postgres(url)) {
    return postgres::open_postgres_copy_side(
        url, {.create = makes, .listen = "off", .statement_timeout_ms = kPatienceMs});
  }
  auto file = sqlite_path(url);
  if (!file) return std::move(file).error();
  return open_sqlite_copy_side(
      *file, {.read_only = !makes, .create = makes, .busy_timeout_ms = kPatienceMs});
}

}  // namespace keepsake
