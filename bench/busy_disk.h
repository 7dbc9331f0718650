// A neighbour for benchmarks: a process that writes a megabyte and syncs it, over and over.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace bench {

/// Lives as long as the object; writes to a file in `folder`.
class BusyDisk {
 public:
  explicit BusyDisk(const std::string& folder) : pid_(::fork()) {
    if (pid_ == 0) write_for_ever(folder + "/noise");
  }
  ~BusyDisk() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  BusyDisk(const BusyDisk&) = delete;
  BusyDisk& operator=(const BusyDisk&) = delete;

 private:
  [[noreturn]] static void write_for_ever(const std::string& path) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string megabyte(1 << 20, 'x');
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    for (off_t at = 0; file >= 0; at = (at + (1 << 20)) % (64 << 20)) {
      if (::pwrite(file, megabyte.data(), megabyte.size(), at) < 0) break;
      ::fdatasync(file);
    }
    ::_exit(0);
  }

  const pid_t pid_;
};

}  // namespace bench
