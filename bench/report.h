// What the plain benchmarks print: durations as percentiles beside the mark that they are held to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepsake/base/clock.h"

namespace bench {

[[noreturn]] void fail(const std::string& why);

/// Durations of one thing, in order.
struct Figure {
  std::string name;
  std::vector<keepsake::Duration> sorted;
  double marked_part = 1;  ///< which percentile the mark is for
  std::optional<keepsake::Duration> mark;

  [[nodiscard]] static Figure of(std::string name, std::vector<keepsake::Duration> times);
  [[nodiscard]] Figure median_at_most(keepsake::Duration most) &&;
  [[nodiscard]] Figure p999_at_most(keepsake::Duration most) &&;
  [[nodiscard]] Figure longest_at_most(keepsake::Duration most) &&;
  [[nodiscard]] keepsake::Duration at(double part) const;
  [[nodiscard]] bool good() const { return !mark || at(marked_part) <= *mark; }
};

/// A number beside its mark, such as a ratio.
struct Ratio {
  std::string name;
  double value = 0;
  std::optional<double> at_least;
  [[nodiscard]] bool good() const { return !at_least || value >= *at_least; }
};

class Report {
 public:
  explicit Report(std::string title) : title_(std::move(title)) {}
  void add(Figure figure) { figures_.push_back(std::move(figure)); }
  void add(Ratio ratio) { ratios_.push_back(std::move(ratio)); }
  /// The exit status: 1 if a mark was missed.
  int print(bool json) const;

 private:
  [[nodiscard]] std::string lines() const;
  [[nodiscard]] std::string object() const;

  std::string title_;
  std::vector<Figure> figures_;
  std::vector<Ratio> ratios_;
};

}  // namespace bench
