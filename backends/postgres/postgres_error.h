// What PostgreSQL's errors mean to a backend (PostgreSQL documentation, appendix A).
#pragma once

#include <string>
#include <string_view>

#include "keepsake/base/error.h"

namespace keepsake::postgres {

/// What is to be done about a failed statement.
struct Diagnosis {
  Error error;
  bool try_again = false;    ///< another transaction was in the way: the same may succeed anew
  bool name_failed = false;  ///< a prepared statement isn't there, or is already: likewise
  bool ended = false;        ///< the server ends the connection
  bool locked = false;       ///< it waited in vain for what another transaction holds
};

/// `state`: five characters, the SQLSTATE; "" if the server gave none. `text`: its primary message,
/// which holds no parameter's value. `place`: the database's address without a secret.
[[nodiscard]] Diagnosis diagnose(std::string_view state, std::string_view text,
                                 const std::string& place);

/// The connection can't be made, or broke: nothing was changed.
[[nodiscard]] Error unreachable(const std::string& place, std::string_view why);
/// A commit was sent and its answer never came.
[[nodiscard]] Error commit_in_doubt(const std::string& place, std::string_view why);
/// A commit that is stored on the server, which waited in vain for its standby.
[[nodiscard]] Error commit_unreplicated(const std::string& place);

}  // namespace keepsake::postgres
