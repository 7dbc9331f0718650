// The load tool as an operator runs it, in short: on SQLite and on PostgreSQL, with its figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "backends/postgres/postgres_test_cluster.h"
#include "keepsake/datum/json.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace {

using keepsake::Value;
using keepsake::tests::Ended;
using keepsake::tests::program;
using keepsake::tests::run_program;
using testing::HasSubstr;

constexpr std::chrono::seconds kWithin{150};

class Bench : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "keepsake-bench-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Ended bench(const std::string& db, const std::vector<std::string>& more) {
    std::vector<std::string> command = {program("keepsake"), "bench", "--db", db, "--seconds", "1"};
    command.insert(command.end(), more.begin(), more.end());
    return run_program(command, kWithin);
  }
  /// The one object on stdout.
  static Value figures(const Ended& ended) {
    EXPECT_EQ(ended.status, 0) << ended.err;
    auto parsed = keepsake::parse_json(ended.out);
    EXPECT_TRUE(parsed) << ended.out;
    return parsed ? *parsed : Value::object();
  }
  static double number(const Value& figures, const std::string& name,
                       const std::string& part = "") {
    const Value* found = figures.find(name);
    if (found != nullptr && !part.empty()) found = found->find(part);
    EXPECT_NE(found, nullptr) << name << " " << part;
    return found != nullptr ? found->as_number() : -1;
  }
  static void expect_all_measured(const Value& figures) {
    for (const char* name : {"saves_per_s", "starts_per_s", "bytes_per_profile", "saves_per_batch",
                             "cpu_us_per_save", "payload_bytes"}) {
      EXPECT_GT(number(figures, name), 0) << name;
    }
    for (const char* name : {"handoff_ms", "quiet_handoff_ms", "commit_ms"}) {
      EXPECT_GT(number(figures, name, "p50"), 0) << name;
      EXPECT_GE(number(figures, name, "p99"), number(figures, name, "p50")) << name;
    }
    for (const char* name : {"saves_per_s", "rows_per_s", "commits_per_s"}) {
      EXPECT_GT(number(figures, "baseline", name), 0) << name;
    }
    for (const char* name : {"saves", "saves_to_rows", "starts", "handoff_to_commit"}) {
      EXPECT_GT(number(figures, "ratio", name), 0) << name;
    }
  }

  std::string folder_;
};

TEST_F(Bench, MeasuresSqliteBesideTheBareFileAndLeavesNothingOfThat) {
  const std::string file = folder_ + "/x.db";
  const std::string chart = folder_ + "/x.svg";
  const Value measured =
      figures(bench("sqlite:" + file, {"--players", "40", "--servers", "2", "--profiles", "100",
                                       "--items", "7", "--baseline", "--json", "--chart", chart}));
  expect_all_measured(measured);
  EXPECT_EQ(number(measured, "profiles"), 100);
  EXPECT_FALSE(std::filesystem::exists(file + ".bare"));
  std::ifstream drawn(chart);
  std::ostringstream svg;
  svg << drawn.rdbuf();
  EXPECT_THAT(svg.str(), testing::StartsWith("<svg"));
  EXPECT_THAT(svg.str(), HasSubstr("bare, same batches"));
}

TEST_F(Bench, MeasuresPostgresBesideBareStatements) {
  const std::string cluster = keepsake::cluster_url();
  const std::string name = "bench_" + std::to_string(::getpid());
  const auto run_sql = [&](const std::string& sql) {
    return run_program({"/usr/bin/psql", cluster, "-qc", sql}, std::chrono::seconds(60));
  };
  ASSERT_EQ(run_sql("CREATE DATABASE " + name).status, 0);
  const std::string db = cluster.substr(0, cluster.rfind('/') + 1) + name;
  expect_all_measured(
      figures(bench(db, {"--players", "40", "--servers", "2", "--baseline", "--json"})));
  const Ended kept = run_program(
      {"/usr/bin/psql", db, "-Atc",
       "SELECT string_agg(nspname, ',') FROM pg_namespace WHERE nspname LIKE 'keepsake%'"},
      std::chrono::seconds(60));
  EXPECT_EQ(kept.out, "keepsake\n");
  EXPECT_EQ(run_sql("DROP DATABASE " + name).status, 0);
}

TEST_F(Bench, PrintsTablesForPeopleAndNoRatioWithoutAFloor) {
  const Ended ended = bench("sqlite:" + folder_ + "/x.db", {"--players", "8", "--servers", "1"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("8 players on 1 server, 8 profiles of"));
  EXPECT_THAT(ended.out, HasSubstr("saves, same batches"));
  EXPECT_THAT(ended.out, HasSubstr("commit, at half load"));
  EXPECT_THAT(ended.out, testing::Not(HasSubstr("bare commit")));
}

TEST_F(Bench, RefusesPlayersThatCantBeSharedOut) {
  const Ended ended = bench("sqlite:" + folder_ + "/x.db", {"--players", "5", "--servers", "2"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("--players can't be shared evenly: expected a multiple of "
                                   "--servers, found 5"));
}

TEST_F(Bench, SaysWhichDatabaseCantBeReached) {
  const Ended ended = bench("sqlite:" + folder_ + "/no/x.db", {"--players", "4"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("there is no folder"));
}

}  // namespace
