// Commands that somebody types at a game server, a line each: "earn 7 10".
#pragma once

#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "keepsake/base/ids.h"

namespace example {

/// One line, taken apart. A word that is missing leaves its member as it is here.
struct Command {
  std::string line;
  std::string what;
  keepsake::UserId user;
  std::int64_t amount = 0;
};

/// What is typed on standard input. For one thread.
class TypedCommands {
 public:
  /// The lines that have come since the last call, in order; never waits. The start of a line that
  /// has no end yet is kept for the next call.
  [[nodiscard]] std::vector<Command> take() {
    read_what_is_there();
    std::vector<Command> commands;
    for (std::size_t end; (end = unread_.find('\n')) != std::string::npos;) {
      Command& command = commands.emplace_back(Command{.line = unread_.substr(0, end)});
      std::istringstream(command.line) >> command.what >> command.user.number >> command.amount;
      unread_.erase(0, end + 1);
    }
    return commands;
  }

 private:
  void read_what_is_there() {
    pollfd in{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    char chunk[512];
    while (::poll(&in, 1, 0) > 0) {
      const ssize_t got = ::read(STDIN_FILENO, chunk, sizeof chunk);
      if (got <= 0) return;
      unread_.append(chunk, static_cast<std::size_t>(got));
    }
  }

  std::string unread_;
};

}  // namespace example
