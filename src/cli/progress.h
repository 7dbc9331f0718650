// The one line that tells a person how far a long command is. Silent where nobody watches.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/cli/environment.h"

namespace keepsake::cli {

class Progress {
 public:
  /// `total_bytes`: of the input, where it is known. `unit`: what is counted; it outlives this.
  Progress(Environment& environment, std::optional<std::uint64_t> total_bytes,
           std::string_view unit = "line");
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows how many are done, how many a second and the time left, at most ten times a second.
  void show(std::uint64_t done, std::uint64_t bytes);
  /// Shows that text in place of how many are done.
  void show(std::string_view text);
  /// A line of report; the progress line makes room for it.
  void report(std::string_view line);
  void clear();

 private:
  [[nodiscard]] bool due();
  void write(std::string_view text);

  Environment& environment_;
  std::optional<std::uint64_t> total_bytes_;
  std::string_view unit_;
  MonotonicTime started_;
  MonotonicTime shown_{};
  bool visible_ = false;
};

}  // namespace keepsake::cli
