// Lua has one kind of table, and its JSON encoder writes an empty one as [] whatever it stood for.
#pragma once

#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake::cli {

[[nodiscard]] bool is_table(const Value& value) noexcept;        ///< an array or an object
[[nodiscard]] bool is_empty_table(const Value& value) noexcept;  ///< [] or {}

/// The data with [] made {} where its schema wants a map, or an object that may be empty. What
/// the schema takes as it is, and what it refuses either way, is left alone.
[[nodiscard]] Value with_tables_told_apart(const Value& data, const Schema& schema);

}  // namespace keepsake::cli
