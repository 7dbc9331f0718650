// Torture: short runs, each with a kill -9 at a random moment; the server starts again, or never
// does and its players join another, or that one is killed in its turn while it takes over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "examples/demo/accounting.h"
#include "keepsake/base/result.h"

namespace demo {

struct TortureOptions {
  std::string program;
  std::string exported;
  std::size_t players = 40;
  std::uint64_t seed = 1;
};

struct TortureReport {
  Accounting accounting;
  std::vector<std::string> wrong;
  std::string what;  ///< what was done, in a line
  int kills = 0;
  std::int64_t recovered_edits = 0;
  keepsake::Duration took{0};
  [[nodiscard]] bool good() const { return accounting.holds() && wrong.empty(); }
};

/// One run; everything that is random in it comes from the seed, but for what the machine does.
[[nodiscard]] keepsake::Result<TortureReport> run_torture(const TortureOptions& options);

}  // namespace demo
