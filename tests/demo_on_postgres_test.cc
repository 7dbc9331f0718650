// The demo on a PostgreSQL server, in short: servers are killed there as well, and the accounts
// hold.
#include <gtest/gtest.h>

#include <string>

#include "backends/postgres/postgres_test_game.h"
#include "keepsake/datum/json.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace keepsake {
namespace {

constexpr std::chrono::seconds kWithin{150};

TEST(DemoOnPostgres, NothingIsLostDoubledOrHalved) {
  const std::string cluster = cluster_url();
  const std::string name = "demo_" + fresh_schema();
  run_sql(cluster, "CREATE DATABASE " + name);
  const std::string db = cluster.substr(0, cluster.rfind('/') + 1) + name;
  const tests::Ended ended = tests::run_program({tests::program("demo"), "--db", db, "--seconds",
                                                 "8", "--players", "40", "--no-freeze", "--json"},
                                                kWithin);
  EXPECT_EQ(ended.status, 0) << ended.err << ended.out;
  const auto figures = parse_json(ended.out);
  ASSERT_TRUE(figures) << ended.out << ended.err;
  const Value* accounting = figures->find("accounting");
  ASSERT_NE(accounting, nullptr);
  EXPECT_TRUE(accounting->find("findings")->items().empty()) << ended.out;
  EXPECT_NE(run_sql(db, "SELECT count(*) FROM keepsake.profiles WHERE has_data = 1"), "0");
  EXPECT_EQ(run_sql(db, "SELECT count(*) FROM keepsake.leases WHERE state <> 3"), "0");
  run_sql(cluster, "DROP DATABASE " + name + " WITH (FORCE)");
}

}  // namespace
}  // namespace keepsake
