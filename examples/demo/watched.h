// What a server of the demo watches of its own store: when profiles were acquired, when the game's
// thread was woken for them, and which commits the database refused. Changes nothing, but that it
// can freeze the process at a moment that does not stop everybody else.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
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

  /// Stops this process between two calls of the backend, until it is continued: a process that is
  /// stopped inside of one holds SQLite's lock, and then nobody can write until it goes on.
  /// Renewals wait for `hold` more: the schedule in which a thawed server's commits arrive at the
  /// database before it can learn that its lease was closed, so that only the fence stops them.
  void freeze_here(keepsake::Duration hold);

  // For the decorators; any thread.
  void acquired(const std::string& key);
  void woken();
  void refused_by_fence() { ++fence_refusals_; }
  /// Held during a call of the backend.
  [[nodiscard]] std::shared_lock<std::shared_mutex> call() { return std::shared_lock(calls_); }
  /// The same, once renewals may go on.
  [[nodiscard]] std::shared_lock<std::shared_mutex> renewal();

 private:
  struct Acquired {
    keepsake::MonotonicTime at{};
    keepsake::MonotonicTime woken{};
  };
  const keepsake::Clock& clock_;
  std::atomic<std::int64_t> fence_refusals_{0};
  std::atomic<std::int64_t> hold_ns_{0};
  std::shared_mutex calls_;
  std::mutex mutex_;
  std::map<std::string, Acquired> acquired_;
};

/// Everything given outlives what is returned.
[[nodiscard]] std::unique_ptr<keepsake::Backend> watch_backend(keepsake::Backend& inner,
                                                               Watch& watch);
[[nodiscard]] std::shared_ptr<keepsake::detail::Runtime> watch_runtime(
    std::shared_ptr<keepsake::detail::Runtime> inner, Watch& watch);

}  // namespace demo
