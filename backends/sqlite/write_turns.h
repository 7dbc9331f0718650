// Whose turn it is to write to a database file: among the threads of this process first, then among
// the processes of the machine (turn_files.h). Urgent writers (renewals, handoffs) come before
// ordinary ones (saves); among equals, who came first.
//
// Thread-safe. There is one WriteTurns per database file and process: open() finds it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "backends/sqlite/turn_files.h"
#include "keepsake/base/result.h"

namespace keepsake {

enum class Urgency : bool { ordinary, urgent };

class WriteTurns {
 public:
  /// Ours to write while it lives.
  class Turn {
   public:
    explicit Turn(WriteTurns& turns) : turns_(&turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->release();
    }

   private:
    WriteTurns* turns_;
  };

  /// That of the database file. Errors: those of TurnFiles::open.
  static Result<std::shared_ptr<WriteTurns>> open(const std::string& database_path);
  explicit WriteTurns(std::unique_ptr<TurnFiles> files) : files_(std::move(files)) {}

  /// Error: unavailable, naming whose turn it is.
  Result<Turn> take(Urgency urgency, std::chrono::milliseconds at_most);

  /// How many wait for another thread of this process.
  [[nodiscard]] std::size_t waiting();
  /// Whether a thread of this process has the turn, or waits for other processes.
  [[nodiscard]] bool busy();

 private:
  struct Waiter {
    Urgency urgency = Urgency::ordinary;
    bool granted = false;
    bool postponed = false;  ///< urgent writers came before it as often as they may
    std::condition_variable changed;
  };
  using Lock = std::unique_lock<std::mutex>;

  bool wait_in_process(Lock& lock, Waiter& self, TurnFiles::Deadline deadline);
  void grant_next(bool urgent_only);
  void leave(Waiter& self);
  void release();

  const std::unique_ptr<TurnFiles> files_;

  std::mutex mutex_;
  // guarded by mutex_
  bool taken_ = false;       ///< some thread has the turn, or waits for the files on its behalf
  bool files_held_ = false;  ///< `main` is ours
  int passes_ = 0;           ///< urgent writers served within this turn of the process
  std::deque<Waiter*> urgent_;
  std::deque<Waiter*> ordinary_;
};

}  // namespace keepsake
