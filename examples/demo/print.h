// How the demo's outcome is told: for people, and as one JSON object.
#pragma once

#include <string>

#include "examples/demo/show.h"

namespace demo {

/// Lines; with `colour` the verdict is green or red.
[[nodiscard]] std::string for_people(const ShowReport& report, bool colour);
[[nodiscard]] std::string as_json(const ShowReport& report);
/// The accounting alone.
[[nodiscard]] std::string lines_of(const Accounting& accounting);

}  // namespace demo
