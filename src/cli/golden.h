// Golden records: data of a version, and what the catalog made of them when they were recorded, for
// each version that they can reach. A line of golden/STORE.vN.jsonl each:
//
//   {"input":{"version":"1",…},"outputs":{"1":{…},"2":{…}}}
//
// The input lies there as it was given, the outputs as they are encoded. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/any_catalog.h"

namespace keepsake::cli {

struct GoldenRecord {
  Value input;
  Value outputs;  ///< an object: of each version that the input reaches, its data
};

/// malformed or invalid_data, naming the line.
[[nodiscard]] Result<std::vector<GoldenRecord>> parse_golden(std::string_view text);
[[nodiscard]] std::string golden_text(const std::vector<GoldenRecord>& records);
/// Whether the input is among the records.
[[nodiscard]] bool is_recorded(const std::vector<GoldenRecord>& records, const Value& input);

/// The version that the data say they are of: version_unknown.
[[nodiscard]] Result<const VersionInfo*> version_of(const AnyCatalog& catalog, const Value& input);

/// What the catalog makes of it. Versions over a step that is another program's are left out. The
/// errors of validation and of migration.
[[nodiscard]] Result<GoldenRecord> record(const AnyCatalog& catalog, const Value& input);

/// Where today's outcome differs from the recorded one.
struct GoldenDifference {
  std::string version;  ///< of the output
  std::string text;     ///< "version 3 of it is another one: changed /a"
};
/// Versions that were not recorded are not compared, nor those over a step of another program.
[[nodiscard]] std::vector<GoldenDifference> differences(const AnyCatalog& catalog,
                                                        const GoldenRecord& recorded);

}  // namespace keepsake::cli
