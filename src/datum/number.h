// Numbers as JSON spells them. One reader and one writer for the tree and for structs, so that both
// mean the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace keepsake {

struct Number {
  bool integral = false;  // then `integer` holds it, else `number`
  std::int64_t integer = 0;
  double number = 0;

  [[nodiscard]] double as_double() const noexcept {
    return integral ? static_cast<double>(integer) : number;
  }
};

enum class NumberFault : unsigned char { none, malformed, out_of_range };

/// Reads the token at `p`; gives the place behind it, or, on a fault, the place of the fault.
const char* read_any_number(const char* p, const char* end, Number& out, NumberFault& fault);

/// As read_any_number, with the common case (an integer of up to 18 digits) in line.
inline const char* read_number(const char* p, const char* end, Number& out, NumberFault& fault) {
  const char* const begin = p;
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  const char* const digits = p;
  std::int64_t value = 0;
  while (p != end && static_cast<unsigned char>(*p - '0') < 10 && p - digits < 18) {
    value = value * 10 + (*p - '0');
    ++p;
  }
  const bool leading_zero = p - digits > 1 && *digits == '0';
  const bool more = p != end && (static_cast<unsigned char>(*p - '0') < 10 || *p == '.' ||
                                 *p == 'e' || *p == 'E');
  if (p == digits || leading_zero || more) return read_any_number(begin, end, out, fault);
  out.integral = true;
  out.integer = negative ? -value : value;
  return p;
}

/// Whether the double is integral and fits into 64 bits.
[[nodiscard]] inline bool fits_integer(double value) noexcept {
  constexpr double kTwo63 = 9223372036854775808.0;
  return value >= -kTwo63 && value < kTwo63 &&
         static_cast<double>(static_cast<std::int64_t>(value)) == value;
}

/// Room for any number that the writers below write.
inline constexpr std::size_t kNumberRoom = 32;

/// Each writes at `out` and gives the place behind.
char* write_any_integer(char* out, std::int64_t value) noexcept;

/// The numbers below a thousand as they are written, each of up to three digits.
struct SmallNumber {
  char digits[3];
  unsigned char size;
};
struct SmallNumbers {
  static constexpr int kCount = 1000;
  SmallNumber of[kCount];
};
inline constexpr SmallNumbers kSmallNumbers = [] {
  SmallNumbers numbers{};
  for (int value = 0; value < SmallNumbers::kCount; ++value) {
    SmallNumber& number = numbers.of[value];
    for (int part = 100; part != 0; part /= 10) {
      const bool leading = number.size == 0 && value < part && part != 1;
      if (!leading) number.digits[number.size++] = static_cast<char>('0' + value / part % 10);
    }
  }
  return numbers;
}();

inline bool is_small_number(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) < SmallNumbers::kCount;
}
/// Gives how many digits it has.
inline std::size_t write_small_number(char* out, std::int64_t value) noexcept {
  const SmallNumber& number = kSmallNumbers.of[value];
  std::memcpy(out, &number, sizeof number);
  return number.size;
}
/// As write_any_integer, with the common case in line.
inline char* write_integer(char* out, std::int64_t value) noexcept {
  if (!is_small_number(value)) return write_any_integer(out, value);
  return out + write_small_number(out, value);
}
/// Integral values below 2^63 without a fraction (exactly, so that they read back as themselves);
/// others with the fewest digits that read back as the same double; "null" for NaN and infinity.
char* write_double(char* out, double value) noexcept;

}  // namespace keepsake
