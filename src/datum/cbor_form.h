// What the reader and the writers of CBOR share: the kinds of items, and the forms of floats.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace keepsake {

/// The first three bits of an item's head (RFC 8949 §3.1).
enum class CborMajor : std::uint8_t {
  unsigned_integer,
  negative,
  bytes,
  text,
  array,
  map,
  tag,
  simple
};

inline constexpr std::uint8_t kCborFalse = 0xF4;
inline constexpr std::uint8_t kCborTrue = 0xF5;
inline constexpr std::uint8_t kCborNull = 0xF6;
inline constexpr std::uint8_t kCborHalf = 0xF9;
inline constexpr std::uint8_t kCborSingle = 0xFA;
inline constexpr std::uint8_t kCborDouble = 0xFB;

/// The shortest float of that value: its bits, and how many bytes they are.
struct CborFloat {
  std::uint64_t bits = 0;
  int size_bytes = 8;
};
[[nodiscard]] CborFloat shortest_float(double value) noexcept;

/// What a head takes at most.
inline constexpr std::size_t kCborHeadRoom = 9;

// Each writes at `out`, where there is that room, and gives the place behind.
char* write_long_cbor_head(char* out, CborMajor major, std::uint64_t number) noexcept;
inline char* write_cbor_head(char* out, CborMajor major, std::uint64_t number) noexcept {
  if (number >= 24) return write_long_cbor_head(out, major, number);
  *out = static_cast<char>(static_cast<unsigned>(major) << 5 | static_cast<unsigned>(number));
  return out + 1;
}
/// Whether an integer is not negative and takes no more than a byte behind its head.
inline bool is_cbor_byte(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) < 256;
}
/// Gives how many bytes it takes, without a branch for that; may write two for one.
inline std::size_t write_cbor_byte(char* out, std::int64_t value) noexcept {
  const bool in_head = value < 24;
  const auto head = static_cast<std::uint16_t>(in_head ? value : 24);
  const auto both = static_cast<std::uint16_t>(value << 8 | head);
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &both, 2);
  } else {
    out[0] = static_cast<char>(head);
    out[1] = static_cast<char>(value);
  }
  return in_head ? 1 : 2;
}
inline char* write_cbor_integer(char* out, std::int64_t value) noexcept {
  if (is_cbor_byte(value)) return out + write_cbor_byte(out, value);
  return value >= 0
             ? write_cbor_head(out, CborMajor::unsigned_integer, static_cast<std::uint64_t>(value))
             : write_cbor_head(out, CborMajor::negative, ~static_cast<std::uint64_t>(value));
}
/// An integer where it is integral and fits into 64 bits, null for NaN and infinity.
char* write_cbor_number(char* out, double value) noexcept;

/// IEEE 754 binary16.
[[nodiscard]] double from_half(std::uint16_t bits) noexcept;

/// Whether `a` stands before `b` in a deterministic map: by length, then by bytes.
[[nodiscard]] inline bool key_before(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace keepsake
