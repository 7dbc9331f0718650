// LeaseKeeper: our own lease, and the watch over everybody else's. A pure step machine: it is told
// what happened and when, and says what to send. docs/ownership.md, "Leases", is its text.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/result.h"
#include "keepsake/session/timing.h"

namespace keepsake {

/// Watches the number of one other lease (rule 5). Counts only time between two reads that count:
/// made in our own renewal's transaction and confirmed within kReadCounts.
class LeaseWatch {
 public:
  static constexpr Duration kReadCounts = std::chrono::seconds(1);

  /// One renewal of ours showed `lease` as it is here. `counts`: it was confirmed in time.
  void seen(const Lease& lease, MonotonicTime sent, MonotonicTime confirmed, bool counts,
            const Timing& timing);

  /// A renewal of ours has failed: until the next one that counts it is not watched.
  void missed();

  /// The number has stood still for one lease, and the watch had no fresh gap.
  [[nodiscard]] bool expired(const Timing& timing) const {
    return watched() >= timing.lease && unbroken_reads_ >= kReadsAfterGap;
  }
  /// When a further read would complete the watch; nothing if that isn't the next renewal's matter.
  [[nodiscard]] std::optional<MonotonicTime> due(const Timing& timing) const;
  [[nodiscard]] const Lease& lease() const { return lease_; }

 private:
  static constexpr int kReadsAfterGap = 2;
  /// Reads that count, none too far from the next: all the time between the first and the last.
  struct Run {
    MonotonicTime first_confirmed{};
    MonotonicTime last_sent{};
    MonotonicTime last_confirmed{};
  };
  [[nodiscard]] Duration watched() const;
  void begin_run(MonotonicTime sent, MonotonicTime confirmed, bool counts);

  Lease lease_;
  Duration before_gap_{0};
  std::optional<Run> run_;
  int unbroken_reads_ = 0;  ///< of the run, but for its first
};

class LeaseKeeper {
 public:
  enum class State : unsigned char { none, open, lost };

  explicit LeaseKeeper(Timing timing) : timing_(timing) {}

  /// Our lease was opened; the request was sent at `sent`.
  void opened(const Owner& self, MonotonicTime sent);
  /// It is over: shut down, or about to be opened anew.
  void closed() { state_ = State::none; }

  /// What to send now, if anything. `pumped`: the game called pump since the last renewal; without
  /// it nothing is sent, so that a hung game loses its players (rule 6).
  [[nodiscard]] std::optional<Renew> tick(MonotonicTime now, bool pumped);
  /// When tick is worth calling next.
  [[nodiscard]] MonotonicTime next_tick() const { return next_renewal_; }

  /// The answer to the renewal sent last. Afterwards `state` may be lost.
  void renewed(const Result<Renewed>& answer, MonotonicTime now);

  /// Leases to take over: open ones whose number stood still, and closed ones whose recoverer is
  /// not among the open leases, or ourselves: a close that was taken for lost may have landed.
  [[nodiscard]] std::vector<CloseLease> to_close() const;
  /// The lease of an incarnation, as last seen.
  [[nodiscard]] const Lease* find(Incarnation incarnation) const;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Owner& self() const { return self_; }
  /// Until when we may be sure that nobody has closed our lease (rule 7).
  [[nodiscard]] MonotonicTime deadline() const { return deadline_; }

 private:
  const Timing timing_;
  State state_ = State::none;
  Owner self_;
  std::uint64_t number_ = 0;
  std::uint64_t confirmed_ = 0;  ///< the last number whose answer has come
  bool in_flight_ = false;
  MonotonicTime sent_{};
  MonotonicTime next_renewal_{};
  MonotonicTime deadline_{};
  std::map<Incarnation, LeaseWatch> others_;
};

}  // namespace keepsake
