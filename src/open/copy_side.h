// Opens a database to be copied, or copied to; see src/backend/copying.h.
#pragma once

#include <memory>
#include <string>

#include "src/backend/copy_tables.h"

namespace keepsake {

enum class CopyRole : std::uint8_t { from, to };

/// `url` as keepsake::open takes it, but of a database in memory: `invalid_argument`. Only one that
/// is copied to is made if there is none.
[[nodiscard]] Result<std::unique_ptr<CopySide>> open_copy_side(const std::string& url,
                                                               CopyRole role);

}  // namespace keepsake
