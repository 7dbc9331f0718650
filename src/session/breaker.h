// Breaker: whether a database that can't be reached is still asked for everything, and whether the
// game should know. A circuit breaker as in Nygard, "Release It!": while it is open, what has to be
// sent in any case (renewals, the saves under way) and now and then one call more are the probes
// that close it again.
//
// A step machine without I/O: it is told how calls end, and what time it is.
#pragma once

#include <array>
#include <cstddef>

#include "keepsake/base/clock.h"

namespace keepsake {

class Breaker {
 public:
  static constexpr int kFailuresInARow = 5;
  static constexpr std::size_t kFailures = 10;  ///< within kWindow
  static constexpr Duration kWindow = std::chrono::seconds(60);
  static constexpr Duration kCalm = std::chrono::seconds(30);

  /// A call has ended. `failed`: the database was not reached, or its answer was lost.
  void ended(bool failed, MonotonicTime now);

  /// The last kFailuresInARow calls have failed.
  [[nodiscard]] bool open() const { return in_a_row_ >= kFailuresInARow; }
  /// Whether a call that can wait is made now: always, or, while it is open, one each `every`.
  [[nodiscard]] bool lets_through(MonotonicTime now, Duration every);

  /// True from when it opens, or kFailures calls have failed within kWindow, until no call has
  /// failed for kCalm.
  [[nodiscard]] bool critical(MonotonicTime now);

 private:
  int in_a_row_ = 0;
  std::array<MonotonicTime, kFailures - 1> failed_at_{};  // a circle of those before the last
  std::size_t next_ = 0;
  MonotonicTime last_failed_{};
  MonotonicTime next_probe_{};
  bool critical_ = false;
};

}  // namespace keepsake
