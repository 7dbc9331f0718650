// A file of tombstones: the keyed hashes of what was erased, outside of the database, so that a
// backup that is restored can be scrubbed. A line of text each; docs/storage.md has the form.
//
// Written by one at a time, in the transaction of the erasure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/backend/subject.h"
#include "src/backend/tables.h"
#include "src/base/file_system.h"

namespace keepsake {

/// Adds the tombstones of an erasure, durably; makes the file if there is none. Errors:
/// storage_full, read_only, io_error; wrong_format, if the file is of another database's secret.
[[nodiscard]] Result<void> note_tombstones(FileSystem& files, const std::string& path,
                                           Tables& tables, const Erase& request);

struct TombstoneFile {
  std::string fingerprint;  ///< of the secret; "" if there is no file
  std::vector<Tombstone> tombstones;
  std::uint64_t whole_bytes = 0;  ///< of whole lines
};
/// Errors: wrong_format, naming the line; io_error. A last line without an end was never finished,
/// and is left out.
[[nodiscard]] Result<TombstoneFile> read_tombstones(FileSystem& files, const std::string& path);

}  // namespace keepsake
