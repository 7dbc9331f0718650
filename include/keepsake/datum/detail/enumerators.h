// The names of an enumeration's values and of types, found by the compiler. No macro, no list;
// g++ 12 and clang 19.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keepsake/datum/detail/members.h"
#include "keepsake/datum/detail/type_info.h"

namespace keepsake::detail {

/// Where values are looked for, unless Describe<E>::range says otherwise.
inline constexpr int kLeastEnumerator = -64;
inline constexpr int kMostEnumerator = 127;

template <class E, auto... Values>
consteval std::string_view spelled_values() {
  return std::string_view(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
}

/// What the compiler spells for a value: `Colour::red`, or, where it has no name, `(Colour)7`;
/// clang also spells `(anonymous namespace)::Colour::red`.
template <auto Value>
consteval std::string_view enumerator_name() {
  std::string_view text = spelled<Value>();
  const std::size_t stop = text.rfind("; std::string_view = ");
  if (stop != std::string_view::npos) text = text.substr(0, stop);
  while (!text.empty() && (text.back() == ']' || text.back() == ' ')) text.remove_suffix(1);
  const std::size_t start = text.rfind(" = ");
  if (start == std::string_view::npos) return {};
  const std::size_t cast = text.rfind(')');
  const bool nameless = cast != std::string_view::npos && cast > start && text[cast + 1] != ':';
  return nameless ? std::string_view() : cut_name(text);
}

/// The name that a type was declared by, without namespaces; a template's without its arguments.
template <class T>
consteval std::string_view type_name() {
  std::string_view text = spelled_values<T>();
  const std::size_t start = text.find("E = ");
  text = text.substr(start + 4);
  std::size_t end = 0;
  while (end < text.size() && text[end] != ';' && text[end] != ']' && text[end] != '<' &&
         text[end] != ',') {
    ++end;
  }
  return cut_name(text.substr(0, end));
}

template <class E>
constexpr std::int64_t clip_to(std::int64_t value) {
  using U = std::underlying_type_t<E>;
  using Bounds = std::numeric_limits<U>;
  if (value < 0 && std::is_unsigned_v<U>) return 0;
  if constexpr (sizeof(U) < 8) {
    if (value < static_cast<std::int64_t>(Bounds::min())) return Bounds::min();
    if (value > static_cast<std::int64_t>(Bounds::max())) return Bounds::max();
  }
  return value;
}

/// An enumeration without a fixed underlying type can't be asked for a value that it may not have.
template <class E>
inline constexpr bool kHasFixedType = requires { E{0}; };

template <class E, std::int64_t Least, std::size_t... I>
std::vector<Enumerator> named_values(std::index_sequence<I...>) {
  const Enumerator all[] = {
      {enumerator_name<static_cast<E>(Least + static_cast<std::int64_t>(I))>(),
       Least + static_cast<std::int64_t>(I)}...};
  std::vector<Enumerator> found;
  for (const Enumerator& one : all) {
    if (!one.name.empty()) found.push_back(one);
  }
  return found;
}

}  // namespace keepsake::detail
