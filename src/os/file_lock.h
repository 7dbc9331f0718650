// LockFile: a POSIX record lock over a whole file.
//
// Such a lock dies with its process, isn't inherited by a forked child, and its holder's pid can be
// asked for. Its trap, that closing any descriptor of the file drops it, is kept shut by one table
// per process: a file is opened once, and all who open it share one LockFile. For that reason no
// other code may open a lock file. Inside the process the lock is exclusive between holders, too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"

namespace keepsake::os {

/// All functions may be called from any thread; who locked it may unlock it from another.
class LockFile {
 public:
  /// Opens the file, making it (0600) if `create` and there is none. Errors: not_found, read_only,
  /// storage_full, io_error.
  static Result<std::shared_ptr<LockFile>> open(const std::string& path, bool create);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// True if it is ours now; false if another holder, here or in another process, has it.
  Result<bool> try_lock();
  /// Tries until `at_most` has passed, about every 100 µs at first and then every millisecond.
  Result<bool> lock_for(Duration at_most);
  /// Needs to be locked.
  void unlock();

  /// The pid that holds it: 0 nobody, our own if it is locked here, -1 if it is held by a process
  /// that can't be seen from here.
  Result<std::int64_t> holder() const;

  /// The file that `path` names now is the one that is open here.
  [[nodiscard]] bool is_at(const std::string& path) const;

 private:
  struct Inside;
  explicit LockFile(std::unique_ptr<Inside> inside);
  friend class LockTable;
  std::unique_ptr<Inside> inside_;
};

}  // namespace keepsake::os
