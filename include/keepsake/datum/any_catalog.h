// AnyCatalog: a catalog (catalog.h) without the type of its struct: what tools and the store's core
// use. An immutable value: cheap to copy, and any number of threads may use it at once.
//
// It is made by a CatalogBuilder or read from a file (catalog_file.h). Only the former has a
// struct: of the latter it is a bug (asserted) to ask for what needs one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/data_form.h"
#include "keepsake/datum/data_ops.h"
#include "keepsake/datum/extras.h"
#include "keepsake/datum/migration.h"
#include "keepsake/datum/schema.h"

namespace keepsake {

/// One version of a catalog.
struct VersionInfo {
  std::string name;
  int ordinal = 0;          ///< from 1, in declared order
  int last_compatible = 0;  ///< the oldest ordinal whose servers may read and write this version
  Schema schema;            ///< with the literal "version"
};

/// Data at the current version, as a tree.
struct Upgraded {
  Value data;  ///< with its "version"
  bool migrated = false;
  std::vector<Displaced> displaced;
};

/// Data at an older version, as a tree.
struct Downgraded {
  Value data;  ///< with its "version"
  std::vector<Displaced> displaced;
};

/// Data at the current version, as the struct.
struct ErasedBound {
  ErasedData data;
  Extras extras;
  /// What `encode` must be told when this is saved: the current version, or the newer one that the
  /// data was of (it keeps it: unknown members are kept with it).
  std::string version;
  bool migrated = false;
  std::vector<Displaced> displaced;
};

/// Recorded data of a version, as the catalog was given it.
struct CatalogExample {
  std::string version;
  std::string json_text;
};

/// What a new profile holds.
struct NewProfile {
  Value data;                        ///< of one that is created at 2000-01-01T00:00:00Z
  std::vector<std::string> by_time;  ///< pointers of what is another when it is created later
  friend bool operator==(const NewProfile&, const NewProfile&) = default;
};

/// What to do with data of a version that this catalog doesn't have.
enum class NewerData : std::uint8_t {
  refuse,      ///< needs_newer_server
  compatible,  ///< the envelope says that this server may: read what it knows, keep the rest
};

/// A catalog without its type: what tools and the store's core use.
class AnyCatalog {
 public:
  [[nodiscard]] const std::string& store_name() const noexcept;
  [[nodiscard]] std::span<const VersionInfo> versions() const noexcept;  ///< in declared order
  [[nodiscard]] const VersionInfo& current() const noexcept;
  [[nodiscard]] const std::string& current_version() const noexcept { return current().name; }
  [[nodiscard]] const VersionInfo* find(std::string_view version) const noexcept;
  [[nodiscard]] const Plan& plan() const noexcept;
  [[nodiscard]] std::span<const CatalogExample> examples() const noexcept;
  /// Whether its builder was given a generated header's versions.
  [[nodiscard]] bool has_published() const noexcept;
  /// As a tree; nothing where a file doesn't say. callback_threw, invalid_data.
  [[nodiscard]] Result<std::optional<NewProfile>> new_profile() const;

  /// Stored bytes to the current version: decode; version_mismatch if the data's own version is not
  /// `recorded_version`; validate under that version; migrate, validating each step's outcome.
  /// malformed, limit_exceeded, invalid_data, step_failed, step_unknown; needs_newer_server if the
  /// catalog has no such version.
  /// `report`, if given, gets what each step did.
  [[nodiscard]] Result<Upgraded> upgrade(const EncodedData& payload,
                                         std::string_view recorded_version,
                                         MigrationReport* report = nullptr) const;
  /// Data from outside, judged by its member "version" alone: version_unknown at "/version" if that
  /// is missing or none of the catalog's. Then as upgrade().
  [[nodiscard]] Result<Upgraded> import_data(Value data, MigrationReport* report = nullptr) const;
  /// The way back: data at the current version, validated, as data of the older `version`. no_path
  /// where a step between them has no way back, naming it; version_unknown for a version that the
  /// catalog doesn't have; invalid_data; step_failed.
  [[nodiscard]] Result<Downgraded> downgrade(Value data, std::string_view version,
                                             MigrationReport* report = nullptr) const;
  /// A tree at the current version as bytes: the same as the struct's, but that in JSON a map's
  /// entries stay in the tree's order (a struct's are sorted), and that an integer beyond 2^53 in a
  /// member that is a double stays exact.
  [[nodiscard]] std::string encode(const Value& data, DataForm form = DataForm::json) const;

  // What follows needs the struct.
  [[nodiscard]] bool has_struct() const noexcept;
  [[nodiscard]] const DataOps& ops() const noexcept;

  /// As upgrade(), into the struct; data at the current version goes there without a tree.
  [[nodiscard]] Result<ErasedBound> decode(const EncodedData& payload,
                                           std::string_view recorded_version,
                                           NewerData newer = NewerData::refuse) const;
  /// A tree at the current version into the struct.
  [[nodiscard]] Result<ErasedBound> bind(Upgraded upgraded) const;
  /// A new profile's data, validated. callback_threw if the game's function threw; invalid_data.
  [[nodiscard]] Result<ErasedData> make_new(WallTime created) const;

  struct Impl;

 protected:
  explicit AnyCatalog(std::shared_ptr<const Impl> impl) noexcept : impl_(std::move(impl)) {}

 private:
  [[nodiscard]] Result<Upgraded> upgrade_from(Value data, const VersionInfo& from,
                                              MigrationReport* report) const;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace keepsake
