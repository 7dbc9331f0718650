// Paths to a struct's members, by pointers to members: what a change by member names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "keepsake/datum/detail/describe_type.h"

namespace keepsake::detail {

/// One member on the way.
struct PathStep {
  const RecordInfo* record = nullptr;
  std::size_t field = 0;
  [[nodiscard]] const FieldInfo& info() const { return record->fields[field]; }
};
/// From the data's struct down to the member that is named. An optional on the way is gone through.
using MemberPath = std::span<const PathStep>;
inline constexpr std::size_t kMostSteps = 16;

/// The step to the member that lies `offset` bytes within the struct.
[[nodiscard]] PathStep step_to(const RecordInfo& record, std::size_t offset);

/// One change to one member; `index` and `key` name the element or entry of it.
struct MemberChange {
  enum class Kind : std::uint8_t {
    member,         ///< the member has another value
    element,        ///< of a list, an element has
    entry,          ///< of a map, an entry has
    append,         ///< a list has a new last element
    put,            ///< a map has a new entry, or an entry another value
    erase_element,  ///< a list has an element less
    erase_entry,    ///< a map has an entry less
  };
  MemberPath path;
  Kind kind = Kind::member;
  std::size_t index = 0;
  std::string_view key{};
};

template <class P>
struct PointerParts {
  using Class = void;
  using Member = void;
};
template <class C, class M>
struct PointerParts<M C::*> {
  using Class = C;
  using Member = M;
};

/// What an optional or a Box holds; else the type itself.
template <class T>
struct Inside {
  using Type = T;
};
template <class T>
  requires(Parts<T>::kOptional)
struct Inside<T> {
  using Type = typename Parts<T>::Element;
};

/// Whether each pointer is to a member of what the one before leads to, and where the last leads.
template <class T, auto... Path>
struct Chain {
  static constexpr bool kGood = true;
  using Type = T;
};
template <class T, auto First, auto... Rest>
struct Chain<T, First, Rest...> {
  using Pointer = PointerParts<std::remove_cv_t<decltype(First)>>;
  static constexpr bool kFits = std::is_member_object_pointer_v<decltype(First)> &&
                                std::is_same_v<typename Pointer::Class, typename Inside<T>::Type>;
  using Next = Chain<std::conditional_t<kFits, typename Pointer::Member, void>, Rest...>;
  static constexpr bool kGood = kFits && Next::kGood;
  using Type = typename Next::Type;
};

template <auto Pointer>
PathStep step_of() {
  using C = typename PointerParts<std::remove_cv_t<decltype(Pointer)>>::Class;
  const C probe{};
  return step_to(record_of<C>(), distance(&probe, &(probe.*Pointer)));
}

/// Found once for each chain.
template <auto... Path>
MemberPath path_of() {
  static_assert(sizeof...(Path) <= kMostSteps, "a path has at most 16 pointers to members");
  static const std::array<PathStep, sizeof...(Path)> kSteps{step_of<Path>()...};
  return kSteps;
}

}  // namespace keepsake::detail
