// CBOR to Value and back: RFC 8949 in its core deterministic encoding (§4.2.1), the same bytes for
// equal values on every machine. Pure functions; any thread.
//
// An object is a map whose keys are text. They are written in the order that §4.2.1 asks for (by
// the bytes of the encoded key: shorter names first), whatever the order of the object's members;
// reading gives the members in the order in which they stand, and validating against a Schema puts
// those that it knows into its own order.
//
// Numbers are as in JSON: what is integral and fits into 64 bits is an integer, written as one and
// read as one, be it encoded as a float (1.0 as f93c00, which §4.2.1 allows); every other one is
// the shortest float that holds it exactly. Numbers that are equal have the same bytes. What no
// Value holds is refused: integers beyond 64 bits with a sign, NaN and infinity, `undefined` and
// other simple values, tags, keys that are not text.
#pragma once

#include <string>
#include <string_view>

#include "keepsake/base/result.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/value.h"

namespace keepsake {

struct CborOptions {
  /// Also takes heads and floats that are longer than needed, lengths that are not stated, and keys
  /// in any order: what other programs write. A key may stand in a map only once all the same.
  bool lenient = false;
  JsonLimits limits = {};
};

/// Reads one item, which must fill `bytes`. ErrorCode::malformed (the cause names the byte, from 0,
/// where what it complains of begins; the path, in which item): bytes that end early or go on
/// behind the item, heads that RFC 8949 doesn't have, text that is not UTF-8, the same key twice,
/// what no Value holds, and, unless lenient, any other form. Beyond a limit: limit_exceeded.
[[nodiscard]] Result<Value> read_cbor(std::string_view bytes, const CborOptions& options = {});

/// Appends the value. CBOR written by this is read by read_cbor without `lenient`. No schema lets
/// NaN or infinity pass: where a value holds one all the same, null is written.
void write_cbor(const Value& value, std::string& out);
[[nodiscard]] std::string write_cbor(const Value& value);

}  // namespace keepsake
