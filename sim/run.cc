#include "sim/run.h"

#include <algorithm>

#include "sim/stage.h"

namespace sim {

Outcome run(const Scenario& scenario, bool with_trace, const Ground& ground) {
  Outcome outcome;
  Stage stage(scenario, with_trace, ground);
  for (const Action& action : scenario.actions) {
    stage.advance(action.wait);
    if (stage.checker.violation()) break;
    Seat& seat = stage.seats[action.server];
    const SeededRandom random(action.details);
    disturb(stage, seat, action.what, random);
  }
  if (!stage.checker.violation()) settle(stage);
  outcome.violation = stage.checker.violation();
  if (outcome.violation) stage.note("", outcome.violation->promise, outcome.violation->what);
  outcome.trace_hash = stage.trace.hash();
  outcome.trace = stage.trace.lines();
  return outcome;
}

Scenario shrink(const Scenario& scenario, const Violation& violation, std::size_t tries) {
  Scenario best = scenario;
  const auto still_breaks = [&](const Scenario& candidate) {
    const Outcome outcome = run(candidate);
    return outcome.violation && outcome.violation->promise == violation.promise;
  };
  for (std::size_t part = best.actions.size() / 2; part > 0 && tries > 0;) {
    bool smaller = false;
    for (std::size_t at = 0; at < best.actions.size() && tries > 0;) {
      Scenario candidate = best;
      const auto begin = candidate.actions.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end =
          begin + static_cast<std::ptrdiff_t>(std::min(part, candidate.actions.size() - at));
      candidate.actions.erase(begin, end);
      --tries;
      if (still_breaks(candidate)) {
        best = std::move(candidate);
        smaller = true;
      } else {
        at += part;
      }
    }
    if (!smaller || part > best.actions.size()) part /= 2;
  }
  return best;
}

}  // namespace sim
