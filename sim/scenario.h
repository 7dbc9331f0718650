// A scenario: what happens to a simulated world, as a list that can be printed, cut down and run
// again. It is drawn from a seed once; each action draws its own details from a number of its own,
// so that leaving one out changes nothing of the others.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/session/timing.h"
#include "sim/data.h"

namespace sim {

using keepsake::Duration;

enum class Do : unsigned char {
  play,           ///< a few moves of the game, on one server
  die_midway,     ///< the same, and within 60 ms of them the server dies
  crash,          ///< as kill -9 does
  restart,        ///< under the same id; kills it first if it runs
  freeze,         ///< for up to 20 s
  cut_off,        ///< its calls don't reach the database, for up to 18 s
  outage,         ///< nobody's calls do, for up to 14 s
  flaky,          ///< so many of a hundred calls fail, or come late, from now on
  deaf,           ///< notifications are lost, or no longer
  shut_down,      ///< within up to 8 s
  shift_clock,    ///< its wall clock steps by up to 400 s
  power_failure,  ///< its machine dies with all its servers
  damage,         ///< a server dies in an outage, and a byte of its journal is changed
  rob,            ///< somebody takes a row from its live owner
  stall,          ///< its game doesn't pump for up to 14 s, and has announced it
  steal,          ///< an operator takes a row from its live owner
  back_up,        ///< of the database; the one before is forgotten
  restore,        ///< of the last backup, while servers play on: declared, or by hand
};
inline constexpr int kDoCount = static_cast<int>(Do::restore) + 1;
/// "play", "crash", …
[[nodiscard]] std::string_view name(Do what) noexcept;

struct Action {
  Duration wait{};  ///< before it, since the one before
  Do what = Do::play;
  std::uint8_t server = 0;
  std::uint64_t details = 0;  ///< what the action draws its details from
};

inline constexpr std::size_t kServers = 3;
inline constexpr std::array<std::string_view, kServers> kServerIds{"a", "b", "c"};

/// What a seed's world is like.
struct Scenario {
  std::uint64_t seed = 1;
  bool journals = true;
  bool far = false;      ///< the last server is on another machine
  bool power = false;    ///< machines may die
  bool thief = false;    ///< rows may be taken from their live owners
  bool damage = false;   ///< journals may be damaged
  bool restore = false;  ///< a backup may be restored
  bool by_hand = false;  ///< and is put in place without a word
  bool brisk = false;    ///< leases of 4 s, renewed each second, instead of the product's defaults
  std::array<Build, kServers> builds{};
  std::vector<Action> actions;

  /// Whether an edit that returned is kept whatever happens (but for transactions that fall): where
  /// a disk may be lost or out of reach it may be lost since the last save, and by a restore, too.
  [[nodiscard]] bool keeps_all() const {
    return journals && !far && !power && !thief && !damage && !restore;
  }
  [[nodiscard]] keepsake::Timing timing() const;
};

/// Draws the scenario of a seed.
[[nodiscard]] Scenario make_scenario(std::uint64_t seed, std::size_t steps);

/// Lines for people: the world, then an action a line with its time.
[[nodiscard]] std::string text(const Scenario& scenario);

}  // namespace sim
