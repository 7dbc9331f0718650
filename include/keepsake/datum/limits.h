// Limits on one value: ranges of numbers, lengths of strings and arrays. Plain and constexpr, so
// that a struct's rules can state them (`rule<&Item::quantity>(at_least(1))`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace keepsake {

/// Each bound is inclusive; a bound that is not set holds nothing back. Integers are compared as
/// integers with `least_integer` and `most_integer`, doubles with the other two.
struct Limits {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::int64_t least_integer = std::numeric_limits<std::int64_t>::min();
  std::int64_t most_integer = std::numeric_limits<std::int64_t>::max();
  std::size_t least_size = 0;  ///< bytes of a string, of bytes; items of an array, entries of a map
  std::size_t most_size = std::numeric_limits<std::size_t>::max();
  std::size_t least_length = 0;  ///< characters (code points) of a string
  std::size_t most_length = std::numeric_limits<std::size_t>::max();

  friend constexpr bool operator==(const Limits&, const Limits&) = default;
  [[nodiscard]] constexpr bool none() const { return *this == Limits{}; }
  /// Both hold.
  friend constexpr Limits operator&(const Limits& a, const Limits& b) {
    return {.least = a.least > b.least ? a.least : b.least,
            .most = a.most < b.most ? a.most : b.most,
            .least_integer = a.least_integer > b.least_integer ? a.least_integer : b.least_integer,
            .most_integer = a.most_integer < b.most_integer ? a.most_integer : b.most_integer,
            .least_size = a.least_size > b.least_size ? a.least_size : b.least_size,
            .most_size = a.most_size < b.most_size ? a.most_size : b.most_size,
            .least_length = a.least_length > b.least_length ? a.least_length : b.least_length,
            .most_length = a.most_length < b.most_length ? a.most_length : b.most_length};
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

/// Bounds given as integers are exact for integers, beyond 2^53 too.
template <class N>
  requires std::is_arithmetic_v<N>
[[nodiscard]] constexpr Limits at_least(N least) {
  if constexpr (std::is_integral_v<N>) {
    static_assert(sizeof(N) < 8 || std::is_signed_v<N>, "cast to std::int64_t, minding the range");
    return {.least = static_cast<double>(least), .least_integer = least};
  } else {
    return {.least = least, .least_integer = detail::integer_at_least(least)};
  }
}
template <class N>
  requires std::is_arithmetic_v<N>
[[nodiscard]] constexpr Limits at_most(N most) {
  if constexpr (std::is_integral_v<N>) {
    static_assert(sizeof(N) < 8 || std::is_signed_v<N>, "cast to std::int64_t, minding the range");
    return {.most = static_cast<double>(most), .most_integer = most};
  } else {
    return {.most = most, .most_integer = detail::integer_at_most(most)};
  }
}
template <class A, class B>
[[nodiscard]] constexpr Limits between(A least, B most) {
  return at_least(least) & at_most(most);
}
[[nodiscard]] constexpr Limits size_at_least(std::size_t least) { return {.least_size = least}; }
[[nodiscard]] constexpr Limits size_at_most(std::size_t most) { return {.most_size = most}; }
[[nodiscard]] constexpr Limits length_at_least(std::size_t least) {
  return {.least_length = least};
}
[[nodiscard]] constexpr Limits length_at_most(std::size_t most) { return {.most_length = most}; }

}  // namespace keepsake
