#include "src/cli/bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "keepsake/datum/json.h"

namespace keepsake::cli {
namespace {

using load_tool::Measured;
using load_tool::Workload;
using testing::HasSubstr;
using testing::Not;

Workload workload() {
  return {.db = "postgres://secret@host/x", .profiles = 12'000, .players = 400, .servers = 4};
}

load_tool::Histogram times(std::initializer_list<int> milliseconds) {
  load_tool::Histogram histogram;
  for (const int time : milliseconds) histogram.add(std::chrono::milliseconds(time));
  return histogram;
}

Measured measured() {
  Measured measured{.payload_bytes = 1089, .bytes = 24'000'000};
  measured.saves_per_s.rounds = {12'345, 10'000, 11'000};
  measured.starts_per_s.rounds = {500};
  measured.commit_times = times({1, 2, 3});
  measured.handoff_times = times({4});
  measured.baseline.emplace();
  measured.baseline->saves_per_s.rounds = {24'690, 10'000, 10'000};
  measured.baseline->rows_per_s.rounds = {1'000, 1'000, 1'000};
  measured.baseline->commits_per_s.rounds = {2'000};
  return measured;
}

TEST(BenchReport, PrintsMediansWithTheirRoundsAndTheRatioOfEachRound) {
  std::ostringstream out;
  print_bench(out, workload(), measured());
  EXPECT_THAT(out.str(), HasSubstr("400 players on 4 servers, 12,000 profiles of 1,089 bytes"));
  EXPECT_THAT(out.str(), HasSubstr("11,000 (10,000 to 12,345)"));
  EXPECT_THAT(out.str(), HasSubstr("1.00"));  // the median of 0.5, 1.0 and 1.1, not 11,000 / 10,000
  EXPECT_THAT(out.str(), HasSubstr("2,000 bytes a profile"));
}

TEST(BenchReport, GivesProgramsTheNamesThatTheyLookFor) {
  const Value json = bench_json(workload(), measured());
  for (const char* name : {"saves_per_s", "starts_per_s", "bytes_per_profile"}) {
    ASSERT_NE(json.find(name), nullptr) << name;
  }
  EXPECT_NE(json.find("handoff_ms")->find("p50"), nullptr);
  EXPECT_NE(json.find("handoff_ms")->find("p99"), nullptr);
  EXPECT_NE(json.find("commit_ms")->find("p999"), nullptr);
  EXPECT_EQ(json.find("baseline")->find("saves_per_s")->as_number(), 10'000);
  EXPECT_EQ(json.find("ratio")->find("saves")->as_number(), 1.0);
  EXPECT_EQ(json.find("ratio")->find("saves_to_rows")->as_number(), 11.0);
}

TEST(BenchReport, HasNoRatioWithoutAFloor) {
  Measured alone = measured();
  alone.baseline.reset();
  EXPECT_TRUE(bench_json(workload(), alone).find("ratio")->is_null());
  EXPECT_THAT(bench_chart(workload(), alone), Not(HasSubstr("bare")));
}

TEST(BenchReport, DrawsBarsAsLongAsTheirFigures) {
  const std::string svg = bench_chart(workload(), measured());
  EXPECT_THAT(svg, HasSubstr("width=\"400\" height=\"18\" fill=\"#2f6fb0\""));  // the longest
  EXPECT_THAT(svg, HasSubstr("width=\"36\" height=\"18\" fill=\"#b8bec8\""));   // 1,000 of 11,000
  EXPECT_THAT(svg, HasSubstr("11,000</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("secret")));
}

TEST(BenchReport, SetsCommasBetweenThousands) {
  EXPECT_EQ(figure(std::uint64_t{1'234'567}), "1,234,567");
  EXPECT_EQ(figure(123.4), "123");
  EXPECT_EQ(figure(12.34), "12.3");
  EXPECT_EQ(figure(0.5), "0.50");
  EXPECT_EQ(figure(std::uint64_t{8}), "8");
}

}  // namespace
}  // namespace keepsake::cli
