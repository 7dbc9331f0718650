// The view profiles_json.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "backends/contract/json_view_rows.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

class SqliteView : public testing::Test {
 protected:
  SqliteView() { put_rows_of_every_format(*open_sqlite(path_).value()); }

  /// The first column of "SELECT what FROM the view WHERE …", one row after the other.
  std::string select(const std::string& what, const std::string& where) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    const std::string sql = "SELECT " + what + " FROM profiles_json WHERE " + where;
    std::string found;
    const auto add = [](void* to, int, char** columns, char**) {
      std::string& text = *static_cast<std::string*>(to);
      text += (text.empty() ? "" : ", ") + std::string(columns[0] != nullptr ? columns[0] : "null");
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), add, &found, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    return found;
  }

  const TestFolder folder_;
  const std::string path_ = folder_.file("players.db");
};

TEST_F(SqliteView, ShowsJsonAsTextAndOfOtherRowsThatTheyAreThere) {
  EXPECT_EQ(select("key || ' ' || format || ' ' || (data IS NOT NULL)", "true ORDER BY key"),
            "cbor cbor 0, compressed compressed 0, json json 1, nul json 0");
  EXPECT_EQ(select("json_extract(data, '$.of.name')", "key = 'json'"), "Ünï\\");
  EXPECT_EQ(select("key", "json_extract(data, '$.half') = 0.5"), "json");
}

TEST_F(SqliteView, IntegersOf64BitsAreExact) {
  EXPECT_EQ(select("json_extract(data, '$.most') - 1", "key = 'json'"), "9223372036854775806");
  EXPECT_EQ(select("json_extract(data, '$.least')", "key = 'json'"), "-9223372036854775808");
  EXPECT_EQ(select("typeof(json_extract(data, '$.least'))", "key = 'json'"), "integer");
}

TEST_F(SqliteView, ATextWithANulCharacterIsShownAsItIsStored) {
  EXPECT_EQ(select("data_text", "format = 'json' AND data IS NULL"), kJsonWithNul);
}

}  // namespace
}  // namespace keepsake
