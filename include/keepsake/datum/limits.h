// Limits on one value: ranges of numbers, lengths of strings and arrays. Plain and constexpr, so
// that a struct's rules can state them (`rule<&Item::quantity>(at_least(1))`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace keepsake {

/// Each bound is inclusive; a bound that is not set holds nothing back. Integers are compared as
/// integers with `least_integer` and `most_integer`, doubles with the other two.
struct Limits {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::int64_t least_integer = std::numeric_limits<std::int64_t>::min();
  std::int64_t most_integer = std::numeric_limits<std::int64_t>::max();
  std::size_t least_size = 0;  ///< bytes of a string, items of an array, entries of a map
  std::size_t most_size = std::numeric_limits<std::size_t>::max();

  friend constexpr bool operator==(const Limits&, const Limits&) = default;
  [[nodiscard]] constexpr bool none() const { return *this == Limits{}; }
  /// Both hold.
  friend constexpr Limits operator&(const Limits& a, const Limits& b) {
    return {.least = a.least > b.least ? a.least : b.least,
            .most = a.most < b.most ? a.most : b.most,
            .least_integer = a.least_integer > b.least_integer ? a.least_integer : b.least_integer,
            .most_integer = a.most_integer < b.most_integer ? a.most_integer : b.most_integer,
            .least_size = a.least_size > b.least_size ? a.least_size : b.least_size,
            .most_size = a.most_size < b.most_size ? a.most_size : b.most_size};
  }
};

namespace detail {
/// The nearest integers at or above, at or below a bound, held within 64 bits.
constexpr std::int64_t integer_at_least(double bound) {
  if (bound <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
  if (bound >= 9223372036854775808.0) return std::numeric_limits<std::int64_t>::max();
  const auto cut = static_cast<std::int64_t>(bound);
  return static_cast<double>(cut) < bound ? cut + 1 : cut;
}
constexpr std::int64_t integer_at_most(double bound) {
  if (bound <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
  if (bound >= 9223372036854775808.0) return std::numeric_limits<std::int64_t>::max();
  const auto cut = static_cast<std::int64_t>(bound);
  return static_cast<double>(cut) > bound ? cut - 1 : cut;
}
}  // namespace detail

[[nodiscard]] constexpr Limits at_least(double least) {
  return {.least = least, .least_integer = detail::integer_at_least(least)};
}
[[nodiscard]] constexpr Limits at_most(double most) {
  return {.most = most, .most_integer = detail::integer_at_most(most)};
}
[[nodiscard]] constexpr Limits between(double least, double most) {
  return at_least(least) & at_most(most);
}
[[nodiscard]] constexpr Limits size_at_least(std::size_t least) { return {.least_size = least}; }
[[nodiscard]] constexpr Limits size_at_most(std::size_t most) { return {.most_size = most}; }

}  // namespace keepsake
