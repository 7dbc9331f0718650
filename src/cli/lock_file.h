// catalog.lock: what has been published, a line for each schema and each step, so that it diffs and
// merges well. docs/publication.md has the grammar. A value; pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/any_catalog.h"

namespace keepsake::cli {

struct LockedSchema {
  std::string store;
  std::string version;
  std::string compatible_with;  ///< "": itself
  std::string fingerprint;
  friend bool operator==(const LockedSchema&, const LockedSchema&) = default;
};

struct LockedStep {
  std::string store;
  std::string from;
  std::string to;
  std::string fingerprint;  ///< "" for a function
  friend bool operator==(const LockedStep&, const LockedStep&) = default;
};

struct LockFile {
  std::vector<LockedSchema> schemas;
  std::vector<LockedStep> steps;

  /// malformed, naming the line.
  [[nodiscard]] static Result<LockFile> parse(std::string_view text);
  /// What a catalog would be locked as.
  [[nodiscard]] static LockFile of(const AnyCatalog& catalog);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] const LockedSchema* schema(std::string_view store, std::string_view version) const;
  [[nodiscard]] const LockedStep* step(std::string_view store, std::string_view from,
                                       std::string_view to) const;
  /// The lines of one store give way to those of `other`.
  void replace(std::string_view store, const LockFile& other);
};

/// A store's or version's name as a part of a file's name and a word of a line: every byte beside
/// letters, digits, '.', '_' and '-' as %XX.
[[nodiscard]] std::string file_word(std::string_view name);

}  // namespace keepsake::cli
