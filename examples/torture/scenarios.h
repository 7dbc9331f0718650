// The scenarios, each of them one thing that happens to real server processes on a real database:
// an SQLite file, or a PostgreSQL server (docs/torture.md). A round of one is made by its function;
// whatever goes wrong in it stands in the report, and an error means that it could not be set up or
// read at all.
#pragma once

#include <array>
#include <string_view>

#include "examples/torture/round.h"

namespace torture {

using RoundResult = keepsake::Result<RoundReport>;

/// kill -9 at random moments, in joins, play, saves, hand-overs, starts and takeovers.
[[nodiscard]] RoundResult kill_round(const RoundOptions& options);
/// The same beside a neighbour that takes disk and processors.
[[nodiscard]] RoundResult neighbour_round(const RoundOptions& options);
/// SIGSTOP past the lease, and thaw.
[[nodiscard]] RoundResult freeze_round(const RoundOptions& options);
/// SIGSTOP while it holds SQLite's write lock.
[[nodiscard]] RoundResult lock_round(const RoundOptions& options);
/// SIGSTOP while a transaction of its is open on the server.
[[nodiscard]] RoundResult open_transaction_round(const RoundOptions& options);
/// The database server killed, again and again.
[[nodiscard]] RoundResult database_round(const RoundOptions& options);
/// No room on the disk any more, and room again.
[[nodiscard]] RoundResult full_disk_round(const RoundOptions& options);
/// Bytes changed in a dead server's journal.
[[nodiscard]] RoundResult damage_round(const RoundOptions& options);
/// Too little shared memory for a journal's ring.
[[nodiscard]] RoundResult memory_round(const RoundOptions& options);
/// An older copy in the database file's place.
[[nodiscard]] RoundResult restore_round(const RoundOptions& options);
/// The same by a PostgreSQL server's own tools.
[[nodiscard]] RoundResult restore_on_postgres_round(const RoundOptions& options);

struct Scenario {
  std::string_view name;
  std::string_view what;
  RoundResult (*run)(const RoundOptions&);
};

// The same whichever database they play on.
inline constexpr Scenario kKill{"kill", "kill -9 at a random moment", kill_round};
inline constexpr Scenario kFreeze{"freeze", "SIGSTOP past the lease, and thaw", freeze_round};
inline constexpr Scenario kNeighbour{"neighbour", "kill -9 beside a saturating neighbour",
                                     neighbour_round};
inline constexpr Scenario kDamage{"damage", "bytes changed in a dead server's journal",
                                  damage_round};
inline constexpr Scenario kMemory{"memory", "shared memory too small for a ring", memory_round};

inline constexpr std::array kOnSqlite{
    kKill,
    kFreeze,
    Scenario{"lock", "SIGSTOP while it holds the write lock", lock_round},
    kNeighbour,
    Scenario{"full-disk", "no room on the disk, and room again", full_disk_round},
    kDamage,
    kMemory,
    Scenario{"restore", "an older copy in the database's place", restore_round},
};

inline constexpr std::array kOnPostgres{
    kKill,
    Scenario{"database", "the database server killed, too", database_round},
    kFreeze,
    Scenario{"transaction", "SIGSTOP while it has a transaction open", open_transaction_round},
    kNeighbour,
    Scenario{"full-disk", "no room for the journals, and room again", full_disk_round},
    kDamage,
    kMemory,
    Scenario{"restore", "an older state in the database's place", restore_on_postgres_round},
};

}  // namespace torture
