// Which names a member of a C++ struct may have.
#pragma once

#include <string_view>

namespace keepsake {

/// Letters, digits and underscores, and none of the names that C++ keeps for itself.
[[nodiscard]] bool is_identifier(std::string_view name);

}  // namespace keepsake
