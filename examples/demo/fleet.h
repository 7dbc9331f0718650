// Fleet: the server processes, as the witness starts, kills, freezes and hears them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/server.h"
#include "src/load_tool/histogram.h"
#include "src/load_tool/lines.h"

namespace demo {

using keepsake::load_tool::Histogram;
using keepsake::load_tool::Line;
using keepsake::load_tool::LineSource;
using keepsake::load_tool::show;
using keepsake::load_tool::Words;

struct FleetOptions {
  std::string program;  ///< the demo's own path
  std::string folder;   ///< where the database and the logs lie
  std::string database;
  std::string players;  ///< see ServerOptions
  std::uint64_t seed = 1;
  int edits_per_second = 200;  ///< of one server
  int trades_per_second = 10;
  int hertz = 60;
  Tuning tuning;
  /// The servers take turns in these, beginning where the seed says.
  std::vector<keepsake::PayloadFormat> payloads{keepsake::StoreOptions().payload};
};

class Fleet {
 public:
  /// Called for every line that isn't kept here (figures are).
  using Heard = std::function<void(std::size_t server, std::string_view line)>;

  explicit Fleet(FleetOptions options);
  /// Kills what still runs.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  struct Server {
    std::string name;
    std::int64_t ordinal = 0;
    pid_t pid = 0;  ///< 0: ended
    int commands = -1;
    int reports = -1;
    std::unique_ptr<LineSource> lines;
    int status = 0;  ///< as waitpid gave it
    bool up = false;
    bool thawed = false;
    bool done = false;
    std::int64_t left_in_journal = 0;  ///< profiles whose last save its end did not wait for
    bool killed = false;
    std::map<std::string, std::int64_t> figures;
    Histogram pumps;
    Histogram edits;
  };

  /// The new server's index; its ordinal is the index + 1. Not up yet.
  std::size_t start(const std::string& name, Break broken = Break::none);
  [[nodiscard]] const Server& operator[](std::size_t server) const { return *servers_[server]; }
  [[nodiscard]] std::size_t size() const { return servers_.size(); }

  void tell(std::size_t server, const Line& line);
  /// Waits up to `at_most` for lines, and hands out what there is.
  void listen(keepsake::Duration at_most, const Heard& heard);

  /// kill -9; returns when the process is gone and all that it said was heard.
  void kill(std::size_t server, const Heard& heard);
  /// Has it stop itself (see Watch::freeze_here); returns when it has.
  void freeze(std::size_t server);
  /// SIGSTOP wherever it is; returns when it stands still.
  void pause(std::size_t server);
  void thaw(std::size_t server);
  /// Sum over all servers of a figure that they told.
  [[nodiscard]] std::int64_t total(const std::string& figure) const;
  /// Servers that ended without having been killed or told to, with the end of their logs.
  [[nodiscard]] std::vector<std::string> deaths() const;
  [[nodiscard]] std::string log_of(const std::string& name) const {
    return options_.folder + "/" + name + ".log";
  }

 private:
  bool hear(std::size_t server, const Heard& heard);
  void keep(Server& server, std::size_t index, std::string_view line, const Heard& heard);
  void gone(Server& server);
  [[noreturn]] void become(const Server& server, Break broken, pid_t parent, int commands,
                           int reports) const;

  const FleetOptions options_;
  std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace demo
