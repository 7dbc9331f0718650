// Listens for wake-ups on a connection of its own. Only makes things faster: where it can't be
// made, or breaks, whoever waits looks by itself when its time is over.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "backends/postgres/connection.h"

namespace keepsake::postgres {

/// The channel on which a server is woken; one of its own, so that no other is woken with it.
[[nodiscard]] std::string channel_of(const Generation& generation, Incarnation incarnation);

class Listener {
 public:
  /// `address`: none to listen nowhere.
  Listener(std::optional<Address> address, std::chrono::milliseconds connect_timeout);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Listens on `channel` from now on, if the database can be reached and nobody waits.
  void listen(const std::string& channel);
  /// Waits for a notification on `channel`, or until `at_most` has passed or stop() was called.
  /// True if one came, or may have while the connection was lost. One thread at a time.
  bool wait(const std::string& channel, std::chrono::milliseconds at_most);
  /// Ends every wait, now and later.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;

  /// True if it wasn't listened on before, and is now.
  bool add(const std::string& channel);
  /// Whether there is a connection that listens on all channels_; makes one if it is time to.
  bool connected();
  /// Waits for the socket, or until told to stop, which is true.
  bool sleep_on(int socket, Steady::time_point until);
  bool take(const std::string& channel);

  const std::optional<Address> address_;
  const std::chrono::milliseconds connect_timeout_;
  int stop_pipe_[2] = {-1, -1};

  std::mutex mutex_;  ///< of who waits; guards the rest
  std::unique_ptr<Connection> connection_;
  std::set<std::string> channels_;  ///< listened on
  std::set<std::string> heard_;     ///< on which something came that nobody has waited for yet
  Steady::time_point next_try_{};
};

}  // namespace keepsake::postgres
