// Histogram: durations in buckets of 1/16 of a power of two, so that a percentile is off by 6 % at
// most; the longest one is kept exactly.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "keepsake/base/clock.h"

namespace keepsake::load_tool {

class Histogram {
 public:
  static constexpr int kBuckets = 60 * 16;

  void add(Duration duration);
  void add(const Histogram& other);
  void clear() { *this = Histogram(); }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// `part`: 0.5 is the median. The upper end of the bucket, never above longest().
  [[nodiscard]] Duration at(double part) const;
  [[nodiscard]] Duration longest() const noexcept { return longest_; }

  /// "bucket:count bucket:count … max:nanoseconds", and back; false for another text.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool add_text(std::string_view text);

  /// One character for each power of two from 1 µs to 1 s, as high as it is often (log scale).
  [[nodiscard]] std::string bars() const;

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  Duration longest_{0};
};

/// "12.3 µs", "4.56 ms": three digits.
[[nodiscard]] std::string show(Duration duration);

}  // namespace keepsake::load_tool
