// How the demo's outcome is told: for people, and as one JSON object.
#pragma once

#include <string>

#include "examples/demo/show.h"

namespace demo {

/// Filled up with blanks to so many characters (not bytes).
[[nodiscard]] std::string left(const std::string& text, std::size_t width);
[[nodiscard]] std::string right(const std::string& text, std::size_t width);

/// Lines; with `colour` the verdict is green or red.
[[nodiscard]] std::string for_people(const ShowReport& report, bool colour);
[[nodiscard]] std::string as_json(const ShowReport& report);
/// The accounting alone.
[[nodiscard]] std::string lines_of(const Accounting& accounting);

}  // namespace demo
