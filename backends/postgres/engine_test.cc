// What the engine keeps from one transaction to the next.
#include "backends/postgres/engine.h"

#include "backends/postgres/postgres_test_game.h"

namespace keepsake::postgres {
namespace {

class PostgresEngine : public testing::Test {
 protected:
  PostgresEngine() {
    options_.schema = fresh_schema();
    options_.connections = 1;
    engine_ = Engine::open(Address::parse(cluster_url()).value(), options_).value();
  }
  /// PostgreSQL takes no payload as long.
  bool notify_in_vain() { return engine_->notify({"keepsake_test"}, std::string(9'000, 'x')); }

  PostgresOptions options_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PostgresEngine, ANotificationThatFailsIsNoFailureOfTheConnectionsNextUser) {
  const auto look = [](PostgresTables& tables) { return tables.generation(); };
  const auto change = [](PostgresTables& tables) { return tables.set_epoch_floor(7); };
  EXPECT_TRUE(notify_in_vain());
  const auto read = engine_->read(look);
  EXPECT_TRUE(read) << read.error().text();
  EXPECT_TRUE(notify_in_vain());
  const auto written = engine_->write({}, change);
  EXPECT_TRUE(written) << written.error().text();
  EXPECT_EQ(run_sql(cluster_url(), "SELECT epoch_floor FROM " + options_.schema + ".meta"), "7");
  EXPECT_TRUE(notify_in_vain());
  EXPECT_FALSE(engine_->write({}, [](PostgresTables& tables) {
    (void)tables.add_past_user({"S", "k"}, UserId{1});
    return tables.add_past_user({"S", "k"}, UserId{1});
  })) << "its own failure it is told";
}

}  // namespace
}  // namespace keepsake::postgres
