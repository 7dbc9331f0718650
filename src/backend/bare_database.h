// BareDatabase: what a database takes by itself. It stores the rows, columns and bytes of a
// backend's saves, with the statements and locks of them, and without any of Keepsake's rules: the
// floor that a load tool holds the product against. It also fills the product's own tables, faster
// than by creating one profile after the other.
//
// Used by one thread at a time; any number of them, in any number of processes, on one database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/result.h"

namespace keepsake {

/// Valid while the call runs.
struct BareRow {
  std::string_view key;
  std::string_view payload;
};

/// Free profiles, all with the same data, of keys filled_key(first) and so on.
struct Filling {
  std::string store;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  NewData data;
};
/// "p0000000017": in the order of their numbers.
[[nodiscard]] std::string filled_key(std::uint64_t number);

class BareDatabase {
 public:
  virtual ~BareDatabase() = default;

  /// Stores rows in tables of its own; durable when it returns. In as many transactions as the
  /// backend's commit makes of so many saves. Errors: those of the backend.
  virtual Result<void> save(const std::vector<BareRow>& rows) = 0;
  /// Puts profiles into the product's tables; those that are there are left as they are. Not synced
  /// before the next checkpoint.
  virtual Result<void> fill(const Filling& filling) = 0;
  /// What the product's tables and their indexes take on the disk, bytes.
  virtual Result<std::uint64_t> bytes() = 0;
  /// Removes the tables of its own; nobody uses them.
  virtual Result<void> drop() = 0;
};

}  // namespace keepsake
