// The demo on a PostgreSQL server, in short: its servers are killed as ever, and so is the
// database, and the accounts hold.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_server.h"
#include "keepsake/datum/json.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace keepsake {
namespace {

constexpr std::chrono::seconds kWithin{150};

tests::Ended demo(const std::string& db, const std::string& seconds) {
  return tests::run_program({tests::program("demo"), "--db", db, "--players", "40", "--no-freeze",
                             "--json", "--seconds", seconds},
                            kWithin);
}

void expect_accounts_hold(const tests::Ended& ended) {
  EXPECT_EQ(ended.status, 0) << ended.err << ended.out;
  const auto figures = parse_json(ended.out);
  ASSERT_TRUE(figures) << ended.out << ended.err;
  const Value* accounting = figures->find("accounting");
  ASSERT_NE(accounting, nullptr);
  EXPECT_TRUE(accounting->find("findings")->items().empty()) << ended.out;
}

TEST(DemoOnPostgres, NothingIsLostDoubledOrHalved) {
  const std::string cluster = cluster_url();
  const std::string name = "demo_" + fresh_schema();
  run_sql(cluster, "CREATE DATABASE " + name);
  const std::string db = cluster.substr(0, cluster.rfind('/') + 1) + name;
  expect_accounts_hold(demo(db, "8"));
  EXPECT_NE(run_sql(db, "SELECT count(*) FROM keepsake.profiles WHERE has_data = 1"), "0");
  EXPECT_EQ(run_sql(db, "SELECT count(*) FROM keepsake.leases WHERE state <> 3"), "0");
  run_sql(cluster, "DROP DATABASE " + name + " WITH (FORCE)");
}

/// Until play has been saved: rows that were written to again.
void wait_for_play(const std::string& db) {
  for (int i = 0; i < 3'000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (run_sql(db, "SELECT to_regclass('keepsake.profiles') IS NOT NULL") != "t") continue;
    const std::string saved =
        run_sql(db, "SELECT count(*) > 20 FROM keepsake.profiles WHERE revision > 1");
    if (saved == "t") return;
  }
  ADD_FAILURE() << "nothing was played";
}

TEST(DemoOnPostgres, NothingIsLostWhenTheDatabaseIsKilledInMidPlay) {
  // A process dies here, no machine: what it has written stays written, synced or not.
  PostgresTestServer server("demo", "fsync=off");
  ASSERT_TRUE(server.works());
  auto ended = std::async(std::launch::async, [db = server.url()] { return demo(db, "12"); });
  wait_for_play(server.url());
  for (int i = 0; i < 2; ++i) {
    server.crash();
    server.resume();
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
  }
  expect_accounts_hold(ended.get());
}

}  // namespace
}  // namespace keepsake
