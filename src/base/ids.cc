#include "keepsake/base/ids.h"

namespace keepsake {

namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Id128 Id128::random(Random& random) {
  Id128 id;
  while (id.none()) id = {.high = random.next(), .low = random.next()};
  return id;
}

std::optional<Id128> Id128::parse(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  std::uint64_t words[2] = {0, 0};
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const int digit = hex_digit(hex[i]);
    if (digit < 0) return std::nullopt;
    words[i / 16] = words[i / 16] << 4 | static_cast<std::uint64_t>(digit);
  }
  return Id128{.high = words[0], .low = words[1]};
}

std::array<std::uint8_t, 16> Id128::bytes() const noexcept {
  std::array<std::uint8_t, 16> out{};
  for (unsigned i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    out[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return out;
}

Id128 Id128::from_bytes(const std::uint8_t* sixteen_bytes) noexcept {
  Id128 id;
  for (unsigned i = 0; i < 8; ++i) {
    id.high = id.high << 8 | sixteen_bytes[i];
    id.low = id.low << 8 | sixteen_bytes[8 + i];
  }
  return id;
}

std::string Id128::text() const {
  std::string out;
  out.reserve(32);
  for (const std::uint8_t byte : bytes()) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

bool ServerId::valid() const noexcept {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!good) return false;
  }
  return text != "." && text != "..";
}

}  // namespace keepsake
