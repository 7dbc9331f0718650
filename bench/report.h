// What the benchmarks print: durations and ratios beside the marks that they are held to.
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
  [[nodiscard]] Figure p99_at_most(keepsake::Duration most) &&;
  [[nodiscard]] Figure p999_at_most(keepsake::Duration most) &&;
  [[nodiscard]] Figure longest_at_most(keepsake::Duration most) &&;
  [[nodiscard]] keepsake::Duration at(double part) const;
  [[nodiscard]] bool good() const { return !mark || at(marked_part) <= *mark; }
};

/// A number beside its mark, such as a ratio.
struct Ratio {
  std::string name;
  double value = 0;
  std::optional<double> at_least = {};
  std::optional<double> at_most = {};
  [[nodiscard]] bool good() const {
    return (!at_least || value >= *at_least) && (!at_most || value <= *at_most);
  }
};

/// How long one thing takes, of many rounds that each timed it often.
struct Timing {
  std::string name;
  double median_ns = 0;
  double least_ns = 0;
  double most_ns = 0;
  std::optional<double> at_most_ns = {};
  [[nodiscard]] bool good() const { return !at_most_ns || median_ns <= *at_most_ns; }

  [[nodiscard]] static Timing of(std::string name, std::vector<double> rounds_ns);
};

class Report {
 public:
  explicit Report(std::string title) : title_(std::move(title)) {}
  void add(Figure figure) { figures_.push_back(std::move(figure)); }
  void add(Ratio ratio) { ratios_.push_back(std::move(ratio)); }
  void add(Timing timing) { timings_.push_back(std::move(timing)); }
  /// The exit status: 1 if a mark was missed.
  int print(bool json) const;

 private:
  [[nodiscard]] std::string lines() const;
  [[nodiscard]] std::string object() const;

  std::string title_;
  std::vector<Figure> figures_;
  std::vector<Timing> timings_;
  std::vector<Ratio> ratios_;
};

}  // namespace bench
