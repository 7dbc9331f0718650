// What a command has of the world: streams, whether somebody is watching them, and a clock. Tests
// give their own.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/datum/catalog.h"

namespace keepsake::cli {

struct Environment {
  std::istream& in;
  std::ostream& out;  ///< what was asked for
  std::ostream& err;  ///< failures, reports, progress
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  const Clock& clock;
};

/// A command's surroundings: the environment and the stores that the program knows.
struct Context {
  Environment& environment;
  const std::vector<AnyCatalog>& catalogs;
};

/// Tells on stderr what is worth knowing beside what was asked for.
void note(const Context& context, std::string_view text);

/// run() of cli.h on any streams. `arguments` are without the program's name.
[[nodiscard]] int run_in(const std::vector<std::string>& arguments,
                         const std::vector<AnyCatalog>& catalogs, Environment& environment);

}  // namespace keepsake::cli
