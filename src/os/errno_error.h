// What the operating system said, as an Error.
#pragma once

#include <string_view>

#include "keepsake/base/error.h"

namespace keepsake::os {

/// `doing`: "open", "write to"; the cause becomes "can't open '/path': No such file or directory".
[[nodiscard]] Error errno_error(int number, std::string_view doing, std::string_view path);

}  // namespace keepsake::os
