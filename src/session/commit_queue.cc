#include "src/session/commit_queue.h"

#include <algorithm>
#include <utility>

#include "src/base/assert.h"
#include "src/plant/plant.h"
#include "src/session/backoff.h"

namespace keepsake {

namespace {

std::size_t payload_bytes(const Group& group) {
  std::size_t bytes = 0;
  for (const MemberCommit& member : group.members) {
    if (member.data) bytes += member.data->payload.size();
  }
  return bytes;
}

/// Errors that sending again can't mend: the sessions behind them are over.
bool is_final(const Error& error) { return error.code() == ErrorCode::backend_went_back; }

}  // namespace

void CommitQueue::add(std::uint64_t id, Group group) {
  waiting_.push_back({.id = id, .group = std::move(group), .in_doubt = false});
}

std::optional<CommitQueue::Batch> CommitQueue::next(MonotonicTime now) {
  if (!in_flight_.empty() || waiting_.empty() || now < not_before_) return std::nullopt;
  abandoned_ = false;
  batch_ = std::make_shared<std::vector<Group>>();
  const std::size_t most = std::min(waiting_.size(), limits_.groups);
  batch_->reserve(most);
  in_flight_.reserve(most);
  std::size_t bytes = 0;
  while (!waiting_.empty() && in_flight_.size() < limits_.groups) {
    const std::size_t more = payload_bytes(waiting_.front().group);
    if (!in_flight_.empty() && bytes + more > limits_.bytes) break;
    bytes += more;
    batch_->push_back(std::move(waiting_.front().group));
    in_flight_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch_;
}

std::optional<MonotonicTime> CommitQueue::next_due() const {
  if (!in_flight_.empty() || waiting_.empty()) return std::nullopt;
  return not_before_;
}

std::vector<CommitQueue::Settled> CommitQueue::answered(Result<std::vector<GroupAnswer>> answer,
                                                        MonotonicTime now) {
  std::vector<Settled> settled;
  if (!answer && !is_final(answer.error())) {
    ++failures_;
    const Backoff retries{.first = limits_.first_retry, .last = limits_.last_retry};
    not_before_ = now + retries.after(failures_, random_.next());
    take_back(answer.error().code() == ErrorCode::in_doubt);
    return settled;
  }
  require(!answer || answer->size() == in_flight_.size(), "a backend answers every group");
  failures_ = 0;
  not_before_ = now;
  settled.reserve(in_flight_.size());
  for (std::size_t i = 0; i < in_flight_.size(); ++i) {
    Result<GroupAnswer> one =
        answer ? Result<GroupAnswer>(std::move((*answer)[i])) : Result<GroupAnswer>(answer.error());
    settled.push_back({in_flight_[i].id, std::move(one), in_flight_[i].in_doubt});
  }
  in_flight_.clear();
  batch_.reset();
  return settled;
}

void CommitQueue::take_back(bool in_doubt) {
  for (std::size_t i = abandoned_ ? 0 : in_flight_.size(); i-- > 0;) {
    Entry& entry = in_flight_[i];
    // A worker left behind in a stuck call may still read the batch: copy what it shares.
    entry.group = batch_.use_count() == 1 ? std::move((*batch_)[i]) : (*batch_)[i];
    entry.in_doubt = entry.in_doubt || in_doubt;
    if (planted<Plant::absent_taken_for_failed>()) entry.group.token = Id128::random(random_);
    waiting_.push_front(std::move(entry));
  }
  in_flight_.clear();
  batch_.reset();
}

std::vector<std::uint64_t> CommitQueue::drop_waiting() {
  std::vector<std::uint64_t> ids;
  for (const Entry& entry : waiting_) ids.push_back(entry.id);
  waiting_.clear();
  abandoned_ = true;
  failures_ = 0;  // what comes next is of another lease
  not_before_ = {};
  return ids;
}

}  // namespace keepsake
