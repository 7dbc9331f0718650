// A connection that listens and does nothing else. It never waits: whoever uses it waits for its
// socket, and then lets it go on. Used by one thread at a time.
#pragma once

#include <libpq-fe.h>
#include <poll.h>

#include <string>
#include <vector>

#include "backends/postgres/address.h"

namespace keepsake::postgres {

struct Notification {
  std::string channel;
  std::string payload;
};

class ListeningConnection {
 public:
  enum class State {
    connecting,
    asking,   ///< statements were sent, and are not all answered
    idle,     ///< it takes statements
    refused,  ///< the server didn't carry one out
    broken,   ///< it can't be used any more
  };

  /// Begins to connect.
  explicit ListeningConnection(const Address& address);
  ~ListeningConnection();
  ListeningConnection(const ListeningConnection&) = delete;
  ListeningConnection& operator=(const ListeningConnection&) = delete;

  /// Does what can be done without waiting.
  State go_on();
  /// Sends statements; once it is idle.
  void ask(const std::string& statements);
  /// What has come since the last call.
  [[nodiscard]] std::vector<Notification> notifications();
  /// The socket, and what has to come about there before it can go on.
  [[nodiscard]] pollfd awaited() const;

 private:
  void connect_on();
  void read_on();

  PGconn* const handle_;
  State state_ = State::connecting;
  short events_ = POLLOUT;  ///< that are waited for while it is connecting
};

}  // namespace keepsake::postgres
