#include "src/session/budget.h"

#include <gtest/gtest.h>

#include <set>

#include "src/session/backoff.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime kStart{1000s};

class BudgetTest : public testing::Test {
 protected:
  /// Batches of saves that are sent in a second, if there is always one more.
  int saves_in_a_second(bool loads_wait) {
    int sent = 0;
    for (const MonotonicTime end = now_ + 1s; now_ < end; now_ += 1ms) {
      if (now_ < budget_.next_save(loads_wait)) continue;
      budget_.save_sent(now_);
      ++sent;
    }
    return sent;
  }
  Budget budget_;
  MonotonicTime now_ = kStart;
};

TEST_F(BudgetTest, OneCallOfLoadsIsUnderWayAtATime) {
  EXPECT_TRUE(budget_.takes_loads());
  budget_.loads_sent();
  EXPECT_FALSE(budget_.takes_loads());
  budget_.loads_answered();
  EXPECT_TRUE(budget_.takes_loads());
}

TEST_F(BudgetTest, SavesAreNotHeldUpWhereNoLoadWaits) { EXPECT_EQ(saves_in_a_second(false), 1000); }

TEST_F(BudgetTest, WhileLoadsWaitSavesGoOnSlowly) {
  EXPECT_EQ(saves_in_a_second(true), 11) << "two at once, then ten a second";
  EXPECT_EQ(saves_in_a_second(true), 10);
  now_ += 1h;
  EXPECT_EQ(saves_in_a_second(true), 11) << "no more is saved up";
}

TEST_F(BudgetTest, WhatWasSentBeforeTheStormIsNoDebt) {
  (void)saves_in_a_second(false);
  EXPECT_LE(budget_.next_save(true), now_ + Budget::kSaveEvery);
  EXPECT_GE(saves_in_a_second(true), 9);
}

TEST(Backoff, DoublesUpToItsLastAndIsSpreadOverTheHalfOfIt) {
  constexpr Backoff backoff{.first = 100ms, .last = 700ms};
  const Duration wholes[] = {100ms, 200ms, 400ms, 700ms, 700ms};
  for (int failures = 1; failures <= 5; ++failures) {
    std::set<Duration> waits;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const Duration wait = backoff.after(failures, i * 0x9E3779B97F4A7C15U);
      EXPECT_GE(wait, wholes[failures - 1] / 2);
      EXPECT_LT(wait, wholes[failures - 1]);
      waits.insert(wait);
    }
    EXPECT_GT(waits.size(), 90U);
  }
}

TEST(Backoff, TheLastIsNeverExceeded) {
  EXPECT_EQ((Backoff{.first = 2s, .last = 1s}.after(1, 0)), 500ms);
}

}  // namespace
}  // namespace keepsake
