// The times of the ownership protocol (docs/ownership.md, "Constants").
#pragma once

#include <chrono>

#include "keepsake/base/clock.h"

namespace keepsake {

/// Times of the protocol. The defaults are the ones that the guarantees are stated for; all servers
/// of one database must use the same.
struct Timing {
  Duration lease = std::chrono::seconds(10);          ///< how long a silent server keeps players
  Duration renewal = std::chrono::seconds(2);         ///< at most a quarter of `lease`
  Duration margin = std::chrono::seconds(1);          ///< taken off our own deadline
  Duration auto_save = std::chrono::seconds(5);       ///< an edit is saved within this time
  Duration poll = std::chrono::milliseconds(250);     ///< where notifications are lost
  Duration tie = std::chrono::seconds(1);             ///< a tie may wait so long for its save
  Duration load_deadline = std::chrono::seconds(20);  ///< of a load that names none, and of views
  Duration save_deadline = std::chrono::seconds(10);  ///< of commit, once and end
  Duration ask = std::chrono::seconds(20);            ///< how long an owner heeds an ask
  Duration returns = std::chrono::minutes(1);  ///< how often messages that expired where nobody
                                               ///< was there to handle them are looked for
  /// How long a purchase or a message of the same id is known again; deleted a day later.
  Duration receipt_retention = std::chrono::hours(24 * 400);
};

}  // namespace keepsake
