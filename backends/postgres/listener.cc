#include "backends/postgres/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace keepsake::postgres {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A database that is away is asked again after so long.
constexpr seconds kNextTry{1};
/// One through which nothing comes, after so long: that doesn't mend itself.
constexpr seconds kNextTryWhereDeaf{60};
/// A connection is asked for a sign of life after so long, and has so long for an answer.
constexpr seconds kAskEvery{4};
constexpr seconds kAnswer{3};
/// A trial comes in within this time, or nothing does.
constexpr seconds kTrialAnswer{4};
/// How long a server's start waits for it to listen.
constexpr milliseconds kListenAtOnce{500};

}  // namespace

std::string channel_of(const Generation& generation, Incarnation incarnation) {
  return "keepsake_" + generation.text().substr(0, 8) + "_" + std::to_string(incarnation);
}

Listener::Listener(std::optional<Address> address, milliseconds connect_timeout)
    : address_(std::move(address)), connect_timeout_(connect_timeout) {
  if (::pipe2(stop_pipe_, O_CLOEXEC | O_NONBLOCK) != 0) stop_pipe_[0] = stop_pipe_[1] = -1;
}

Listener::~Listener() {
  for (const int end : stop_pipe_) {
    if (end >= 0) ::close(end);
  }
}

void Listener::stop() {
  const char byte = 1;
  // Never read: it stays readable, so that later waits end, too.
  if (stop_pipe_[1] >= 0) (void)!::write(stop_pipe_[1], &byte, 1);
}

std::optional<std::string> Listener::trial_due() {
  const std::scoped_lock lock(trial_mutex_);
  if (trial_ != Trial::wanted) return std::nullopt;
  trial_ = Trial::sent;
  return trial_channel_;
}

void Listener::trial_failed() {
  const std::scoped_lock lock(trial_mutex_);
  if (trial_ == Trial::sent) trial_ = Trial::wanted;
}

Listener::Trial Listener::trial() const {
  const std::scoped_lock lock(trial_mutex_);
  return trial_;
}

void Listener::set_trial(Trial trial) {
  const std::scoped_lock lock(trial_mutex_);
  trial_ = trial;
}

WakeStats Listener::stats() const {
  return {.heard = heard_count_, .lost = lost_count_, .listening = trial() == Trial::heard};
}

void Listener::listen(const std::string& channel) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || !address_) return;  // somebody waits: then wait() adds it
  channels_.insert(channel);
  const auto until = Steady::now() + std::min(connect_timeout_, kListenAtOnce);
  for (go_on(); connection_ && !listens_on(channel) && Steady::now() < until; go_on()) {
    if (sleep(until)) break;
  }
  if (listens_on(channel)) heard_.erase(channel);  // nothing was said before
}

bool Listener::wait(const std::string& channel, milliseconds at_most) {
  const auto until = Steady::now() + at_most;
  const std::scoped_lock lock(mutex_);
  if (address_) channels_.insert(channel);
  for (bool stopped = sleep(Steady::now()); !stopped; stopped = sleep(until)) {
    go_on();
    if (heard_.erase(channel) > 0) return true;
    if (Steady::now() >= until) return false;
  }
  return false;
}

bool Listener::sleep(Steady::time_point until) {
  pollfd polled[2] = {{.fd = stop_pipe_[0], .events = POLLIN, .revents = 0},
                      {.fd = -1, .events = 0, .revents = 0}};
  if (connection_) {
    polled[1] = connection_->awaited();
    until = std::min(until, trial_by_ ? std::min(answer_by_, *trial_by_) : answer_by_);
  } else if (address_) {
    until = std::min(until, next_try_);
  }
  const auto left = std::chrono::ceil<milliseconds>(until - Steady::now()).count();
  (void)::poll(polled, 2, static_cast<int>(std::max<std::int64_t>(left, 0)));
  return (polled[0].revents & POLLIN) != 0;
}

void Listener::go_on() {
  if (!connection_) connect();
  if (connection_) look_at(connection_->go_on());
}

void Listener::connect() {
  if (!address_ || Steady::now() < next_try_) return;
  awaits_answer_ = true;
  answer_by_ = Steady::now() + connect_timeout_;
  connection_ = std::make_unique<ListeningConnection>(*address_);
}

void Listener::look_at(ListeningConnection::State state) {
  using State = ListeningConnection::State;
  take_notifications();
  const auto now = Steady::now();
  const Trial trial = this->trial();
  if (trial != Trial::sent) trial_by_.reset();
  if (trial == Trial::sent && !trial_by_) trial_by_ = now + kTrialAnswer;
  const bool deaf = trial_by_ && now >= *trial_by_;
  const bool silent = state != State::idle && now >= answer_by_;
  if (state == State::refused || deaf) return lose(kNextTryWhereDeaf);
  if (state == State::broken || silent) return lose(kNextTry);
  if (state != State::idle) return;
  if (awaits_answer_) take_answer();
  ask_next();
}

void Listener::take_notifications() {
  for (Notification& one : connection_->notifications()) {
    if (one.payload == kTrial) {
      set_trial(Trial::heard);
      continue;
    }
    heard_.insert(std::move(one.channel));
    ++heard_count_;
  }
}

void Listener::take_answer() {
  awaits_answer_ = false;
  answer_by_ = Steady::now() + kAskEvery;
  if (asked_.empty()) return;
  const std::scoped_lock lock(trial_mutex_);
  if (trial_ == Trial::none) {
    trial_ = Trial::wanted;
    trial_channel_ = *asked_.begin();
  }
  heard_.merge(asked_);  // what was said before is looked for at once
  asked_.clear();
}

void Listener::ask_next() {
  std::string statements;
  for (const std::string& channel : channels_) {
    if (!listened_.insert(channel).second) continue;
    asked_.insert(channel);
    statements += "LISTEN " + channel + ";";
  }
  const auto now = Steady::now();
  if (statements.empty() && now < answer_by_) return;
  connection_->ask(statements.empty() ? "SELECT 1" : statements);
  awaits_answer_ = true;
  answer_by_ = now + kAnswer;
}

void Listener::lose(Steady::duration next_try) {
  if (trial() != Trial::none) ++lost_count_;  // it had listened
  connection_.reset();
  listened_.clear();
  asked_.clear();
  set_trial(Trial::none);
  trial_by_.reset();
  next_try_ = Steady::now() + next_try;
}

}  // namespace keepsake::postgres
