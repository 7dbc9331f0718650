// From a C++ type to its TypeInfo.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/datum/detail/containers.h"
#include "keepsake/datum/detail/describe_notes.h"
#include "keepsake/datum/detail/enumerators.h"
#include "keepsake/datum/detail/members.h"
#include "keepsake/datum/detail/type_info.h"

namespace keepsake {
/// See struct.h.
template <class T>
struct Foreign;
}  // namespace keepsake

namespace keepsake::detail {

template <class T>
inline constexpr bool kAlwaysFalse = false;

template <class T>
const RecordInfo& record_of();
template <class T>
const EnumInfo& enum_of();
template <class T>
const VariantInfo& variant_of();

template <class T>
inline constexpr bool kIsCharacter =
    std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
    std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;
template <class T>
inline constexpr bool kIsForeign = requires { typename Foreign<T>::As; };

template <class T>
inline constexpr TextOps kForeignTextOps = {
    [](const void* text) -> std::string_view {
      return Foreign<T>::get(*static_cast<const T*>(text));
    },
    [](void* text, std::string_view content) { Foreign<T>::set(*static_cast<T*>(text), content); }};
template <class T>
inline constexpr ForeignOps kForeignOps = {
    [](const void* foreign, FunctionRef<void(const void*)> f) {
      const typename Foreign<T>::As as = Foreign<T>::get(*static_cast<const T*>(foreign));
      f(&as);
    },
    [](void* foreign, FunctionRef<bool(void*)> f) {
      typename Foreign<T>::As as{};
      if (!f(&as)) return false;
      Foreign<T>::set(*static_cast<T*>(foreign), as);
      return true;
    }};

template <class T>
constexpr TypeInfo describe_foreign() {
  using As = typename Foreign<T>::As;
  if constexpr (std::is_same_v<As, std::string_view>) {
    static_assert(std::is_same_v<decltype(Foreign<T>::get(std::declval<const T&>())), As>,
                  "Foreign's get gives a std::string_view of what the object holds");
    return {.shape = Shape::string, .stride = sizeof(T), .text = &kForeignTextOps<T>};
  } else {
    static_assert(!Parts<As>::kOptional, "put the foreign type into an optional instead");
    return {.shape = Shape::foreign,
            .stride = sizeof(T),
            .element = &kType<As>,
            .foreign = &kForeignOps<T>};
  }
}

template <class T>
constexpr TypeInfo describe_scalar() {
  if constexpr (std::is_same_v<T, bool>) {
    return {.shape = Shape::boolean, .stride = sizeof(T)};
  } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, float>) {
    return {.shape = Shape::number, .width = sizeof(T), .stride = sizeof(T)};
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(!kIsCharacter<T>, "datum can't describe a character: use an integer or a string");
    return {.shape = Shape::integer,
            .width = sizeof(T),
            .is_signed = std::is_signed_v<T>,
            .stride = sizeof(T)};
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(kHasFixedType<T>,
                  "datum can't describe an enumeration without a fixed underlying type: write "
                  "`enum class E` or `enum E : int`");
    return {.shape = Shape::enumeration,
            .width = sizeof(T),
            .is_signed = std::is_signed_v<std::underlying_type_t<T>>,
            .stride = sizeof(T),
            .enumeration = &enum_of<T>};
  } else {
    static_assert(
        !std::is_pointer_v<T>,
        "datum can't describe a pointer: use std::optional, keepsake::Box or std::vector");
    static_assert(std::is_pointer_v<T>, "datum can't describe this type");
    return {.shape = Shape::boolean};
  }
}

template <class T>
constexpr TypeInfo describe_container() {
  if constexpr (Parts<T>::kVariant) {
    return {.shape = Shape::variant,
            .stride = sizeof(T),
            .alternatives = &variant_of<T>,
            .variant = &kVariantOps<T>};
  } else {
    using E = typename Parts<T>::Element;
    constexpr TypeInfo kBase{.shape = Shape::optional, .stride = sizeof(T), .element = &kType<E>};
    TypeInfo info = kBase;
    if constexpr (Parts<T>::kOptional) {
      static_assert(!Parts<E>::kOptional, "an optional of an optional can't be told from nothing");
      info.optional = &kOptionalOps<T>;
    } else if constexpr (Parts<T>::kVector && std::is_same_v<E, std::byte>) {
      info = {.shape = Shape::bytes, .stride = sizeof(T), .text = &kBytesOps};
    } else if constexpr (Parts<T>::kVector && std::is_same_v<E, bool>) {
      static_assert(kAlwaysFalse<T>, "use std::vector<std::uint8_t>: vector<bool> is no list");
    } else if constexpr (Parts<T>::kVector) {
      info.shape = Shape::list;
      info.list = &kVectorOps<T>;
    } else if constexpr (Parts<T>::kArray) {
      info.shape = Shape::fixed_list;
      info.list = &kArrayOps<T>;
    } else {
      static_assert(!Parts<E>::kOptional, "an absent entry needs no optional");
      info.shape = Shape::table;
      info.table = &kTableOps<T>;
    }
    return info;
  }
}

template <class T>
constexpr TypeInfo describe_class() {
  constexpr bool kGood =
      std::is_aggregate_v<T> && !kHasBase<T> && std::is_default_constructible_v<T>;
  if constexpr (!std::is_aggregate_v<T>) {
    static_assert(kAlwaysFalse<T>,
                  "datum can't describe a class with private members, constructors or virtual "
                  "functions: make it a plain struct, or say by keepsake::Foreign what it is in "
                  "data");
  } else if constexpr (kHasBase<T>) {
    static_assert(kAlwaysFalse<T>,
                  "datum can't describe a struct with a base: make the base a member");
  } else if constexpr (!std::is_default_constructible_v<T>) {
    static_assert(
        kAlwaysFalse<T>,
        "datum can't describe a struct that can't be made as T{}: it has a reference or a "
        "member without a default");
  } else if constexpr (kMemberCount<T> > kMostMembers) {
    static_assert(kAlwaysFalse<T>, "a described struct has at most 160 members");
  }
  return kGood ? TypeInfo{.shape = Shape::record, .stride = sizeof(T), .record = &record_of<T>}
               : TypeInfo{.shape = Shape::boolean};
}

template <class T>
constexpr TypeInfo describe_type() {
  if constexpr (kIsForeign<T>) {
    return describe_foreign<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.shape = Shape::string, .stride = sizeof(T)};
  } else if constexpr (Parts<T>::kOptional || Parts<T>::kVector || Parts<T>::kArray ||
                       Parts<T>::kTable || Parts<T>::kVariant) {
    return describe_container<T>();
  } else if constexpr (std::is_union_v<T>) {
    static_assert(kAlwaysFalse<T>, "datum can't describe a union: use std::variant");
    return {.shape = Shape::boolean};
  } else if constexpr (std::is_class_v<T>) {
    return describe_class<T>();
  } else {
    return describe_scalar<T>();
  }
}

}  // namespace keepsake::detail

#include "keepsake/datum/detail/describe_made.h"
