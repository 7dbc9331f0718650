// Asks a PostgreSQL server to end what it is doing for a connection that is given up: a commit that
// waits for a standby ends on nothing else, and until then it keeps its place among the server's
// connections, and its locks.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace keepsake::postgres {

/// libpq's request (PQcancel) goes out on a connection of its own, and takes as long as the network
/// lets it: a thread sends it, which is made when it is first needed. Thread-safe.
class Canceller {
 public:
  Canceller();
  /// A request that is under way is left to end by itself, after a second.
  ~Canceller();
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;

  /// Waits for nothing. What comes in while many wait is dropped: their server is not there.
  void cancel(PGconn* connection);

 private:
  struct Shared;
  static void send_all(Shared& shared);

  const std::shared_ptr<Shared> shared_;
};

}  // namespace keepsake::postgres
