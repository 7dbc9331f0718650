// Reading a dead server's journal: how it can be reached, sealing it, and all that it holds.
// What becomes of the records is src/session/journal_replay.h's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/session/journal_reader.h"
#include "src/store/journal.h"

namespace keepsake {

/// How a journal stands, seen from this process (rule 14). Evidence only: where safety matters, the
/// lease row decides.
struct JournalReach {
  enum class Kind : std::uint8_t {
    live,         ///< its process runs, and its ring can be opened: seal_and_read is exact
    dead,         ///< nobody holds its lock: its process is dead, or its machine was booted since
    unreachable,  ///< not here: no directory, or not on a file system of this machine's own
    barred,       ///< here, but this process may not look at its lock
    not_shared,   ///< its process runs, but its ring can't be opened from here
  };
  Kind kind = Kind::unreachable;
  std::int64_t pid = 0;  ///< of a live one, if it can be seen
  std::string reason;    ///< one sentence
};

/// Never fails: what can't be found out is `unreachable` with the reason.
[[nodiscard]] JournalReach reach_journal(const JournalEnv& env, const JournalPlace& place);

/// Returns when the journal's process is dead or `at_most` has passed. True: dead, or gone.
[[nodiscard]] bool wait_for_death(const JournalEnv& env, const JournalPlace& place,
                                  Duration at_most);

/// Seals the ring, if it can be opened, and reads everything; a ring or all segments that are gone
/// though the machine wasn't booted since are reported in `damage`. From then on its owner's
/// appends answer `session_lost`, so the caller has closed its lease first, or knows it dead. Two
/// callers at once read the same. Errors: not_found, io_error, journal_not_shared (it is alive, and
/// its ring can't be opened: nothing was changed). Damage is no error: see `damage`.
[[nodiscard]] Result<JournalContents> seal_and_read(const JournalEnv& env,
                                                    const JournalPlace& place);

/// Every journal under `root`, live ones and our own too, by name; unfinished ones whose maker died
/// are removed. The places say what the journals' segments say of themselves.
[[nodiscard]] Result<std::vector<JournalPlace>> list_journals(const JournalEnv& env,
                                                              const std::string& root);

/// Removes ring, files and directory; for whoever marked the lease recovered, or holds a journal
/// that was never started. Good if there is none. Errors: io_error, read_only; where a segment
/// can't be read, nothing is removed: somebody else may have the right to, or better luck with the
/// disk.
[[nodiscard]] Result<void> remove_journal(const JournalEnv& env, const JournalPlace& place);

}  // namespace keepsake
