// Closing: how a run ends, whatever was done in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "examples/demo/show.h"
#include "examples/demo/stage.h"

namespace demo {

struct Closing {
  const Stage& stage;
  Fleet& fleet;
  Crowd& crowd;
  const Witness& witness;
  const std::map<std::int64_t, int>& kills;  ///< by server ordinal
  const std::function<void(const std::string&)>& say;
};

/// Every server trades once more and shuts down; what they and the players told goes into `report`,
/// and the accounts with what the database holds. Errors: the database can't be read.
[[nodiscard]] keepsake::Result<void> close_doors(const Closing& of, ShowReport& report);

}  // namespace demo
