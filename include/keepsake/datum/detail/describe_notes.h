// What Describe says of a struct, an enumeration or a variant: the types behind the functions of
// struct.h, and how they become the tables' notes.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "keepsake/datum/detail/containers.h"
#include "keepsake/datum/detail/raw_record.h"
#include "keepsake/datum/detail/type_info.h"
#include "keepsake/datum/limits.h"

namespace keepsake {
template <class T>
struct Describe;
}

namespace keepsake::detail {

template <auto Pointer>
struct MemberRule {
  Limits limits;
};
template <auto Pointer>
struct MemberName {
  std::string_view name;
};
template <auto Pointer>
struct MemberPattern {
  std::string_view pattern;
};
template <auto Pointer, class V>
struct MemberDefault {
  V value;
};
template <auto Pointer>
struct MemberDescription {
  std::string_view text;
};
template <auto Pointer>
struct MemberDeprecated {};
/// F: a function of the struct without state.
template <class F>
struct Together {
  std::string_view expected;
};
template <class A>
struct AlternativeName {
  std::string_view name;
};
/// A default that is the type's own empty value.
struct EmptyDefault {};

template <class T>
constexpr TypeInfo describe_type();
template <class T>
inline constexpr TypeInfo kType = describe_type<T>();

inline std::size_t distance(const void* object, const void* member) {
  return static_cast<std::size_t>(static_cast<const char*>(member) -
                                  static_cast<const char*>(object));
}

/// Collects what Describe<T> says; `probe` tells where members are.
template <class T>
struct NoteTaker {
  const T& probe;
  RawRecord& raw;

  template <auto Pointer>
  RawNote& add(RawNote::Kind kind) {
    raw.notes.push_back({.kind = kind, .offset = distance(&probe, &(probe.*Pointer))});
    return raw.notes.back();
  }
  template <auto Pointer>
  void take(const MemberRule<Pointer>& rule) {
    add<Pointer>(RawNote::Kind::limits).limits = rule.limits;
  }
  template <auto Pointer>
  void take(const MemberName<Pointer>& name) {
    add<Pointer>(RawNote::Kind::name).text = name.name;
  }
  template <auto Pointer>
  void take(const MemberPattern<Pointer>& pattern) {
    add<Pointer>(RawNote::Kind::pattern).text = pattern.pattern;
  }
  template <auto Pointer>
  void take(const MemberDescription<Pointer>& description) {
    add<Pointer>(RawNote::Kind::description).text = description.text;
  }
  template <auto Pointer>
  void take(const MemberDeprecated<Pointer>&) {
    add<Pointer>(RawNote::Kind::deprecated);
  }
  template <auto Pointer, class V>
  void take(const MemberDefault<Pointer, V>& fallback) {
    using M = std::remove_cvref_t<decltype(probe.*Pointer)>;
    static_assert(!Parts<M>::kOptional, "an optional member is absent or not: it has no default");
    M held{};
    if constexpr (!std::is_same_v<V, EmptyDefault>) held = static_cast<M>(fallback.value);
    add<Pointer>(RawNote::Kind::fallback).value = to_value(kType<M>, &held, {});
  }
  template <class F>
  void take(const Together<F>& rule) {
    raw.rules.push_back(
        {.expected = rule.expected,
         .holds = [](const void* record) -> bool { return F{}(*static_cast<const T*>(record)); },
         .holds_data = [](const Value& data) -> bool {
           T object{};
           Extras extras;
           return bind_value(kType<T>, data, &object, extras).has_value() && F{}(object);
         }});
  }
  template <class Tuple>
  void take_all(const Tuple& notes) {
    std::apply([&](const auto&... note) { (this->take(note), ...); }, notes);
  }

  void take_description() {
    if constexpr (requires { Describe<T>::rules; }) take_all(Describe<T>::rules);
    if constexpr (requires { Describe<T>::names; }) take_all(Describe<T>::names);
    if constexpr (requires { Describe<T>::reserved; }) {
      for (const std::string_view name : Describe<T>::reserved) raw.reserved.emplace_back(name);
    }
    if constexpr (requires { Describe<T>::description; }) {
      raw.description = Describe<T>::description;
    }
  }
};

/// The names that Describe<E> gives to values, put in place of the compiler's.
template <class E>
void rename_values(std::vector<Enumerator>& values) {
  if constexpr (requires { Describe<E>::names; }) {
    const auto rename = [&values]<auto Value>(const MemberName<Value>& given) {
      static_assert(std::is_same_v<decltype(Value), E>, "named<> of another type's value");
      for (Enumerator& known : values) {
        if (known.value == static_cast<std::int64_t>(Value)) known.name = given.name;
      }
    };
    std::apply([&](const auto&... name) { (rename(name), ...); }, Describe<E>::names);
  }
}

/// What a variant calls the alternative A: its own word for it, A's, or the type's name.
template <class V, class A>
std::string_view alternative_name(std::string_view type_name) {
  std::string_view found = type_name;
  if constexpr (requires { Describe<A>::name; }) found = Describe<A>::name;
  if constexpr (requires { Describe<V>::names; }) {
    const auto look = [&found]<class B>(const AlternativeName<B>& given) {
      if constexpr (std::is_same_v<A, B>) found = given.name;
    };
    std::apply([&](const auto&... name) { (look(name), ...); }, Describe<V>::names);
  }
  return found;
}

}  // namespace keepsake::detail
