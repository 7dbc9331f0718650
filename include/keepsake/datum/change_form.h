// Declared steps as data: what a catalog's file holds of them, and what their fingerprint is of.
//
// A step is an array of objects, one for each change, with its kind as "op":
//   {"op":"rename","at":"/name","name":"title"}      {"op":"move","at":"/gold","to":"/purse/gold"}
//   {"op":"add","at":"/fame","value":0}              {"op":"remove","at":"/x"}, with "restored"
//   {"op":"wrap","at":"","name":"id"}, "unwrap" {"op":"convert","at":"/n","as":"integer_to_string"}
//   {"op":"each","at":"/list","changes":[…]}, "map_values"
//   {"op":"when","if":{"asks":"equals","at":"/kind","value":"sword"},"changes":[…]}
// where "asks" is "equals", "present", "absent" or "has_kind" (with "kind", a name of Value::Kind).
// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/change.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// The same value for the same changes, always. A convert() with a function has no "as", and
/// "back":true where it has one for the way back.
[[nodiscard]] Value form_of(const std::vector<Change>& changes);

/// The way back: form_of() of what it gives is `form` again. invalid_schema with the path of what
/// is not understood, a member that its change doesn't have among it; step_unknown for a conversion
/// that is a function, or of a name that isn't known. Where `unknown` is given, the pointers of
/// conversions that are functions are added to it instead; such a change can be looked at, and
/// applying it is step_unknown.
[[nodiscard]] Result<std::vector<Change>> changes_from(const Value& form,
                                                       std::vector<std::string>* unknown = nullptr);

}  // namespace keepsake
