// Files and advisory locks, as the journal needs them. src/os implements it for real,
// memory_machine.h in memory with faults to play.
//
// Paths are absolute. Errors carry the path in `cause`: not_found, already_exists, storage_full
// (no room, quota, or size limit), read_only, io_error. All functions may be called from any
// thread; a File is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"

namespace keepsake {

class File {
 public:
  virtual ~File() = default;
  /// All of `bytes` at that place, growing the file where needed. After an error any part of them
  /// may have been written.
  virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Up to `count` bytes; fewer only at the file's end.
  virtual Result<std::string> read_at(std::uint64_t offset, std::size_t count) = 0;
  /// Returns when everything written before is on the disk (fdatasync). After an error nothing is
  /// known of what was written since the last good sync, and calling again proves nothing.
  virtual Result<void> sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
};

/// How a file is opened. `create` fails with already_exists if there is one.
enum class OpenMode : std::uint8_t { read, write, create };

/// Who holds a lock. `pid` is 0 if nobody does, or if the holder can't be seen from here.
struct LockState {
  bool held = false;
  std::int64_t pid = 0;
};

/// Holds an advisory lock while it lives. It dies with its process and isn't inherited by a fork.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// With its parents; for our user only (0700). Good if it is there already.
  virtual Result<void> create_directory(std::string_view path) = 0;
  /// Names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(std::string_view directory) = 0;
  virtual Result<std::unique_ptr<File>> open(std::string_view path, OpenMode mode) = 0;
  /// Replaces what is at `to` if that is a file. For directories `to` must not exist.
  virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
  /// Removes a file, or an empty directory. Good if there is none.
  virtual Result<void> remove(std::string_view path) = 0;
  /// Makes names that were created, renamed or removed in a directory survive a machine's death.
  virtual Result<void> sync_directory(std::string_view path) = 0;
  [[nodiscard]] virtual bool exists(std::string_view path) = 0;
  /// Whether the path lies on a file system of this machine's own, out of a list of known types.
  [[nodiscard]] virtual bool is_local(std::string_view path) = 0;

  /// Takes the lock at once or fails with `held` (`found` names the holder's pid). The file is made
  /// if there is none: locked under a temporary name and then renamed, so that a lock file that can
  /// be seen and isn't locked means that its holder is dead.
  virtual Result<std::unique_ptr<FileLock>> lock(std::string_view path) = 0;
  /// Looks without taking. Error not_found if there is no such file.
  virtual Result<LockState> probe(std::string_view path) = 0;
  /// Waits until nobody holds the lock, or `at_most` has passed; returns at once when the holder's
  /// process dies. True if it is free or gone.
  virtual bool wait_until_free(std::string_view path, Duration at_most) = 0;
};

}  // namespace keepsake
