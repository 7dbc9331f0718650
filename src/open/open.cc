#include "keepsake/open/open.h"

#include <string>

#include "keepsake/backend/memory.h"
#include "keepsake/backend/postgres.h"
#include "keepsake/backend/sqlite.h"
#include "src/os/system.h"

namespace keepsake {

namespace {

constexpr std::string_view kForms = "sqlite:FILE, a path of a file, postgres://…, or memory:";

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !letter(text.front())) return false;
  for (const char c : text) {
    const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter(c) && !other) return false;
  }
  return true;
}

std::unique_ptr<Backend> open_memory() {
  static const os::SystemClock kClock;  // has no state
  os::SystemRandom random;
  return make_memory_backend(kClock, random);
}

}  // namespace

Result<std::unique_ptr<Backend>> open(std::string_view url) {
  const std::size_t colon = url.find(':');
  const std::string_view scheme = colon == url.npos ? "" : url.substr(0, colon);
  const std::string_view rest = colon == url.npos ? url : url.substr(colon + 1);
  if (scheme == "memory" && rest.empty()) return open_memory();
  if (scheme == "sqlite" && !rest.starts_with("//")) return open_sqlite(std::string(rest));
  if (scheme == "sqlite") {
    return Error(ErrorCode::invalid_argument, "an SQLite file is named by its path")
        .expected("sqlite:players.db, or sqlite:/var/lib/game/players.db")
        .found("sqlite://…");
  }
  if (scheme == "postgres" || scheme == "postgresql") {
    return open_postgres(std::string(url));
  }
  if (url.empty()) {
    return Error(ErrorCode::invalid_argument, "no database is named").expected(kForms);
  }
  if (is_scheme(scheme)) {
    return Error(ErrorCode::invalid_argument, "an address of that kind is not known")
        .expected(kForms)
        .found(std::string(scheme) + ":…")
        .remedy("write ./ before a file's name that holds a colon");
  }
  return open_sqlite(std::string(url));
}

}  // namespace keepsake
