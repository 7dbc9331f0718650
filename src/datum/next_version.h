// What a person is told to write for a struct that is no longer what was published.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/schema_diff.h"

namespace keepsake {

/// The name with the number that it ends with raised, until it is not `taken`: "3" → "4", "v9" →
/// "v10", "beta" → "beta2".
[[nodiscard]] std::string next_version_name(std::string_view current,
                                            FunctionRef<bool(std::string_view)> taken);

/// "added /title: string", "changed /level: integer -> number".
[[nodiscard]] std::string text_of(const SchemaChange& change);

}  // namespace keepsake
