// What the copies of a catalog share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "keepsake/datum/catalog.h"

namespace keepsake {

/// A version's name in bytes: 1 to this.
inline constexpr std::size_t kMostVersionName = 64;

struct AnyCatalog::Impl {
  /// A version as it was declared; lock() makes a VersionInfo of it.
  struct Declared {
    std::string name;
    std::optional<Schema> schema;  // none: the struct's
    std::string compatible_with;   // empty: itself
    bool is_current = false;
    bool is_published = false;
  };

  Impl(std::string_view name, const DataOps* data_ops) : store_name(name), ops(data_ops) {
    if (ops != nullptr) body = detail::make_schema(ops->type());
  }

  [[nodiscard]] const VersionInfo* find(std::string_view version) const noexcept;
  [[nodiscard]] Result<ErasedData> make_new(WallTime created) const;

  std::string store_name;
  const DataOps* ops;          // nullptr: a file's, without a struct
  std::optional<Schema> body;  // the struct's own, without "version"
  Plan plan;
  std::function<void(WallTime, void*)> fill;
  std::optional<NewProfile> new_profile;  // a file's
  std::vector<VersionInfo> versions;
  std::size_t current = 0;
  std::vector<CatalogExample> examples;
  bool has_published = false;

  // While it is built.
  std::vector<Declared> declared;
  std::vector<std::pair<std::string, std::string>> edges;
  Result<void> problem;  // the first one
};

}  // namespace keepsake
