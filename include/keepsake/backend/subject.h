// The requests and answers of a backend about a person's data; backend.h says what each does,
// docs/privacy.md what they are for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keepsake/backend/audit.h"
#include "keepsake/backend/history.h"
#include "keepsake/backend/operations.h"

namespace keepsake {

/// All that is kept of one key, beside the key itself.
struct Belongings {
  std::optional<Record> record;
  std::vector<Message> inbox;
  std::vector<Receipt> receipts;            ///< by id
  std::vector<Receipt> handled;             ///< ids of messages that were, and when; by id
  std::vector<Snapshot> history;            ///< newest first, with payloads
  std::vector<QuarantineEntry> quarantine;  ///< newest first, with payloads
};

/// Takes a person out of one profile, which `self` holds.
struct Erase {
  enum class What : std::uint8_t {
    profile,  ///< everything goes
    link,     ///< of a profile that is others' too: the user id, history and quarantine go
  };
  ProfileKey key;
  Owner self;
  Fence fence;        ///< as it was acquired
  CommitToken token;  ///< of this erasure; the same in each resend
  UserId user;
  What what = What::profile;
  std::string reason;  ///< for the audit; must name nobody
  std::int64_t now_ms = 0;
};
/// Done; `resent`: it was done before.
struct Erased {
  bool resent = false;
  std::uint64_t number = 0;  ///< of erasures in this database so far: see Lease::scrubbed
};
/// FenceRefused: nothing was changed, since the row isn't as the fence says.
using EraseAnswer = std::variant<Erased, FenceRefused>;

}  // namespace keepsake
