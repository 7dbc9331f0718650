// What history keeps of a profile's data: snapshots, each of one revision. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keepsake/backend/record.h"

namespace keepsake {

/// Why a state of the data was kept. Numbers are part of the stored format.
enum class SnapshotKind : std::uint8_t {
  session_start = 1,  ///< as a session found it
  session_end = 2,    ///< as a session left it
  change = 3,         ///< as it was before an operator's change
};

/// The data of a profile as it stood at a revision.
struct Snapshot {
  std::uint64_t revision = 0;  ///< none is there twice for a profile
  SnapshotKind kind = SnapshotKind::session_start;
  std::int64_t kept_ms = 0;   ///< Unix ms when it was put into history
  std::int64_t saved_ms = 0;  ///< Unix ms when that data was saved
  std::uint64_t edit_number = 0;
  SchemaStamp schema;
  PayloadFormat format = PayloadFormat::json;
  std::string payload;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// What a commit puts into history, in its own transaction. Data that is there already (of the
/// same save) isn't put there again. Where that makes too many, some go: those before `since_ms`,
/// then, until `at_most` are left, again and again the one that lies closest between its
/// neighbours for its age, so that what stays is dense of late and sparse of long ago; never the
/// newest.
struct KeepHistory {
  std::optional<SnapshotKind> before;  ///< the data that the commit replaces, as this
  std::optional<SnapshotKind> after;   ///< the data that it leaves, as this
  std::uint32_t at_most = 0;           ///< 1 to kMaxSnapshots
  std::int64_t since_ms = 0;           ///< Unix ms, of kept_ms
};
inline constexpr std::uint32_t kMaxSnapshots = 1000;  ///< of one profile

}  // namespace keepsake
