// A PostgreSQL database that is copied to another one, or made of one (src/backend/copying.h).
#pragma once

#include <memory>
#include <string>

#include "keepsake/backend/postgres.h"
#include "src/backend/copy_tables.h"

namespace keepsake::postgres {

/// Errors: those of open_postgres.
[[nodiscard]] Result<std::unique_ptr<CopySide>> open_postgres_copy_side(
    const std::string& url, const PostgresOptions& options);

}  // namespace keepsake::postgres
