// The plants by name, for the program that chooses one.
#pragma once

#include <string_view>
#include <vector>

namespace keepsake {

/// "no-epoch-check", …: all of them, in their declared order.
[[nodiscard]] std::vector<std::string_view> plant_names();
/// Switches that one on, and every other off; "" switches all off. False: there is none of that
/// name. Before any part of the product runs; not thread-safe.
[[nodiscard]] bool choose_plant(std::string_view name);

}  // namespace keepsake
