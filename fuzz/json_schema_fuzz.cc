// Two JSON texts, one line each: a JSON Schema document and data. Reading the schema never crashes;
// what was read is written as a document that reads back as a schema of the same document, and both
// say the same of the data, in words, too; the first of all faults is the one that is told.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "fuzz/lines.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"

namespace {

using namespace keepsake;

std::string behaviour(const Schema& schema, const Value& data) {
  const Result<Validated> taken = schema.validate(data);
  return taken ? write_json(taken->value()) : taken.error().text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<fuzz::TwoValues> input = fuzz::two_values(data, size);
  if (!input) return 0;
  const auto& [document, value] = *input;
  const Result<Schema> schema = from_json_schema(document);
  if (!schema) return 0;
  const Value written = to_json_schema(*schema);
  const Result<Schema> back = from_json_schema(parse_json(write_json(written)).value());
  if (!back || write_json(to_json_schema(*back)) != write_json(written)) std::abort();
  if (behaviour(*back, value) != behaviour(*schema, value)) std::abort();
  const std::vector<Error> faults = schema->validate_all(value);
  const Result<Validated> taken = schema->validate(value);
  if (faults.empty() != taken.has_value()) std::abort();
  if (!taken && !(faults.front() == taken.error())) std::abort();
  static_cast<void>(schema->deprecated_in(value));
  return 0;
}
