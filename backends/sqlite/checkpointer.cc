#include "backends/sqlite/checkpointer.h"

#include <chrono>
#include <utility>

namespace keepsake {

namespace {
constexpr int kEveryPages = 4000;     // 16 MB
constexpr int kTakeTurnPages = 8000;  // 32 MB: a log is overwritten, not made longer for ever
constexpr std::chrono::milliseconds kTurnWait{1000};
}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection,
                           std::shared_ptr<WriteTurns> turns)
    : connection_(std::move(connection)), turns_(std::move(turns)), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Checkpointer::hear(Connection& connection) {
  const auto tell = [](void* checkpointer, sqlite3*, const char*, int pages) {
    static_cast<Checkpointer*>(checkpointer)->log_has(pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection.handle(), tell, this);
}

void Checkpointer::log_has(int pages) {
  const std::scoped_lock lock(mutex_);
  pages_ = pages;
  if (pages_ < done_at_) done_at_ = 0;  // the log began again
  if (pages_ - done_at_ >= kEveryPages) changed_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || pages_ - done_at_ >= kEveryPages; });
    if (stopping_) return;
    const int pages = pages_;
    done_at_ = pages;
    lock.unlock();
    checkpoint(pages);
    lock.lock();
  }
}

void Checkpointer::checkpoint(int pages) {
  sqlite3* const database = connection_->handle();
  // Another process's checkpoint, or a failing disk: the next one will do, and a commit tells.
  sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (pages < kTakeTurnPages) return;
  const auto turn = turns_->take(Urgency::ordinary, kTurnWait);
  if (!turn) return;
  sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace keepsake
