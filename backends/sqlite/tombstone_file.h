// FILE.tombstones: the keyed hashes of what was erased, outside of the database, so that a backup
// that is restored can be scrubbed. A line of text each; docs/storage.md has the form.
//
// Used in the turn to write to the database: by one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/backend/subject.h"
#include "src/backend/tables.h"

namespace keepsake {

[[nodiscard]] std::string tombstone_path(const std::string& database_path);

/// Adds the tombstones of an erasure, durably. Errors: storage_full, read_only, io_error;
/// wrong_format, if the file is of another database's secret.
[[nodiscard]] Result<void> note_tombstones(const std::string& database_path, Tables& tables,
                                           const Erase& request);

struct TombstoneFile {
  std::string fingerprint;  ///< of the secret; "" if there is no file
  std::vector<Tombstone> tombstones;
  std::uint64_t whole_bytes = 0;  ///< of whole lines
};
/// Errors: wrong_format, naming the line; io_error. A last line without an end was never finished,
/// and is left out.
[[nodiscard]] Result<TombstoneFile> read_tombstones(const std::string& path);

}  // namespace keepsake
