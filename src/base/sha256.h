// SHA-256 (FIPS 180-4): a digest by which content is known again, on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace keepsake {

using Sha256Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256Digest sha256(std::string_view bytes);
/// RFC 2104: a digest that only who has the key can make.
[[nodiscard]] Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] std::string hex(const Sha256Digest& digest);  ///< 64 lower-case digits

}  // namespace keepsake
