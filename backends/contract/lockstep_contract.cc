// The backend and the reference model answer alike, whatever comes.
#include "backends/contract/lockstep.h"
#include "keepsake/backend/memory.h"

namespace keepsake {
namespace {

constexpr int kSeeds = 12;
constexpr int kOperations = 600;

TEST_P(BackendContract, AnswersAsTheReferenceModelDoes) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ContractClock clock;
    ContractRandom random(seed);
    const auto database = GetParam().make(clock, random);
    const auto tested = database->connect();
    const auto reference = make_memory_backend(clock, random);
    Lockstep run(*tested, *reference, clock, seed);
    for (int i = 0; i < kOperations; ++i) ASSERT_EQ(run.step(), "");
    for (const auto& [answer, times] : run.seen()) seen[answer] += times;
  }
  // A run that doesn't come to these shows little.
  for (const char* answer : {"acquire acquired ", "acquire held", "acquire too new ",
                             "commit [applied ", "commit [fence of ", "commit [applied before ",
                             "commit [refused ", "create created", "create exists row"}) {
    EXPECT_GT(seen[answer], 5) << answer;
  }
}

}  // namespace
}  // namespace keepsake
