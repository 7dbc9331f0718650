// From a C++ type to its TypeInfo.
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "keepsake/datum/detail/containers.h"
#include "keepsake/datum/detail/members.h"
#include "keepsake/datum/detail/type_info.h"

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

template <class T>
inline constexpr bool kAlwaysFalse = false;

template <class T>
const RecordInfo& record_of();
template <class T>
constexpr TypeInfo describe_type();
template <class T>
inline constexpr TypeInfo kType = describe_type<T>();

template <class T>
inline constexpr bool kIsCharacter =
    std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
    std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <class T>
constexpr TypeInfo describe_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return {.shape = Shape::boolean, .stride = sizeof(T)};
  } else if constexpr (std::is_integral_v<T> && !kIsCharacter<T>) {
    return {.shape = Shape::integer,
            .width = sizeof(T),
            .is_signed = std::is_signed_v<T>,
            .stride = sizeof(T)};
  } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, float>) {
    return {.shape = Shape::number, .width = sizeof(T), .stride = sizeof(T)};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.shape = Shape::string, .stride = sizeof(T)};
  } else if constexpr (Parts<T>::kOptional) {
    using E = typename Parts<T>::Element;
    static_assert(!Parts<E>::kOptional, "an optional of an optional can't be told from nothing");
    return {.shape = Shape::optional,
            .stride = sizeof(T),
            .element = &kType<E>,
            .optional = &kOptionalOps<T>};
  } else if constexpr (Parts<T>::kVector) {
    using E = typename Parts<T>::Element;
    static_assert(!std::is_same_v<E, bool>,
                  "use std::vector<std::uint8_t>: vector<bool> is no list");
    return {
        .shape = Shape::list, .stride = sizeof(T), .element = &kType<E>, .list = &kVectorOps<T>};
  } else if constexpr (Parts<T>::kArray) {
    return {.shape = Shape::fixed_list,
            .stride = sizeof(T),
            .element = &kType<typename Parts<T>::Element>,
            .list = &kArrayOps<T>};
  } else if constexpr (Parts<T>::kTable) {
    using E = typename Parts<T>::Element;
    static_assert(!Parts<E>::kOptional, "an absent entry needs no optional");
    return {
        .shape = Shape::table, .stride = sizeof(T), .element = &kType<E>, .table = &kTableOps<T>};
  } else if constexpr (std::is_aggregate_v<T> && std::is_class_v<T>) {
    static_assert(std::is_default_constructible_v<T>, "a described struct can be made as T{}");
    return {.shape = Shape::record, .stride = sizeof(T), .record = &record_of<T>};
  } else {
    static_assert(kAlwaysFalse<T>,
                  "datum can't describe this member's type: use bool, an integer, double, "
                  "std::string, std::optional, std::vector, std::array, std::map<std::string, T>, "
                  "std::unordered_map<std::string, T>, or a struct of these");
  }
}

inline std::size_t distance(const void* object, const void* member) {
  return static_cast<std::size_t>(static_cast<const char*>(member) -
                                  static_cast<const char*>(object));
}

template <class T, auto Pointer>
RawRule raw(const T& probe, const MemberRule<Pointer>& rule) {
  return {distance(&probe, &(probe.*Pointer)), rule.limits};
}
template <class T, auto Pointer>
RawName raw(const T& probe, const MemberName<Pointer>& name) {
  return {distance(&probe, &(probe.*Pointer)), name.name};
}

template <class T>
RecordInfo find_record() {
  const T probe{};
  std::vector<RawField> fields;
  visit_members(probe, [&](const auto&... member) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (fields.push_back({member_name<T, I>(), distance(&probe, &member),
                         &kType<std::remove_cvref_t<decltype(member)>>}),
       ...);
    }(std::index_sequence_for<decltype(member)...>{});
  });
  std::vector<RawRule> rules;
  std::vector<RawName> names;
  if constexpr (requires { Describe<T>::rules; }) {
    std::apply([&](const auto&... rule) { (rules.push_back(raw(probe, rule)), ...); },
               Describe<T>::rules);
  }
  if constexpr (requires { Describe<T>::names; }) {
    std::apply([&](const auto&... name) { (names.push_back(raw(probe, name)), ...); },
               Describe<T>::names);
  }
  return make_record(fields, rules, names);
}

/// Made at first use and never destroyed (data may be written while statics are being destroyed).
template <class T>
const RecordInfo& record_of() {
  static const RecordInfo* const kRecord = new RecordInfo(find_record<T>());
  return *kRecord;
}

}  // namespace keepsake::detail
