// Recovery of a dead server: close its lease, seal and replay its journal where it can be reached,
// mark it recovered, remove the journal (rules 16 to 18). Blocking; runs on a worker, or in a tool.
// Idempotent: what failed half-way is begun again from the start.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/result.h"
#include "src/store/journal.h"
#include "src/store/journal_recovery.h"

namespace keepsake {

struct RecoveryContext {
  Backend& backend;
  const Machine& machine;
  Owner self;             ///< whose lease is open and takes the work over
  Generation generation;  ///< of the database
  Random& random;
};

struct RecoveryReport {
  Owner target;
  bool done = false;  ///< false: not ours to recover (alive, another does it, or may not be opened)
  bool journal_found = false;
  std::size_t profiles = 0;     ///< that had edits to replay
  std::size_t edits = 0;        ///< replayed
  std::size_t quarantined = 0;  ///< payloads that could not be applied
  std::vector<Error> damage;    ///< corrupt records, groups that the database refused
};

/// `close`: the condition under which the lease may be closed; none if its journal's lock was seen
/// free, which proves it dead whatever its number is. Errors: those of the backend; nothing is
/// lost, call again.
[[nodiscard]] Result<RecoveryReport> recover_server(const RecoveryContext& context,
                                                    const Owner& target,
                                                    const std::optional<CloseLease>& close);

struct DirectoryReport {
  std::vector<RecoveryReport> journals;  ///< those that were looked after, in the folder's order
  std::optional<Error> failed;           ///< what ended it early; call again for the others
};

/// Recovers every journal under `root` whose process is dead; removes those of leases that were
/// recovered already; leaves those of another database alone. One that may not be opened is
/// reported in `damage`, and not done.
[[nodiscard]] DirectoryReport recover_directory(const RecoveryContext& context,
                                                const std::string& root);

}  // namespace keepsake
