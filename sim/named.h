// Named scenarios: single situations with a figure of their own, most of them those in which the
// peers of PEERS.md were measured, under the same conditions: a call to storage takes 100 ms, a
// notification 100 ms, the game runs at 60 Hz. docs/guarantees.md is the table of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/ground.h"

namespace sim {

/// What each player's profile holds at the start.
inline constexpr const char* kPurse = R"({"version":"2","gold":100,"things":[]})";

/// What came of one, for people; `kept`: it is as it was promised.
struct Figure {
  std::string text;
  bool kept = false;
};

struct Named {
  std::string_view id;    ///< "owner-crashed", for the command line
  std::string_view what;  ///< the situation
  std::string_view peer;  ///< what ProfileStore does there (measured); "" where it wasn't
  Figure (*run)(const Ground& ground);
};

/// All of them, in the table's order.
[[nodiscard]] std::span<const Named> named_scenarios();
/// The table, in Markdown; runs every one, in memory. `all_kept` may be null.
[[nodiscard]] std::string guarantees(bool* all_kept);

// By file: hand-overs, crashes, bad days, fleets.
[[nodiscard]] Figure owner_ended_before(const Ground& ground);
[[nodiscard]] Figure owner_alive(const Ground& ground);
[[nodiscard]] Figure owner_alive_again(const Ground& ground);
[[nodiscard]] Figure owner_alive_deaf(const Ground& ground);
[[nodiscard]] Figure clock_ahead(const Ground& ground);
[[nodiscard]] Figure owner_crashed_here(const Ground& ground);
[[nodiscard]] Figure owner_crashed_elsewhere(const Ground& ground);
[[nodiscard]] Figure owner_cut_off(const Ground& ground);
[[nodiscard]] Figure lost_on_a_crash(const Ground& ground);
[[nodiscard]] Figure lost_with_a_machine(const Ground& ground);
[[nodiscard]] Figure lost_with_flaky_storage(const Ground& ground);
[[nodiscard]] Figure crash_in_a_trade(const Ground& ground);
[[nodiscard]] Figure purchase_with_a_lost_reply(const Ground& ground);
[[nodiscard]] Figure not_a_number(const Ground& ground);
[[nodiscard]] Figure removed_while_open(const Ground& ground);
[[nodiscard]] Figure load_cancelled_in_an_outage(const Ground& ground);
[[nodiscard]] Figure load_in_an_outage(const Ground& ground);
[[nodiscard]] Figure corrupt_record(const Ground& ground);
[[nodiscard]] Figure market_chain(const Ground& ground);
[[nodiscard]] Figure builds_side_by_side(const Ground& ground);
[[nodiscard]] Figure five_minutes_without_database(const Ground& ground);
[[nodiscard]] Figure login_storm(const Ground& ground);

}  // namespace sim
