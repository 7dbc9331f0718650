// An operator's override, for a game's own tools and back offices: what `keepsake steal` does, as a
// function. It blocks; docs/ownership.md (rule 27) says what becomes of whom it robs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"

namespace keepsake {

struct StealOptions {
  std::string reason;    ///< for the audit; must name nobody
  std::string journals;  ///< folder of the journals on this machine; "": there is none
  Duration within = std::chrono::seconds(10);  ///< how long the owner is asked before it is robbed
};
struct StealReport {
  enum class How : std::uint8_t {
    free,   ///< nobody had it, or only a server that had died here: nothing was stolen
    given,  ///< its owner saved it and gave it
    taken,  ///< its owner gave no answer: what it has not saved goes to quarantine
  };
  How how = How::free;
  Owner owner;  ///< who had it; nobody if it was free
};
/// Sees to it that nobody holds the profile: replays the journals of servers that died here, asks
/// its owner, so that what is tied to it is saved with it, and takes it from an owner that doesn't
/// give it in time. The robbed server's next commit of it is refused, and its session ends with
/// `session_lost`. Takes a lease of its own meanwhile, and leaves an audit entry.
///
/// Errors: `not_found`; `session_lost` if it changed hands just then (run it again); those of the
/// backend.
[[nodiscard]] Result<StealReport> steal_profile(Backend& backend, const ProfileKey& key,
                                                const StealOptions& options);

}  // namespace keepsake
