// The view profiles_json, and what brings older tables to it.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "backends/contract/json_view_rows.h"
#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/statements.h"

namespace keepsake {
namespace {

class PostgresView : public testing::Test {
 protected:
  PostgresView() { options_.schema = fresh_schema(); }

  /// The outcome of "SELECT what FROM the view WHERE …", asked by a role that may read it alone.
  std::string select(const std::string& what, const std::string& where) {
    return run_sql(reader_url_,
                   "SELECT " + what + " FROM " + options_.schema + ".profiles_json WHERE " + where);
  }
  std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
      text.replace(at, what.size(), with);
    }
    return text;
  }
  void make_rows_and_reader() {
    put_rows_of_every_format(*open_postgres(url_, options_).value());
    std::ifstream file("docs/postgres/reader.sql");
    std::string script((std::istreambuf_iterator<char>(file)), {});
    ASSERT_FALSE(script.empty());
    run_sql(url_, "CREATE ROLE " + role_ + " LOGIN");
    run_sql(url_, replaced(replaced(script, "keepsake", options_.schema), ":role", role_));
    reader_url_ = replaced(url_, "keepsake@", role_ + "@");
  }
  void TearDown() override {
    if (reader_url_.empty()) return;
    run_sql(url_, "DROP OWNED BY " + role_ + "; DROP ROLE " + role_);
  }

  const std::string url_ = cluster_url();
  PostgresOptions options_;
  std::string role_ = "analyst_" + fresh_schema();
  std::string reader_url_;
};

TEST_F(PostgresView, AnAnalystReadsJsonAsJsonbAndSeesOfOtherRowsThatTheyAreThere) {
  make_rows_and_reader();
  EXPECT_EQ(select("string_agg(key || ' ' || format || ' ' || (data IS NOT NULL), ', ' "
                   "ORDER BY key)",
                   "true"),
            "cbor cbor false, compressed compressed false, json json true, nul json false");
  EXPECT_EQ(select("pg_typeof(data)", "key = 'json'"), "jsonb");
  EXPECT_EQ(select("data #>> '{of,name}'", "key = 'json'"), "Ünï\\");
  // A filter on the data is asked of no row that has none.
  EXPECT_EQ(select("count(*)", "data @> '{\"half\": 0.5}' AND key <> ''"), "1");
}

TEST_F(PostgresView, IntegersOf64BitsAreExact) {
  make_rows_and_reader();
  EXPECT_EQ(select("(data->>'most')::bigint - 1", "key = 'json'"), "9223372036854775806");
  EXPECT_EQ(select("(data->>'least')::bigint", "key = 'json'"), "-9223372036854775808");
}

TEST_F(PostgresView, ATextWithANulCharacterIsShownAsItIsStoredAndFailsNoQuery) {
  make_rows_and_reader();
  EXPECT_EQ(select("data_text", "format = 'json' AND data IS NULL"), kJsonWithNul);
}

TEST_F(PostgresView, AReaderSeesNothingElseAndWritesNothing) {
  make_rows_and_reader();
  const auto may = [&](const std::string& what) { return run_sql(reader_url_, "SELECT " + what); };
  for (const char* table : {"profiles", "inbox", "history", "quarantine", "users", "meta"}) {
    EXPECT_EQ(may("has_table_privilege('" + options_.schema + "." + table + "', 'SELECT')"), "f")
        << table;
  }
  EXPECT_EQ(
      may("has_table_privilege('" + options_.schema + ".profiles_json', 'INSERT, UPDATE, DELETE')"),
      "f");
}

TEST_F(PostgresView, TablesOfAnOlderKeepsakeAreUpgradedByWhoMayMakeThem) {
  run_sql(url_, "CREATE SCHEMA " + options_.schema + "; SET search_path TO " + options_.schema +
                    ";" + postgres::sql::kCreateSchema);
  options_.create = false;
  EXPECT_EQ(open_postgres(url_, options_).error().code(), ErrorCode::wrong_format);
  EXPECT_THAT(open_postgres(url_, options_).error().text(),
              testing::HasSubstr("expected version 2, found version 1; open it with create once"));
  options_.create = true;
  auto backend = open_postgres(url_, options_).value();
  put_rows_of_every_format(*backend);
  EXPECT_EQ(run_sql(url_, "SELECT count(format) FROM " + options_.schema + ".profiles_json"), "4");
  options_.create = false;
  EXPECT_TRUE(open_postgres(url_, options_));
}

}  // namespace
}  // namespace keepsake
