// Sheet: the profile that the load tool plays with, of as many entries as it is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/datum/catalog.h"

namespace keepsake::load_tool {

inline constexpr const char* kStore = "keepsake_bench";

struct Entry {
  std::string name;
  std::int64_t amount = 0;
  std::optional<bool> marked;
};
struct Sheet {
  std::int64_t score = 0;
  double seen = 0;
  std::vector<Entry> entries;
};

[[nodiscard]] Catalog<Sheet> sheet_catalog();
/// Each entry is 46 to 50 bytes of JSON.
[[nodiscard]] Sheet sheet_of(std::size_t entries);
/// As a store of that setting leaves it in a row.
[[nodiscard]] NewData data_of(const Sheet& sheet, PayloadFormat setting);

}  // namespace keepsake::load_tool
