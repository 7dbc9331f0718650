#include "backends/postgres/schema.h"

#include <optional>
#include <string>

#include "backends/postgres/statements.h"

namespace keepsake::postgres {

namespace {

/// By a scan: what a session remembers of names may be older than the lock that it waited for.
constexpr sql::Text kFindTables{
    "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
    "ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'schema_versions'"};

/// The version of the tables; none if there are none.
Result<std::optional<std::int64_t>> standing_version(Connection& connection,
                                                     const std::string& schema) {
  Params params;
  auto found = connection.query(kFindTables, params << std::string_view(schema));
  if (!found) return std::move(found).error();
  if (found->empty()) return std::optional<std::int64_t>();
  const std::string text = "SELECT max(version) FROM " + schema + ".schema_versions";
  auto rows = connection.query({text.c_str()});
  if (!rows) return std::move(rows).error();
  return std::optional<std::int64_t>(rows->at(0).integer());
}

Result<void> judge(std::int64_t version, const std::string& place, const std::string& schema) {
  if (version == sql::kSchemaVersion) return {};
  const char* const remedy = version < sql::kSchemaVersion
                                 ? "open it with create once, as the role that owns the tables, "
                                   "which upgrades them"
                                 : "run the Keepsake that made them, or a newer one";
  return Error(ErrorCode::wrong_format,
               "the tables in schema " + schema + " of " + place + " are of another Keepsake")
      .expected("version " + std::to_string(sql::kSchemaVersion))
      .found("version " + std::to_string(version))
      .remedy(remedy);
}

/// Whether there is anything to be made or upgraded.
bool is_behind(const std::optional<std::int64_t>& version) {
  return !version || *version < sql::kSchemaVersion;
}

/// The transaction holds the lock; ends it.
Result<void> bring_up_to_date(Connection& connection, const std::string& schema,
                              const std::optional<std::int64_t>& version) {
  Result<void> done;
  if (!version) done = connection.script("CREATE SCHEMA IF NOT EXISTS " + schema);
  if (done) done = connection.script("SET LOCAL search_path TO " + schema);
  if (done && !version) done = connection.script(sql::kCreateSchema);
  if (done && version.value_or(1) < 2) done = connection.script(sql::kUpgradeTo2);
  if (done) done = connection.script("COMMIT");
  if (!done) connection.rollback();
  return done;
}

}  // namespace

Result<void> prepare_schema(Connection& connection, const PostgresOptions& options) {
  const std::string& schema = options.schema;
  auto version = standing_version(connection, schema);
  if (!version) return std::move(version).error();
  const bool upgrades = options.create && is_behind(*version);
  if (*version && !upgrades) return judge(**version, connection.place(), schema);
  if (!upgrades) {
    return Error(ErrorCode::not_found, "there are no tables of Keepsake in schema " + schema +
                                           " of " + connection.place())
        .remedy("open it with create, as a role that may make a schema");
  }
  // One at a time: whoever comes second finds the tables, and its script fails on the first one.
  auto locked = connection.script("BEGIN; SELECT pg_advisory_xact_lock(1262830928);");
  if (!locked) return locked;
  version = standing_version(connection, schema);
  if (version && is_behind(*version)) return bring_up_to_date(connection, schema, *version);
  connection.rollback();
  if (!version) return std::move(version).error();
  return judge(**version, connection.place(), schema);
}

}  // namespace keepsake::postgres
