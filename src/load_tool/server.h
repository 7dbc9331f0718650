// One of the load tool's game servers: a process with a store and its players, that does what it is
// told over a pipe and answers each order with one line.
//
//     start FIRST COUNT STEP       loads players          → started COUNT NS
//     end                          ends their sessions    → ended
//     tick NS                      how long a tick is     → ticking
//     save NS                      saves all the time     → saved COUNT NS CPU BATCHES
//     bare NS                      the same rows, bare    → bared COUNT NS CPU BATCHES TIMES
//     single NS CONNECTIONS        bare rows, one by one  → singled COUNT NS CPU BATCHES TIMES
//     pace RATE                    saves so many a second → pacing
//     unpace                       no more of that        → paced TIMES
//     take NUMBER                  asks for that player   → took NS
//     idle NS                      plays without an edit  → idled NS CPU CALLS
//     quit                         ends what it has       → gone
//
// COUNTs are of what was done; NS, CPU are nanoseconds; TIMES are a histogram's text. What can't be
// done answers "failed TEXT".
#pragma once

#include <cstddef>
#include <string>

#include "keepsake/backend/record.h"
#include "keepsake/base/clock.h"

namespace keepsake::load_tool {

inline constexpr Duration kGameTick = std::chrono::microseconds(16'667);

struct ServerSettings {
  std::string db;
  std::string journal;  ///< a folder
  std::string id;
  std::size_t entries = 20;
  PayloadFormat payload = PayloadFormat::json;
};

/// Plays until it is told to quit or nobody is there to tell; gives the exit status.
[[nodiscard]] int run_server(const ServerSettings& settings, int orders, int answers);

}  // namespace keepsake::load_tool
