// The tables of a database: made, and brought up to date.
#pragma once

#include "backends/postgres/connection.h"
#include "keepsake/backend/postgres.h"

namespace keepsake::postgres {

/// Of many servers that start at once, one makes or upgrades the tables and the others wait for it.
[[nodiscard]] Result<void> prepare_schema(Connection& connection, const PostgresOptions& options);

}  // namespace keepsake::postgres
