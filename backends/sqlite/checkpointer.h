// Moves the write-ahead log into the database file, in a thread of its own, so that no player's
// save has to. A checkpoint runs beside the writers; only where the log has grown far, since they
// never paused, it takes a turn to write, so that what little is left can be moved in peace and the
// log begins again.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "backends/sqlite/connection.h"
#include "backends/sqlite/write_turns.h"

namespace keepsake {

class Checkpointer {
 public:
  Checkpointer(std::unique_ptr<Connection> connection, std::shared_ptr<WriteTurns> turns);
  /// Waits for a checkpoint under way.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Is told after each commit on that connection, which is not used after this, how long the log
  /// is.
  void hear(Connection& connection);

 private:
  /// From any thread.
  void log_has(int pages);
  void run();
  void checkpoint(int pages);

  const std::unique_ptr<Connection> connection_;
  const std::shared_ptr<WriteTurns> turns_;

  std::mutex mutex_;
  std::condition_variable changed_;
  int pages_ = 0;          ///< guarded by mutex_
  int done_at_ = 0;        ///< guarded by mutex_: the log's length at the last checkpoint
  bool stopping_ = false;  ///< guarded by mutex_

  std::thread thread_;
};

}  // namespace keepsake
