#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "src/os/errno_error.h"
#include "src/os/file_lock.h"
#include "src/os/posix_file_system.h"
#include "src/os/system.h"
#include "src/os/unique_fd.h"

namespace keepsake::os {

namespace {

class HeldLock final : public FileLock {
 public:
  explicit HeldLock(std::shared_ptr<LockFile> file) : file_(std::move(file)) {}
  ~HeldLock() override { file_->unlock(); }

 private:
  std::shared_ptr<LockFile> file_;
};

Error held_by(std::int64_t pid, const std::string& path) {
  return Error(ErrorCode::held, "'" + path + "' is locked by another process")
      .found(pid > 0 ? "process " + std::to_string(pid) : "a process that can't be seen from here");
}

// Nothing: the path was removed or renamed meanwhile; look again.
Result<std::unique_ptr<FileLock>> lock_existing(const std::string& path) {
  auto file = LockFile::open(path, false);
  if (!file) return file.error();
  const Result<bool> locked = (*file)->try_lock();
  if (!locked) return locked.error();
  if (!*locked) {
    const auto pid = (*file)->holder();
    return held_by(pid ? *pid : -1, path);
  }
  auto held = std::make_unique<HeldLock>(*file);
  if (!(*file)->is_at(path)) return std::unique_ptr<FileLock>();
  return std::unique_ptr<FileLock>(std::move(held));
}

Result<std::unique_ptr<FileLock>> lock_new(const std::string& path) {
  SystemRandom random;
  const std::string temporary = path + "." + Id128::random(random).text();
  auto file = LockFile::open(temporary, true);
  if (!file) return file.error();
  const Result<bool> locked = (*file)->try_lock();
  if (!locked || !*locked) {
    ::unlink(temporary.c_str());
    return locked ? held_by(0, temporary) : locked.error();
  }
  auto held = std::make_unique<HeldLock>(*file);
  // link(2) doesn't replace what another made meanwhile.
  const bool linked = ::link(temporary.c_str(), path.c_str()) == 0;
  const int number = errno;
  ::unlink(temporary.c_str());
  if (linked) return std::unique_ptr<FileLock>(std::move(held));
  if (number == EEXIST) return std::unique_ptr<FileLock>();
  return errno_error(number, "create", path);
}

int open_pidfd(std::int64_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}

}  // namespace

Result<std::unique_ptr<FileLock>> PosixFileSystem::lock(std::string_view path) {
  const std::string whole(path);
  for (;;) {
    auto lock = exists(whole) ? lock_existing(whole) : lock_new(whole);
    if (!lock && lock.error().code() == ErrorCode::not_found && exists(whole)) continue;
    if (!lock || *lock != nullptr) return lock;
  }
}

Result<LockState> PosixFileSystem::probe(std::string_view path) {
  const auto file = LockFile::open(std::string(path), false);
  if (!file) return file.error();
  const auto pid = (*file)->holder();
  if (!pid) return pid.error();
  return LockState{.held = *pid != 0, .pid = std::max<std::int64_t>(*pid, 0)};
}

bool PosixFileSystem::wait_until_free(std::string_view path, Duration at_most) {
  using std::chrono::steady_clock;
  constexpr Duration kLook = std::chrono::milliseconds(20);
  const auto deadline = steady_clock::now() + at_most;
  for (;;) {
    const auto state = probe(path);
    if (state ? !state->held : state.error().code() == ErrorCode::not_found) return true;
    const auto left = deadline - steady_clock::now();
    if (left <= Duration::zero()) return false;
    // A process's death makes its pidfd readable at once; a lock that is given back while its
    // process lives is seen at the next look.
    const Duration turn = std::min<Duration>(left, kLook);
    const bool other = state && state->pid > 0 && state->pid != ::getpid();
    const UniqueFd process(other ? open_pidfd(state->pid) : -1);
    if (process.good()) {
      pollfd waiting{.fd = process.get(), .events = POLLIN, .revents = 0};
      ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(to_ms(turn), 1)));
    } else {
      std::this_thread::sleep_for(std::min<Duration>(turn, std::chrono::milliseconds(5)));
    }
  }
}

}  // namespace keepsake::os
