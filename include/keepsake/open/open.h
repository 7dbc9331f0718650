// Opens a backend by its address: "sqlite:players.db", "postgres://…", "memory:".
#pragma once

#include <memory>
#include <string_view>

#include "keepsake/backend/backend.h"
#include "keepsake/base/result.h"

namespace keepsake {

/// `url`:
///   "sqlite:FILE", or a bare path: an SQLite file with SqliteOptions' defaults (sqlite.h); it is
///       made if there is none;
///   "memory:": a new database in memory (memory.h), gone with the backend;
///   "postgres://user@host:port/database", "postgresql://…": a PostgreSQL database with
///       PostgresOptions' defaults (postgres.h); its tables are made if there are none. Behind a
///       pooler "?keepsake_listen=off", or the address of the database itself with % codes, says
///       where to listen for wake-ups (docs/postgres.md).
///
/// Errors: `invalid_argument` (an address of another form: the text says which there are), and
/// those of open_sqlite and open_postgres. An address with a password is never repeated in an
/// error.
[[nodiscard]] Result<std::unique_ptr<Backend>> open(std::string_view url);

}  // namespace keepsake
