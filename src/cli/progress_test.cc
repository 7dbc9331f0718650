#include "src/cli/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace keepsake::cli {
namespace {

class MovedClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return {}; }
  void move(Duration by) { now_ += by; }

 private:
  MonotonicTime now_{std::chrono::hours(1)};
};

struct Screen {
  explicit Screen(bool terminal)
      : environment{.in = in,
                    .out = out,
                    .err = err,
                    .out_is_terminal = terminal,
                    .err_is_terminal = terminal,
                    .clock = clock} {}
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  MovedClock clock;
  Environment environment;
};

TEST(Progress, IsSilentWhereNobodyWatches) {
  Screen screen(false);
  {
    Progress progress(screen.environment, 1000);
    screen.clock.move(std::chrono::seconds(1));
    progress.show(10, 500);
    progress.report("a report");
  }
  EXPECT_EQ(screen.err.str(), "a report\n");
}

TEST(Progress, ShowsRateShareAndTimeLeft) {
  Screen screen(true);
  Progress progress(screen.environment, 1000);
  screen.clock.move(std::chrono::seconds(2));
  progress.show(100, 250);
  EXPECT_EQ(screen.err.str(), "\r\x1B[K100 lines, 50/s, 25 %, 6 s left");
}

TEST(Progress, ShowsNoShareOfAnInputWithoutAnEnd) {
  Screen screen(true);
  Progress progress(screen.environment, std::nullopt);
  screen.clock.move(std::chrono::seconds(1));
  progress.show(1, 250);
  EXPECT_EQ(screen.err.str(), "\r\x1B[K1 line, 1/s");
}

TEST(Progress, ChangesTenTimesASecondAtMostAndMakesRoomForReports) {
  Screen screen(true);
  Progress progress(screen.environment, std::nullopt);
  screen.clock.move(std::chrono::milliseconds(500));
  progress.show(1, 1);
  screen.clock.move(std::chrono::milliseconds(99));
  progress.show(2, 2);
  progress.report("x\x1B");
  EXPECT_EQ(screen.err.str(), "\r\x1B[K1 line, 2/s\r\x1B[Kx\\x1B\n");
}

}  // namespace
}  // namespace keepsake::cli
