// `datum paths FILE`: runs a file of recorded migration paths.
#pragma once

#include <string_view>

#include "keepsake/base/result.h"
#include "src/cli/datum_cases.h"

namespace keepsake::cli {

/// The text is an array of `{id, edges, from, to, fail, path | error | error_prefix | add_error}`.
/// A case passes when the path is the same, or the failure is of the same kind and names the same
/// versions and the step's own text; a cycle may be found at any of its versions. The errors are of
/// text that is no such array.
[[nodiscard]] Result<CaseReport> run_paths(std::string_view json_text);

}  // namespace keepsake::cli
