// A backend that keeps everything in memory: the reference model of all backends, and what a
// game's own tests run on. It gives the same answers as SQLite, is deterministic given its clock
// and its random source, and forgets everything when its last object is destroyed.
#pragma once

#include <memory>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"

namespace keepsake {

/// The data of one database in memory, shared by the backends connected to it.
class MemoryDatabase;

/// A new, empty database. `clock` is the database's own time and outlives it; `random` gives its
/// generation and is not kept.
[[nodiscard]] std::shared_ptr<MemoryDatabase> make_memory_database(const Clock& clock,
                                                                   Random& random);

/// All that stands in a database at one moment.
struct MemoryBackup;
[[nodiscard]] std::shared_ptr<const MemoryBackup> back_up(MemoryDatabase& database);
/// Puts a backup of that very database in the place of what stands there, as restore_sqlite
/// (sqlite.h) does: a new generation out of `random`, no leases, no sessions, and nothing of what
/// was erased since.
[[nodiscard]] Result<void> restore(MemoryDatabase& database, const MemoryBackup& backup,
                                   Random& random);
/// Puts it there as it was, leases, sessions and generation: what happens to who copies a file back
/// by hand.
void put_back(MemoryDatabase& database, const MemoryBackup& backup);

/// One more backend on that database, as another server process would have: stop_waiting of one
/// doesn't end the waits of another. Keeps the database alive.
[[nodiscard]] std::unique_ptr<Backend> connect(std::shared_ptr<MemoryDatabase> database);

/// A database of its own with one backend on it.
[[nodiscard]] std::unique_ptr<Backend> make_memory_backend(const Clock& clock, Random& random);

}  // namespace keepsake
