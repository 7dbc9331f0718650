// What differs between two versions of a schema, and whom it breaks.
//
// Both directions are asked without any step: can a server that knows the older schema read data of
// the newer one as they are (a server that is `compatible_with`, a tool), and the other way round
// (why a step is needed)? docs/publication.md has the table of answers. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/datum/schema.h"

namespace keepsake {

/// Whether what the one writes passes the other's schema.
enum class Reads : std::uint8_t {
  always,
  not_always,
  unknown,  ///< it is up to a predicate or a pattern
};

/// What comes of a server that knows the older schema alone and is declared compatible.
enum class OldServer : std::uint8_t {
  works,    ///< reads it, and what it writes is good; what it doesn't know it keeps
  drops,    ///< its schema strips what it doesn't know, so it is gone at its next save
  refuses,  ///< it can't read some or all such data
  spoils,   ///< it reads it, and may write what the newer schema refuses
};

struct SchemaChange {
  enum class Kind : std::uint8_t { added, removed, changed };
  Kind kind = Kind::changed;
  std::string path;    ///< RFC 6901; "*" stands for every item of an array or value of a map
  std::string before;  ///< "integer", "optional string", "string, or else \"\""; "" where added
  std::string after;   ///< "" where removed
  Reads old_reads_new = Reads::always;
  Reads new_reads_old = Reads::always;
  OldServer old_server = OldServer::works;

  friend bool operator==(const SchemaChange&, const SchemaChange&) = default;
};

/// Every difference that decides about data, in the older one's order of members, then those that
/// the newer one adds; a part that is in both is told by what differs within. The member "version"
/// of the whole is left out. A part that holds itself is not told over and over. At most 1000.
[[nodiscard]] std::vector<SchemaChange> diff_schemas(const Schema& before, const Schema& after);

/// A step that a person may begin with.
struct SuggestedStep {
  std::string code;  ///< `.step("3", "4", {change::add("/title", "")})`, over several lines if long
  std::vector<std::string> remarks;  ///< what a program can't know, a sentence each
};
[[nodiscard]] SuggestedStep suggest_step(std::string_view from, std::string_view to,
                                         const Schema& before, const Schema& after);

/// "always", "not always", "unknown"; "works", "drops", "refuses", "spoils"; "added", …
[[nodiscard]] std::string_view name(Reads reads) noexcept;
[[nodiscard]] std::string_view name(OldServer server) noexcept;
[[nodiscard]] std::string_view name(SchemaChange::Kind kind) noexcept;

}  // namespace keepsake
