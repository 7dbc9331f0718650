// The words for faults in data, the same for trees and for structs. They name kinds, never
// contents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "keepsake/base/error.h"
#include "keepsake/datum/limits.h"
#include "keepsake/datum/value.h"

namespace keepsake {

[[nodiscard]] Error data_fault(std::string_view path, std::string_view expected,
                               std::string_view found);

/// "integer", "number with a fraction", "infinity", "string", …
[[nodiscard]] std::string_view kind_text(const Value& value);
[[nodiscard]] std::string_view kind_text(double number);

/// What was found where the limits don't hold, or nullptr.
[[nodiscard]] const char* limit_fault(const Limits& limits, std::int64_t value);
[[nodiscard]] const char* limit_fault(const Limits& limits, double value);
[[nodiscard]] const char* size_fault(const Limits& limits, std::size_t size);
/// Of a string: its size in bytes and its length in characters.
[[nodiscard]] const char* text_fault(const Limits& limits, std::string_view text);

}  // namespace keepsake
