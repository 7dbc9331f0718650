#include "src/backend/bare_database.h"

#include <array>
#include <cstdio>

namespace keepsake {

std::string filled_key(std::uint64_t number) {
  std::array<char, 24> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "p%010llu", static_cast<unsigned long long>(number));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace keepsake
