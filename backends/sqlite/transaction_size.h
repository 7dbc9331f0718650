// How many groups one transaction takes on.
#pragma once

#include <chrono>
#include <cstddef>

namespace keepsake {

/// A transaction takes on groups until it has worked for 5 ms or stored 512 KiB, so that it ends
/// within the 10 ms of rule 34; writing and syncing the log takes the other half.
class TransactionSize {
 public:
  /// Told of each group's bytes in turn; the first one is always taken.
  [[nodiscard]] bool takes_no_more(std::size_t bytes) {
    bytes_ += bytes;
    return bytes_ > kMostBytes || std::chrono::steady_clock::now() >= until_;
  }

 private:
  static constexpr std::chrono::milliseconds kTime{5};
  static constexpr std::size_t kMostBytes = 512UL << 10;

  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + kTime;
  std::size_t bytes_ = 0;
};

}  // namespace keepsake
