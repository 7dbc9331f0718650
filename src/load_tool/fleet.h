// Fleet: the load tool's server processes, seen from the one that tells them what to do.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"
#include "src/load_tool/lines.h"

namespace keepsake::load_tool {

class Fleet {
 public:
  /// What a server process does with its index and two ends of pipes; gives its exit status.
  using Main = std::function<int(std::size_t index, int orders, int answers)>;

  Fleet() = default;
  /// Servers that were not asked to quit find their pipe closed, and quit; then they are waited
  /// for, and killed if that takes too long.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Starts that many processes; this one has a single thread. Error: io_error.
  Result<void> start(std::size_t servers, const Main& main);
  [[nodiscard]] std::size_t size() const { return servers_.size(); }

  /// Tells each server what `order` gives for it, and waits for one line from each, which begins
  /// with `answer`: what comes after that word. Errors: what a server answers that failed;
  /// `timed_out`; `io_error`: a server is gone.
  Result<std::vector<std::string>> tell_all(const std::function<Line(std::size_t)>& order,
                                            std::string_view answer, Duration at_most);
  Result<std::vector<std::string>> tell_all(const Line& order, std::string_view answer,
                                            Duration at_most);
  /// The same with one server.
  Result<std::string> tell(std::size_t server, const Line& order, std::string_view answer,
                           Duration at_most);
  /// Waits for a line from each without telling anything.
  Result<std::vector<std::string>> hear_all(std::string_view answer, Duration at_most);

 private:
  struct Server {
    pid_t pid = 0;
    int orders = -1;
    int answers = -1;
    std::unique_ptr<LineSource> lines;
  };

  Result<std::string> hear(std::size_t server, std::string_view answer, MonotonicTime until);

  std::vector<Server> servers_;
};

}  // namespace keepsake::load_tool
