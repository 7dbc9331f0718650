#include "backends/postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "backends/postgres/postgres_error.h"
#include "src/base/hash64.h"

namespace keepsake::postgres {

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kBinaryResult = 1;

/// Waits for `events` on the socket. False: the time is over.
bool wait_for(int socket, short events, Steady::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
    pollfd polled{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || left <= 0) return false;
  }
}

/// The first line of what libpq says, which holds host, port, user and database, and no password.
std::string first_line(const char* message) {
  const std::string_view text(message == nullptr ? "" : message);
  return std::string(text.substr(0, text.find('\n')));
}

std::string place_of(PGconn* handle) {
  const auto part = [](const char* text) { return std::string(text == nullptr ? "" : text); };
  return "postgres://" + part(PQhost(handle)) + ":" + part(PQport(handle)) + "/" +
         part(PQdb(handle));
}

/// The same for the same text, on whichever connection.
std::string name_of(const sql::Text& statement) {
  return "keepsake_" + std::to_string(hash64(statement.text));
}

struct Finish {
  void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
};

std::string_view field(const PGresult* result, int which) {
  const char* text = PQresultErrorField(result, which);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const Address& address, Milliseconds at_most) {
  const auto deadline = Steady::now() + at_most;
  std::unique_ptr<PGconn, Finish> handle(
      PQconnectStartParams(address.keywords().data(), address.values().data(), 0));
  if (!handle) return Error(ErrorCode::unavailable, "not enough memory for a connection");
  PostgresPollingStatusType polled = PGRES_POLLING_WRITING;
  while (PQstatus(handle.get()) != CONNECTION_BAD && polled != PGRES_POLLING_OK) {
    const short events = polled == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for(PQsocket(handle.get()), events, deadline)) {
      return unreachable(place_of(handle.get()),
                         "no answer within " + std::to_string(at_most.count()) + " ms");
    }
    polled = PQconnectPoll(handle.get());
    if (polled == PGRES_POLLING_FAILED) break;
  }
  const std::string place = place_of(handle.get());
  const bool ready = PQstatus(handle.get()) == CONNECTION_OK &&
                     PQsetnonblocking(handle.get(), 1) == 0 &&
                     PQenterPipelineMode(handle.get()) == 1;
  if (!ready) return unreachable(place, first_line(PQerrorMessage(handle.get())));
  return std::unique_ptr<Connection>(new Connection(handle.release(), place));
}

Connection::Connection(PGconn* handle, std::string place)
    : handle_(handle), place_(std::move(place)) {
  PQsetNoticeReceiver(handle_, notice, this);
}

Connection::~Connection() { PQfinish(handle_); }

/// A commit that was stored here, and whose standby didn't answer, is told by a warning alone
/// (src/backend/replication/syncrep.c); its text depends on the server's language.
void Connection::notice(void* connection, const PGresult* result) {
  if (field(result, PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN") {
    static_cast<Connection*>(connection)->unreplicated_ = true;
  }
}

Error Connection::broken(const std::string& why) {
  dead_ = true;
  broke_ = true;
  return unreachable(place_, why);
}

Error Connection::failure(const PGresult* result) {
  Diagnosis diagnosis =
      diagnose(field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY), place_);
  try_again_ = try_again_ || diagnosis.try_again;
  names_failed_ = names_failed_ || diagnosis.name_failed;
  row_locked_ = row_locked_ || diagnosis.locked;
  if (diagnosis.ended) {
    dead_ = true;
    broke_ = true;
  }
  return std::move(diagnosis.error);
}

const char* Connection::prepared(const sql::Text& statement, const Params::Sent& sent) {
  const auto [entry, fresh] = names_.try_emplace(statement.text);
  if (!fresh) return entry->second.c_str();
  entry->second = name_of(statement);
  const int code = PQsendPrepare(handle_, entry->second.c_str(), statement.text,
                                 static_cast<int>(sent.types.size()), sent.types.data());
  if (code != 1) send_failed_ = true;
  sent_.push_back(statement.text);
  return entry->second.c_str();
}

void Connection::send(const sql::Text& statement, const Params& params) {
  const Params::Sent sent = params.sent();
  const int count = static_cast<int>(sent.types.size());
  const bool named = naming_ && count > 0;
  const int code =
      named
          ? PQsendQueryPrepared(handle_, prepared(statement, sent), count, sent.values.data(),
                                sent.lengths.data(), sent.formats.data(), kBinaryResult)
          : PQsendQueryParams(handle_, statement.text, count, sent.types.data(), sent.values.data(),
                              sent.lengths.data(), sent.formats.data(), kBinaryResult);
  sent_.push_back(nullptr);
  in_flight_ = true;
  ++writes_;
  if (code != 1) send_failed_ = true;
}

bool Connection::awaited(const PGresult* result) {
  const char* const preparation = sent_.front();
  sent_.pop_front();
  if (preparation == nullptr) return true;
  if (PQresultStatus(result) != PGRES_COMMAND_OK) names_.erase(preparation);
  return false;
}

bool Connection::ready(short events, Deadline deadline) {
  if (!cancelled_ && wait_for(PQsocket(handle_), events, deadline)) return true;
  if (canceller_ == nullptr) return false;
  if (!std::exchange(cancelled_, true)) canceller_->cancel(handle_);
  return wait_for(PQsocket(handle_), events, deadline + patience_after_cancel_);
}

Result<void> Connection::wait(Deadline deadline) {
  const int unsent = PQflush(handle_);
  if (unsent < 0) return broken(first_line(PQerrorMessage(handle_)));
  const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
  if (!ready(events, deadline)) return broken("it doesn't answer");
  if (PQconsumeInput(handle_) == 0) return broken(first_line(PQerrorMessage(handle_)));
  return {};
}

Result<ResultPtr> Connection::next_result(Deadline deadline) {
  // Whatever was sent has to leave before it can be answered.
  while (PQisBusy(handle_) != 0) {
    if (auto come = wait(deadline); !come) return std::move(come).error();
  }
  return ResultPtr(PQgetResult(handle_));
}

Result<void> Connection::gather() {
  answers_.clear();
  in_flight_ = false;
  if (dead_) return broken("the connection was lost");
  if (std::exchange(send_failed_, false) || PQpipelineSync(handle_) == 0) {
    return broken(first_line(PQerrorMessage(handle_)));
  }
  ++syncs_;
  const Deadline deadline = Steady::now() + patience_;
  while (PQflush(handle_) > 0) {
    if (auto come = wait(deadline); !come) return come;
  }
  std::optional<Error> failed;
  while (syncs_ > 0) {
    auto result = next_result(deadline);
    if (!result) return std::move(result).error();
    const ExecStatusType status = PQresultStatus(result->get());
    const bool failure_told = *result != nullptr && status == PGRES_FATAL_ERROR;
    if (failure_told && !failed) {
      Error told = failure(result->get());
      if (syncs_ == 1) failed = std::move(told);
      // What was finished later has failed by itself, and is nothing to this transaction.
      if (syncs_ > 1) try_again_ = row_locked_ = false;
    }
    if (PQstatus(handle_) != CONNECTION_OK || dead_) {
      Error lost = broken("the connection was lost");
      return failed ? *std::move(failed) : std::move(lost);
    }
    if (*result == nullptr) continue;  // the end of one statement's answer
    if (status == PGRES_PIPELINE_SYNC) {
      --syncs_;
    } else if (awaited(result->get())) {
      answers_.push_back(*std::move(result));
    }
  }
  // The request may arrive late, and must not end what is sent next.
  dead_ = dead_ || cancelled_;
  if (failed) return *std::move(failed);
  return {};
}

Result<Rows> Connection::query(const sql::Text& statement, const Params& params) {
  send(statement, params);
  --writes_;
  if (auto come = gather(); !come) return std::move(come).error();
  return answer(0);
}

Rows Connection::answer(std::size_t back) {
  return Rows(std::move(answers_[answers_.size() - 1 - back]));
}

void Connection::finish_later() {
  in_flight_ = false;
  if (send_failed_ || PQpipelineSync(handle_) == 0 || PQflush(handle_) < 0) {
    dead_ = true;
    return;
  }
  ++syncs_;
}

void Connection::rollback() {
  if (!good()) return;
  const bool kept_again = try_again_;
  // What is in flight may begin a transaction; what failed left one that has to be ended.
  if (in_flight_ || syncs_ > 0) (void)gather();
  if (good() && PQtransactionStatus(handle_) != PQTRANS_IDLE) {
    send(sql::kRollback);
    (void)gather();
  }
  if (PQtransactionStatus(handle_) != PQTRANS_IDLE) dead_ = true;
  try_again_ = kept_again;
}

Result<void> Connection::script(const std::string& statements) {
  if (in_flight_ || syncs_ > 0) {
    if (auto come = gather(); !come) return come;
  }
  if (PQexitPipelineMode(handle_) == 0) return broken(first_line(PQerrorMessage(handle_)));
  if (PQsendQuery(handle_, statements.c_str()) == 0) {
    return broken(first_line(PQerrorMessage(handle_)));
  }
  const Deadline deadline = Steady::now() + patience_;
  std::optional<Error> failed;
  for (;;) {
    auto result = next_result(deadline);
    if (!result) return std::move(result).error();
    if (*result == nullptr) break;
    if (PQresultStatus(result->get()) == PGRES_FATAL_ERROR && !failed) {
      failed = failure(result->get());
    }
  }
  if (good() && PQenterPipelineMode(handle_) == 0) dead_ = true;
  if (failed) return *std::move(failed);
  return {};
}

}  // namespace keepsake::postgres
