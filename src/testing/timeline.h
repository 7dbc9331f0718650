// Timeline: virtual time, and all that is going to happen in it, one event at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "keepsake/base/clock.h"

namespace keepsake::detail {

/// Whether a process lives and runs. Events bear their process's.
struct Fate {
  bool alive = true;
  bool frozen = false;
  int on_stack = 0;  ///< its functions that are being run just now: it can't be destroyed then
  std::vector<std::function<void()>> held;  ///< what came due while it was frozen, in order
};

class Timeline final : public Clock {
 public:
  using Event = std::function<void()>;

  [[nodiscard]] MonotonicTime now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override;

  /// Adds an event; of one moment, those added first happen first. A moment that has passed means
  /// now. `fate` null: of no process, it happens in any case.
  void add(MonotonicTime when, std::shared_ptr<Fate> fate, Event event);
  /// Lets the next event happen unless it lies beyond `until`; false if there is none.
  bool step(MonotonicTime until);
  /// Time passes, without events.
  void pass_to(MonotonicTime when);

  void freeze(Fate& fate) { fate.frozen = true; }
  /// What was held happens now, in its order.
  void thaw(const std::shared_ptr<Fate>& fate);
  /// Drops all that was to happen to it.
  void forget(const std::shared_ptr<Fate>& fate);
  void clear() { events_.clear(); }

 private:
  struct Planned {
    std::shared_ptr<Fate> fate;
    Event event;
  };

  MonotonicTime now_{std::chrono::hours(24)};
  std::uint64_t sequence_ = 0;
  std::map<std::pair<MonotonicTime, std::uint64_t>, Planned> events_;
};

}  // namespace keepsake::detail
