// The two file locks by which the writers of all processes take turns (rule 34):
// FILE.keepsake-next and FILE.keepsake-main. Who waits for `main` holds `next`, so that a writer
// who has just finished can't come before one who waits.
//
// They order writers, they don't make anything safe: that is SQLite's own lock. The files are never
// removed: two generations of them would be two queues.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "keepsake/base/result.h"
#include "src/os/file_lock.h"

namespace keepsake {

class TurnFiles {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Opens the files of that database, or makes them. Errors: read_only, not_found, storage_full,
  /// io_error.
  static Result<std::unique_ptr<TurnFiles>> open(const std::string& database_path);

  /// Waits for our turn and takes it: holds `main`. One thread at a time. Error: unavailable, which
  /// names the process whose turn it is; then nothing is held.
  Result<void> take(Deadline deadline);
  void release();

  /// The same for all that have the same files open in this process.
  [[nodiscard]] const void* identity() const { return main_.get(); }

 private:
  TurnFiles(std::string database_path, std::shared_ptr<os::LockFile> next,
            std::shared_ptr<os::LockFile> main)
      : database_path_(std::move(database_path)), next_(std::move(next)), main_(std::move(main)) {}

  /// False when the deadline has passed.
  static Result<bool> wait_for(os::LockFile& file, Deadline deadline,
                               std::chrono::microseconds pause);
  [[nodiscard]] Error timed_out() const;

  const std::string database_path_;
  const std::shared_ptr<os::LockFile> next_;
  const std::shared_ptr<os::LockFile> main_;
};

}  // namespace keepsake
