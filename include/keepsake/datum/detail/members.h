// What an aggregate's members are called and how many there are, found by the compiler. No macro,
// no list; g++ 12 and clang 19.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keepsake/datum/detail/struct_arity.gen.h"

namespace keepsake::detail {

/// Converts to whatever a member needs. Named in unevaluated expressions only; defined because the
/// compiler may instantiate a constructor that calls it.
struct AnyMember {
  template <class M>
    requires(!std::is_same_v<M, const char*> && !std::is_same_v<M, std::nullptr_t>)
  operator M() const {  // NOLINT(google-explicit-constructor)
    __builtin_unreachable();
  }
};

template <class T, std::size_t... I>
constexpr bool takes_members(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyMember{})...}; };
}

/// Converts to the bases of T alone: where T{OfBase} compiles, its first part is a base.
template <class T>
struct OfBase {
  template <class B>
    requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T>)
  operator B() const {  // NOLINT(google-explicit-constructor)
    __builtin_unreachable();
  }
};
template <class T>
inline constexpr bool kHasBase = requires { T{OfBase<T>{}}; };

/// An aggregate takes every number of initialisers up to its number of members, and none beyond:
/// the number is found by halving.
template <class T, unsigned Low, unsigned High>
constexpr unsigned count_members() {
  if constexpr (Low == High) {
    return Low;
  } else {
    constexpr unsigned kMiddle = (Low + High + 1) / 2;
    if constexpr (takes_members<T>(std::make_index_sequence<kMiddle>{})) {
      return count_members<T, kMiddle, High>();
    } else {
      return count_members<T, Low, kMiddle - 1>();
    }
  }
}

template <class T>
inline constexpr unsigned kMemberCount = count_members<T, 0, kMostMembers + 1>();

/// Calls f with every member of `object`, in order.
template <class T, class F>
constexpr decltype(auto) visit_members(T& object, F&& f) {
  using Plain = std::remove_const_t<T>;
  static_assert(kMemberCount<Plain> <= kMostMembers, "a described struct has at most 160 members");
  return Arity<kMemberCount<Plain>>::visit(object, std::forward<F>(f));
}

// A tuple in one step of inheritance: std::tuple of 128 costs the compiler far more.
template <std::size_t I, class P>
struct Leaf {
  P held;
};
template <class Indices, class... P>
struct Flat;
template <std::size_t... I, class... P>
struct Flat<std::index_sequence<I...>, P...> : Leaf<I, P>... {};
template <std::size_t I, class P>
constexpr P leaf(const Leaf<I, P>& leaf) {
  return leaf.held;
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

/// Declared and never defined: only the addresses of its members are named, at compile time.
template <class T>
struct Holder {
  T held;
};
template <class T>
extern const Holder<T> kNowhere;

template <class T>
consteval auto member_addresses() {
  return visit_members(kNowhere<T>.held, [](const auto&... member) {
    return Flat<std::index_sequence_for<decltype(member)...>, decltype(&member)...>{{&member}...};
  });
}

template <auto Address>
consteval std::string_view spelled() {
  return std::string_view(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
}

/// Cuts the name out of what the compiler prints: the identifier behind the last dot, or behind
/// the last "::" (g++ prints `Holder<T>::held.T::name`).
constexpr std::string_view cut_name(std::string_view text) {
  std::size_t end = text.size();
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const std::size_t stop = text.rfind("; std::string_view = ");
  if (stop != std::string_view::npos) end = stop;
  while (end > 0 && !is_name(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

template <class T, std::size_t I>
consteval std::string_view member_name() {
  constexpr auto kAddresses = member_addresses<T>();
  return cut_name(spelled<leaf<I>(kAddresses)>());
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace keepsake::detail
