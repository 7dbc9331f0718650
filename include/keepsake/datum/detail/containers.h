// The standard containers that members may be of, and their operations by address.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "keepsake/datum/box.h"
#include "keepsake/datum/detail/type_info.h"

namespace keepsake::detail {

// Which template a type is made from.
template <class T>
struct Parts {
  static constexpr bool kOptional = false, kVector = false, kArray = false, kTable = false;
  static constexpr bool kVariant = false;
};
template <class... A>
struct Parts<std::variant<A...>> : Parts<void> {
  static constexpr bool kVariant = true;
};
template <class E>
struct Parts<Box<E>> : Parts<void> {
  using Element = E;
  static constexpr bool kOptional = true;
};
template <class E>
struct Parts<std::optional<E>> : Parts<void> {
  using Element = E;
  static constexpr bool kOptional = true;
};
template <class E>
struct Parts<std::vector<E>> : Parts<void> {
  using Element = E;
  static constexpr bool kVector = true;
};
template <class E, std::size_t N>
struct Parts<std::array<E, N>> : Parts<void> {
  using Element = E;
  static constexpr bool kArray = true;
};
template <class E>
struct Parts<std::map<std::string, E>> : Parts<void> {
  using Element = E;
  static constexpr bool kTable = true, kSorted = true;
};
template <class E>
struct Parts<std::map<std::string, E, std::less<>>> : Parts<void> {
  using Element = E;
  static constexpr bool kTable = true, kSorted = true;
};
template <class E>
struct Parts<std::unordered_map<std::string, E>> : Parts<void> {
  using Element = E;
  static constexpr bool kTable = true, kSorted = false;
};

/// Nothing says how an optional is laid out; so it is tried.
template <class O>
std::size_t flag_of_optional() {
  if constexpr (requires(O o) {
                  requires std::is_same_v<O, std::optional<typename O::value_type>>;
                }) {
    constexpr std::size_t kFlag = sizeof(typename O::value_type);
    static_assert(sizeof(O) > kFlag);
    O probe;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&probe);
    bool good = bytes[kFlag] == 0;
    for (int i = 0; i < 2; ++i) {
      const void* const held = &probe.emplace();
      good = good && bytes[kFlag] == 1 && held == &probe;
      probe.reset();
      good = good && bytes[kFlag] == 0;
    }
    if (good) return kFlag;
  }
  return OptionalOps::kNoFlag;
}

template <class O>
inline constexpr OptionalOps kOptionalOps = {
    [](const void* optional) -> const void* {
      const O& held = *static_cast<const O*>(optional);
      return held ? &*held : nullptr;
    },
    [](void* optional) -> void* { return &static_cast<O*>(optional)->emplace(); },
    [](void* optional) { static_cast<O*>(optional)->reset(); }, &flag_of_optional<O>};

inline constexpr TextOps kBytesOps = {
    [](const void* bytes) {
      const auto& held = *static_cast<const std::vector<std::byte>*>(bytes);
      return std::string_view(reinterpret_cast<const char*>(held.data()), held.size());
    },
    [](void* bytes, std::string_view content) {
      const auto* first = reinterpret_cast<const std::byte*>(content.data());
      static_cast<std::vector<std::byte>*>(bytes)->assign(first, first + content.size());
    }};

template <class V, class Indices = std::make_index_sequence<std::variant_size_v<V>>>
struct VariantAccess;
template <class V, std::size_t... I>
struct VariantAccess<V, std::index_sequence<I...>> {
  static const void* get(const void* variant) {
    const void* held = nullptr;
    ((held = held != nullptr ? held : std::get_if<I>(static_cast<const V*>(variant))), ...);
    return held;
  }
  static void* emplace(void* variant, std::size_t index) {
    void* held = nullptr;
    static_cast<void>(
        ((index == I && ((held = &static_cast<V*>(variant)->template emplace<I>()), true)) || ...));
    return held;
  }
};
template <class V>
inline constexpr VariantOps kVariantOps = {
    [](const void* variant) { return static_cast<const V*>(variant)->index(); },
    &VariantAccess<V>::get, &VariantAccess<V>::emplace};

template <class V>
inline constexpr ListOps kVectorOps = {
    [](const void* list) { return static_cast<const V*>(list)->size(); },
    [](const void* list) -> const void* { return static_cast<const V*>(list)->data(); },
    [](void* list, std::size_t size) { static_cast<V*>(list)->resize(size); }};

template <class A>
inline constexpr ListOps kArrayOps = {
    [](const void*) { return std::tuple_size_v<A>; },
    [](const void* list) -> const void* { return static_cast<const A*>(list)->data(); }, nullptr};

template <class M>
inline constexpr TableOps kTableOps = {
    [](const void* table) { return static_cast<const M*>(table)->size(); },
    [](const void* table, FunctionRef<void(std::string_view, const void*)> f) {
      for (const auto& [key, value] : *static_cast<const M*>(table)) f(key, &value);
    },
    [](const void* table, std::string_view key) -> const void* {
      const M& map = *static_cast<const M*>(table);
      const auto found = map.find(std::string(key));
      return found == map.end() ? nullptr : &found->second;
    },
    [](void* table, std::string_view key) -> void* {
      return &(*static_cast<M*>(table))[std::string(key)];
    },
    [](void* table) { static_cast<M*>(table)->clear(); },
    Parts<M>::kSorted};

}  // namespace keepsake::detail
