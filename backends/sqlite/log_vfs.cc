#include "backends/sqlite/log_vfs.h"

#include <sqlite3.h>

#include <new>
#include <string>

namespace keepsake {

namespace {

/// SQLite's own layer writes less than 128 KiB at once, and takes that much for nothing.
constexpr std::size_t kMostHeldBack = 120UL << 10;

/// An open log. SQLite gives the memory, and room behind it for the file of its own layer.
struct LogFile {
  sqlite3_file base{};
  std::string held_back{};
  sqlite3_int64 held_at = 0;
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }

  int write_out() {
    if (held_back.empty()) return SQLITE_OK;
    const int code = real()->pMethods->xWrite(real(), held_back.data(),
                                              static_cast<int>(held_back.size()), held_at);
    held_back.clear();  // after an error, too: the transaction that it is of fails
    return code;
  }
};

LogFile& log_of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }

/// Calls SQLite's own layer once nothing is held back.
template <class F>
int after_writing(sqlite3_file* file, F&& call) {
  LogFile& log = log_of(file);
  const int code = log.write_out();
  return code == SQLITE_OK ? call(log.real()) : code;
}

int close_log(sqlite3_file* file) {
  LogFile& log = log_of(file);
  const int written = log.write_out();
  const int closed = log.real()->pMethods->xClose(log.real());
  log.~LogFile();
  return written == SQLITE_OK ? closed : written;
}
int read_log(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  return after_writing(
      file, [&](sqlite3_file* real) { return real->pMethods->xRead(real, to, bytes, at); });
}
int write_log(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  LogFile& log = log_of(file);
  const bool goes_on = at == log.held_at + static_cast<sqlite3_int64>(log.held_back.size()) &&
                       log.held_back.size() + static_cast<std::size_t>(bytes) <= kMostHeldBack;
  if (!goes_on) {
    if (const int code = log.write_out(); code != SQLITE_OK) return code;
    log.held_at = at;
  }
  log.held_back.append(static_cast<const char*>(from), static_cast<std::size_t>(bytes));
  return SQLITE_OK;
}
int truncate_log(sqlite3_file* file, sqlite3_int64 size) {
  return after_writing(file,
                       [&](sqlite3_file* real) { return real->pMethods->xTruncate(real, size); });
}
int sync_log(sqlite3_file* file, int flags) {
  return after_writing(file,
                       [&](sqlite3_file* real) { return real->pMethods->xSync(real, flags); });
}
int size_of_log(sqlite3_file* file, sqlite3_int64* size) {
  return after_writing(file,
                       [&](sqlite3_file* real) { return real->pMethods->xFileSize(real, size); });
}
int lock_log(sqlite3_file* file, int how) {
  sqlite3_file* const real = log_of(file).real();
  return real->pMethods->xLock(real, how);
}
int unlock_log(sqlite3_file* file, int how) {
  sqlite3_file* const real = log_of(file).real();
  return real->pMethods->xUnlock(real, how);
}
int look_at_lock_of_log(sqlite3_file* file, int* held) {
  sqlite3_file* const real = log_of(file).real();
  return real->pMethods->xCheckReservedLock(real, held);
}
int control_log(sqlite3_file* file, int what, void* argument) {
  return after_writing(
      file, [&](sqlite3_file* real) { return real->pMethods->xFileControl(real, what, argument); });
}
int sector_of_log(sqlite3_file* file) {
  sqlite3_file* const real = log_of(file).real();
  return real->pMethods->xSectorSize(real);
}
int traits_of_log(sqlite3_file* file) {
  sqlite3_file* const real = log_of(file).real();
  return real->pMethods->xDeviceCharacteristics(real);
}

constexpr sqlite3_io_methods kLogMethods = {.iVersion = 1,
                                            .xClose = close_log,
                                            .xRead = read_log,
                                            .xWrite = write_log,
                                            .xTruncate = truncate_log,
                                            .xSync = sync_log,
                                            .xFileSize = size_of_log,
                                            .xLock = lock_log,
                                            .xUnlock = unlock_log,
                                            .xCheckReservedLock = look_at_lock_of_log,
                                            .xFileControl = control_log,
                                            .xSectorSize = sector_of_log,
                                            .xDeviceCharacteristics = traits_of_log,
                                            .xShmMap = nullptr,
                                            .xShmLock = nullptr,
                                            .xShmBarrier = nullptr,
                                            .xShmUnmap = nullptr,
                                            .xFetch = nullptr,
                                            .xUnfetch = nullptr};

sqlite3_vfs* own_vfs() {
  static sqlite3_vfs* const kOwn = ::sqlite3_vfs_find(nullptr);
  return kOwn;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* const own = own_vfs();
  if ((flags & SQLITE_OPEN_WAL) == 0) return own->xOpen(own, name, file, flags, flags_out);
  auto* const log = ::new (static_cast<void*>(file)) LogFile;
  const int code = own->xOpen(own, name, log->real(), flags, flags_out);
  if (code == SQLITE_OK) {
    log->base.pMethods = &kLogMethods;
  } else {
    log->~LogFile();
    file->pMethods = nullptr;
  }
  return code;
}

}  // namespace

const char* log_vfs() {
  static constexpr const char* kName = "keepsake-log";
  static const bool kRegistered = [] {
    if (own_vfs() == nullptr) return false;
    static sqlite3_vfs vfs = *own_vfs();  // everything else as there
    vfs.zName = kName;
    vfs.szOsFile += static_cast<int>(sizeof(LogFile));
    vfs.pNext = nullptr;
    vfs.xOpen = open_file;
    return ::sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  return kRegistered ? kName : nullptr;
}

}  // namespace keepsake
