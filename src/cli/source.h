// How an imported document is known again: by a hash of what it says, not of how it is written.
#pragma once

#include <string>
#include <string_view>

#include "keepsake/backend/record.h"
#include "keepsake/datum/value.h"

namespace keepsake::cli {

/// SHA-256 of the document as JSON without spaces, numbers as write_json writes them, each object's
/// members in the order of their names' bytes; 64 hex digits. Exports of one document that differ
/// in spaces, in the order of members (a Lua table has none) or in how a number is written are the
/// same source.
[[nodiscard]] std::string source_hash(const Value& document);
/// The same form for a text that can't be read: SHA-256 of its bytes.
[[nodiscard]] std::string source_hash_of_text(std::string_view text);

/// The incident under which something of that source is set aside: the same each time, so that it
/// is set aside once however often the file is imported. `part` tells several of one source apart.
[[nodiscard]] IncidentId incident_of(const ProfileKey& key, std::string_view hash,
                                     std::string_view part = {});

}  // namespace keepsake::cli
