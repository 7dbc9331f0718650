// What a game has published of its stores, as it lies in a folder (docs/publication.md):
//
//   catalog.lock               fingerprints of schemas and steps (lock_file.h)
//   schemas/STORE.vN.json      each version's JSON Schema
//   schemas/STORE.gen.h        the same, to be compiled in: CatalogBuilder::published
//   golden/STORE.vN.jsonl      recorded data and what became of them (golden.h)
//
// The functions that judge are pure: they are given what the folder holds.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/any_catalog.h"
#include "src/cli/environment.h"
#include "src/cli/golden.h"
#include "src/cli/lock_file.h"

namespace keepsake::cli {

/// What the folder has of one store.
struct Publication {
  bool has_lock = false;  ///< there is a catalog.lock, whatever it says of this store
  LockFile lock;          ///< of all stores
  std::map<std::string, std::string> schemas;               ///< by version: the text of its file
  std::string header;                                       ///< "" if there is none
  std::map<std::string, std::vector<GoldenRecord>> golden;  ///< by version
};

/// Nothing that is missing is an error. malformed and wrong_format, naming the file; io_error.
[[nodiscard]] Result<Publication> read_publication(const Context& context,
                                                   const std::filesystem::path& folder,
                                                   const AnyCatalog& catalog);

/// Something that is not as it was published, as lines for people.
struct Finding {
  std::string text;     ///< the last line's end is there
  std::string version;  ///< that `schema lock --replace` would publish anew; "" for none
};

/// What is locked and was changed, and recorded data that become something else.
[[nodiscard]] std::vector<Finding> check_locked(const AnyCatalog& catalog,
                                                const Publication& publication);
/// Files that are not what was locked; files_to_write() makes them anew.
[[nodiscard]] std::vector<Finding> check_files(const AnyCatalog& catalog,
                                               const Publication& publication);
/// Versions and steps that are not locked yet, in words.
[[nodiscard]] std::vector<std::string> unlocked(const AnyCatalog& catalog, const LockFile& lock);

/// Where a version is declared compatible with an older one and, by the two schemas, is not: in
/// words. A game may know better.
[[nodiscard]] std::vector<std::string> doubtful_compatibility(const AnyCatalog& catalog);

/// What locking would write: the path within the folder and the text, catalog.lock last.
[[nodiscard]] Result<std::vector<std::pair<std::filesystem::path, std::string>>> files_to_write(
    const AnyCatalog& catalog, const Publication& publication);

// The files' names within the folder.
[[nodiscard]] std::filesystem::path schema_file(const AnyCatalog& catalog,
                                                std::string_view version);
[[nodiscard]] std::filesystem::path header_file(const AnyCatalog& catalog);
[[nodiscard]] std::filesystem::path golden_file(const AnyCatalog& catalog,
                                                std::string_view version);
/// The name of the constant in the header.
[[nodiscard]] std::string header_name(std::string_view store);

}  // namespace keepsake::cli
