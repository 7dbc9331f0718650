#include "src/os/system.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "src/base/assert.h"
#include "src/os/errno_error.h"
#include "src/os/unique_fd.h"

namespace keepsake::os {

namespace {

Duration read_clock(clockid_t id) {
  timespec time{};
  require(::clock_gettime(id, &time) == 0, "the system has this clock");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

MonotonicTime SystemClock::now() const { return MonotonicTime(read_clock(CLOCK_BOOTTIME)); }

WallTime SystemClock::wall() const { return WallTime(read_clock(CLOCK_REALTIME)); }

SystemRandom::SystemRandom()
    : drawn_(static_cast<Drawn*>(::mmap(nullptr, sizeof(Drawn), PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
  require(drawn_ != MAP_FAILED && ::madvise(drawn_, sizeof(Drawn), MADV_WIPEONFORK) == 0,
          "the system gives a page that a forked child doesn't inherit");
}

SystemRandom::~SystemRandom() { ::munmap(drawn_, sizeof(Drawn)); }

// Without a system call but when all are used: whoever edits, draws.
std::uint64_t SystemRandom::next() {
  const std::lock_guard guard(mutex_);
  if (drawn_->left == 0) draw();
  return drawn_->words[--drawn_->left];
}

void SystemRandom::draw() {
  auto* to = reinterpret_cast<char*>(drawn_->words.data());
  std::size_t missing = sizeof drawn_->words;
  while (missing > 0) {
    const ssize_t got = ::getrandom(to, missing, 0);
    require(got > 0 || errno == EINTR, "the system gives random numbers");
    if (got <= 0) continue;
    to += got;
    missing -= static_cast<std::size_t>(got);
  }
  drawn_->left = drawn_->words.size();
}

Result<ProcessInfo> process_info() {
  constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";
  const UniqueFd file(::open(kBootId, O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t got = file.good() ? ::read(file.get(), text, sizeof text) : -1;
  if (got < 36) return Error(ErrorCode::io_error, "can't read '" + std::string(kBootId) + "'");
  ProcessInfo info;
  info.boot_id.assign(text, 36);
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == 0) info.host = host;
  info.pid = ::getpid();
  return info;
}

}  // namespace keepsake::os
