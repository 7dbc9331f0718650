// Named scenarios: single situations with a figure of their own, most of them those in which the
// peers of PEERS.md were measured, under the same conditions: a call to storage takes 100 ms, a
// notification 100 ms, the game runs at 60 Hz. docs/guarantees.md is the table of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sim {

/// What came of one, for people; `kept`: it is as it was promised.
struct Figure {
  std::string text;
  bool kept = false;
};

struct Named {
  std::string_view id;    ///< "owner-crashed", for the command line
  std::string_view what;  ///< the situation
  std::string_view peer;  ///< what ProfileStore does there (measured); "" where it wasn't
  Figure (*run)();
};

/// All of them, in the table's order.
[[nodiscard]] std::span<const Named> named_scenarios();
/// The table, in Markdown; runs every one. `all_kept` may be null.
[[nodiscard]] std::string guarantees(bool* all_kept);

// By file: hand-overs, crashes, bad days, fleets.
[[nodiscard]] Figure owner_ended_before();
[[nodiscard]] Figure owner_alive();
[[nodiscard]] Figure owner_alive_again();
[[nodiscard]] Figure owner_alive_deaf();
[[nodiscard]] Figure clock_ahead();
[[nodiscard]] Figure owner_crashed_here();
[[nodiscard]] Figure owner_crashed_elsewhere();
[[nodiscard]] Figure owner_cut_off();
[[nodiscard]] Figure lost_on_a_crash();
[[nodiscard]] Figure lost_with_a_machine();
[[nodiscard]] Figure lost_with_flaky_storage();
[[nodiscard]] Figure crash_in_a_trade();
[[nodiscard]] Figure purchase_with_a_lost_reply();
[[nodiscard]] Figure not_a_number();
[[nodiscard]] Figure removed_while_open();
[[nodiscard]] Figure load_cancelled_in_an_outage();
[[nodiscard]] Figure load_in_an_outage();
[[nodiscard]] Figure corrupt_record();
[[nodiscard]] Figure market_chain();
[[nodiscard]] Figure builds_side_by_side();
[[nodiscard]] Figure five_minutes_without_database();
[[nodiscard]] Figure login_storm();

}  // namespace sim
