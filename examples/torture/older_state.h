// An older state of the database in the place of the present one, and what may come of that: what
// was done since may be lost; what the older state holds is there; what comes after is there;
// nothing is split; and what a journal holds of a newer state is told and set aside, not replayed
// in silence.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "examples/torture/round.h"
#include "examples/torture/scenarios.h"

namespace torture {

/// What a round stands on whose database goes back: journals drop what was saved before.
[[nodiscard]] inline Ground ground_of_an_older_state() {
  Ground ground;
  ground.segment_bytes = std::size_t{64} << 10;
  ground.trades_per_second = 5;
  return ground;
}

class OlderState {
 public:
  OlderState(Round& round, std::size_t a, std::size_t b) : round_(round), a_(a), b_(b) {}

  /// The copy at that path or address is what comes back.
  [[nodiscard]] keepsake::Result<void> note(const std::string& copy);
  /// All servers of before have ended: another starts on the older state, and all join it.
  void start_again();
  /// The accounting, and whether what was lost was told. `newer`: the states of rows as they were
  /// last before the older state came; empty: servers played on under a new generation.
  [[nodiscard]] RoundResult settle(const std::map<std::string, std::string>& newer);

 private:
  /// Done by a server of before.
  [[nodiscard]] bool is_old(demo::Number number) const;
  [[nodiscard]] keepsake::Result<void> look_for_newer_state(
      const std::map<std::string, std::string>& newer, RoundReport& report);

  Round& round_;
  const std::size_t a_;
  const std::size_t b_;
  std::set<std::pair<std::string, demo::Number>> in_backup_;
  std::map<std::string, std::string> in_backup_states_;
  std::size_t lost_ = 0;
};

}  // namespace torture
