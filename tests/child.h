// Runs a program to its end, with its output taken.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

namespace keepsake::tests {

struct Ended {
  int status = -1;  ///< exit status; -1 if it was ended by a signal or did not end in time
  std::string out;
  std::string err;
};

/// Kills it when `within` has passed.
inline Ended run_program(const std::vector<std::string>& command, std::chrono::seconds within) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return {};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  Ended ended;
  const auto end = std::chrono::steady_clock::now() + within;
  std::array<pollfd, 2> waits{pollfd{.fd = out[0], .events = POLLIN, .revents = 0},
                              pollfd{.fd = err[0], .events = POLLIN, .revents = 0}};
  bool in_time = true;
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    if (std::chrono::steady_clock::now() > end) {
      in_time = false;
      break;
    }
    ::poll(waits.data(), waits.size(), 100);
    for (std::size_t i = 0; i < 2; ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      char chunk[4096];
      const ssize_t got = ::read(waits[i].fd, chunk, sizeof chunk);
      if (got > 0) {
        (i == 0 ? ended.out : ended.err).append(chunk, static_cast<std::size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        waits[i].fd = -1;
      }
    }
  }
  if (!in_time) ::kill(pid, SIGKILL);
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (in_time && WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  return ended;
}

}  // namespace keepsake::tests
