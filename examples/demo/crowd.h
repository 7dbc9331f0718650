// Crowd: the players, who joins which server, and how long it took as they felt it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "examples/demo/fleet.h"
#include "examples/demo/traveller.h"
#include "examples/demo/witness.h"

namespace demo {

/// Times of everything that took a player somewhere.
struct Journeys {
  Histogram joins;
  Histogram hops;                            ///< as a player feels them
  Histogram hops_without_ticks;              ///< without waiting for the two games' next ticks
  Histogram takeovers;                       ///< of the takeover at hand
  keepsake::MonotonicTime first_seen{};      ///< its first ask
  keepsake::MonotonicTime first_answered{};  ///< and the first player who could play again
};

class Crowd {
 public:
  Crowd(Fleet& fleet, Witness& witness, std::map<std::int64_t, std::string> players,
        std::uint64_t seed);

  void join(std::int64_t user, std::size_t server, Purpose purpose = Purpose::join);
  void join_with_story(std::int64_t user, std::size_t server);
  /// Leaves where it is and joins `server` at the same moment.
  void hop(std::int64_t user, std::size_t server);
  /// A random player who can play on `server`.
  [[nodiscard]] std::optional<std::int64_t> somebody_on(std::size_t server);
  [[nodiscard]] std::vector<std::int64_t> everybody_on(std::size_t server) const;
  [[nodiscard]] std::size_t ready_on(std::size_t server) const;

  /// Listens for so long; `now_and_then` is called about every 10 ms.
  void run_for(keepsake::Duration time, const std::function<void()>& now_and_then = {});
  /// Until `done`, at most `at_most`; whether it was.
  bool run_until(const std::function<bool()>& done, keepsake::Duration at_most);
  void kill(std::size_t server);
  /// Begins to measure a takeover.
  void begin_takeover() {
    journeys_.first_seen = journeys_.first_answered = {};
    journeys_.takeovers.clear();
  }

  [[nodiscard]] const Journeys& journeys() const { return journeys_; }
  [[nodiscard]] const std::map<std::int64_t, Traveller>& travellers() const { return travellers_; }
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }
  /// "edit not_owner" → how often, by server.
  [[nodiscard]] const std::map<std::string, int>& refusals(std::size_t server) {
    return refusals_[server];
  }
  [[nodiscard]] std::int64_t finale_trades() const { return finale_trades_; }
  /// What servers reported as trouble, and what a player found missing on joining.
  [[nodiscard]] const std::vector<std::string>& troubles() const { return troubles_; }
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }
  [[nodiscard]] int sessions_lost(std::size_t server) { return sessions_lost_[server]; }

 private:
  void heard(std::size_t server, std::string_view line);
  void ready(std::size_t server, Words words);
  void left(std::size_t server, Words words);
  void refused(std::size_t server, Words words);
  void note_hop(const Traveller& traveller);

  Fleet& fleet_;
  Witness& witness_;
  std::map<std::int64_t, Traveller> travellers_;
  std::mt19937_64 engine_;
  Journeys journeys_;
  std::vector<std::string> story_;
  std::map<std::size_t, std::map<std::string, int>> refusals_;
  std::map<std::size_t, int> sessions_lost_;
  std::vector<std::string> troubles_;
  std::vector<std::string> missing_;
  std::int64_t finale_trades_ = 0;
};

[[nodiscard]] keepsake::MonotonicTime now();

}  // namespace demo
