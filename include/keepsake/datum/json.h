// JSON text to Value and back: RFC 8259, strictly, and the same bytes for the same value on every
// machine. Pure functions; any thread.
//
// Numbers: a token whose value is integral and fits into 64 bits is an integer however it is
// written (`100.0`, `1e3`), so integers survive beyond 2^53; every other one is the nearest double.
// A token beyond the range of a double is refused; one too small for it is 0.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "keepsake/base/result.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// What a reader takes at most. Each bound is inclusive.
struct JsonLimits {
  std::size_t depth = 100;              ///< arrays and objects within each other
  std::size_t array = 100'000;          ///< items of one array, members of one object
  std::size_t size_bytes = 10'000'000;  ///< the whole text
};

/// Reads one JSON text. Refused with ErrorCode::malformed (the cause says why, and at which line
/// and column, both from 1, the column in bytes; the path, in which value): anything RFC 8259 does
/// not allow, an object with the same name twice, text after the value, a string that is not UTF-8,
/// half of a surrogate pair, a number out of range. Beyond a limit: ErrorCode::limit_exceeded.
[[nodiscard]] Result<Value> parse_json(std::string_view text, const JsonLimits& limits = {});

/// The same bytes for the same value: without spaces, members in their order, integral doubles
/// below 2^63 without a fraction, other doubles with the fewest digits that read back as the same
/// double, and only `"`, `\` and control characters escaped. (RFC 8785 sorts members and spells
/// some doubles otherwise, 0.00001 for our 1e-05; a schema gives members their order here.) Bytes
/// are written as a string of base64 (RFC 4648 §4), which a reader gives back as a string. JSON has
/// no NaN or infinity, and no schema lets one pass: where a value holds one all the same, null is
/// written.
void write_json(const Value& value, std::string& out);
[[nodiscard]] std::string write_json(const Value& value);

/// As write_json, for people: two spaces a level, one member or item a line.
[[nodiscard]] std::string write_json_indented(const Value& value);

}  // namespace keepsake
