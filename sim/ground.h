// What a simulated world stands on. By default its database is in memory; a replay stands on
// another (sim/replay).
#pragma once

#include "keepsake/testing/world.h"

namespace sim {

struct Ground {
  /// As WorldOptions::database.
  decltype(keepsake::WorldOptions::database) database{};
  int runs = 100;  ///< of named scenarios that play one situation again and again
};

}  // namespace sim
