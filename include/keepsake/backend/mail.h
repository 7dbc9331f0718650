// The requests and answers of a backend about inboxes; backend.h says what each does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "keepsake/backend/record.h"

namespace keepsake {

/// Messages that wait for one of our profiles.
struct MailOnOurs {
  ProfileKey key;
  std::string newest;  ///< id of the message that came last
};
/// How an inbox stands to a message that may be sent to it.
struct InboxState {
  std::size_t waiting = 0;
  bool known = false;  ///< a message of that id waits there, or was handled before
};
/// Gives back what nobody was there to receive (rule 31).
struct SendBackExpired {
  Owner self;
  std::int64_t now_ms = 0;  ///< messages whose expiry has come by then
  std::size_t limit = 0;
};

/// Gives up what nobody can use any more: ids of purchases and messages so old that whoever brings
/// them again is told so (rule 29).
struct Forget {
  std::int64_t age_ms = 0;  ///< at least 1; by the database's time, of the purchase or of when the
                            ///< message was handled
  std::size_t limit = 0;
};

}  // namespace keepsake
