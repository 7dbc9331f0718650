// The machinery of the PostgreSQL backend: connections and transactions. postgres_backend.cc says
// what is done in them.
//
// Thread-safe. Transactions read what is committed and lock the rows that they judge; where another
// was in the way, they are tried anew.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "backends/postgres/postgres_tables.h"
#include "keepsake/backend/postgres.h"

namespace keepsake::postgres {

/// Whether a commit is on the disk when it returns.
enum class Sync : std::uint8_t {
  later,  ///< not yet
  local,  ///< on the server's own disk: standbys are not waited for
  full,
};
/// Who is given a connection first.
enum class Urgency : std::uint8_t { ordinary, urgent };

/// How long a commit waits for a row that another holds: a transaction of ours takes milliseconds,
/// and others wait behind this one.
inline constexpr std::chrono::milliseconds kBriefLock{200};

struct Transaction {
  Sync sync = Sync::full;
  Urgency urgency = Urgency::ordinary;
  Locking locking = Locking::rows;
  Ahead ahead;
  /// It waits no longer than kBriefLock for a row that another holds; where that was in vain,
  /// `*row_locked` becomes true. nullptr: it waits as long as the options say.
  bool* row_locked = nullptr;
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
      begin_transaction(connection, how.row_locked ? brief_ : options_, how.sync);
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
      if (how.row_locked) *how.row_locked = connection.row_locked();
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

  struct Saved {
    std::vector<bool> stored;
    bool row_locked = false;  ///< none is, since another held a row for longer than kBriefLock
  };
  /// Saves that may be stored at once, in one statement: which of them were. Those that were not
  /// are left as they were, and have to go the ordinary way. All bear the same generation, and no
  /// two the same key.
  Result<Saved> save_many(const std::vector<const Group*>& saves, Urgency urgency);
  /// The marks of a row, if it is known which stand there.
  [[nodiscard]] bool knows(const ProfileKey& key);

  /// Writes anew every table that may hold data of a person, so that nothing of what was deleted is
  /// left in their files. Nobody reads or writes them meanwhile.
  Result<void> vacuum();

  /// Tells those who listen on these channels; waits for a free connection alone. False: there was
  /// none.
  bool notify(const std::vector<std::string>& channels, std::string_view payload = {});

  // No standby is waited for with renewals: after a failover the last of them may be lost. What is
  // stored for good takes those before it along; a transaction that has stored nothing does not,
  // though it was committed. Renewals are counted on from lease to lease: what was under way under
  // an earlier one proves nothing of this one's.

  /// A lease was opened, whose renewals are counted from 0.
  void begin_renewals();
  /// Where that count stands at 0.
  [[nodiscard]] std::uint64_t first_renewal() const { return first_; }
  /// A renewal was answered, of that number counted from what first_renewal() was when it was sent.
  void note_renewal(std::uint64_t first, std::uint64_t number) { raise(renewed_, first + number); }
  [[nodiscard]] std::uint64_t last_renewal() const { return renewed_; }
  /// Something was stored for good by a transaction that began when that was last_renewal().
  void note_stored(std::uint64_t renewed_before) { raise(renewed_for_good_, renewed_before); }
  /// The number of the last of our renewals, up to `confirmed`, that no crash undoes; one that is
  /// not ours is left as it is.
  [[nodiscard]] std::uint64_t renewed_for_good(std::uint64_t confirmed) const {
    const std::uint64_t first = first_;
    if (confirmed > renewed_ - first) return confirmed;
    return std::min(confirmed, renewed_for_good_ - first);
  }

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

  Engine(Address address, const PostgresOptions& options);
  Result<Lent> lend(Urgency urgency);
  void give_back(std::unique_ptr<Connection> connection);

  void begin_reading(Connection& connection);
  /// Where nothing was written there is nothing to wait for.
  Result<void> commit(Connection& connection);
  static void raise(std::atomic<std::uint64_t>& to, std::uint64_t value);
  /// After a failure: ends the transaction, and tells whether trying anew may help.
  static bool may_try_again(Connection& connection, int attempt);

  const Address address_;
  const PostgresOptions options_;
  PostgresOptions brief_;  ///< with kBriefLock, constant after construction
  std::string place_;
  SharedRows known_;
  Canceller canceller_;  ///< outlives the connections
  std::atomic<std::uint64_t> first_{0}, renewed_{0}, renewed_for_good_{0};

  std::mutex mutex_;
  std::condition_variable came_back_;
  std::vector<std::unique_ptr<Connection>> idle_;  ///< guarded by mutex_
  int made_ = 0;                                   ///< guarded by mutex_
  bool names_ = true;                              ///< guarded by mutex_; false behind a pooler
  int urgent_waiting_ = 0;                         ///< guarded by mutex_
};

}  // namespace keepsake::postgres
