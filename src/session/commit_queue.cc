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
  waiting_.push_back({.id = id, .group = std::move(group)});
}

std::optional<CommitQueue::Batch> CommitQueue::next(MonotonicTime now) {
  if (!in_flight_.empty() || now < not_before_) return std::nullopt;
  const std::size_t held_up = first_held_up();
  const bool due = held_up < held_up_.size() && held_up_[held_up].not_before <= now;
  if (!due && waiting_.empty()) return std::nullopt;
  abandoned_ = false;
  batch_ = std::make_shared<std::vector<Group>>();
  const bool by_itself = due && (turn_of_held_up_ || waiting_.empty());
  turn_of_held_up_ = !by_itself;
  if (by_itself) {
    put_into_batch(std::move(held_up_[held_up]));
    held_up_.erase(held_up_.begin() + static_cast<std::ptrdiff_t>(held_up));
    return batch_;
  }
  const std::size_t most = std::min(waiting_.size(), limits_.groups);
  batch_->reserve(most);
  in_flight_.reserve(most);
  std::size_t bytes = 0;
  while (!waiting_.empty() && in_flight_.size() < limits_.groups) {
    const std::size_t more = payload_bytes(waiting_.front().group);
    if (!in_flight_.empty() && bytes + more > limits_.bytes) break;
    bytes += more;
    put_into_batch(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch_;
}

void CommitQueue::put_into_batch(Entry entry) {
  batch_->push_back(std::move(entry.group));
  in_flight_.push_back(std::move(entry));
}

std::size_t CommitQueue::first_held_up() const {
  const auto first =
      std::min_element(held_up_.begin(), held_up_.end(),
                       [](const Entry& a, const Entry& b) { return a.not_before < b.not_before; });
  return static_cast<std::size_t>(first - held_up_.begin());
}

std::optional<MonotonicTime> CommitQueue::next_due() const {
  if (!in_flight_.empty()) return std::nullopt;
  if (!waiting_.empty()) return not_before_;
  if (held_up_.empty()) return std::nullopt;
  return std::max(not_before_, held_up_[first_held_up()].not_before);
}

std::vector<CommitQueue::Settled> CommitQueue::answered(Result<std::vector<GroupAnswer>> answer,
                                                        MonotonicTime now) {
  std::vector<Settled> settled;
  why_held_up_.reset();
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
    auto* held_up = answer ? std::get_if<GroupHeldUp>(&(*answer)[i]) : nullptr;
    if (held_up != nullptr) {
      if (!abandoned_) hold_up(i, std::move(held_up->error), now);
      continue;
    }
    Result<GroupAnswer> one =
        answer ? Result<GroupAnswer>(std::move((*answer)[i])) : Result<GroupAnswer>(answer.error());
    settled.push_back({in_flight_[i].id, std::move(one), in_flight_[i].in_doubt});
  }
  in_flight_.clear();
  batch_.reset();
  return settled;
}

CommitQueue::Entry CommitQueue::taken_back(std::size_t in_flight) {
  Entry entry = std::move(in_flight_[in_flight]);
  // A worker left behind in a stuck call may still read the batch: copy what it shares.
  entry.group = batch_.use_count() == 1 ? std::move((*batch_)[in_flight]) : (*batch_)[in_flight];
  return entry;
}

void CommitQueue::hold_up(std::size_t in_flight, Error why, MonotonicTime now) {
  Entry entry = taken_back(in_flight);
  const Backoff retries{.first = limits_.first_retry, .last = limits_.last_retry};
  entry.not_before = now + retries.after(++entry.times_held_up, random_.next());
  held_up_.push_back(std::move(entry));
  why_held_up_ = std::move(why);
}

void CommitQueue::take_back(bool in_doubt) {
  for (std::size_t i = abandoned_ ? 0 : in_flight_.size(); i-- > 0;) {
    Entry entry = taken_back(i);
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
  for (const Entry& entry : held_up_) ids.push_back(entry.id);
  waiting_.clear();
  held_up_.clear();
  abandoned_ = true;
  failures_ = 0;  // what comes next is of another lease
  not_before_ = {};
  return ids;
}

}  // namespace keepsake
