// Every error of the closed list can happen, and a test makes it happen. Who adds one adds a way to
// it in error_scenarios_*.cc; one that nothing can give is none.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/error_scenarios.h"

namespace keepsake::test {
namespace {

std::vector<ErrorScenario> all_errors() {
  std::vector<ErrorScenario> all = data_errors();
  for (const auto& more : {call_errors(), session_errors(), storage_errors()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

TEST(ErrorList, EachErrorHasOneWayToIt) {
  std::map<ErrorCode, int> ways;
  for (const ErrorScenario& scenario : all_errors()) ++ways[scenario.code];
  for (int i = 0; i < kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(ways[code], 1) << name(code);
  }
}

class ErrorListTest : public testing::TestWithParam<ErrorScenario> {};

TEST_P(ErrorListTest, ComesOfItsScenarioAndSaysWhy) {
  const std::optional<Error> reached = GetParam().provoke();
  ASSERT_TRUE(reached) << "no error came of it";
  EXPECT_EQ(reached->code(), GetParam().code) << reached->text();
  EXPECT_FALSE(reached->message().empty()) << reached->text();
  EXPECT_TRUE(reached->text().starts_with(name(GetParam().code))) << reached->text();
}

INSTANTIATE_TEST_SUITE_P(All, ErrorListTest, testing::ValuesIn(all_errors()),
                         [](const testing::TestParamInfo<ErrorScenario>& scenario) {
                           return std::string(name(scenario.param.code));
                         });

}  // namespace
}  // namespace keepsake::test
