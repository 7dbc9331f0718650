// One connection to a PostgreSQL server. Used by one thread at a time.
//
// Statements are sent in libpq's pipeline mode and answered in order: what only writes is sent and
// not waited for, a statement that reads waits for all that was sent. Nothing is set for longer
// than a transaction, so that a pooler may lend the server's connection to another between two
// transactions. Every wait has a deadline.
//
// Statements with parameters are prepared at their first use, under a name made of their text: to
// parse and plan one anew takes longer than to carry it out. Where a pooler lends the server's
// connection, a name may be unknown or taken there, never another statement's; whoever is told so
// (names_failed) goes on without names.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/postgres/address.h"
#include "backends/postgres/canceller.h"
#include "backends/postgres/statements.h"
#include "backends/postgres/wire.h"
#include "keepsake/base/result.h"

namespace keepsake::postgres {

class Connection {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Errors: `unavailable`, `read_only` (the role may not log in or see the database).
  static Result<std::unique_ptr<Connection>> open(const Address& address, Milliseconds at_most);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends it; its answer is looked at by the next gather() or query().
  void send(const sql::Text& statement, const Params& params = {});
  /// Waits for the answers to all that was sent. Error: the first that failed.
  Result<void> gather();
  /// Sends it, waits for all that was sent, and gives what this one gave.
  Result<Rows> query(const sql::Text& statement, const Params& params = {});
  /// What the statement sent `back` before the last gave, after a gather: 0 is the last.
  [[nodiscard]] Rows answer(std::size_t back);

  /// Sends what was sent since the last gather, and waits for nothing: the answers are taken with
  /// the next ones, and if one is a failure nobody is told.
  void finish_later();
  /// Ends a transaction that has only read, likewise.
  void end_reading() {
    send(sql::kRollback);
    finish_later();
  }
  /// Ends a transaction without a trace, if one is open. A connection that doesn't answer is dead
  /// afterwards.
  void rollback();
  /// Statements without parameters, several in one text; for creating tables.
  Result<void> script(const std::string& statements);

  /// It may be used on.
  [[nodiscard]] bool good() const { return !dead_ && PQstatus(handle_) == CONNECTION_OK; }
  /// The last failure was another transaction's doing, and trying the same anew may succeed.
  [[nodiscard]] bool try_again() const { return try_again_; }
  /// The last failure was a statement's name, which the server didn't know or had already.
  [[nodiscard]] bool names_failed() const { return names_failed_; }
  /// The last failure was a wait in vain for what another transaction holds locked.
  [[nodiscard]] bool row_locked() const { return row_locked_; }
  /// The connection broke, or was ended by the server, while an answer was awaited: what had been
  /// sent may have taken effect.
  [[nodiscard]] bool broke() const { return broke_; }
  /// The server said, since the transaction began, that it waited in vain for its standby.
  [[nodiscard]] bool unreplicated() const { return unreplicated_; }
  /// Something was sent by send() alone, or noted by note_write(), since begin_anew() or
  /// read_ahead().
  [[nodiscard]] bool wrote() const { return writes_ > 0; }
  /// A transaction begins: forgets the six above.
  void begin_anew() {
    try_again_ = names_failed_ = row_locked_ = broke_ = unreplicated_ = false;
    writes_ = 0;
  }
  /// A query gave an answer and wrote, too.
  void note_write() { ++writes_; }
  /// What was sent so far only read.
  void read_ahead() { writes_ = 0; }

  [[nodiscard]] const std::string& place() const { return place_; }
  /// How long an answer is waited for.
  void set_patience(Milliseconds at_most) { patience_ = at_most; }
  /// Whether statements are prepared under names; at first they are not.
  void use_names(bool used) { naming_ = used; }
  /// When that is over, the server is asked by `canceller`, which outlives this, to end what it is
  /// doing, and is waited for `more`. The connection isn't used on, whatever it answers then.
  void cancel_with(Canceller& canceller, Milliseconds more) {
    canceller_ = &canceller;
    patience_after_cancel_ = more;
  }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  Connection(PGconn* handle, std::string place);
  /// The name of a statement that the server knows by it, or will before it is asked for it.
  const char* prepared(const sql::Text& statement, const Params::Sent& sent);
  /// Whether the result is one that somebody awaits: not that of a preparation.
  bool awaited(const PGresult* result);
  static void notice(void* connection, const PGresult* result);
  /// Waits until the socket can be read, or written while there is something to send.
  Result<void> wait(Deadline deadline);
  /// Waits for `events` on the socket; once the time is over, a little longer for a cancelled one.
  bool ready(short events, Deadline deadline);
  Result<ResultPtr> next_result(Deadline deadline);
  /// The failure of `result`; notes what it means for the transaction.
  Error failure(const PGresult* result);
  Error broken(const std::string& why);

  PGconn* const handle_;
  const std::string place_;
  Milliseconds patience_{10'000};
  Canceller* canceller_ = nullptr;
  Milliseconds patience_after_cancel_{};
  bool cancelled_ = false;  ///< the server was asked to end what it is doing
  int syncs_ = 0;           ///< sent and not answered: so many answers end with one
  bool in_flight_ = false;  ///< statements were sent since the last sync
  std::size_t writes_ = 0;
  std::vector<ResultPtr> answers_;  ///< of the last gather
  bool naming_ = false;
  std::unordered_map<const char*, std::string> names_;  ///< of what is prepared, by its text
  /// What was sent and not answered: the text of what is only prepared, else nullptr.
  std::deque<const char*> sent_;
  bool send_failed_ = false;
  bool dead_ = false;
  bool try_again_ = false;
  bool names_failed_ = false;
  bool row_locked_ = false;
  bool broke_ = false;
  bool unreplicated_ = false;
};

}  // namespace keepsake::postgres
