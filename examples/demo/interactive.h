// The demo with a person at the keys: servers are killed, frozen and cut off while players play,
// and the screen shows a balance, the worst tick, and what was lost.
#pragma once

#include <string>

#include "examples/demo/show.h"

namespace demo {

struct InteractiveOptions {
  std::string program;   ///< the demo's own path
  std::string exported;  ///< players.jsonl
  std::string keep;      ///< folder to keep; "": none
  std::size_t players = 60;
  std::uint64_t seed = 1;
  std::string keys;     ///< pressed one a second, instead of the keyboard's; "": the keyboard's
  bool screen = false;  ///< draw; else each event is a line on standard error
};

/// Runs until 'q', and settles accounts. Errors: those of the import and of the database.
[[nodiscard]] keepsake::Result<ShowReport> run_interactive(const InteractiveOptions& options);

}  // namespace demo
