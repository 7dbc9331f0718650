// How a game is told that a change is durable.
#pragma once

#include <cstdint>
#include <functional>

#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"

namespace keepsake {

/// Told when a change is durable (or why it never will be). `revision` is the stored one. After
/// Timing::save_deadline without an outcome it is told `timed_out`, and nothing more: what an edit
/// had changed is in the journal and is saved as soon as the database answers; a purchase is tried
/// again with the same receipt.
using DurableCallback = std::function<void(Result<std::uint64_t> revision)>;

/// How a purchase is applied.
struct OnceOptions {
  WallTime purchased{};  ///< when it was made; none: now. Older than receipts are kept: `too_old`
};

}  // namespace keepsake
