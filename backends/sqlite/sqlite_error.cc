#include "backends/sqlite/sqlite_error.h"

#include <cerrno>
#include <cstring>

#include "backends/sqlite/lock_holder.h"

namespace keepsake {

namespace {

std::string words_of(sqlite3* database, int code) {
  std::string text = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  const int system_error = database != nullptr ? sqlite3_system_errno(database) : 0;
  const int kind = code & 0xFF;
  if (system_error != 0 && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN)) {
    text += std::string(" (") + std::strerror(system_error) + ")";
  }
  return text;
}

bool is_denied(sqlite3* database, int code) {
  const bool needs_folder = code == SQLITE_READONLY_CANTINIT || code == SQLITE_READONLY_CANTLOCK ||
                            code == SQLITE_READONLY_DIRECTORY;
  if (needs_folder) return true;
  if ((code & 0xFF) != SQLITE_CANTOPEN) return false;
  const int system_error = database == nullptr ? 0 : sqlite3_system_errno(database);
  return system_error == EACCES || system_error == EPERM || system_error == EROFS;
}

Error full(const std::string& path) {
  return Error(ErrorCode::storage_full, "there is no room for the database " + path)
      .remedy("free space on its disk; nothing was lost, and saving goes on by itself");
}

Error corrupt(const std::string& path, const std::string& why) {
  return Error(ErrorCode::corrupt, "the database " + path + " is damaged: " + why)
      .remedy("stop the servers, keep a copy of the file, and restore the last backup");
}

}  // namespace

Error error_of_sqlite(sqlite3* database, int code, const std::string& path) {
  const std::string why = words_of(database, code);
  if (is_denied(database, code)) {
    return Error(ErrorCode::read_only, "the folder of the database " + path + " can't be written")
        .remedy("make it writable for this user: SQLite keeps a log and shared memory in it");
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Error(ErrorCode::unavailable,
                   "the database " + path + " is locked by " + name_of_writer(path))
          .remedy("wait, or end what holds it");
    case SQLITE_FULL: return full(path);
    case SQLITE_CORRUPT: return corrupt(path, why);
    case SQLITE_NOTADB:
      return Error(ErrorCode::wrong_format, path + " is not an SQLite database")
          .remedy("check the path; the file was left as it is");
    case SQLITE_READONLY:
      if (code == SQLITE_READONLY_DBMOVED) {
        return Error(ErrorCode::database_replaced, "the file at " + path + " was moved")
            .remedy("restart the server");
      }
      return Error(ErrorCode::read_only, "the database " + path + " can't be written: " + why)
          .remedy("make the file and its folder writable for this user");
    case SQLITE_NOMEM: return Error(ErrorCode::unavailable, "not enough memory for " + path);
    case SQLITE_INTERRUPT: return Error(ErrorCode::unavailable, "interrupted at " + path);
    default: break;
  }
  const bool disk_is_full = database != nullptr && sqlite3_system_errno(database) == ENOSPC;
  if (disk_is_full && (code & 0xFF) == SQLITE_IOERR) return full(path);
  return Error(ErrorCode::io_error, "the database " + path + " failed: " + why);
}

Error error_of_commit(sqlite3* database, int code, const std::string& path) {
  Error error = error_of_sqlite(database, code, path);
  if (error.code() != ErrorCode::io_error) return error;
  return Error(ErrorCode::in_doubt,
               "the disk failed while committing to " + path + ": " + words_of(database, code))
      .remedy("the same commit is sent again until it is settled");
}

}  // namespace keepsake
