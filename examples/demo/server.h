// One game server of the demo: a process of its own at 60 Hz. It is told by the witness who joins
// and leaves, plays by itself, and reports each operation once it has returned.
//
// Commands, a line each on the first pipe:
//   join USER SENT · leave USER · story USER · play 0|1 · freeze · cut 0|1 · finale · stop
// Reports, a line each on the second:
//   up INCARNATION                                  the store is ready
//   op NUMBER USER CHANGE BEGAN                     an edit returned
//   grant NUMBER USER BEGAN                         the same, of a relic
//   trade NUMBER FROM TO PRICE BEGAN                a transaction returned
//   ready USER SENT SEEN WOKEN ANSWERED SLIPS       a player can play
//   refused USER CODE                               a player can't be let in
//   left USER REASON SEEN                           a session ended; SEEN: when told to leave, or 0
//   edit-refused USER CODE · commit-refused USER CODE
//   trouble TEXT · say TEXT · stat NAME VALUE · times pump|edit HISTOGRAM
//   thawed · finale COUNT · done FINISHED
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "examples/demo/breaks.h"
#include "keepsake/store/options.h"

namespace demo {

/// What a run sets otherwise than a game would; zeros and "" are the product's defaults.
struct Tuning {
  std::string journal;         ///< folder of the journals
  std::size_t ring_bytes = 0;  ///< of a journal
  std::size_t segment_bytes = 0;
  std::int64_t lease_ms = 0;  ///< renewal and margin go with it, and the wait for a turn to write
  keepsake::PayloadFormat payload = keepsake::StoreOptions().payload;
};

struct ServerOptions {
  std::string name;      ///< the server's id
  std::int64_t ordinal;  ///< of its operations' numbers
  std::string database;  ///< path of the SQLite file, or a PostgreSQL address
  std::string players;   ///< path of a file of lines "USER KEY"
  std::string log;       ///< path of a file for the library's log
  std::uint64_t seed = 1;
  int edits_per_second = 200;  ///< of all players together
  int trades_per_second = 10;
  int hertz = 60;
  Break broken = Break::none;
  Tuning tuning;
  int commands = 0;  ///< file descriptors
  int reports = 1;
};

/// The words of a command line that serve() understands.
[[nodiscard]] std::vector<std::string> command_line(const ServerOptions& options);
/// The server that a command line asks for, run to its end; nothing if it asks for something else.
[[nodiscard]] std::optional<int> serve(int argc, char** argv);

/// Runs until told to stop, or until nobody reads its reports any more. The exit status.
[[nodiscard]] int run_server(const ServerOptions& options);

}  // namespace demo
