// Finding, judging and making the database file, before the backend works with it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "backends/sqlite/connection.h"
#include "backends/sqlite/write_turns.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {

struct DatabaseFile {
  std::string path;        ///< absolute, without symbolic links
  bool read_only = false;  ///< asked for, or the file can't be written
};

/// Says which file a path means. Errors: invalid_argument, not_found, read_only, io_error.
[[nodiscard]] Result<DatabaseFile> find_database(const std::string& path,
                                                 const SqliteOptions& options);

/// Where the tombstones of that file are kept (src/backend/tombstone_file.h).
[[nodiscard]] inline std::string tombstone_path(const std::string& database_path) {
  return database_path + ".tombstones";
}

/// Makes sure that the file is ours and of a form that we know; makes the tables in an empty one.
/// Errors: wrong_format, corrupt, read_only, storage_full, unavailable, io_error.
[[nodiscard]] Result<void> prepare_database(Connection& connection, WriteTurns& turns,
                                            std::int64_t busy_timeout_ms);
/// The same without writing.
[[nodiscard]] Result<void> judge_database(Connection& connection);
/// Whether it is a database of ours, of any form that we know.
[[nodiscard]] Result<void> judge_backup(Connection& connection);
/// Brings one of an older form to today's. Nobody else has it open.
[[nodiscard]] Result<void> upgrade_database(Connection& connection);

/// Which file is open, to notice when its path comes to mean another.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
};
[[nodiscard]] FileIdentity identity_of(const std::string& path);
/// Error: database_replaced.
[[nodiscard]] Result<void> still_there(const std::string& path, const FileIdentity& opened);

}  // namespace keepsake
