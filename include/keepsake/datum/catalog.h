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
#include "keepsake/datum/any_catalog.h"
#include "keepsake/datum/data_ops.h"
#include "keepsake/datum/migration.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/struct.h"

namespace keepsake {

/// A version that is published, as `keepsake schema lock` writes it into a header
/// (schemas/STORE.gen.h, docs/publication.md).
struct PublishedVersion {
  std::string_view name;
  std::string_view compatible_with;  ///< as CatalogBuilder::compatible_with
  std::string_view json_schema;
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
  /// `ops`: of the struct; nullptr for a catalog that has none.
  CatalogParts(std::string_view store_name, const DataOps* ops);
  void version(std::string_view name, Schema schema);
  /// Without a schema: the struct's.
  void current(std::string_view name, std::optional<Schema> schema);
  void published(std::span<const PublishedVersion> versions);
  void compatible_with(std::string_view version);
  void step(std::string_view from, std::string_view to, std::vector<Change> changes);
  void step(std::string_view from, std::string_view to, StepFunction function, StepFunction back);
  void unknown_step(std::string_view from, std::string_view to, bool has_way_back);
  void example(std::string_view version, std::string_view json_text);
  void new_profile(std::function<void(WallTime, void*)> fill);
  void new_profile(NewProfile profile);
  [[nodiscard]] Result<std::shared_ptr<const AnyCatalog::Impl>> lock();

 private:
  std::shared_ptr<AnyCatalog::Impl> impl_;
};
}  // namespace detail

/// Collects a catalog's parts; what is wrong with them, lock() says.
template <class T>
class CatalogBuilder {
 public:
  explicit CatalogBuilder(std::string_view store_name) : parts_(store_name, &DataOps::of<T>()) {}

  /// An old version; oldest first.
  CatalogBuilder& version(std::string_view name, Schema schema) {
    return parts_.version(name, std::move(schema)), *this;
  }
  /// The struct's version, after the old ones.
  CatalogBuilder& current(std::string_view name) {
    return parts_.current(name, std::nullopt), *this;
  }
  /// Versions out of a generated header, oldest first: each as version(), with its own
  /// compatible_with(). Where the current one is among them, the struct must be what was published;
  /// else lock() says what to write.
  CatalogBuilder& published(std::span<const PublishedVersion> versions) {
    return parts_.published(versions), *this;
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
  /// `back`: from `to` to `from`; without it the step has no way back.
  CatalogBuilder& step(std::string_view from, std::string_view to, StepFunction function,
                       StepFunction back = {}) {
    return parts_.step(from, to, std::move(function), std::move(back)), *this;
  }
  /// Recorded data of a version as JSON: lock() takes it to the current version and, where every
  /// step on the way has a way back, back again, where it must be what it was.
  CatalogBuilder& example(std::string_view version, std::string_view json_text) {
    return parts_.example(version, json_text), *this;
  }
  /// The data of a profile that is created at `created`; without it, T{}.
  CatalogBuilder& new_profile(std::function<T(WallTime created)> make) {
    parts_.new_profile([make = std::move(make)](WallTime created, void* data) {
      *static_cast<T*>(data) = make(created);
    });
    return *this;
  }

  /// Proves the whole: invalid_schema (no current version; the same version twice; a published
  /// schema that can't be read, or that the struct is not any more; a schema that is no object or
  /// whose "version" is not its own; a struct with a member "version"; a step or compatible_with
  /// that names no version; a declared step that can't be right, see Plan::lock; an example that
  /// fails; a new profile that its schema refuses), duplicate_edge, cycle, no_path (a version that
  /// can't reach the current one).
  [[nodiscard]] Result<Catalog<T>> lock() {
    Result<std::shared_ptr<const AnyCatalog::Impl>> impl = parts_.lock();
    if (!impl) return std::move(impl).error();
    return Catalog<T>(*std::move(impl));
  }

 private:
  detail::CatalogParts parts_;
};

}  // namespace keepsake
