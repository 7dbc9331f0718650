// The machinery of the PostgreSQL backend: connections and transactions. postgres_backend.cc says
// what is done in them.
//
// Thread-safe. Transactions read what is committed and lock the rows that they judge; where another
// was in the way, they are tried anew.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/postgres/postgres_tables.h"
#include "keepsake/backend/postgres.h"

namespace keepsake::postgres {

/// Whether a commit is on the disk when it returns.
enum class Sync : std::uint8_t { later, full };
/// Who is given a connection first.
enum class Urgency : std::uint8_t { ordinary, urgent };

struct Transaction {
  Sync sync = Sync::full;
  Urgency urgency = Urgency::ordinary;
  Locking locking = Locking::rows;
  Ahead ahead;
};

/// Begins a transaction that writes, in the schema and with the limits of time of `options`; sent,
/// not waited for.
void begin_transaction(Connection& connection, const PostgresOptions& options, Sync sync);

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(Address address, const PostgresOptions& options);

  /// Runs `body` (PostgresTables → Result<T>) in one transaction and commits it; several times, if
  /// others are in the way: `body` must leave nothing behind but its result. Where it or the commit
  /// fails, nothing is stored, `in_doubt` excepted.
  template <class F>
  auto write(const Transaction& how, F&& body) -> decltype(body(std::declval<PostgresTables&>())) {
    for (int attempt = 1;; ++attempt) {
      auto lent = lend(how.urgency);
      if (!lent) return std::move(lent).error();
      Connection& connection = lent->connection();
      begin_transaction(connection, options_, how.sync);
      PostgresTables tables(connection, options_.clock, known_, how.locking);
      auto fetched = tables.fetch(how.ahead);
      using Answer = decltype(body(tables));
      Answer answer = fetched ? body(tables) : Answer(std::move(fetched).error());
      if (answer) {
        auto done = commit(connection);
        if (done) return answer;
        answer = Answer(std::move(done).error());
        if (answer.error().code() == ErrorCode::in_doubt) return answer;
      }
      if (!may_try_again(connection, attempt)) return answer;
    }
  }

  /// Runs `body` (PostgresTables → Result<T>) on one state of the database.
  template <class F>
  auto read(F&& body) -> decltype(body(std::declval<PostgresTables&>())) {
    for (int attempt = 1;; ++attempt) {
      auto lent = lend(Urgency::urgent);
      if (!lent) return std::move(lent).error();
      Connection& connection = lent->connection();
      begin_reading(connection);
      PostgresTables tables(connection, options_.clock, known_, Locking::none);
      auto answer = body(tables);
      if (answer) {
        connection.end_reading();
        return answer;
      }
      if (!may_try_again(connection, attempt)) return answer;
    }
  }

  /// Saves that may be stored at once, in one statement: which of them were. Those that were not
  /// are left as they were, and have to go the ordinary way. All bear the same generation, and no
  /// two the same key.
  Result<std::vector<bool>> save_many(const std::vector<const Group*>& saves, Urgency urgency);
  /// The marks of a row, if it is known which stand there.
  [[nodiscard]] bool knows(const ProfileKey& key);

  /// Writes anew every table that may hold data of a person, so that nothing of what was deleted is
  /// left in their files. Nobody reads or writes them meanwhile.
  Result<void> vacuum();

  /// Tells those who listen on these channels; waits for nothing.
  void notify(const std::vector<std::string>& channels);

  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] const PostgresOptions& options() const { return options_; }

 private:
  /// A connection out of the pool, for as long as it lives.
  class Lent {
   public:
    Lent(Engine& engine, std::unique_ptr<Connection> connection)
        : engine_(&engine), connection_(std::move(connection)) {}
    Lent(Lent&&) noexcept = default;
    Lent& operator=(Lent&&) = delete;
    ~Lent() {
      if (connection_) engine_->give_back(std::move(connection_));
    }
    [[nodiscard]] Connection& connection() { return *connection_; }

   private:
    Engine* engine_;
    std::unique_ptr<Connection> connection_;
  };

  Engine(Address address, const PostgresOptions& options)
      : address_(std::move(address)), options_(options) {}
  Result<Lent> lend(Urgency urgency);
  void give_back(std::unique_ptr<Connection> connection);

  void begin_reading(Connection& connection);
  /// Where nothing was written there is nothing to wait for.
  static Result<void> commit(Connection& connection);
  /// After a failure: ends the transaction, and tells whether trying anew may help.
  static bool may_try_again(Connection& connection, int attempt);

  const Address address_;
  const PostgresOptions options_;
  std::string place_;
  SharedRows known_;

  std::mutex mutex_;
  std::condition_variable came_back_;
  std::vector<std::unique_ptr<Connection>> idle_;  ///< guarded by mutex_
  int made_ = 0;                                   ///< guarded by mutex_
  bool names_ = true;                              ///< guarded by mutex_; false behind a pooler
  int urgent_waiting_ = 0;                         ///< guarded by mutex_
};

}  // namespace keepsake::postgres
