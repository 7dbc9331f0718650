#include "src/datum/cbor_form.h"

#include "src/datum/number.h"

namespace keepsake {

namespace {

char* write_big_endian(char* out, unsigned first, std::uint64_t number, int size_bytes) {
  *out++ = static_cast<char>(first);
  // All eight are written, the first ones count.
  std::uint64_t bytes = number << 8 * (8 - size_bytes);
  if constexpr (std::endian::native == std::endian::little) bytes = __builtin_bswap64(bytes);
  std::memcpy(out, &bytes, 8);
  return out + size_bytes;
}

// The binary16 of a binary32, where there is one of the same value.
bool as_half(std::uint32_t single, std::uint64_t& half) {
  const std::uint32_t sign = single >> 16 & 0x8000U;
  const int exponent = static_cast<int>(single >> 23 & 0xFFU) - 127;
  const std::uint32_t fraction = single & 0x7FFFFFU;
  if (exponent == -127 && fraction == 0) return half = sign, true;
  if (exponent >= -14 && exponent <= 15) {
    half = sign | static_cast<std::uint32_t>(exponent + 15) << 10 | fraction >> 13;
    return (fraction & 0x1FFFU) == 0;
  }
  if (exponent < -24 || exponent > 15) return false;
  const std::uint32_t whole = fraction | 0x800000U;
  const int shift = -exponent - 1;
  half = sign | whole >> shift;
  return (whole & ((1U << shift) - 1)) == 0;
}

}  // namespace

CborFloat shortest_float(double value) noexcept {
  CborFloat shortest{.bits = std::bit_cast<std::uint64_t>(value), .size_bytes = 8};
  if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) return shortest;
  const auto single = static_cast<float>(value);
  if (static_cast<double>(single) != value) return shortest;
  const auto bits = std::bit_cast<std::uint32_t>(single);
  if (as_half(bits, shortest.bits)) {
    shortest.size_bytes = 2;
  } else {
    shortest = {.bits = bits, .size_bytes = 4};
  }
  return shortest;
}

char* write_long_cbor_head(char* out, CborMajor major, std::uint64_t number) noexcept {
  const unsigned doubled =
      (number > 0xFF ? 1U : 0U) + (number > 0xFFFF ? 1U : 0U) + (number > 0xFFFFFFFF ? 1U : 0U);
  const unsigned first = static_cast<unsigned>(major) << 5 | (24 + doubled);
  return write_big_endian(out, first, number, 1 << doubled);
}

char* write_cbor_number(char* out, double value) noexcept {
  if (fits_integer(value)) return write_cbor_integer(out, static_cast<std::int64_t>(value));
  if (!std::isfinite(value)) return *out = static_cast<char>(kCborNull), out + 1;
  const CborFloat shortest = shortest_float(value);
  const std::uint8_t first = shortest.size_bytes == 2   ? kCborHalf
                             : shortest.size_bytes == 4 ? kCborSingle
                                                        : kCborDouble;
  return write_big_endian(out, first, shortest.bits, shortest.size_bytes);
}

double from_half(std::uint16_t bits) noexcept {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent != 31) {
    value = std::ldexp(fraction + 1024, exponent - 25);
  } else {
    value = fraction == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  }
  return (bits & 0x8000U) != 0 ? -value : value;
}

}  // namespace keepsake
