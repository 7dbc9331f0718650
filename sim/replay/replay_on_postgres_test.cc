// The simulator's scenarios, replayed on PostgreSQL: the same actions, games and checker, with a
// real server and a proxy in the place of the database in memory.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sim/named.h"
#include "sim/replay/replay_test_database.h"
#include "sim/run.h"
#include "src/backend/forwarding.h"
#include "src/plant/plants.h"

namespace sim {
namespace {

constexpr std::size_t kSteps = 60;

class ReplayedScenario : public testing::TestWithParam<Named> {};

TEST_P(ReplayedScenario, ComesOutAsPromisedOnPostgres) {
  ReplayCounts counts;
  const Figure figure = GetParam().run(on_postgres(counts));
  EXPECT_TRUE(figure.kept) << GetParam().what << ": " << figure.text;
  EXPECT_GT(counts.calls, 0U);
}

INSTANTIATE_TEST_SUITE_P(Each, ReplayedScenario,
                         testing::ValuesIn(named_scenarios().begin(), named_scenarios().end()),
                         [](const auto& named) {
                           std::string name(named.param.id);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

/// KEEPSAKE_REPLAY_SEEDS makes a run longer.
std::uint64_t seeds_or(std::uint64_t fewest) {
  const char* const wanted = std::getenv("KEEPSAKE_REPLAY_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : fewest;
}

TEST(Replay, OfRandomScenariosBreaksNoPromise) {
  ReplayCounts counts;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = 1; seed <= seeds_or(12); ++seed) {
    const Scenario scenario = make_scenario(seed, kSteps);
    if (scenario.restore) continue;
    const Outcome outcome = run(scenario, false, on_postgres(counts));
    ++runs;
    ASSERT_FALSE(outcome.violation)
        << "seed " << seed << ": " << outcome.violation->promise << ": " << outcome.violation->what;
  }
  std::cout << runs << " scenarios, " << counts.calls << " calls: " << counts.cut << " cut, "
            << counts.requests_lost << " requests and " << counts.answers_lost << " answers lost, "
            << counts.landed_late << " landed late\n";
  EXPECT_GT(counts.cut, 0U);
  EXPECT_GT(counts.requests_lost, 0U);
  EXPECT_GT(counts.answers_lost, 0U);
  EXPECT_GT(counts.landed_late, 0U);
}

/// Commits as if their fence said what the row says.
class Unfenced final : public keepsake::ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  keepsake::Result<std::vector<keepsake::GroupAnswer>> commit(
      const std::vector<keepsake::Group>& groups) override {
    std::vector<keepsake::Group> unfenced = groups;
    for (keepsake::Group& group : unfenced) {
      for (keepsake::MemberCommit& member : group.members) {
        auto rows = inner_.read({member.key});
        if (!rows || !rows->front() || !rows->front()->envelope.owner) continue;
        const keepsake::Envelope& row = rows->front()->envelope;
        member.fence.session = row.session;
        member.fence.epoch = row.epoch;
        member.fence.revision = row.revision;
        group.self = *row.owner;
      }
    }
    return inner_.commit(unfenced);
  }
};

/// The first seed that breaks a promise, or 0.
std::uint64_t first_broken(const Ground& ground, std::uint64_t most, std::string& promise) {
  for (std::uint64_t seed = 1; seed <= most; ++seed) {
    const Scenario scenario = make_scenario(seed, kSteps);
    if (scenario.restore) continue;
    const Outcome outcome = run(scenario, false, ground);
    if (!outcome.violation) continue;
    promise = outcome.violation->promise + ": " + outcome.violation->what;
    return seed;
  }
  return 0;
}

TEST(Replay, GoesRedWithoutTheFence) {
  ReplayCounts counts;
  std::string promise;
  const std::uint64_t seed = first_broken(
      on_postgres(counts,
                  [](keepsake::Backend& inner) { return std::make_unique<Unfenced>(inner); }),
      30, promise);
  EXPECT_NE(seed, 0U);
  std::cout << "seed " << seed << " breaks " << promise << "\n";
}

TEST(Replay, FindsPlantedBugs) {
  for (const char* const plant : {"release-before-save", "saves-overtake"}) {
    ASSERT_TRUE(keepsake::choose_plant(plant));
    ReplayCounts counts;
    std::string promise;
    const std::uint64_t seed = first_broken(on_postgres(counts), 40, promise);
    ASSERT_TRUE(keepsake::choose_plant(""));
    EXPECT_NE(seed, 0U) << plant;
    std::cout << plant << ": seed " << seed << " breaks " << promise << "\n";
  }
}

}  // namespace
}  // namespace sim
