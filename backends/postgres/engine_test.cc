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

TEST_F(PostgresEngine, AStoredSaveTakesTheRenewalsBeforeItAlong) {
  engine_->begin_renewals();
  const std::uint64_t first = engine_->first_renewal();
  engine_->note_renewal(first, 4);
  const std::uint64_t before = engine_->last_renewal();
  engine_->note_renewal(first, 5);
  EXPECT_EQ(engine_->renewed_for_good(5), 0U);
  engine_->note_stored(before);
  EXPECT_EQ(engine_->renewed_for_good(5), 4U);
  EXPECT_EQ(engine_->renewed_for_good(3), 3U);
  EXPECT_EQ(engine_->renewed_for_good(9), 9U) << "it isn't one of ours";
}

TEST_F(PostgresEngine, ASaveOfAnEarlierLeaseTakesNoRenewalOfThisOneAlong) {
  engine_->begin_renewals();
  const std::uint64_t earlier = engine_->first_renewal();
  engine_->note_renewal(earlier, 57);
  const std::uint64_t before = engine_->last_renewal();
  engine_->begin_renewals();
  engine_->note_stored(before);
  engine_->note_renewal(earlier, 58);
  EXPECT_EQ(engine_->renewed_for_good(1), 1U) << "none of ours is known yet";
  engine_->note_renewal(engine_->first_renewal(), 3);
  EXPECT_EQ(engine_->renewed_for_good(3), 0U);
}

}  // namespace
}  // namespace keepsake::postgres
