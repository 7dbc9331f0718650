// An operator's way back: a profile's data as history keeps it becomes its data again. What
// `keepsake rollback` does, as a function, for a game's own tools and back offices. It blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"

namespace keepsake {

struct RollbackOptions {
  std::uint64_t revision = 0;  ///< one that history keeps
  std::string reason;          ///< for the audit; must name nobody
  std::string journals;        ///< folder of the journals on this machine; "": there is none
  Duration within = std::chrono::seconds(10);  ///< how long to wait for an owner to give it
};

/// What has happened since data was saved that a rollback of the data doesn't undo, by the times of
/// the purchase, the message's sending, and its handling.
struct NotRolledBack {
  std::vector<Receipt> receipts;  ///< purchases: they stay applied, and are not applied again
  std::vector<Receipt> sent;      ///< messages that it sent: what they carry stays with others
  std::vector<Receipt> handled;   ///< messages that it took: their senders don't get them back
};

struct RollbackReport {
  std::uint64_t revision = 0;  ///< of the commit that did it
  std::uint64_t undo = 0;      ///< in history, what it replaced; 0: there was no data
  NotRolledBack stays;
};

/// What a rollback to that revision would leave as it is. Errors: `not_found` (the profile, or what
/// history keeps); the backend's.
[[nodiscard]] Result<NotRolledBack> look_at_rollback(Backend& backend, const ProfileKey& key,
                                                     std::uint64_t revision);

/// Makes that revision's data, at its version, the profile's data, in a new revision; what it
/// replaces goes into history (SnapshotKind::change), so that it can be undone in the same way.
/// Replays the journals of servers that died here, asks the profile's owner for it, and frees it
/// afterwards. Receipts, handled messages and those that were sent stay as they are: the report
/// lists them. Takes a lease of its own meanwhile, and leaves an audit entry.
///
/// Errors, after which nothing was changed: `not_found`; `timed_out` (the owner didn't give it);
/// `session_lost` (it changed hands just then; run it again); those of the backend.
[[nodiscard]] Result<RollbackReport> roll_back(Backend& backend, const ProfileKey& key,
                                               const RollbackOptions& options);

}  // namespace keepsake
