// What a server of the demo watches of its own store: when profiles were acquired, when the game's
// thread was woken for them, and which commits the database refused. Changes nothing, but that it
// can hold back renewals (see hold_renewals).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "examples/demo/forwarding.h"

namespace demo {

class Watch {
 public:
  explicit Watch(const keepsake::Clock& clock) : clock_(clock) {}

  /// When the game's thread was first woken after `key` was acquired, or when it was acquired if it
  /// wasn't yet; zero if neither is known. Forgets it.
  [[nodiscard]] keepsake::MonotonicTime take_acquired(const std::string& key);
  [[nodiscard]] std::int64_t fence_refusals() const { return fence_refusals_; }

  /// Renewals wait until then: the schedule in which a thawed server's commits arrive at the
  /// database before it can learn that its lease was closed, so that only the fence stops them.
  void hold_renewals(keepsake::MonotonicTime until) { hold_ns_ = until.time_since_epoch().count(); }

  // For the decorators; any thread.
  void acquired(const std::string& key);
  void woken();
  void refused_by_fence() { ++fence_refusals_; }
  void wait_for_renewals() const;

 private:
  struct Acquired {
    keepsake::MonotonicTime at{};
    keepsake::MonotonicTime woken{};
  };
  const keepsake::Clock& clock_;
  std::atomic<std::int64_t> fence_refusals_{0};
  std::atomic<std::int64_t> hold_ns_{0};
  std::mutex mutex_;
  std::map<std::string, Acquired> acquired_;
};

/// Everything given outlives what is returned.
[[nodiscard]] std::unique_ptr<keepsake::Backend> watch_backend(keepsake::Backend& inner,
                                                               Watch& watch);
[[nodiscard]] std::shared_ptr<keepsake::detail::Runtime> watch_runtime(
    std::shared_ptr<keepsake::detail::Runtime> inner, Watch& watch);

}  // namespace demo
