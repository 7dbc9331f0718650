// One run of a scenario, and what came of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/checker.h"
#include "sim/ground.h"
#include "sim/scenario.h"

namespace sim {

struct Outcome {
  std::optional<Violation> violation;
  std::uint64_t trace_hash = 0;
  std::vector<std::string> trace;  ///< if it was asked for
};

/// The same scenario gives the same outcome, in memory. One thread; several runs may be under way
/// in several.
[[nodiscard]] Outcome run(const Scenario& scenario, bool with_trace = false,
                          const Ground& ground = {});

/// Leaves out what the violation doesn't need: the shortest list of actions found that still breaks
/// the same promise (delta debugging: Zeller, "Yesterday, my program worked. Today, it does not.
/// Why?", 1999). `tries`: runs made at most.
[[nodiscard]] Scenario shrink(const Scenario& scenario, const Violation& violation,
                              std::size_t tries = 400);

}  // namespace sim
