#include "src/load_tool/fleet.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "src/os/system.h"

namespace keepsake::load_tool {

namespace {

constexpr Duration kFarewell = std::chrono::seconds(30);

/// Not this_machine()'s: what that knows of a process is of who asks first, and the servers are
/// processes that ask later.
MonotonicTime now() {
  static const os::SystemClock kClock;
  return kClock.now();
}

Error refused(const char* what) {
  return Error(ErrorCode::io_error,
               std::string(what) + ": " + std::generic_category().message(errno));
}

void wait_or_kill(pid_t pid, MonotonicTime until) {
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (now() > until) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      return;
    }
    ::poll(nullptr, 0, 10);
  }
}

}  // namespace

Fleet::~Fleet() {
  for (const Server& server : servers_) {
    ::close(server.orders);
    ::close(server.answers);
  }
  const MonotonicTime until = now() + kFarewell;
  for (const Server& server : servers_) wait_or_kill(server.pid, until);
}

Result<void> Fleet::start(std::size_t servers, const Main& main) {
  ::signal(SIGPIPE, SIG_IGN);  // a server that is gone is told by the write
  for (std::size_t index = 0; index < servers; ++index) {
    int orders[2];
    int answers[2];
    if (::pipe2(orders, O_CLOEXEC) != 0) return refused("pipe");
    if (::pipe2(answers, O_CLOEXEC) != 0) {
      const Error error = refused("pipe");
      ::close(orders[0]);
      ::close(orders[1]);
      return error;
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(orders[1]);
      ::close(answers[0]);
      for (const Server& other : servers_) {
        ::close(other.orders);
        ::close(other.answers);
      }
      ::_exit(main(index, orders[0], answers[1]));
    }
    ::close(orders[0]);
    ::close(answers[1]);
    if (pid < 0) {
      const Error error = refused("fork");
      ::close(orders[1]);
      ::close(answers[0]);
      return error;
    }
    servers_.push_back({.pid = pid,
                        .orders = orders[1],
                        .answers = answers[0],
                        .lines = std::make_unique<LineSource>(answers[0])});
  }
  return {};
}

Result<std::string> Fleet::hear(std::size_t index, std::string_view answer, MonotonicTime until) {
  Server& server = servers_[index];
  const std::string name = "server " + std::to_string(index + 1);
  for (bool open = true;;) {
    while (const auto line = server.lines->next()) {
      Words words(*line);
      const std::string_view kind = words.word();
      if (kind == answer) return std::string(words.rest());
      return Error(ErrorCode::io_error, name + " failed: " + std::string(words.rest()));
    }
    if (!open) return Error(ErrorCode::io_error, name + " is gone");
    const Duration left = until - now();
    if (left <= Duration{0}) {
      return Error(ErrorCode::timed_out, name + " does not answer \"" + std::string(answer) + "\"");
    }
    pollfd waiting{.fd = server.answers, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1,
           static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    open = server.lines->fill();
  }
}

Result<std::vector<std::string>> Fleet::hear_all(std::string_view answer, Duration at_most) {
  const MonotonicTime until = now() + at_most;
  std::vector<std::string> answers;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    auto heard = hear(i, answer, until);
    if (!heard) return std::move(heard).error();
    answers.push_back(*std::move(heard));
  }
  return answers;
}

Result<std::vector<std::string>> Fleet::tell_all(const std::function<Line(std::size_t)>& order,
                                                 std::string_view answer, Duration at_most) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    (void)order(i).write_to(servers_[i].orders);  // one that is gone is told by its silence
  }
  return hear_all(answer, at_most);
}

Result<std::vector<std::string>> Fleet::tell_all(const Line& order, std::string_view answer,
                                                 Duration at_most) {
  return tell_all([&](std::size_t) { return order; }, answer, at_most);
}

Result<std::string> Fleet::tell(std::size_t server, const Line& order, std::string_view answer,
                                Duration at_most) {
  (void)order.write_to(servers_[server].orders);
  return hear(server, answer, now() + at_most);
}

}  // namespace keepsake::load_tool
