// How servers on one machine wake each other: a local datagram socket per listening server, in
// FILE.keepsake-wake/, named by its incarnation. A datagram says "look"; what there is to see is in
// the database. A lost one costs one poll.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"

namespace keepsake {

class Wakes {
 public:
  /// Makes the folder (mode 0700). Where that fails, nobody is woken and everybody polls.
  explicit Wakes(const std::string& directory);
  /// Ends all waits; no thread may be in wait() any more.
  ~Wakes();
  Wakes(const Wakes&) = delete;
  Wakes& operator=(const Wakes&) = delete;

  /// Makes the incarnation's socket: from now on nothing sent to it is missed.
  void listen(Incarnation incarnation);
  /// True if a datagram came, false when `at_most` has passed or stop() was called.
  bool wait(Incarnation incarnation, Duration at_most);
  void stop();

  void wake(Incarnation incarnation);
  /// Removes the socket of one whose lease has ended.
  void forget(Incarnation incarnation);
  /// The sockets that lie there, of whomever.
  [[nodiscard]] std::vector<Incarnation> found() const;

 private:
  int socket_of(Incarnation incarnation);
  [[nodiscard]] std::string path_of(Incarnation incarnation) const;

  const std::string directory_;
  int directory_fd_ = -1;
  int stop_fd_ = -1;
  int sender_fd_ = -1;

  std::mutex mutex_;
  std::map<Incarnation, int> sockets_;  ///< guarded by mutex_
};

}  // namespace keepsake
