#include "backends/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace keepsake {

namespace {

Error of_path(ErrorCode code, const std::string& path, const std::string& what) {
  return Error(code, "the database " + path + " " + what);
}

/// The path without symbolic links; of a file that isn't there, its folder's.
Result<std::string> real_path(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) != nullptr) return std::string(resolved);
  const int fault = errno;
  if (fault != ENOENT) {
    const ErrorCode code = fault == EACCES ? ErrorCode::read_only : ErrorCode::io_error;
    return of_path(code, path, std::string("can't be reached: ") + std::strerror(fault));
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::realpath(folder.c_str(), resolved) == nullptr) {
    return of_path(ErrorCode::not_found, path, "can't be made: there is no folder " + folder)
        .remedy("make the folder, or name another");
  }
  const std::string base = std::string(resolved) == "/" ? "" : resolved;
  return base + "/" + (slash == std::string::npos ? path : path.substr(slash + 1));
}

/// What the header says: 0 for a file in which nothing is yet. Inside a transaction: another
/// process may be making the tables just now.
Result<int> schema_version_of(Connection& connection) {
  auto application = connection.number("PRAGMA application_id");
  if (!application) return application.error();
  auto version = connection.number("PRAGMA user_version");
  if (!version) return version.error();
  auto tables = connection.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const bool empty = *application == 0 && *version == 0 && *tables == 0;
  if (empty) return 0;
  if (*application != sql::kApplicationId) {
    return of_path(ErrorCode::wrong_format, connection.path(), "belongs to another program")
        .expected("application id " + std::to_string(sql::kApplicationId))
        .found("application id " + std::to_string(*application))
        .remedy("name another file; this one was left as it is");
  }
  if (*version > sql::kSchemaVersion || *version < 1) {
    return of_path(ErrorCode::wrong_format, connection.path(), "was made by a newer Keepsake")
        .expected("schema version " + std::to_string(sql::kSchemaVersion))
        .found("schema version " + std::to_string(*version))
        .remedy("use the newer program; the file was left as it is");
  }
  return static_cast<int>(*version);
}

Result<int> look_at_version(Connection& connection) {
  if (auto begun = connection.run(sql::kBeginRead); !begun) return begun.error();
  auto version = schema_version_of(connection);
  connection.rollback();
  return version;
}

Result<void> make_tables(Connection& connection) {
  if (auto begun = connection.run(sql::kBeginWrite); !begun) return begun;
  auto version = schema_version_of(connection);
  Result<void> made;
  if (!version) made = version.error();
  // A program that doesn't take turns may have been here first.
  if (version && *version == 0) made = connection.script(sql::kCreateSchema);
  if (made && *version < 2) made = connection.script(sql::kUpgradeTo2);
  if (made && *version < 3) made = connection.script(sql::kUpgradeTo3);
  if (made && *version < 4) made = connection.script(sql::kUpgradeTo4);
  if (!made) {
    connection.rollback();
    return made;
  }
  return connection.commit();
}

}  // namespace

Result<DatabaseFile> find_database(const std::string& path, const SqliteOptions& options) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Error(ErrorCode::invalid_argument, "the database's path is empty or holds a zero byte")
        .remedy("name a file, as in sqlite:players.db");
  }
  auto real = real_path(path);
  if (!real) return real.error();
  DatabaseFile file{.path = *std::move(real), .read_only = options.read_only};
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) {
    if (options.create && !options.read_only) return file;
    return of_path(ErrorCode::not_found, file.path, "is not there");
  }
  if (!S_ISREG(status.st_mode)) {
    const char* const what = S_ISDIR(status.st_mode) ? "is a folder" : "is not a file";
    return of_path(ErrorCode::invalid_argument, file.path, what).remedy("name a file");
  }
  if (::faccessat(AT_FDCWD, file.path.c_str(), R_OK, AT_EACCESS) != 0) {
    return of_path(ErrorCode::read_only, file.path, "may not be read by this user")
        .remedy("give this user the right to read and write it");
  }
  if (::faccessat(AT_FDCWD, file.path.c_str(), W_OK, AT_EACCESS) != 0) file.read_only = true;
  return file;
}

Result<void> judge_backup(Connection& connection) {
  auto version = look_at_version(connection);
  if (!version) return version.error();
  if (*version != 0) return {};
  return of_path(ErrorCode::not_found, connection.path(), "is empty");
}

Result<void> upgrade_database(Connection& connection) { return make_tables(connection); }

Result<void> judge_database(Connection& connection) {
  auto version = look_at_version(connection);
  if (!version) return version.error();
  if (*version == sql::kSchemaVersion) return {};
  if (*version != 0) {
    return of_path(ErrorCode::wrong_format, connection.path(), "was made by an older Keepsake")
        .expected("schema version " + std::to_string(sql::kSchemaVersion))
        .found("schema version " + std::to_string(*version))
        .remedy("open it for writing once, which upgrades it");
  }
  return of_path(ErrorCode::not_found, connection.path(), "is empty")
      .remedy("open it for writing once");
}

Result<void> prepare_database(Connection& connection, WriteTurns& turns,
                              std::int64_t busy_timeout_ms) {
  auto version = look_at_version(connection);
  if (!version) return version.error();
  auto mode = connection.word("PRAGMA journal_mode");
  if (!mode) return mode.error();
  if (*version == sql::kSchemaVersion && *mode == "wal") return {};
  auto turn = turns.take(Urgency::urgent, std::chrono::milliseconds(busy_timeout_ms));
  if (!turn) return turn.error();
  mode = connection.word("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") {
    return of_path(ErrorCode::io_error, connection.path(), "can't have a write-ahead log here")
        .expected("journal mode wal")
        .found("journal mode " + *mode)
        .remedy("keep it on a local disk");
  }
  return make_tables(connection);
}

FileIdentity identity_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev, .inode = status.st_ino};
}

Result<void> still_there(const std::string& path, const FileIdentity& opened) {
  const FileIdentity now = identity_of(path);
  if (now.device == opened.device && now.inode == opened.inode) return {};
  const char* const what = now.inode == 0 ? "was removed" : "was replaced by another file";
  return of_path(ErrorCode::database_replaced, path, std::string(what) + " while it was open")
      .remedy("put the file back, or restart the server on the new one");
}

}  // namespace keepsake
