#include "examples/torture/neighbour.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <thread>

namespace torture {

namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr int kPieces = 64;

template <class Work>
pid_t spawn(const Work& work) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == parent) work();
  ::_exit(0);
}

[[noreturn]] void compute() {
  for (volatile std::uint64_t x = 1;;) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
}

void write_and_sync(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string piece(kPiece, 'x');
  for (int i = 0;; i = (i + 1) % kPieces) {
    if (::pwrite(file, piece.data(), piece.size(), static_cast<off_t>(i) * kPiece) < 0) return;
    if (::fdatasync(file) != 0) return;
  }
}

}  // namespace

Neighbour::Neighbour(const std::string& folder) {
  processes_.push_back(spawn([&] { write_and_sync(folder + "/neighbour"); }));
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
    processes_.push_back(spawn(compute));
  }
}

Neighbour::~Neighbour() {
  for (const pid_t pid : processes_) {
    if (pid > 0) ::kill(pid, SIGKILL);
  }
  for (const pid_t pid : processes_) {
    while (pid > 0 && ::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

}  // namespace torture
