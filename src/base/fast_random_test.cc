#include "src/base/fast_random.h"

#include <gtest/gtest.h>

#include <set>

namespace keepsake {
namespace {

class Counting final : public Random {
 public:
  std::uint64_t next() override { return ++drawn; }
  std::uint64_t drawn = 0;
};

// The first numbers of the authors' own program, for the state 1, 2, 3, 4.
TEST(FastRandom, GivesTheNumbersOfItsAuthorsProgram) {
  Counting seed;
  FastRandom random(seed);
  EXPECT_EQ(random.next(), 11520U);
  EXPECT_EQ(random.next(), 0U);
  EXPECT_EQ(random.next(), 1509978240U);
  EXPECT_EQ(random.next(), 1215971899390074240U);
}

TEST(FastRandom, TakesItsSeedOnceAndRepeatsNoIds) {
  Counting seed;
  FastRandom random(seed);
  std::set<Id128> ids;
  for (int i = 0; i < 100'000; ++i) ids.insert(Id128::random(random));
  EXPECT_EQ(ids.size(), 100'000U);
  EXPECT_EQ(seed.drawn, 4U);
}

}  // namespace
}  // namespace keepsake
