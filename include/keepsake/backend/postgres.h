// Profiles in a PostgreSQL database, shared by the servers of many machines.
//
// Any number of processes may open the same database. What is reported as committed is on the
// server's disk, and on its synchronous standby's if it has one. Passwords, TLS and the like are
// libpq's (PGPASSWORD, ~/.pgpass, sslmode=verify-full, …). docs/postgres.md describes the tables,
// the role that a game server needs, poolers and standbys.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"

namespace keepsake {

struct PostgresOptions {
  /// The schema that the tables are in: [a-z_][a-z0-9_]*, at most 63 characters.
  std::string schema = "keepsake";
  /// Makes the schema and its tables if there are none. Without it they are `not_found`.
  bool create = true;
  /// Connections of this backend, beside the one that listens. 1 to 64.
  int connections = 2;
  /// Where to listen for wake-ups: an address that leads to the database itself and not to a pooler
  /// in transaction mode, which forgets who listens. "": the same address as for all else; "off":
  /// nowhere, the store then looks by itself every 250 ms. `keepsake_listen` in the address of the
  /// database says the same, and goes before this.
  std::string listen;
  /// Longest wait for a connection to be made. Milliseconds, 1 to 600,000.
  std::int64_t connect_timeout_ms = 5'000;
  /// Longest wait for a free connection, and, but for a second, for an answer; the database is
  /// told, too. Then the call answers `unavailable`, or `in_doubt` if it was a commit.
  /// Milliseconds, 1 to 600,000.
  std::int64_t statement_timeout_ms = 8'000;
  /// Longest wait of a statement for a row that another transaction has locked; of a commit 200 ms
  /// at most, since others wait behind it. Milliseconds, 1 to 600,000.
  std::int64_t lock_timeout_ms = 2'000;
  /// The file in which an erasure leaves its tombstones, outside of the database, before it is
  /// committed; made if there is none. Several tools may name the same, one machine's. "": none is
  /// written, and a database that is restored to an earlier time brings back who was erased since.
  std::string tombstones;
  /// The database's time; it only delays handovers and prunes. nullptr: the server's own. Outlives
  /// the backend.
  const Clock* clock = nullptr;
};

/// Opens the database and, if need be, makes its tables or brings them up to date; safe to call
/// from many processes at the same time. `url`: libpq's, where `?keepsake_listen=off`, or an
/// address with % codes, is ours (PostgresOptions::listen).
///
/// Errors: `invalid_argument` (an address that can't be read, or a keepsake_ parameter that isn't
/// known), `invalid_options`, `unavailable`
/// (it can't be reached, or the password is refused), `read_only` (the role lacks a right),
/// `not_found` (no tables, with create = false), `wrong_format` (a newer Keepsake's tables). None
/// repeats a password.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_postgres(const std::string& url,
                                                             const PostgresOptions& options = {});

/// What is known of a database that PostgreSQL's own tools have put back to an earlier state.
struct RestoredPostgres {
  std::vector<std::string> tombstones;  ///< files, of every machine that erased somebody
  /// As they were seen some time ago: whose number has moved since, a server renews.
  std::vector<Lease> leases;
  std::int64_t now_ms = 0;  ///< for the audit, Unix ms
};
struct RestoredPostgresReport {
  std::size_t leases = 0;    ///< that stood in the restored state, and are forgotten
  std::size_t sessions = 0;  ///< that ended with them
  std::size_t scrubbed = 0;  ///< profiles that held something of persons erased since
};
/// To be called once after such a restore, before servers start: in one transaction the database
/// gets a new generation and loses all leases and sessions, and who was erased since is erased
/// again; then tables are written anew where somebody was. Journals of before are left alone by
/// servers from then on. One that still runs is told `backend_went_back` by its next commit or
/// load.
/// Errors, beside those of open_postgres with create = false: `unavailable`, naming the server, if
/// the leases aren't as they were; `not_found` (a file of tombstones); `wrong_format` (one is of
/// another database's secret); nothing was changed then.
[[nodiscard]] Result<RestoredPostgresReport> restored_postgres(const std::string& url,
                                                               const RestoredPostgres& known,
                                                               const PostgresOptions& options = {});

}  // namespace keepsake
