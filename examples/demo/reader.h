// Reads the database on its own, by SQL and not through the library, as an auditor would.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "examples/demo/game.h"
#include "keepsake/backend/record.h"
#include "keepsake/base/result.h"
#include "src/open/address.h"

namespace demo {

struct StoredSlip {
  Slip slip;
  std::int64_t change = 0;
};

struct StoredPlayer {
  std::string version;
  std::int64_t coins = 0;
  std::vector<StoredSlip> slips;
  std::vector<Number> relics;
  keepsake::PayloadFormat format = keepsake::PayloadFormat::json;  ///< that its row is in
  bool owned = false;  ///< by a server whose lease is neither ended nor recovered
};

using keepsake::is_postgres;

/// Every profile of the store "PlayerData" with data, by key. Errors: io_error, corrupt, and those
/// of JSON, CBOR and compressed records.
[[nodiscard]] keepsake::Result<std::map<std::string, StoredPlayer>> read_database(
    const std::string& database);

}  // namespace demo
