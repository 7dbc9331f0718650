// Every planted bug is found, and where it is found the product without it passes.
#include "src/plant/plants.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "sim/run.h"

namespace sim {
namespace {

constexpr std::size_t kStepsOfPlants = 60;
constexpr std::uint64_t kMostSeeds = 2000;

class Plants : public testing::TestWithParam<std::string_view> {
 protected:
  ~Plants() override { static_cast<void>(keepsake::choose_plant("")); }
};

TEST_P(Plants, AreFoundWithinTwoThousandSeedsWhereTheCleanProductPasses) {
  ASSERT_TRUE(keepsake::choose_plant(GetParam()));
  for (std::uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
    const Scenario scenario = make_scenario(seed, kStepsOfPlants);
    const Outcome planted = run(scenario);
    if (!planted.violation) continue;
    RecordProperty("found_at_seed", static_cast<int>(seed));
    ASSERT_TRUE(keepsake::choose_plant(""));
    const Outcome clean = run(scenario);
    EXPECT_FALSE(clean.violation) << "seed " << seed << ": " << clean.violation->what;
    return;
  }
  FAIL() << "not found in " << kMostSeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Each, Plants, testing::ValuesIn(keepsake::plant_names()),
                         [](const auto& plant) {
                           std::string name(plant.param);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(PlantNames, OfNoPlantAreRefused) {
  EXPECT_FALSE(keepsake::choose_plant("no-such-plant"));
  EXPECT_TRUE(keepsake::choose_plant(""));
}

}  // namespace
}  // namespace sim
