// ProfileStore's documents, as they are exported: one JSON object a line, {"key", "document"}.
//
//   document = {Data?, MetaData? {ProfileCreateTime, SessionLoadCount, LastUpdate,
//               ActiveSession? [place, job, session], ForceLoadSession?, MetaTags},
//               RobloxMetaData, UserIds, GlobalUpdates [last index, [[index, message], …]]}
//
// There is Data or GlobalUpdates or both; every other part may be missing or null. Times are Unix
// seconds. An empty Lua table is written as [] whatever it stands for. Unknown members are ignored.
// Pure functions; the format is that of MadStudio's ProfileStore (2024).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/catalog.h"
#include "keepsake/datum/value.h"

namespace keepsake::cli {

struct ExportedLine {
  std::string key;
  Value document;
};
/// Errors: `malformed` or `limit_exceeded` for what is no JSON, with a pointer as import_document
/// gives it; at path "", `invalid_data` where `key` or `document` is missing or `key` is no string,
/// and `invalid_argument` for a key that no profile may have. The error bears the key where there
/// is one, in a line that is no JSON, too.
[[nodiscard]] Result<ExportedLine> parse_exported_line(std::string_view store,
                                                       std::string_view line);
/// The key in a line that is no JSON or of which only the beginning is there; "" if there is none
/// that a profile may have.
[[nodiscard]] std::string key_of_broken_line(std::string_view store, std::string_view line);

struct ImportedProfile {
  Create request;
  /// Who held it when it was exported: "place 8123, job \"…\", session \"…\""; "" if nobody did.
  std::string stale_session;
  std::vector<Displaced> displaced;  ///< by the migration to the current version
};
/// What a document becomes. The data is kept in its own version, proven to migrate to the current
/// one, and normalised by its version's schema; without data the profile is an inbox alone. The
/// profile is free, whatever ActiveSession says. `now` stands in for a missing ProfileCreateTime.
/// `payload`: how the data is written, as StoreOptions has it.
///
/// Errors bear the store, the key and the pointer of the fault: into the data where the data is at
/// fault (`version_unknown`, `invalid_data`, `step_failed`), and into the document elsewhere.
[[nodiscard]] Result<ImportedProfile> import_document(const AnyCatalog& catalog,
                                                      const ExportedLine& line, WallTime now,
                                                      PayloadFormat payload = PayloadFormat::json);

}  // namespace keepsake::cli
