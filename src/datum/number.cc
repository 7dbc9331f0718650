#include "src/datum/number.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#if !defined(__cpp_lib_to_chars)
#include <locale.h>
#include <stdlib.h>
#endif

namespace keepsake {

namespace {

constexpr std::uint64_t kMostMagnitude = std::uint64_t{1} << 63;
constexpr std::ptrdiff_t kFewDigits = 15;  // all numbers of so many are exact as doubles
constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// A number taken apart: digits × 10^exponent.
struct Decimal {
  bool negative = false;
  std::uint64_t digits = 0;  // the first nineteen that count
  int digit_count = 0;
  bool cut = false;  // there were more, and not all of them zero
  std::int64_t exponent = 0;

  void take(char c, bool after_point) {
    if (digit_count == 0 && c == '0') {
      if (after_point) --exponent;
    } else if (digit_count < 19) {
      digits = digits * 10 + static_cast<unsigned>(c - '0');
      ++digit_count;
      if (after_point) --exponent;
    } else {
      if (c != '0') cut = true;
      if (!after_point) ++exponent;
    }
  }
};

bool is_digit(const char* p, const char* end) {
  return p != end && static_cast<unsigned char>(*p - '0') < 10;
}

// Reads the token's grammar. On a fault, `p` stands at it.
bool read_decimal(const char*& p, const char* end, Decimal& out) {
  if (p != end && *p == '-') {
    out.negative = true;
    ++p;
  }
  if (!is_digit(p, end)) return false;
  if (*p == '0') {
    ++p;
    if (is_digit(p, end)) return false;
  }
  for (; is_digit(p, end); ++p) out.take(*p, false);
  if (p != end && *p == '.') {
    ++p;
    if (!is_digit(p, end)) return false;
    for (; is_digit(p, end); ++p) out.take(*p, true);
  }
  if (p == end || (*p != 'e' && *p != 'E')) return true;
  ++p;
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  if (!is_digit(p, end)) return false;
  std::int64_t written = 0;
  for (; is_digit(p, end); ++p) {
    if (written < 1'000'000'000) written = written * 10 + (*p - '0');
  }
  out.exponent += negative ? -written : written;
  return true;
}

bool as_integer(Decimal decimal, std::int64_t& out) {
  if (decimal.digits == 0) return out = 0, true;
  if (decimal.cut) return false;
  while (decimal.exponent < 0 && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    ++decimal.exponent;
  }
  if (decimal.exponent < 0) return false;
  for (; decimal.exponent > 0; --decimal.exponent) {
    if (decimal.digits > kMostMagnitude / 10) return false;
    decimal.digits *= 10;
  }
  if (decimal.digits > kMostMagnitude - (decimal.negative ? 0 : 1)) return false;
  out = static_cast<std::int64_t>(decimal.negative ? 0 - decimal.digits : decimal.digits);
  return true;
}

// The nearest double of the token's text; infinity if there is none.
double nearest_double(const char* begin, const char* end, const Decimal& decimal) {
#if defined(__cpp_lib_to_chars)
  double value = 0;
  const std::from_chars_result result = std::from_chars(begin, end, value);
  if (result.ec == std::errc()) return value;
  const bool large = decimal.exponent + decimal.digit_count > 0;
  return large ? std::numeric_limits<double>::infinity() : 0.0;
#else
  static_cast<void>(decimal);
  static const locale_t kPlain = newlocale(LC_ALL_MASK, "C", nullptr);
  const std::string text(begin, end);
  return strtod_l(text.c_str(), nullptr, kPlain);
#endif
}

double as_double(const char* begin, const char* end, const Decimal& decimal) {
  // Exact digits and an exact power of ten: one rounding (W. D. Clinger, 1990).
  const bool exact = !decimal.cut && decimal.digits <= std::uint64_t{1} << 53 &&
                     decimal.exponent >= -22 && decimal.exponent <= 22;
  if (!exact) return nearest_double(begin, end, decimal);
  const auto digits = static_cast<double>(decimal.digits);
  const double value = decimal.exponent < 0 ? digits / kPowers[-decimal.exponent]
                                            : digits * kPowers[decimal.exponent];
  return decimal.negative ? -value : value;
}

// The token of a number with a few digits, a point and a last decimal that is no zero; nullptr for
// others, and where it isn't certain that the token ends here.
const char* read_few_decimals(const char* p, const char* end, double& out) {
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  const char* const first = p;
  std::int64_t digits = 0;
  for (; is_digit(p, end); ++p) {
    if (p - first == kFewDigits) return nullptr;
    digits = digits * 10 + (*p - '0');
  }
  if (p == first || (*first == '0' && p - first > 1) || p == end || *p != '.') return nullptr;
  const char* const point = p++;
  for (; is_digit(p, end); ++p) {
    if (p - first > kFewDigits) return nullptr;
    digits = digits * 10 + (*p - '0');
  }
  if (p == point + 1 || p[-1] == '0' || (p != end && (*p == 'e' || *p == 'E'))) return nullptr;
  // Exact digits and an exact power of ten: one rounding.
  const double value = static_cast<double>(digits) / kPowers[p - point - 1];
  out = negative ? -value : value;
  return p;
}

// Three digits, with zeros before them; writes four bytes.
void write_three(char* out, std::uint64_t value) {
  const SmallNumber& number = kSmallNumbers.of[value];
  std::memcpy(out, "000", 3);
  std::memcpy(out + 3 - number.size, &number, sizeof number);
}

// By threes from the left.
char* write_magnitude(char* out, std::uint64_t value) {
  constexpr std::uint64_t kThousand = 1000;
  if (value < kThousand) return write_integer(out, static_cast<std::int64_t>(value));
  out = write_magnitude(out, value / kThousand);
  write_three(out, value % kThousand);
  return out + 3;
}

// A double whose digits, read as an integer, and whose power of ten are exact reads back as itself;
// the first power at which it does gives the fewest digits. nullptr for others.
char* write_few_decimals(char* out, double value) noexcept {
  constexpr double kMost = 1125899906842624.0;  // 2^50: no second one would read back
  const double magnitude = std::abs(value);
  if (!(magnitude >= 1)) return nullptr;  // may be shorter with an exponent
  for (int decimals = 1; decimals <= 6; ++decimals) {
    const double scaled = magnitude * kPowers[decimals];
    if (!(scaled < kMost)) return nullptr;
    const auto digits = static_cast<std::int64_t>(scaled + 0.5);
    if (static_cast<double>(digits) / kPowers[decimals] != magnitude) continue;
    if (value < 0) *out++ = '-';
    char* const behind = write_any_integer(out, digits);
    char* const point = behind - decimals;
    std::memmove(point + 1, point, static_cast<std::size_t>(decimals));
    *point = '.';
    return behind + 1;
  }
  return nullptr;
}

}  // namespace

const char* read_any_number(const char* p, const char* end, Number& out, NumberFault& fault) {
  const char* const begin = p;
  if (const char* const behind = read_few_decimals(p, end, out.number)) {
    out.integral = false;
    return behind;
  }
  Decimal decimal;
  if (!read_decimal(p, end, decimal)) {
    fault = NumberFault::malformed;
    return p;
  }
  out.integral = as_integer(decimal, out.integer);
  if (out.integral) return p;
  out.number = as_double(begin, p, decimal);
  if (!std::isfinite(out.number)) {
    fault = NumberFault::out_of_range;
    return begin;
  }
  return p;
}

char* write_any_integer(char* out, std::int64_t value) noexcept {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_magnitude(out, magnitude);
}

char* write_double(char* out, double value) noexcept {
  if (fits_integer(value)) return write_integer(out, static_cast<std::int64_t>(value));
  if (!std::isfinite(value)) {
    std::memcpy(out, "null", 4);
    return out + 4;
  }
  if (char* const behind = write_few_decimals(out, value)) return behind;
  return std::to_chars(out, out + kNumberRoom, value).ptr;
}

}  // namespace keepsake
