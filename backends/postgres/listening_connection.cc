#include "backends/postgres/listening_connection.h"

#include <memory>

#include "backends/postgres/wire.h"

namespace keepsake::postgres {

ListeningConnection::ListeningConnection(const Address& address)
    : handle_(PQconnectStartParams(address.keywords().data(), address.values().data(), 0)) {
  if (PQstatus(handle_) == CONNECTION_BAD) state_ = State::broken;
}

ListeningConnection::~ListeningConnection() { PQfinish(handle_); }

pollfd ListeningConnection::awaited() const {
  const short events = state_ == State::connecting ? events_ : POLLIN;
  return {.fd = PQsocket(handle_), .events = events, .revents = 0};
}

ListeningConnection::State ListeningConnection::go_on() {
  if (state_ == State::connecting) connect_on();
  if (state_ == State::asking || state_ == State::idle) read_on();
  return state_;
}

void ListeningConnection::connect_on() {
  for (;;) {
    // libpq is called for a socket that is ready, and for no other.
    pollfd polled = awaited();
    if (::poll(&polled, 1, 0) <= 0) return;
    const PostgresPollingStatusType polling = PQconnectPoll(handle_);
    events_ = polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (polling == PGRES_POLLING_FAILED) state_ = State::broken;
    if (polling == PGRES_POLLING_OK) {
      state_ = PQsetnonblocking(handle_, 1) == 0 ? State::idle : State::broken;
    }
    if (state_ != State::connecting) return;
  }
}

void ListeningConnection::read_on() {
  if (PQflush(handle_) < 0 || PQconsumeInput(handle_) == 0) {
    state_ = State::broken;
    return;
  }
  bool refused = false;
  while (state_ == State::asking && PQisBusy(handle_) == 0) {
    const ResultPtr result(PQgetResult(handle_));
    if (!result) state_ = State::idle;
    if (result) refused = refused || PQresultStatus(result.get()) == PGRES_FATAL_ERROR;
  }
  if (refused) state_ = State::refused;
  if (PQstatus(handle_) != CONNECTION_OK) state_ = State::broken;
}

void ListeningConnection::ask(const std::string& statements) {
  state_ = PQsendQuery(handle_, statements.c_str()) == 1 ? State::asking : State::broken;
  if (PQflush(handle_) < 0) state_ = State::broken;
}

std::vector<Notification> ListeningConnection::notifications() {
  std::vector<Notification> come;
  while (PGnotify* const one = PQnotifies(handle_)) {
    come.push_back({.channel = one->relname, .payload = one->extra});
    PQfreemem(one);
  }
  return come;
}

}  // namespace keepsake::postgres
