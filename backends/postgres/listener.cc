#include "backends/postgres/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace keepsake::postgres {

namespace {

/// A database that is away is asked again after so long.
constexpr std::chrono::seconds kNextTry{1};

}  // namespace

std::string channel_of(const Generation& generation, Incarnation incarnation) {
  return "keepsake_" + generation.text().substr(0, 8) + "_" + std::to_string(incarnation);
}

Listener::Listener(std::optional<Address> address, std::chrono::milliseconds connect_timeout)
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

bool Listener::connected() {
  if (connection_ && connection_->good()) return true;
  connection_.reset();
  if (!address_ || Steady::now() < next_try_) return false;
  next_try_ = Steady::now() + kNextTry;
  auto opened = Connection::open(*address_, connect_timeout_);
  if (!opened) return false;
  std::string script;
  for (const std::string& channel : channels_) script += "LISTEN " + channel + ";";
  if (!script.empty() && !(*opened)->script(script)) return false;
  connection_ = *std::move(opened);
  heard_ = channels_;  // what was said meanwhile is looked for at once
  return true;
}

void Listener::listen(const std::string& channel) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) add(channel);  // else somebody waits: then wait() adds it
}

bool Listener::add(const std::string& channel) {
  if (channels_.contains(channel)) return false;
  const bool here = connected();
  channels_.insert(channel);  // without a connection the next one will listen on it
  if (here && !connection_->script("LISTEN " + channel)) connection_.reset();
  return here;
}

bool Listener::take(const std::string& channel) {
  if (connection_) {
    for (std::string& come : connection_->notifications({})) heard_.insert(std::move(come));
  }
  return heard_.erase(channel) > 0;
}

bool Listener::sleep_on(int socket, Steady::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
  pollfd polled[2] = {{.fd = stop_pipe_[0], .events = POLLIN, .revents = 0},
                      {.fd = socket, .events = POLLIN, .revents = 0}};
  (void)::poll(polled, 2, static_cast<int>(std::max<std::int64_t>(left, 0)));
  return (polled[0].revents & POLLIN) != 0;
}

bool Listener::wait(const std::string& channel, std::chrono::milliseconds at_most) {
  const auto until = Steady::now() + at_most;
  const std::scoped_lock lock(mutex_);
  if (add(channel)) heard_.insert(channel);  // what was said before is looked for at once
  for (;;) {
    if (sleep_on(-1, Steady::now())) return false;
    const bool here = connected();
    if (take(channel)) return true;
    if (Steady::now() >= until) return false;
    // Without a connection, no longer than until the next try.
    const int socket = here && connection_->good() ? PQsocket(connection_->handle()) : -1;
    const auto next_try = address_ ? next_try_ : until;
    if (sleep_on(socket, socket >= 0 ? until : std::min(until, next_try))) return false;
  }
}

}  // namespace keepsake::postgres
