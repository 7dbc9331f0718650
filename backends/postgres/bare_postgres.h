// A PostgreSQL database by itself (bare_database.h).
#pragma once

#include <memory>
#include <string>

#include "src/backend/bare_database.h"

namespace keepsake::postgres {

/// The bare rows lie in a schema of their own, keepsake_bare. Errors: those of open_postgres.
[[nodiscard]] Result<std::unique_ptr<BareDatabase>> open_bare_postgres(const std::string& url);

}  // namespace keepsake::postgres
