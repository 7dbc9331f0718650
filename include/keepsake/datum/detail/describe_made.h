// The tables of structs, enumerations and variants, each made at first use and never destroyed
// (data may be written while statics are being destroyed).
#pragma once

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "keepsake/datum/detail/describe_type.h"

namespace keepsake::detail {

template <class T>
RecordInfo find_record() {
  T probe{};
  RawRecord raw{.title = type_name<T>()};
  visit_members(probe, [&](auto&... member) {
    static_assert((!std::is_const_v<std::remove_reference_t<decltype(member)>> && ...),
                  "datum can't describe a const member: it could not be read");
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (raw.fields.push_back({member_name<T, I>(), distance(&probe, &member),
                             &kType<std::remove_cvref_t<decltype(member)>>}),
       ...);
    }(std::index_sequence_for<decltype(member)...>{});
  });
  NoteTaker<T>{probe, raw}.take_description();
  return make_record(std::move(raw));
}

template <class T>
const RecordInfo& record_of() {
  static const RecordInfo* const kRecord = new RecordInfo(find_record<T>());
  return *kRecord;
}

template <class E>
EnumInfo find_enum() {
  constexpr auto kRange = [] {
    if constexpr (requires { Describe<E>::range; }) {
      return Describe<E>::range;
    } else {
      return std::pair{clip_to<E>(kLeastEnumerator), clip_to<E>(kMostEnumerator)};
    }
  }();
  static_assert(kRange.second >= kRange.first && kRange.second - kRange.first < 1024,
                "Describe's range of an enumeration holds 1 to 1024 values");
  std::vector<Enumerator> values = named_values<E, static_cast<std::int64_t>(kRange.first)>(
      std::make_index_sequence<static_cast<std::size_t>(kRange.second - kRange.first + 1)>{});
  rename_values<E>(values);
  return make_enum(std::move(values));
}

template <class E>
const EnumInfo& enum_of() {
  static const EnumInfo* const kEnum = new EnumInfo(find_enum<E>());
  return *kEnum;
}

template <class V>
struct VariantFinder;
template <class... A>
struct VariantFinder<std::variant<A...>> {
  using V = std::variant<A...>;
  static_assert(((kType<A>.shape == Shape::record) && ...),
                "datum describes variants of structs only");
  static VariantInfo find() {
    std::string_view tag = "type";
    if constexpr (requires { Describe<V>::tag; }) tag = Describe<V>::tag;
    return make_variant(
        tag, {{.name = alternative_name<V, A>(type_name<A>()), .key = {}, .type = &kType<A>}...});
  }
};

template <class V>
const VariantInfo& variant_of() {
  static const VariantInfo* const kVariant = new VariantInfo(VariantFinder<V>::find());
  return *kVariant;
}

}  // namespace keepsake::detail
