// A forked child that does one thing and then waits to be let go; for tests of several processes.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace keepsake {

/// What the child says back, and when it may end.
class ChildSide {
 public:
  ChildSide(int to_parent, int from_parent) : to_parent_(to_parent), from_parent_(from_parent) {}
  void say(const std::string& line) const {
    const std::string out = line + "\n";
    if (::write(to_parent_, out.data(), out.size()) < 0) ::_exit(3);
  }
  /// Returns when the parent lets it go, or is gone.
  void wait() const {
    char byte = 0;
    while (::read(from_parent_, &byte, 1) < 0) {
    }
  }

 private:
  int to_parent_;
  int from_parent_;
};

class ChildProcess {
 public:
  /// Forks: make it before the test starts threads. The child ends with exit status 0 when `body`
  /// returns.
  explicit ChildProcess(const std::function<void(const ChildSide&)>& body) {
    int up[2] = {-1, -1};
    int down[2] = {-1, -1};
    if (::pipe(up) != 0 || ::pipe(down) != 0) ADD_FAILURE() << "no pipes";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(up[0]);
      ::close(down[1]);
      body(ChildSide(up[1], down[0]));
      ::_exit(0);
    }
    ::close(up[1]);
    ::close(down[0]);
    from_child_ = up[0];
    to_child_ = down[1];
  }
  ~ChildProcess() {
    if (pid_ > 0) kill_it();
    ::close(from_child_);
    ::close(to_child_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The child's next line; "" at its end.
  std::string hear() {
    std::string line;
    char byte = 0;
    while (::read(from_child_, &byte, 1) == 1 && byte != '\n') line += byte;
    return line;
  }
  void let_go() {
    // A byte, not an end of file: children forked later hold this end of the pipe, too.
    EXPECT_EQ(::write(to_child_, "!", 1), 1);
  }
  void kill_it() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  /// Waits for its end; its exit status, or -1.
  int end() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int from_child_ = -1;
  int to_child_ = -1;
};

}  // namespace keepsake
