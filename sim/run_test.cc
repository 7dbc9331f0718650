#include "sim/run.h"

#include <gtest/gtest.h>

#include "src/plant/plants.h"

namespace sim {
namespace {

constexpr std::size_t kSteps = 60;

class Run : public testing::Test {
 protected:
  ~Run() override { static_cast<void>(keepsake::choose_plant("")); }
  /// The first seed from 1 to `most` that breaks a promise; 0: none does.
  static std::uint64_t first_broken(std::uint64_t most) {
    for (std::uint64_t seed = 1; seed <= most; ++seed) {
      if (run(make_scenario(seed, kSteps)).violation) return seed;
    }
    return 0;
  }
};

TEST_F(Run, KeepsEveryPromiseInTheFirstSeeds) { EXPECT_EQ(first_broken(150), 0U); }

TEST_F(Run, OfASeedIsTheSameEachTime) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Scenario scenario = make_scenario(seed, kSteps);
    const Outcome first = run(scenario);
    EXPECT_EQ(first.trace_hash, run(scenario, true).trace_hash) << "seed " << seed;
    EXPECT_NE(first.trace_hash, run(make_scenario(seed + 1, kSteps)).trace_hash);
  }
}

TEST_F(Run, GivesItsTraceWhereThatIsAskedFor) {
  const Scenario scenario = make_scenario(1, kSteps);
  EXPECT_TRUE(run(scenario).trace.empty());
  EXPECT_GT(run(scenario, true).trace.size(), kSteps);
}

TEST_F(Run, OfAFailingSeedIsShrunkToAFewActionsThatBreakTheSamePromise) {
  ASSERT_TRUE(keepsake::choose_plant("edit-while-ending"));
  const std::uint64_t seed = first_broken(200);
  ASSERT_NE(seed, 0U);
  const Scenario whole = make_scenario(seed, kSteps);
  const Violation violation = *run(whole).violation;
  const Scenario shortest = shrink(whole, violation);
  EXPECT_LT(shortest.actions.size(), whole.actions.size() / 2);
  const Outcome again = run(shortest);
  ASSERT_TRUE(again.violation);
  EXPECT_EQ(again.violation->promise, violation.promise);
}

TEST(Scenario, OfASeedIsTheSameEachTimeAndCanBeRead) {
  EXPECT_EQ(text(make_scenario(7, kSteps)), text(make_scenario(7, kSteps)));
  EXPECT_NE(text(make_scenario(7, kSteps)), text(make_scenario(8, kSteps)));
  EXPECT_NE(text(make_scenario(7, kSteps)).find("seed 7: three servers"), std::string::npos);
}

}  // namespace
}  // namespace sim
