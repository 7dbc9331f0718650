#include "backends/postgres/bare_postgres.h"

#include <gtest/gtest.h>

#include "backends/postgres/postgres_test_cluster.h"

namespace keepsake {
namespace {

TEST(BarePostgres, FillsTheBackendsTablesAndKeepsItsOwnRowsApart) {
  const std::string url = cluster_url();
  const std::string store = fresh_schema();  // a name of this test's own
  auto bare = postgres::open_bare_postgres(url).value();
  ASSERT_TRUE(bare->fill({.store = store,
                          .first = 7,
                          .count = 3,
                          .data = {.schema = {.version = "1", .ordinal = 1, .last_compatible = 1},
                                   .payload = "{\"version\":\"1\"}"}}));
  auto backend = open_postgres(url).value();
  const auto page = backend->list(store, "", 10).value();
  ASSERT_EQ(page.records.size(), 3U);
  EXPECT_EQ(page.records[0].key.key, filled_key(7));
  EXPECT_FALSE(page.records[0].envelope.owner);
  EXPECT_EQ(backend->read({{store, filled_key(9)}}).value()[0]->payload, "{\"version\":\"1\"}");

  ASSERT_TRUE(bare->save({{.key = "a", .payload = "one"}, {.key = "b", .payload = "two"}}));
  ASSERT_TRUE(bare->save({{.key = "a", .payload = "three"}}));
  EXPECT_TRUE(backend->list("bare", "", 10).value().records.empty());
  auto rows = open_postgres(url, {.schema = "keepsake_bare"}).value();
  EXPECT_EQ(rows->read({{"bare", "a"}}).value()[0]->payload, "three");
  rows.reset();
  EXPECT_GT(bare->bytes().value(), 0U);
  ASSERT_TRUE(bare->drop());
  auto gone = open_postgres(url, {.schema = "keepsake_bare", .create = false});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace keepsake
