#include "src/cli/datum_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "src/cli/datum_paths.h"

namespace keepsake::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(DatumCases, PassesEveryRecordedCase) {
  const Result<CaseReport> report = run_cases(contents("src/datum/testdata/decode_cases.json"));
  ASSERT_TRUE(report.has_value()) << report.error().text();
  EXPECT_THAT(report->lines, IsEmpty());
  EXPECT_EQ(report->failed, 0U);
  EXPECT_GE(report->passed, 150U);
}

TEST(DatumCases, ReportsAWrongOutputAWrongPathAndAKindThatItDoesNotKnow) {
  const Result<CaseReport> report = run_cases(R"([
    {"id":"good","op":"decode","schema":{"kind":"number"},"input":1,"ok":true,"output":1.0},
    {"id":"output","op":"decode","schema":{"kind":"number"},"input":1,"ok":true,"output":2},
    {"id":"verdict","op":"encode","schema":{"kind":"number"},"input":"1","ok":true,"output":1},
    {"id":"path","op":"decode","schema":{"kind":"array","elem":{"kind":"nil"}},"input":[1],
     "ok":false,"path":""},
    {"id":"kind","op":"decode","schema":{"kind":"vector3"},"input":1,"ok":true,"output":1},
    {"op":"guess","schema":{"kind":"nil"},"input":1,"ok":true,"output":1}])");
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->passed, 1U);
  EXPECT_EQ(report->failed, 5U);
  EXPECT_THAT(
      report->lines,
      ElementsAre("output: expected output 2, found output 1",
                  "verdict: expected output 1, found a fault at \"\" (expected number, found "
                  "string)",
                  "path: expected a fault at \"\", found a fault at \"/0\" (expected null, found "
                  "integer)",
                  "kind: unsupported: the kind \"vector3\"",
                  "(no id): unsupported: the operation"));
}

TEST(DatumCases, RefusesAFileThatIsNoArray) {
  EXPECT_EQ(run_cases("{}").error().text(), "invalid_data: expected array of cases, found object");
  EXPECT_EQ(run_paths("3").error().text(), "invalid_data: expected array of cases, found integer");
  EXPECT_EQ(run_cases("[").error().code(), ErrorCode::malformed);
}

TEST(DatumPaths, PassesEveryRecordedPath) {
  const Result<CaseReport> report = run_paths(contents("src/datum/testdata/migration_paths.json"));
  ASSERT_TRUE(report.has_value()) << report.error().text();
  EXPECT_THAT(report->lines, IsEmpty());
  EXPECT_GE(report->passed, 45U);
}

TEST(DatumPaths, ReportsAWrongPathAndAWrongFailure) {
  const Result<CaseReport> report = run_paths(R"([
    {"id":"longer","edges":[["1","2"],["2","3"],["1","3"]],"from":"1","to":"3",
     "path":["1","2","3"]},
    {"id":"text","edges":[["1","2"]],"from":"1","to":"2","fail":{"1->2":"a"},
     "error":"E:Migration: step 1 -> 2 failed: b"},
    {"id":"kind","edges":[["1","2"]],"from":"2","to":"1","error":"E:Migration: cycle detected"},
    {"id":"edges","edges":[["1"]],"from":"1","to":"2","path":[]}])");
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->passed, 0U);
  EXPECT_THAT(
      report->lines,
      ElementsAre("longer: expected [1, 2, 3], found [1, 3]",
                  "text: expected E:Migration: step 1 -> 2 failed: b, found step 1 -> 2 "
                  "failed: a",
                  "kind: expected E:Migration: cycle detected, found no chain of steps leads "
                  "from 2 to 1",
                  "edges: unsupported: edges that are no pairs of texts"));
}

TEST(DatumCaseFiles, TakeTheBeginningOfAnErrorsText) {
  const auto judged = [](const std::string& beginning) {
    const auto report = run_paths(R"([{"id":"x","edges":[["1","2"]],"from":"2","to":"10",)"
                                  R"("error_prefix":"E:Migration: )" +
                                  beginning + "\"}]");
    return report && report->passed == 1;
  };
  for (const char* right : {"no path", "no path from 2", "no path from 2 to 1"}) {
    EXPECT_TRUE(judged(right)) << right;
  }
  for (const char* wrong : {"no path from 3", "no path from 2 to 9", "duplicate edge", "step 2"}) {
    EXPECT_FALSE(judged(wrong)) << wrong;
  }
}

TEST(DatumCaseFiles, HoldCasesToTheirTextsVersionsAndVerdicts) {
  const auto paths = run_paths(
      R"([{"id":"to","edges":[["1","2"]],"from":"1","to":"42","error":"no path from 1 to 4"},)"
      R"({"id":"text","edges":[["1","2"]],"from":"1","to":"2","fail":{"1->2":"boom"},)"
      R"("error":"E:Migration: step 1 -> 2 failed: oom"},)"
      R"({"id":"good","edges":[["1","2"]],"from":"1","to":"2","fail":{"1->2":"boom"},)"
      R"("error":"E:Migration: step 1 -> 2 failed: boom"}])");
  EXPECT_EQ(paths->passed, 1U);
  EXPECT_EQ(paths->failed, 2U);
  const auto cases = run_cases(
      R"([{"id":"a","op":"decode","schema":{"kind":"string"},"input":7,"ok":"yes","path":""},)"
      R"({"id":"b","op":"decode","schema":{"kind":"string"},"input":7,"ok":false},)"
      R"({"id":"c","op":"decode","schema":{"kind":"string"},"input":7,"ok":false,"path":""}])");
  EXPECT_EQ(cases->passed, 1U);
  EXPECT_EQ(cases->failed, 2U);
}

}  // namespace
}  // namespace keepsake::cli
