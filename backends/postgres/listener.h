// Listens for wake-ups on a connection of its own. Only makes things faster: where it can't be
// made, or breaks, or nothing comes through it, whoever waits looks by itself when its time is
// over.
//
// A connection can be dead without a sign: a machine between drops what passes, a pooler forgets
// who listens. So it is asked for an answer every few seconds; and once it listens, a notification
// is sent on another connection, which must come in by it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "backends/postgres/listening_connection.h"
#include "keepsake/backend/backend.h"
#include "keepsake/base/ids.h"

namespace keepsake::postgres {

/// The channel on which a server is woken; one of its own, so that no other is woken with it.
[[nodiscard]] std::string channel_of(const Generation& generation, Incarnation incarnation);

class Listener {
 public:
  /// What is sent on a channel to see whether it comes in. It wakes nobody.
  static constexpr const char* kTrial = "trial";

  /// `address`: none to listen nowhere.
  Listener(std::optional<Address> address, std::chrono::milliseconds connect_timeout);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Listens on `channel`, which nobody has used yet, from now on, if the database can be reached
  /// at once and nobody waits; else soon.
  void listen(const std::string& channel);
  /// Waits for a notification on `channel`, or until `at_most` has passed or stop() was called.
  /// True if one came, or may have while there was no connection. One thread at a time.
  bool wait(const std::string& channel, std::chrono::milliseconds at_most);
  /// Ends every wait, now and later.
  void stop();

  /// The channel to send a trial on now, once for each connection; none if it is not time for it.
  /// Thread-safe, as the next two are.
  [[nodiscard]] std::optional<std::string> trial_due();
  /// It could not be sent.
  void trial_failed();
  [[nodiscard]] WakeStats stats() const;

 private:
  using Steady = std::chrono::steady_clock;
  enum class Trial : std::uint8_t { none, wanted, sent, heard };

  /// Does what can be done without waiting: connects, listens, asks for a sign of life, takes what
  /// came.
  void go_on();
  void connect();
  void look_at(ListeningConnection::State state);
  void take_notifications();
  void take_answer();
  /// It takes statements: the next of those that it is time for.
  void ask_next();
  void lose(Steady::duration next_try);
  [[nodiscard]] Trial trial() const;
  void set_trial(Trial trial);
  /// Waits until it can go on, until `until`, or until told to stop, which is true.
  bool sleep(Steady::time_point until);
  [[nodiscard]] bool listens_on(const std::string& channel) const {
    return listened_.contains(channel) && asked_.empty();
  }

  const std::optional<Address> address_;
  const std::chrono::milliseconds connect_timeout_;
  int stop_pipe_[2] = {-1, -1};

  mutable std::mutex trial_mutex_;
  Trial trial_ = Trial::none;  ///< guarded by trial_mutex_
  std::string trial_channel_;  ///< guarded by trial_mutex_
  std::atomic<std::uint64_t> heard_count_{0}, lost_count_{0};

  std::mutex mutex_;  ///< of who waits; guards the rest
  std::unique_ptr<ListeningConnection> connection_;
  std::set<std::string> channels_;  ///< to listen on
  std::set<std::string> listened_;  ///< those that this connection was told of
  std::set<std::string> asked_;     ///< of these, the ones it hasn't answered for
  std::set<std::string> heard_;     ///< on which something came that nobody has waited for yet
  Steady::time_point next_try_{};   ///< to connect
  bool awaits_answer_ = false;
  Steady::time_point answer_by_{};  ///< if it awaits an answer; else when to ask for one
  std::optional<Steady::time_point> trial_by_;
};

}  // namespace keepsake::postgres
