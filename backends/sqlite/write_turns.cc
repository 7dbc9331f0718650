#include "backends/sqlite/write_turns.h"

#include <algorithm>
#include <map>
#include <utility>

namespace keepsake {

namespace {

/// Urgent writers that may follow each other before an ordinary one, or another process, comes.
constexpr int kMostPasses = 4;

/// One per database and process: all that write to it from here stand in one queue.
struct Table {
  std::mutex mutex;
  std::map<const void*, std::weak_ptr<WriteTurns>> open;  ///< by identity of the lock files
};

Table& table() {
  static Table* const kTable = new Table;  // never destroyed: backends may outlive statics
  return *kTable;
}

}  // namespace

Result<std::shared_ptr<WriteTurns>> WriteTurns::open(const std::string& database_path) {
  auto files = TurnFiles::open(database_path);
  if (!files) return files.error();
  const std::scoped_lock lock(table().mutex);
  std::weak_ptr<WriteTurns>& known = table().open[(*files)->identity()];
  if (auto turns = known.lock()) return turns;
  auto turns = std::make_shared<WriteTurns>(*std::move(files));
  known = turns;
  std::erase_if(table().open, [](const auto& entry) { return entry.second.expired(); });
  return turns;
}

Result<WriteTurns::Turn> WriteTurns::take(Urgency urgency, std::chrono::milliseconds at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  Waiter self;
  self.urgency = urgency;
  Lock lock(mutex_);
  const bool nobody_waits = urgent_.empty() && ordinary_.empty();
  if (!taken_ && nobody_waits) {
    taken_ = true;
  } else {
    (urgency == Urgency::urgent ? urgent_ : ordinary_).push_back(&self);
    if (!taken_) grant_next(false);
    if (!wait_in_process(lock, self, deadline)) {
      return Error(ErrorCode::unavailable,
                   "the database is locked by another thread of this "
                   "process, and the wait for a turn is over")
          .remedy("wait; if it comes again, the disk is too slow for what is saved");
    }
  }
  bool let_others_pass = urgency == Urgency::ordinary;
  while (!files_held_) {
    lock.unlock();
    auto held = files_->take(deadline);
    lock.lock();
    if (!held) {
      grant_next(false);
      return held.error();
    }
    files_held_ = true;
    if (!let_others_pass || self.postponed || urgent_.empty()) break;
    // An urgent writer came while we waited for the other processes: it goes first, in our turn;
    // but once only, or a stream of them would keep us out.
    let_others_pass = false;
    self.granted = false;
    ordinary_.push_front(&self);
    grant_next(true);
    if (!wait_in_process(lock, self, deadline)) {
      return Error(ErrorCode::unavailable, "the wait for a turn to write is over");
    }
  }
  return Turn(*this);
}

bool WriteTurns::wait_in_process(Lock& lock, Waiter& self, TurnFiles::Deadline deadline) {
  while (!self.granted) {
    if (self.changed.wait_until(lock, deadline) == std::cv_status::timeout && !self.granted) {
      leave(self);
      return false;
    }
  }
  return true;
}

/// Hands the turn to who is next, or to nobody.
void WriteTurns::grant_next(bool urgent_only) {
  const bool urgent_next =
      !urgent_.empty() && (urgent_only || passes_ < kMostPasses || ordinary_.empty());
  std::deque<Waiter*>& queue = urgent_next ? urgent_ : ordinary_;
  taken_ = !queue.empty();
  if (!taken_) {
    passes_ = 0;
    return;
  }
  passes_ = urgent_next ? passes_ + 1 : 0;
  Waiter* const next = queue.front();
  queue.pop_front();
  next->granted = true;
  next->postponed = !urgent_next && !urgent_.empty();
  next->changed.notify_one();
}

void WriteTurns::leave(Waiter& self) {
  std::deque<Waiter*>& queue = self.urgency == Urgency::urgent ? urgent_ : ordinary_;
  queue.erase(std::find(queue.begin(), queue.end(), &self));
}

std::size_t WriteTurns::waiting() {
  const Lock lock(mutex_);
  return urgent_.size() + ordinary_.size();
}

bool WriteTurns::busy() {
  const Lock lock(mutex_);
  return taken_;
}

void WriteTurns::release() {
  const Lock lock(mutex_);
  // Between two turns of this process the files are given up, so that other processes come to
  // theirs; only an urgent writer may follow in the same turn.
  const bool keeps_files = !urgent_.empty() && passes_ < kMostPasses;
  if (!keeps_files) {
    files_->release();
    files_held_ = false;
  }
  grant_next(keeps_files);
}

}  // namespace keepsake
