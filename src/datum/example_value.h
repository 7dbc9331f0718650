// Values for lines of code that a person is told to write.
#pragma once

#include <optional>
#include <string>

#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// The plainest value that the schema takes: its default, 0, "", false, the first name, an object
/// of such. Nothing where that doesn't fit: a pattern, a predicate, a schema that holds itself.
[[nodiscard]] std::optional<Value> example_value(const Schema& schema);

/// The value as C++: `Value::object({{"a", 0}})`.
[[nodiscard]] std::string cpp_text(const Value& value);

/// The plainest value as C++, or "…".
[[nodiscard]] std::string example_text(const Schema& schema);

}  // namespace keepsake
