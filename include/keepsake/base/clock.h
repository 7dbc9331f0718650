// Time is passed in. Two kinds that can't be mixed: monotonic time orders and measures, wall time
// is only ever stored and shown.
#pragma once

#include <chrono>
#include <cstdint>

namespace keepsake {

using Duration = std::chrono::nanoseconds;

struct MonotonicTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicTag, Duration>;
  static constexpr bool is_steady = true;
};
struct WallTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<WallTag, Duration>;
  static constexpr bool is_steady = false;
};

/// Time that never steps back and counts suspension (Linux: CLOCK_BOOTTIME). Its zero means
/// nothing; values of two machines, or of two boots, are never compared.
using MonotonicTime = std::chrono::time_point<MonotonicTag, Duration>;

/// Time since 1970-01-01T00:00:00Z. May step. Nothing that keeps data safe depends on it.
using WallTime = std::chrono::time_point<WallTag, Duration>;

/// Only `main` (through os::SystemClock) and a test make one. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonotonicTime now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

[[nodiscard]] constexpr std::int64_t to_ms(Duration duration) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}
/// Milliseconds since 1970-01-01T00:00:00Z, the form in databases.
[[nodiscard]] constexpr std::int64_t unix_ms(WallTime time) noexcept {
  return to_ms(time.time_since_epoch());
}
[[nodiscard]] constexpr WallTime wall_from_unix_ms(std::int64_t ms) noexcept {
  return WallTime(std::chrono::milliseconds(ms));
}

}  // namespace keepsake
