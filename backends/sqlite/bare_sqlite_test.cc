#include "backends/sqlite/bare_sqlite.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "backends/sqlite/sqlite_test_folder.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

Filling three_profiles() {
  return {.store = "Sheets",
          .first = 7,
          .count = 3,
          .data = {.schema = {.version = "1", .ordinal = 1, .last_compatible = 1},
                   .payload = "{\"version\":\"1\"}"}};
}

class BareSqlite : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("x.db"); }

 private:
  TestFolder folder_;
};

TEST_F(BareSqlite, FillsTheBackendsTablesWithFreeProfiles) {
  auto bare = open_bare_sqlite(path()).value();
  ASSERT_TRUE(bare->fill(three_profiles()));
  auto backend = open_sqlite(path()).value();
  const auto page = backend->list("Sheets", "", 10).value();
  ASSERT_EQ(page.records.size(), 3U);
  EXPECT_EQ(page.records[0].key.key, filled_key(7));
  EXPECT_FALSE(page.records[0].envelope.owner);
  EXPECT_EQ(page.records[0].envelope.schema.version, "1");
  EXPECT_EQ(backend->read({{"Sheets", filled_key(9)}}).value()[0]->payload, "{\"version\":\"1\"}");
}

TEST_F(BareSqlite, LeavesProfilesThatAreThereAsTheyAre) {
  auto bare = open_bare_sqlite(path()).value();
  ASSERT_TRUE(bare->fill(three_profiles()));
  Filling again = three_profiles();
  again.count = 4;
  again.data.payload = "{}";
  ASSERT_TRUE(bare->fill(again));
  auto backend = open_sqlite(path()).value();
  EXPECT_EQ(backend->list("Sheets", "", 10).value().records.size(), 4U);
  EXPECT_EQ(backend->read({{"Sheets", filled_key(7)}}).value()[0]->payload, "{\"version\":\"1\"}");
}

TEST_F(BareSqlite, StoresRowsInAFileOfItsOwnThatDropRemoves) {
  auto bare = open_bare_sqlite(path()).value();
  ASSERT_TRUE(bare->save({{.key = "a", .payload = "one"}, {.key = "b", .payload = "two"}}));
  ASSERT_TRUE(bare->save({{.key = "a", .payload = "three"}}));
  {
    auto rows = open_sqlite(path() + ".bare").value();
    EXPECT_EQ(rows->read({{"bare", "a"}}).value()[0]->payload, "three");
    EXPECT_EQ(rows->read({{"bare", "b"}}).value()[0]->payload, "two");
  }
  EXPECT_GT(bare->bytes().value(), 0U);
  ASSERT_TRUE(bare->drop());
  EXPECT_FALSE(std::filesystem::exists(path() + ".bare"));
}

}  // namespace
}  // namespace keepsake
