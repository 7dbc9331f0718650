// A bug is an assertion, never an error code: it ends the program and says what was assumed.
#pragma once

#include <string>
#include <string_view>

namespace keepsake {

/// Prints "keepsake: assertion failed: <what>" to stderr and aborts. In every build.
[[noreturn]] void fail_assertion(std::string_view what);

/// `what` names the assumption: "Store::pump is called from the thread that made the store".
inline void require(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    fail_assertion(what);
}

}  // namespace keepsake
