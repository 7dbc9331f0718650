#include "src/session/breaker.h"

#include <gtest/gtest.h>

namespace keepsake {
namespace {

using namespace std::chrono_literals;

class BreakerTest : public testing::Test {
 protected:
  void fail(int times, Duration every = 1s) {
    for (int i = 0; i < times; ++i) breaker_.ended(true, now_ += every);
  }
  void answer() { breaker_.ended(false, now_ += 1ms); }
  [[nodiscard]] bool critical_after(Duration wait) { return breaker_.critical(now_ + wait); }

  Breaker breaker_;
  MonotonicTime now_{1000s};
};

TEST_F(BreakerTest, OpensAfterFiveFailuresInARowAndClosesWithTheFirstAnswer) {
  fail(4);
  EXPECT_FALSE(breaker_.open());
  EXPECT_FALSE(critical_after(0s));
  fail(1);
  EXPECT_TRUE(breaker_.open());
  EXPECT_TRUE(critical_after(0s));
  answer();
  EXPECT_FALSE(breaker_.open());
}

TEST_F(BreakerTest, LetsOneCallThroughNowAndThenWhileItIsOpen) {
  EXPECT_TRUE(breaker_.lets_through(now_, 1s));
  EXPECT_TRUE(breaker_.lets_through(now_, 1s));
  fail(5);
  EXPECT_TRUE(breaker_.lets_through(now_, 1s));
  EXPECT_FALSE(breaker_.lets_through(now_ + 999ms, 1s));
  EXPECT_TRUE(breaker_.lets_through(now_ + 1s, 1s));
  EXPECT_FALSE(breaker_.lets_through(now_ + 1500ms, 1s));
  answer();
  EXPECT_TRUE(breaker_.lets_through(now_, 1s));
}

TEST_F(BreakerTest, AnAnswerInBetweenCountsAnew) {
  for (int i = 0; i < 3; ++i) {
    fail(3, 30s);
    answer();
  }
  EXPECT_FALSE(breaker_.open());
  EXPECT_FALSE(critical_after(0s));
}

TEST_F(BreakerTest, StaysCriticalUntilNothingHasFailedForHalfAMinute) {
  fail(5);
  answer();
  EXPECT_TRUE(critical_after(29s));
  fail(1);
  EXPECT_TRUE(critical_after(29s));
  EXPECT_FALSE(critical_after(30s));
  EXPECT_FALSE(critical_after(0s)) << "it is over, and begins anew with new failures";
}

TEST_F(BreakerTest, IsCriticalForAsLongAsItIsOpen) {
  fail(5);
  EXPECT_TRUE(critical_after(1h));
}

TEST_F(BreakerTest, TenFailuresWithinAMinuteAreCriticalAlsoWithAnswersBetweenThem) {
  for (int i = 0; i < 9; ++i) {
    fail(1, 6s);
    answer();
    EXPECT_FALSE(critical_after(0s)) << i;
  }
  fail(1, 5s);
  EXPECT_TRUE(critical_after(0s));
  EXPECT_FALSE(breaker_.open());
}

TEST_F(BreakerTest, TenFailuresOverALongerTimeAreNot) {
  for (int i = 0; i < 30; ++i) {
    fail(1, 7s);
    answer();
    EXPECT_FALSE(critical_after(0s)) << i;
  }
}

}  // namespace
}  // namespace keepsake
