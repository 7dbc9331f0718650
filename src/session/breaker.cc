#include "src/session/breaker.h"

#include <algorithm>
#include <utility>

#include "src/plant/plant.h"

namespace keepsake {

void Breaker::ended(bool failed, MonotonicTime now) {
  if (!failed) {
    if (!planted<Plant::breaker_stays_open>()) in_a_row_ = 0;
    return;
  }
  in_a_row_ = std::min(in_a_row_ + 1, kFailuresInARow);
  last_failed_ = now;
  const MonotonicTime oldest = std::exchange(failed_at_[next_], now);
  next_ = (next_ + 1) % failed_at_.size();
  const bool often = oldest != MonotonicTime{} && now - oldest <= kWindow;
  critical_ = critical_ || often || open();
}

bool Breaker::lets_through(MonotonicTime now, Duration every) {
  if (!open()) return true;
  if (now < next_probe_) return false;
  next_probe_ = now + every;
  return true;
}

bool Breaker::critical(MonotonicTime now) {
  if (!open() && now - last_failed_ >= kCalm) critical_ = false;
  return critical_;
}

}  // namespace keepsake
