// Servers killed by kill -9 at random moments: in joins, play, saves, hand-overs and takeovers. The
// witness's accounting holds in each run. KEEPSAKE_KILLS sets how many runs there are,
// KEEPSAKE_SEED the first one's seed.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "examples/demo/print.h"
#include "examples/demo/stage.h"
#include "examples/demo/torture.h"
#include "tests/programs.h"

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(Kill, TheAccountingHoldsWheneverAServerIsKilled) {
  const std::uint64_t runs = setting("KEEPSAKE_KILLS", 10);
  const std::uint64_t first = setting("KEEPSAKE_SEED", 1);
  std::int64_t recovered = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto report = demo::run_torture({.program = keepsake::tests::program("demo"),
                                           .exported = demo::find_players(demo::own_path()),
                                           .players = 40,
                                           .seed = seed});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->accounting.holds()) << report->what << "\n"
                                            << demo::lines_of(report->accounting);
    EXPECT_GT(report->accounting.witnessed, 0U) << report->what;
    for (const std::string& wrong : report->wrong) ADD_FAILURE() << report->what << ": " << wrong;
    recovered += report->recovered_edits;
  }
  EXPECT_GT(recovered, 0);
}

}  // namespace
