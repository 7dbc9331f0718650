#include "src/datum/cbor_form.h"

namespace keepsake {

namespace {

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
