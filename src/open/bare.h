// Opens a database by itself, for a load tool; see bare_database.h.
#pragma once

#include <memory>
#include <string>

#include "src/backend/bare_database.h"

namespace keepsake {

/// `url` as keepsake::open takes it, but of a database in memory: `invalid_argument`.
[[nodiscard]] Result<std::unique_ptr<BareDatabase>> open_bare(const std::string& url);

}  // namespace keepsake
