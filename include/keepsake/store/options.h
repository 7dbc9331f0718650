// What a Store can be told, with units, defaults and ranges. `valid_options` refuses a
// contradictory set by name and says what to do; a Store that is made with one all the same is an
// assertion.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "keepsake/backend/record.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/log.h"
#include "keepsake/base/result.h"
#include "keepsake/session/timing.h"

namespace keepsake {

/// Where edits live until they are saved (docs/journal.md).
struct JournalSettings {
  /// Folder on a local disk that all servers of this machine share; each start makes a folder of
  /// its own in it. "" takes the database's own ("players.db" → "players.db.journal"); a database
  /// without a place on disk (memory:) then has no journal, and a crash loses what was not saved.
  std::string directory;
  std::size_t ring_bytes = std::size_t{8}
                           << 20;  ///< shared memory; 64 KiB to 1 GiB, a power of two
  std::size_t segment_bytes = std::size_t{4} << 20;      ///< one file; 64 KiB to 1 GiB
  std::size_t max_bytes = std::size_t{1} << 30;          ///< all files; at least 4 segments
  Duration sync_every = std::chrono::milliseconds(100);  ///< what a machine's death may lose
};

/// What history keeps of each profile: its data as a session found it and as it left it.
struct HistorySettings {
  std::size_t snapshots = 20;  ///< of one profile, dense of late and sparse of long ago; 0 to 1000
  Duration age = std::chrono::hours(24 * 90);  ///< of the oldest; an hour to 100 years
};

struct StoreOptions {
  std::string server;  ///< this server's id, unique in the fleet: 1 to 64 of [A-Za-z0-9._-]
  Timing timing;
  JournalSettings journal;
  HistorySettings history;
  /// How saves write the data of profiles (docs/payload.md has sizes and speed). Every server reads
  /// every format, so this may change at any time and differ between servers: a row has what its
  /// last save wrote. `compressed` is CBOR, and a frame only where that is smaller.
  PayloadFormat payload = PayloadFormat::json;
  std::map<std::string, PayloadFormat> payloads;  ///< of named stores that have another one
  LogSink log;                                    ///< empty: stderr_log()
  /// Called in pump() for what goes wrong outside of a call of the game's: a save that is refused,
  /// a database that can't be reached, a journal that is full.
  std::function<void(const Error&)> on_error;
  /// Called in pump() with true when calls to the database fail one after the other (five in a row,
  /// or ten within a minute), or the journal's disk fails or is full, so that what is not saved
  /// hangs on this machine's life; and with false when nothing of it has happened for half a
  /// minute: the moment to tell players, close the shop, or let nobody new in. Store::critical() is
  /// the same as a state.
  std::function<void(bool critical)> on_critical;
  int read_threads = 2;  ///< workers that read, decode and migrate; 1 to 16
};

/// How saves of that named store are written.
[[nodiscard]] PayloadFormat payload_of(const StoreOptions& options, const std::string& store);

/// Says what is wrong with a set of options, naming the option, its range and what was given.
[[nodiscard]] Result<void> valid_options(const StoreOptions& options);

}  // namespace keepsake
