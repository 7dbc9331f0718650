#include "src/session/lease.h"

#include <algorithm>
#include <set>

#include "src/plant/plant.h"

namespace keepsake {

Duration LeaseWatch::watched() const {
  if (!run_) return before_gap_;
  return before_gap_ + std::max(Duration{0}, run_->last_sent - run_->first_confirmed);
}

void LeaseWatch::begin_run(MonotonicTime sent, MonotonicTime confirmed, bool counts) {
  unbroken_reads_ = 0;
  run_.reset();
  if (counts) run_ = {.first_confirmed = confirmed, .last_sent = sent, .last_confirmed = confirmed};
}

void LeaseWatch::seen(const Lease& lease, MonotonicTime sent, MonotonicTime confirmed, bool counts,
                      const Timing& timing) {
  const bool moved =
      lease.renewal != lease_.renewal || lease.state != lease_.state || lease.owner != lease_.owner;
  lease_ = lease;
  if (moved) {
    before_gap_ = Duration{0};
    return begin_run(sent, confirmed, counts);
  }
  const Duration longest_interval = 2 * timing.renewal + kReadCounts;
  const bool near = run_ && confirmed - run_->last_confirmed <= longest_interval;
  if (counts && run_ && (near || planted<Plant::no_gap>())) {
    run_->last_sent = sent;
    run_->last_confirmed = confirmed;
    ++unbroken_reads_;
    return;
  }
  before_gap_ = planted<Plant::late_read_starts_over>() && !counts ? Duration{0} : watched();
  begin_run(sent, confirmed, counts);
}

void LeaseWatch::missed() {
  before_gap_ = watched();
  unbroken_reads_ = 0;
  run_.reset();
}

std::optional<MonotonicTime> LeaseWatch::due(const Timing& timing) const {
  if (!run_ || lease_.state != LeaseState::open || unbroken_reads_ < kReadsAfterGap) {
    return std::nullopt;
  }
  return run_->first_confirmed + (timing.lease - before_gap_);
}

void LeaseKeeper::opened(const Owner& self, MonotonicTime sent) {
  state_ = State::open;
  self_ = self;
  number_ = 0;
  confirmed_ = 0;
  in_flight_ = false;
  others_.clear();
  deadline_ = sent + timing_.lease - timing_.margin;
  next_renewal_ = sent;  // the first one tells who else is there
}

std::optional<Renew> LeaseKeeper::tick(MonotonicTime now, bool pumped) {
  if (state_ != State::open || in_flight_ || now < next_renewal_) return std::nullopt;
  if (!pumped) {
    next_renewal_ = now + timing_.renewal / 20;  // look again soon: the game may only be late
    return std::nullopt;
  }
  in_flight_ = true;
  sent_ = now;
  return Renew{.self = self_, .renewal = ++number_, .confirmed = confirmed_};
}

void LeaseKeeper::renewed(const Result<Renewed>& answer, MonotonicTime now) {
  in_flight_ = false;
  if (!answer) {
    if (answer.error().code() == ErrorCode::lease_closed ||
        answer.error().code() == ErrorCode::backend_went_back) {
      state_ = State::lost;
    }
    next_renewal_ = std::max(sent_ + timing_.renewal / 4, now);
    for (auto& [incarnation, watch] : others_) {
      if (!planted<Plant::no_gap>()) watch.missed();
    }
    return;
  }
  confirmed_ = number_;
  deadline_ = sent_ + timing_.lease - timing_.margin;
  const bool counts = now - sent_ <= LeaseWatch::kReadCounts;
  std::set<Incarnation> present;
  for (const Lease& lease : answer->others) {
    present.insert(lease.owner.incarnation);
    others_[lease.owner.incarnation].seen(lease, sent_, now, counts, timing_);
  }
  std::erase_if(others_, [&](const auto& entry) { return !present.contains(entry.first); });

  next_renewal_ = sent_ + timing_.renewal;
  for (const auto& [incarnation, watch] : others_) {
    if (const auto due = watch.due(timing_)) next_renewal_ = std::min(next_renewal_, *due);
  }
  next_renewal_ = std::max(next_renewal_, now);
}

std::vector<CloseLease> LeaseKeeper::to_close() const {
  std::vector<CloseLease> targets;
  for (const auto& [incarnation, watch] : others_) {
    const Lease& lease = watch.lease();
    const bool open = lease.state == LeaseState::open;
    const Lease* recoverer = find(lease.recoverer);
    const bool ours = lease.recoverer == self_.incarnation;
    const bool orphaned = recoverer == nullptr || recoverer->state != LeaseState::open;
    const bool to_recover = lease.state == LeaseState::closed && (ours || orphaned);
    if (open ? watch.expired(timing_) : to_recover) {
      targets.push_back({.self = self_,
                         .target = lease.owner,
                         .renewal = lease.renewal,
                         .dead_recoverer = open ? 0 : lease.recoverer,
                         .recovered = false});
    }
  }
  return targets;
}

const Lease* LeaseKeeper::find(Incarnation incarnation) const {
  const auto found = others_.find(incarnation);
  return found == others_.end() ? nullptr : &found->second.lease();
}

}  // namespace keepsake
