// Copies a database into another, of whatever kind: everything that belongs to profiles, key by
// key. What is written beside a copy's progress is one transaction, so that it may be ended at any
// moment and run again. While it is not complete, no server may start on the copy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/function_ref.h"
#include "src/backend/copy_tables.h"

namespace keepsake {

/// How much there is, of one database.
struct CopyCounts {
  std::uint64_t profiles = 0;
  std::uint64_t messages = 0;
  std::uint64_t receipts = 0;
  std::uint64_t handled = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t incidents = 0;
  std::uint64_t bytes = 0;  ///< of payloads and bodies
  friend bool operator==(const CopyCounts&, const CopyCounts&) = default;
};

struct CopyDifference {
  ProfileKey key;
  std::string what;  ///< "data", "envelope", "inbox", …, of several the first
};

struct CopyReport {
  bool resumed = false;       ///< a started copy went on
  std::uint64_t written = 0;  ///< keys, by this run
  CopyCounts from;
  CopyCounts to;
  std::vector<CopyDifference> differences;  ///< none: the copy is complete
};

struct CopyProgress {
  bool comparing = false;  ///< all is written
  std::uint64_t keys = 0;  ///< done, by this run
  std::uint64_t bytes = 0;
};

/// Goes on with a copy that was started, or starts one in a database without profiles; then
/// compares all that is in either. Where something differs, the next run begins anew and mends it.
/// `now_ms`: of the copy's mark. Nothing is written to `from`. Errors, beside the databases' own:
/// `unavailable` (servers run on one of them), `already_exists` (`to` has profiles of its own, or
/// was started from another database), `invalid_argument` (they are the same).
[[nodiscard]] Result<CopyReport> copy_database(CopySide& from, CopySide& to, std::int64_t now_ms,
                                               FunctionRef<void(const CopyProgress&)> progress);

/// Whether a lease is the mark of a copy that is not complete: no server may start there.
[[nodiscard]] bool marks_a_copy(const Lease& lease);

}  // namespace keepsake
