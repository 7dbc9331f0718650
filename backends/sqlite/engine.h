// The machinery of the SQLite backend: connections, turns, transactions. sqlite_backend.cc says
// what is done in them.
//
// Thread-safe. One connection writes durably (synchronous = FULL), one writes renewals (NORMAL: a
// renewal that a power failure takes back is only a renewal that wasn't seen), a few read.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/sqlite/checkpointer.h"
#include "backends/sqlite/database_file.h"
#include "backends/sqlite/sqlite_tables.h"
#include "backends/sqlite/wakes.h"

namespace keepsake {

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(const DatabaseFile& file,
                                              const SqliteOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs `body` (SqliteTables → Result<T>) in one writing transaction and commits it. Where `body`
  /// or the commit fails, nothing is stored, `in_doubt` excepted.
  template <class F>
  auto write(Sync sync, Urgency urgency, F&& body)
      -> decltype(body(std::declval<SqliteTables&>())) {
    auto begun = begin(sync, urgency);
    if (!begun) return begun.error();
    Writer& writer = *begun->writer;
    auto result = body(writer.tables);
    if (!result) {
      writer.connection->rollback();
      return result;
    }
    if (auto done = writer.connection->commit(); !done) return done.error();
    return result;
  }

  /// Runs `body` (SqliteTables → Result<T>) on one state of the database.
  template <class F>
  auto read(F&& body) -> decltype(body(std::declval<SqliteTables&>())) {
    // A reader that is made later would open what the path means by then.
    if (auto same = still_there(file_.path, identity_); !same) return same.error();
    auto lent = lend();
    if (!lent) return lent.error();
    Connection& connection = lent->connection();
    if (auto begun = connection.run(sql::kBeginRead); !begun) return begun.error();
    lent->tables().begin();
    auto result = body(lent->tables());
    connection.rollback();
    return result;
  }

  /// Writes the file anew without what was deleted, and leaves nothing of the write-ahead log.
  /// Nobody writes meanwhile, which takes time in proportion to the file. Error: unavailable, where
  /// a reader holds on to an old state.
  Result<void> scrub();

  [[nodiscard]] Wakes* wakes() { return wakes_.get(); }  ///< nullptr when read only
  [[nodiscard]] bool read_only() const { return file_.read_only; }
  [[nodiscard]] const std::string& path() const { return file_.path; }

 private:
  struct Writer {
    Writer(std::unique_ptr<Connection> opened, const Clock* clock)
        : connection(std::move(opened)), tables(*connection, clock) {}
    std::unique_ptr<Connection> connection;
    SqliteTables tables;
  };
  /// A transaction begun, in our turn.
  struct Begun {
    WriteTurns::Turn turn;
    Writer* writer;
  };
  /// A reader out of the pool, for as long as it lives.
  class Lent {
   public:
    Lent(Engine& engine, std::unique_ptr<Writer> reader)
        : engine_(&engine), reader_(std::move(reader)) {}
    Lent(Lent&&) noexcept = default;
    Lent& operator=(Lent&&) = delete;
    ~Lent() {
      if (reader_) engine_->give_back(std::move(reader_));
    }
    [[nodiscard]] Connection& connection() { return *reader_->connection; }
    [[nodiscard]] SqliteTables& tables() { return reader_->tables; }

   private:
    Engine* engine_;
    std::unique_ptr<Writer> reader_;
  };

  Engine(DatabaseFile file, const SqliteOptions& options)
      : file_(std::move(file)), options_(options) {}
  Result<void> open_writers();
  Result<std::unique_ptr<Connection>> connect(Sync sync) const;
  Result<Begun> begin(Sync sync, Urgency urgency);
  Result<Lent> lend();
  void give_back(std::unique_ptr<Writer> reader);

  const DatabaseFile file_;
  const SqliteOptions options_;
  FileIdentity identity_;
  std::shared_ptr<WriteTurns> turns_;  ///< null when read only, as the rest of these
  std::unique_ptr<Writer> durable_;    ///< used only in our turn
  std::unique_ptr<Writer> renewing_;   ///< used only in our turn
  std::unique_ptr<Wakes> wakes_;
  std::unique_ptr<Checkpointer> checkpointer_;

  std::mutex readers_mutex_;
  std::condition_variable reader_came_;
  std::vector<std::unique_ptr<Writer>> idle_readers_;  ///< guarded by readers_mutex_
  int readers_made_ = 0;                               ///< guarded by readers_mutex_
};

}  // namespace keepsake
