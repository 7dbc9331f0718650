// The request and answer of a backend about an operator's override; backend.h says what it does.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "keepsake/backend/operations.h"

namespace keepsake {

/// Ends a session whoever has it, by the word of an operator, who holds `self`'s lease.
struct Steal {
  ProfileKey key;
  Owner self;
  Generation generation;
  SessionId session;        ///< that loses the profile; none other does
  std::uint64_t epoch = 0;  ///< of that session
  CommitToken token;        ///< of this steal; the same in each resend
  std::string reason;       ///< for the audit; must name nobody
  std::int64_t now_ms = 0;
};
/// The profile is free; `resent`: it was stolen before.
struct Stolen {
  bool resent = false;
};
/// FenceRefused: nothing was changed, since that session doesn't have the profile.
using StealAnswer = std::variant<Stolen, FenceRefused>;

}  // namespace keepsake
