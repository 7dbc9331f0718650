// Budget: what one store asks of its database at a time, so that a storm of logins leaves room for
// all else. Loads come before auto-saves; hand-overs, asks and renewals come before both, since
// never more than one call of loads is ahead of them; and auto-saves are never held up for long.
//
// A step machine without I/O: it is told what begins and ends, and what time it is.
#pragma once

#include <algorithm>
#include <cstddef>

#include "keepsake/base/clock.h"

namespace keepsake {

class Budget {
 public:
  /// One call of loads is under way at a time; what comes meanwhile goes out with the next one.
  static constexpr std::size_t kLoads = 32;  ///< in one call
  /// While loads wait, batches of saves take tokens of a bucket: one comes each kSaveEvery.
  static constexpr Duration kSaveEvery = std::chrono::milliseconds(100);
  static constexpr int kSaves = 2;  ///< tokens that the bucket holds

  [[nodiscard]] bool takes_loads() const { return !loading_; }
  void loads_sent() { loading_ = true; }
  void loads_answered() { loading_ = false; }

  /// When the next batch of saves may be sent; a time that has passed: now.
  [[nodiscard]] MonotonicTime next_save(bool loads_wait) const {
    return loads_wait ? full_at_ - (kSaves - 1) * kSaveEvery : MonotonicTime{};
  }
  void save_sent(MonotonicTime now) {
    full_at_ = std::min(std::max(full_at_, now), now + (kSaves - 1) * kSaveEvery) + kSaveEvery;
  }

 private:
  bool loading_ = false;
  MonotonicTime full_at_{};  ///< when the bucket will be full
};

}  // namespace keepsake
