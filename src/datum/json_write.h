// The writer of trees, into a buffer that is being written.
#pragma once

#include <string>
#include <string_view>

#include "keepsake/datum/value.h"
#include "src/datum/json_text.h"

namespace keepsake {

void write_value(TextOut& out, const Value& value);

/// A text as JSON has it; for messages.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace keepsake
