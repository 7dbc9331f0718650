// `datum cases FILE`: runs a file of recorded cases, each a schema, an input, and what must come of
// it. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/schema.h"

namespace keepsake::cli {

/// What became of a file of cases.
struct CaseReport {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::vector<std::string> lines;  ///< one for each failing case: its id, expected, found
};

/// The text is an array of `{id, op, schema, input, ok, output | path, message}`, op "decode" or
/// "encode". A case passes when verdict and output, or path, are the same; a case of a kind that is
/// not known fails as "unsupported". The errors are of text that is no such array.
[[nodiscard]] Result<CaseReport> run_cases(std::string_view json_text);

/// The schema that `{"kind": …}` describes, where `object` drops unknown members and `strictObject`
/// refuses them. invalid_schema with the path of what is not understood.
[[nodiscard]] Result<Schema> schema_of_case(const Value& form);

/// The text of a case's member; "" where that is missing or no string. Valid as long as the value.
[[nodiscard]] std::string_view string_in(const Value* value);

}  // namespace keepsake::cli
