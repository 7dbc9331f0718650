// What the arguments mean. The one place that knows the library which reads them.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/cli/commands.h"

namespace keepsake::cli {

inline constexpr std::string_view kVersion = "0.1.0";

/// A command, and the catalogs that it works with in place of the program's own, if any are named.
struct Request {
  Command command;
  std::vector<std::string> catalog_files;
};
/// Help or the version: text for stdout, status 0.
struct Answer {
  std::string text;
};
/// Arguments that make no sense: one line for stderr, status 2.
struct Misuse {
  std::string text;
};
using Parsed = std::variant<Request, Answer, Misuse>;

[[nodiscard]] Parsed parse(const std::vector<std::string>& arguments);

}  // namespace keepsake::cli
