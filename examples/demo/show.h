// The show: import, play, kill -9, takeover, freeze, takeover, thaw, and the accounting.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "examples/demo/accounting.h"
#include "examples/demo/breaks.h"
#include "examples/demo/crowd.h"

namespace demo {

struct ShowOptions {
  std::string program;   ///< the demo's own path
  std::string exported;  ///< players.jsonl
  std::string keep;      ///< folder to keep; "": none
  std::string database;  ///< a PostgreSQL address; "": an SQLite file
  std::size_t players = 400;
  double seconds = 60;  ///< about how long it shall take; a freeze takes 12 s of it anyway
  std::uint64_t seed = 1;
  Break broken = Break::none;
  bool freeze = true;
};

/// Everything that is printed at the end.
/// What a server was refused.
struct Refusals {
  int edits = 0;          ///< by its journal
  int commits = 0;        ///< by the database's fence
  int sessions_lost = 0;  ///< that it was told of
};

struct ShowReport {
  Accounting accounting;
  std::vector<std::string> wrong;  ///< what else is not as it must be
  std::vector<std::string> story;
  Journeys journeys;
  Histogram rejoins_after_kill;
  Histogram rejoins_after_freeze;
  Histogram pumps;
  Histogram edits;
  std::int64_t recovered_edits = 0;
  std::int64_t saves = 0;
  std::int64_t last_second = 0;                ///< operations in the last second before the kill
  std::optional<keepsake::Duration> takeover;  ///< of the killed server
  std::optional<keepsake::Duration> takeover_frozen;  ///< from the freeze
  std::size_t taken_over = 0;
  Refusals after_thaw;  ///< what the thawed server met, beyond what it had met before its freeze
  keepsake::Duration took{0};
  [[nodiscard]] bool good() const { return accounting.holds() && wrong.empty(); }
};

/// `progress` gets one line for each thing that happens. Errors: those of the import and of the
/// database; what goes wrong in the play stands in the report.
[[nodiscard]] keepsake::Result<ShowReport> run_show(
    const ShowOptions& options, const std::function<void(const std::string&)>& progress);

}  // namespace demo
