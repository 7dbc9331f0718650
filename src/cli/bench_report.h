// What a run of the load tool came to: for people, for programs, and drawn.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "keepsake/datum/value.h"
#include "src/load_tool/load_run.h"

namespace keepsake::cli {

void print_bench(std::ostream& out, const load_tool::Workload& workload,
                 const load_tool::Measured& measured);
[[nodiscard]] Value bench_json(const load_tool::Workload& workload,
                               const load_tool::Measured& measured);
/// An SVG document: rates and times, the product's beside the bare floor's.
[[nodiscard]] std::string bench_chart(const load_tool::Workload& workload,
                                      const load_tool::Measured& measured);

/// "12,300", "0.93": three digits or all before the point.
[[nodiscard]] std::string figure(double value);
[[nodiscard]] std::string figure(std::uint64_t count);
/// "400 players on 4 servers, 10,000 profiles of 1,089 bytes".
[[nodiscard]] std::string title_of(const load_tool::Workload& workload,
                                   const load_tool::Measured& measured);

}  // namespace keepsake::cli
