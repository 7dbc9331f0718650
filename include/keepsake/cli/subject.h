// A person's data, for a game's own tools and back offices: what `keepsake subject` does, as
// functions. They block, and are called from one thread at a time; docs/privacy.md says what they
// do and what the archive holds.
#pragma once

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"

namespace keepsake {

/// Writes all that is kept of a person, over all stores, as JSON lines: one that says what it is,
/// then one for each profile. Gives how many profiles those are. Reads only, while servers run: of
/// a profile that is being played what was saved last. Errors: those of the backend.
[[nodiscard]] Result<std::size_t> export_subject(Backend& backend, UserId user, std::int64_t now_ms,
                                                 std::ostream& out);

/// What an erasure would take.
struct SubjectProfile {
  ProfileKey key;
  bool shared = false;  ///< others bear it, or it bears this person no more: only the link goes
  std::vector<UserId> others;
  Belongings belongings;
};
[[nodiscard]] Result<std::vector<SubjectProfile>> look_at_subject(Backend& backend, UserId user);

struct ErasureOptions {
  std::string reason;          ///< for the audit; must name nobody
  bool unlink_shared = false;  ///< else profiles that others bear refuse the whole erasure
  std::string journals;        ///< folder of the journals on this machine; "": there is none
  Duration within = std::chrono::seconds(60);  ///< for a profile's owner, and then for all journals
};
struct ErasureReport {
  std::vector<ProfileKey> erased;
  std::vector<ProfileKey> unlinked;
  /// Servers whose journals may still hold something: run it again later, or see to them.
  std::vector<Owner> not_yet;
};
/// Acquires each profile of that person, asking a live owner for it, and erases it; then sees to it
/// that the database's files and the journals of all servers hold nothing of it any more. Takes a
/// lease of its own meanwhile. What was done stays done if it fails half-way: run it again.
///
/// Errors: `held`, naming the profiles that others bear, unless they are to be unlinked (nothing
/// was changed); `timed_out`, naming a profile whose owner didn't give it; those of the backend.
[[nodiscard]] Result<ErasureReport> erase_subject(Backend& backend, UserId user,
                                                  const ErasureOptions& options);

}  // namespace keepsake
