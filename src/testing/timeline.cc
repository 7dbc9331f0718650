#include "src/testing/timeline.h"

#include <algorithm>

namespace keepsake::detail {

namespace {
/// Wall time when the monotonic clock shows zero: 2025-01-01T00:00:00Z.
constexpr WallTime kWallAtZero{std::chrono::seconds(1'735'689'600)};
}  // namespace

WallTime Timeline::wall() const { return kWallAtZero + now_.time_since_epoch(); }

void Timeline::add(MonotonicTime when, std::shared_ptr<Fate> fate, Event event) {
  events_.emplace(std::pair(std::max(when, now_), ++sequence_),
                  Planned{std::move(fate), std::move(event)});
}

bool Timeline::step(MonotonicTime until) {
  if (events_.empty() || events_.begin()->first.first > until) return false;
  auto next = events_.extract(events_.begin());
  now_ = std::max(now_, next.key().first);
  const std::shared_ptr<Fate> fate = std::move(next.mapped().fate);
  const Event event = std::move(next.mapped().event);
  if (!fate) {
    event();
  } else if (fate->alive && fate->frozen) {
    fate->held.push_back(event);
  } else if (fate->alive) {
    ++fate->on_stack;
    event();
    --fate->on_stack;
  }
  return true;
}

void Timeline::pass_to(MonotonicTime when) { now_ = std::max(now_, when); }

void Timeline::thaw(const std::shared_ptr<Fate>& fate) {
  fate->frozen = false;
  for (Event& event : std::exchange(fate->held, {})) add(now_, fate, std::move(event));
}

void Timeline::forget(const std::shared_ptr<Fate>& fate) {
  std::erase_if(events_, [&](const auto& entry) { return entry.second.fate == fate; });
  fate->held.clear();
}

}  // namespace keepsake::detail
