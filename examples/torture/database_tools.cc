#include "examples/torture/database_tools.h"

#include <sqlite3.h>

#include <cstdio>
#include <memory>

#include "examples/demo/reader.h"
#include "examples/torture/postgres_server.h"

namespace torture {

using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::Result;

namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

/// By the first column of a row its last.
using Rows = std::map<std::string, std::string>;

Result<Rows> run(const std::string& path, const std::string& statement) {
  Rows rows;
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, Close> database(opened);
  const auto take = [](void* out, int columns, char** values, char**) {
    (*static_cast<Rows*>(out))[values[0]] = values[columns - 1];
    return 0;
  };
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(opened, 5000);
    code = sqlite3_exec(opened, statement.c_str(), take, &rows, nullptr);
  }
  if (code == SQLITE_OK) return rows;
  return Error(ErrorCode::io_error, "'" + path + "': " + sqlite3_errmsg(opened));
}

}  // namespace

Result<void> back_up(const std::string& database, const std::string& copy) {
  const Result<Rows> done = run(database, "VACUUM INTO '" + copy + "'");
  return done ? Result<void>() : Result<void>(done.error());
}

void move_database(const std::string& from, const std::string& to) {
  for (const char* const part : {"", "-wal", "-shm"}) {
    std::rename((from + part).c_str(), (to + part).c_str());
  }
}

Result<Rows> row_states(const std::string& database) {
  if (demo::is_postgres(database)) {
    return run_sql(database,
                   "SELECT key, epoch || '/' || revision FROM keepsake.profiles "
                   "WHERE store = 'PlayerData'");
  }
  return run(database,
             "SELECT key, epoch || '/' || revision FROM profiles JOIN saves USING (id) "
             "WHERE store = 'PlayerData'");
}

Result<std::set<std::string>> quarantined_keys(const std::string& database) {
  const Result<Rows> rows = demo::is_postgres(database)
                                ? run_sql(database, "SELECT key FROM keepsake.quarantine")
                                : run(database, "SELECT key FROM quarantine");
  if (!rows) return rows.error();
  std::set<std::string> keys;
  for (const auto& [key, same] : *rows) keys.insert(key);
  return keys;
}

}  // namespace torture
