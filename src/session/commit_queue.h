// CommitQueue: carries groups to the backend in batches and keeps each until it is settled: rules
// 23 and 24. A pure step machine. One batch is under way at a time; what fails comes again,
// unchanged. What is held up (GroupHeldUp) comes again by itself, in turns with the others'
// batches, so that it holds up none of them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"

namespace keepsake {

struct CommitQueueLimits {
  std::size_t groups = 256;                  ///< of one batch
  std::size_t bytes = std::size_t{4} << 20;  ///< of payloads in one batch
  Duration first_retry = std::chrono::milliseconds(50);
  Duration last_retry = std::chrono::seconds(5);
};

class CommitQueue {
 public:
  using Batch = std::shared_ptr<const std::vector<Group>>;

  /// A group that is settled. `was_in_doubt`: an earlier reply was lost, so that a refusal may hide
  /// a commit of ours that was overwritten since.
  struct Settled {
    std::uint64_t id = 0;
    Result<GroupAnswer> answer;
    bool was_in_doubt = false;
  };

  explicit CommitQueue(Random& random, CommitQueueLimits limits = {})
      : random_(random), limits_(limits) {}

  /// `id` is the caller's; it comes back in Settled.
  void add(std::uint64_t id, Group group);

  /// The next batch to send, if none is under way and one is due.
  [[nodiscard]] std::optional<Batch> next(MonotonicTime now);
  /// When `next` may have something because a retry is due; nothing if it is not time that it waits
  /// for.
  [[nodiscard]] std::optional<MonotonicTime> next_due() const;

  /// The one under way, or nullptr. Who holds it on frees its memory, when it has time for it.
  [[nodiscard]] Batch under_way() const { return batch_; }

  /// Why a group of the batch that was answered last is held up; nothing if none is.
  [[nodiscard]] const std::optional<Error>& held_up() const { return why_held_up_; }

  /// The answer for the batch under way: what is settled. The rest goes back into the queue.
  [[nodiscard]] std::vector<Settled> answered(Result<std::vector<GroupAnswer>> answer,
                                              MonotonicTime now);

  /// Groups not settled, under way or waiting.
  [[nodiscard]] std::size_t size() const {
    return waiting_.size() + in_flight_.size() + held_up_.size();
  }
  /// How often in a row the backend did not answer.
  [[nodiscard]] int failures() const { return failures_; }
  /// Forgets what is not under way, and failures: what it is for goes on under another lease. What
  /// is under way isn't sent again: beside a commit for another database nothing would be stored.
  [[nodiscard]] std::vector<std::uint64_t> drop_waiting();

 private:
  struct Entry {
    std::uint64_t id = 0;
    Group group;
    bool in_doubt = false;
    int times_held_up = 0;
    MonotonicTime not_before{};  ///< once it is held up
  };
  /// Moves one of these, which waits in neither queue any more, into the batch.
  void put_into_batch(Entry entry);
  void take_back(bool in_doubt);
  void hold_up(std::size_t in_flight, Error why, MonotonicTime now);
  /// The index of the one that is due first; held_up_.size() if there is none.
  [[nodiscard]] std::size_t first_held_up() const;
  [[nodiscard]] Entry taken_back(std::size_t in_flight);

  Random& random_;
  const CommitQueueLimits limits_;
  std::deque<Entry> waiting_;
  std::deque<Entry> held_up_;
  bool turn_of_held_up_ = true;
  std::optional<Error> why_held_up_;
  std::vector<Entry> in_flight_;  ///< their groups are in `batch_`
  std::shared_ptr<std::vector<Group>> batch_;
  bool abandoned_ = false;  ///< the one under way is of a lease that is lost
  MonotonicTime not_before_{};
  int failures_ = 0;
};

}  // namespace keepsake
