// Catalog: all that is known about the data of one store. Its versions with their schemas, the plan
// between them, the current version as a struct, and the data of a new profile.
//
//   Result<Catalog<Player>> players =
//       CatalogBuilder<Player>("PlayerData")
//           .version("1", player_v1_schema())
//           .version("2", player_v2_schema())
//           .current("3")
//           .step("1", "2", {change::add("/gold", 0)})
//           .step("2", "3", [](Value data) -> Result<Value> { … })
//           .new_profile([](WallTime created) { return Player{…}; })
//           .lock();
//
// A catalog is an immutable value: cheap to copy, and any number of threads may use it at once. A
// catalog's function must therefore be safe to call from any thread.
//
// Every version's data has the literal member "version", its first: schemas are given with or
// without it, the struct has no such member.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/data_ops.h"
#include "keepsake/datum/migration.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/struct.h"

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
  [[nodiscard]] const DataOps& ops() const noexcept;

  /// Stored bytes to the current version: decode; version_mismatch if the data's own version is not
  /// `recorded_version`; validate under that version; migrate, validating each step's outcome.
  /// malformed, limit_exceeded, invalid_data, step_failed; needs_newer_server if the catalog has no
  /// such version.
  [[nodiscard]] Result<Upgraded> upgrade(std::string_view payload,
                                         std::string_view recorded_version) const;
  /// Data from outside, judged by its member "version" alone: version_unknown at "/version" if that
  /// is missing or none of the catalog's. Then as upgrade().
  [[nodiscard]] Result<Upgraded> import_data(Value data) const;
  /// A tree at the current version as bytes: the same as the struct's, but that a map's entries
  /// stay in the tree's order (a struct's are sorted), and that an integer beyond 2^53 in a member
  /// that is a double stays exact.
  [[nodiscard]] std::string encode(const Value& data) const;

  /// As upgrade(), into the struct; data at the current version goes there without a tree.
  [[nodiscard]] Result<ErasedBound> decode(std::string_view payload,
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
  [[nodiscard]] Result<Upgraded> upgrade_from(Value data, const VersionInfo& from) const;
  std::shared_ptr<const Impl> impl_;
};

/// A catalog whose current version is the struct T.
template <class T>
class Catalog : public AnyCatalog {
 public:
  using Data = T;

 private:
  template <class>
  friend class CatalogBuilder;
  explicit Catalog(std::shared_ptr<const Impl> impl) noexcept : AnyCatalog(std::move(impl)) {}
};

namespace detail {
/// What CatalogBuilder<T> does, without T.
class CatalogParts {
 public:
  CatalogParts(std::string_view store_name, const DataOps& ops);
  void version(std::string_view name, std::optional<Schema> schema);
  void compatible_with(std::string_view version);
  void step(std::string_view from, std::string_view to, std::vector<Change> changes);
  void step(std::string_view from, std::string_view to, StepFunction function);
  void new_profile(std::function<void(WallTime, void*)> fill);
  [[nodiscard]] Result<std::shared_ptr<const AnyCatalog::Impl>> lock();

 private:
  std::shared_ptr<AnyCatalog::Impl> impl_;
};
}  // namespace detail

/// Collects a catalog's parts; what is wrong with them, lock() says.
template <class T>
class CatalogBuilder {
 public:
  explicit CatalogBuilder(std::string_view store_name) : parts_(store_name, DataOps::of<T>()) {}

  /// An old version; oldest first.
  CatalogBuilder& version(std::string_view name, Schema schema) {
    return parts_.version(name, std::move(schema)), *this;
  }
  /// The struct's version, after the old ones.
  CatalogBuilder& current(std::string_view name) {
    return parts_.version(name, std::nullopt), *this;
  }
  /// Servers from `version` on may read and write data of the version declared last, as far as they
  /// know its members. Without it, only servers that know that version.
  CatalogBuilder& compatible_with(std::string_view version) {
    return parts_.compatible_with(version), *this;
  }
  CatalogBuilder& step(std::string_view from, std::string_view to,
                       std::initializer_list<Change> changes) {
    return parts_.step(from, to, std::vector<Change>(changes)), *this;
  }
  CatalogBuilder& step(std::string_view from, std::string_view to, StepFunction function) {
    return parts_.step(from, to, std::move(function)), *this;
  }
  /// The data of a profile that is created at `created`; without it, T{}.
  CatalogBuilder& new_profile(std::function<T(WallTime created)> make) {
    parts_.new_profile([make = std::move(make)](WallTime created, void* data) {
      *static_cast<T*>(data) = make(created);
    });
    return *this;
  }

  /// Proves the whole: invalid_schema (no current version; the same version twice; a schema that is
  /// no object or whose "version" is not its own; a struct with a member "version"; a step or
  /// compatible_with that names no version; a new profile that its schema refuses), duplicate_edge,
  /// cycle, no_path (a version that can't reach the current one).
  [[nodiscard]] Result<Catalog<T>> lock() {
    Result<std::shared_ptr<const AnyCatalog::Impl>> impl = parts_.lock();
    if (!impl) return std::move(impl).error();
    return Catalog<T>(*std::move(impl));
  }

 private:
  detail::CatalogParts parts_;
};

}  // namespace keepsake
