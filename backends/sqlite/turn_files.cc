#include "backends/sqlite/turn_files.h"

#include <sys/types.h>

#include <thread>
#include <utility>

#include "backends/sqlite/lock_holder.h"

namespace keepsake {

namespace {

// One waits for `main` at a time, and a turn is a few milliseconds long; any number wait for
// `next`. Who has waited long looks more often, and so comes first.
constexpr std::chrono::microseconds kMainPause{100};
constexpr std::chrono::microseconds kNextPause{500};
constexpr std::chrono::microseconds kOldPause{100};
constexpr std::chrono::milliseconds kOld{40};

}  // namespace

Result<std::unique_ptr<TurnFiles>> TurnFiles::open(const std::string& database_path) {
  auto next = os::LockFile::open(database_path + ".keepsake-next", true);
  if (!next) return next.error();
  auto main = os::LockFile::open(database_path + ".keepsake-main", true);
  if (!main) return main.error();
  return std::unique_ptr<TurnFiles>(
      new TurnFiles(database_path, *std::move(next), *std::move(main)));
}

Result<bool> TurnFiles::wait_for(os::LockFile& file, Deadline deadline,
                                 std::chrono::microseconds pause) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    auto locked = file.try_lock();
    if (!locked || *locked) return locked;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    if (now - began > kOld) pause = kOldPause;
    std::this_thread::sleep_for(pause);
  }
}

Result<void> TurnFiles::take(Deadline deadline) {
  auto next = wait_for(*next_, deadline, kNextPause);
  if (!next) return next.error();
  if (!*next) return timed_out();
  auto taken = wait_for(*main_, deadline, kMainPause);
  Result<void> result;
  if (!taken) result = taken.error();
  if (taken && !*taken) result = timed_out();
  next_->unlock();
  return result;
}

void TurnFiles::release() { main_->unlock(); }

Error TurnFiles::timed_out() const {
  const auto pid = main_->holder();
  const bool told = pid && *pid > 0;
  return Error(ErrorCode::unavailable, "the database " + database_path_ + " is locked by " +
                                           name_of_process(told ? static_cast<pid_t>(*pid) : 0))
      .remedy("wait, or end what holds it");
}

}  // namespace keepsake
