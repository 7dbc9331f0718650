// Profiles in one SQLite file, shared by all server processes of one machine.
//
// Any number of processes and of backends in one process may have the same file open. Writers take
// turns, so that none starves; what is reported as committed is on the disk. Beside FILE lie
// FILE-wal and FILE-shm (SQLite's own), FILE.keepsake-next and FILE.keepsake-main (whose turn it is
// to write) and FILE.keepsake-wake/ (sockets by which servers wake each other). The file must lie
// on a local disk, never on a network file system: their locks and shared memory can't be trusted.
// docs/storage.md describes the tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"

namespace keepsake {

struct SqliteOptions {
  /// Opens for reading only: nothing is created, every write answers `read_only`.
  bool read_only = false;
  /// Makes the file if there is none. Without it a missing file is `not_found`.
  bool create = true;
  /// Longest wait for a turn to write, or for another program's lock, before `unavailable`, which
  /// names who holds it. Milliseconds, 1 to 600,000.
  std::int64_t busy_timeout_ms = 10'000;
  /// How large the file may grow, its write-ahead log aside; then writes answer `storage_full`.
  /// Bytes, 1 MiB or more; 0: as large as the disk.
  std::int64_t max_bytes = 0;
  /// Connections that read at the same time, 1 to 64.
  int readers = 4;
  /// The database's time; it only delays handovers and prunes. nullptr: the machine's own. Outlives
  /// the backend.
  const Clock* clock = nullptr;
};

/// Opens FILE, or makes it. Safe to call from several processes at the same time.
///
/// Errors: `invalid_argument` (an empty path, or a folder), `invalid_options`, `not_found` (the
/// folder, or with create = false the file), `wrong_format` (no SQLite file, another program's, or
/// a newer Keepsake's), `corrupt`, `read_only`, `storage_full`, `unavailable` (locked for longer
/// than busy_timeout_ms), `io_error`. Each names the file and leaves it as it was.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_sqlite(const std::string& path,
                                                           const SqliteOptions& options = {});

/// Copies the database, as it is at one moment, to the file `to`: page by page, in one read
/// transaction, while servers run. Errors: `already_exists` (nothing is overwritten), those of
/// open_sqlite for reading, `storage_full`, `io_error`; on one of them nothing is left behind.
[[nodiscard]] Result<void> backup_sqlite(const std::string& database, const std::string& to);

struct RestoreReport {
  std::size_t scrubbed = 0;  ///< profiles that held something of persons erased since the backup
};
/// Puts a backup in the place of what `database` holds, in the same file, in our turn to write and
/// in one transaction; servers may run. Before that the copy is brought to today's form, given a
/// new generation, freed of all leases and sessions, and scrubbed by FILE.tombstones, which stays
/// as it is. A running server finds its lease gone, opens another, and sets aside what it had not
/// saved; journals of before are left alone. `now_ms`: for the audit. Errors: those of open_sqlite
/// for either file, `wrong_format` (the tombstones are another database's), `corrupt` (the backup
/// is damaged), `unavailable`; the database is then as it was. Needs room for two copies.
[[nodiscard]] Result<RestoreReport> restore_sqlite(const std::string& backup,
                                                   const std::string& database,
                                                   std::int64_t now_ms);

}  // namespace keepsake
