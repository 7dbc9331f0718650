// A change by member as the store's untyped half makes it, and how typed calls become one.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "keepsake/datum/detail/member_path.h"
#include "keepsake/store/detail/run.h"
#include "keepsake/store/detail/slot_ref.h"

namespace keepsake::detail {

/// `target` is what find_target (src/datum/member_change.h) gives. All but `prepare` are made for
/// live data; none of them throws but for want of memory.
struct MemberEdit {
  FunctionRef<Result<void>(const void* target)> prepare;  ///< the game's function, on a copy
  FunctionRef<void(void* target)> apply;
  FunctionRef<void(void* target)> undo;
  /// Makes another object's target, equal before, equal to `target` again.
  FunctionRef<void(void* other, const void* target)> repeat;
};

inline constexpr auto nothing_to_prepare = [](const void*) { return Result<void>(); };

/// The member, element or entry gets another value, out of `f` on a copy of it.
template <class M, class F>
auto edit_value(const SlotRef& slot, const MemberChange& change, F& f) {
  using R = std::invoke_result_t<F&, M&>;
  std::optional<M> held;
  const auto exchange = [&held](void* target) { std::swap(*static_cast<M*>(target), *held); };
  return run_edit<R>(
      [&](FunctionRef<Result<void>(void*)> body) {
        return slot.edit_member(change, {.prepare =
                                             [&](const void* target) {
                                               held.emplace(*static_cast<const M*>(target));
                                               return body(&*held);
                                             },
                                         .apply = exchange,
                                         .undo = exchange,
                                         .repeat =
                                             [](void* other, const void* target) {
                                               *static_cast<M*>(other) =
                                                   *static_cast<const M*>(target);
                                             }});
      },
      [&](void* copy) -> R { return f(*static_cast<M*>(copy)); });
}

template <class List>
Result<void> push_back(const SlotRef& slot, MemberPath path, typename List::value_type value) {
  return slot.edit_member(
      {.path = path, .kind = MemberChange::Kind::append},
      {.prepare = nothing_to_prepare,
       .apply = [&](void* target) { static_cast<List*>(target)->push_back(std::move(value)); },
       .undo = [](void* target) { static_cast<List*>(target)->pop_back(); },
       .repeat =
           [](void* other, const void* target) {
             static_cast<List*>(other)->push_back(static_cast<const List*>(target)->back());
           }});
}

template <class List>
Result<void> erase_element(const SlotRef& slot, MemberPath path, std::size_t index) {
  std::optional<typename List::value_type> taken;
  const auto at = [index](List& list) {
    return list.begin() + static_cast<typename List::difference_type>(index);
  };
  return slot.edit_member({.path = path, .kind = MemberChange::Kind::erase_element, .index = index},
                          {.prepare = nothing_to_prepare,
                           .apply =
                               [&](void* target) {
                                 List& list = *static_cast<List*>(target);
                                 taken.emplace(std::move(*at(list)));
                                 list.erase(at(list));
                               },
                           .undo =
                               [&](void* target) {
                                 List& list = *static_cast<List*>(target);
                                 list.insert(at(list), std::move(*taken));
                               },
                           .repeat =
                               [&](void* other, const void*) {
                                 List& list = *static_cast<List*>(other);
                                 list.erase(at(list));
                               }});
}

template <class Map>
Result<void> insert_or_assign(const SlotRef& slot, MemberPath path, const std::string& key,
                              typename Map::mapped_type value) {
  typename Map::node_type before;
  return slot.edit_member({.path = path, .kind = MemberChange::Kind::put, .key = key},
                          {.prepare = nothing_to_prepare,
                           .apply =
                               [&](void* target) {
                                 Map& map = *static_cast<Map*>(target);
                                 before = map.extract(key);
                                 map.insert_or_assign(key, std::move(value));
                               },
                           .undo =
                               [&](void* target) {
                                 Map& map = *static_cast<Map*>(target);
                                 map.erase(key);
                                 if (!before.empty()) map.insert(std::move(before));
                               },
                           .repeat =
                               [&](void* other, const void* target) {
                                 static_cast<Map*>(other)->insert_or_assign(
                                     key, static_cast<const Map*>(target)->find(key)->second);
                               }});
}

template <class Map>
Result<void> erase_entry(const SlotRef& slot, MemberPath path, const std::string& key) {
  typename Map::node_type taken;
  return slot.edit_member(
      {.path = path, .kind = MemberChange::Kind::erase_entry, .key = key},
      {.prepare = nothing_to_prepare,
       .apply = [&](void* target) { taken = static_cast<Map*>(target)->extract(key); },
       .undo = [&](void* target) { static_cast<Map*>(target)->insert(std::move(taken)); },
       .repeat = [&](void* other, const void*) { static_cast<Map*>(other)->erase(key); }});
}

/// The list or map that a path names, or what an optional one holds; void where there is none.
template <class T, auto... Path>
using ContainerOf = typename Inside<typename Chain<T, Path...>::Type>::Type;

template <class C>
inline constexpr bool kIsList =
    (Parts<C>::kVector || Parts<C>::kArray) && !kIsForeign<C> && kType<C>.shape != Shape::bytes;
template <>
inline constexpr bool kIsList<void> = false;
template <class C>
inline constexpr bool kIsVector = kIsList<C> && Parts<C>::kVector;
template <class C>
inline constexpr bool kIsMap = Parts<C>::kTable && !kIsForeign<C>;

template <class C>
inline constexpr bool kHasParts = kIsList<C> || kIsMap<C>;
template <class C>
inline constexpr bool kCanErase = kIsVector<C> || kIsMap<C>;

template <class C>
struct ElementType {
  using Type = void;
};
template <class C>
  requires(Parts<C>::kVector || Parts<C>::kArray || Parts<C>::kTable)
struct ElementType<C> {
  using Type = typename Parts<C>::Element;
};
template <class C>
using ElementOf = typename ElementType<C>::Type;

/// `at`: an index of a list, a key of a map.
template <class C, class At, class F>
auto edit_at(const SlotRef& slot, MemberPath path, const At& at, F& f) {
  if constexpr (kIsMap<C>) {
    return edit_value<ElementOf<C>>(
        slot, {.path = path, .kind = MemberChange::Kind::entry, .key = std::string_view(at)}, f);
  } else {
    return edit_value<ElementOf<C>>(
        slot,
        {.path = path, .kind = MemberChange::Kind::element, .index = static_cast<std::size_t>(at)},
        f);
  }
}
template <class C, class At>
Result<void> erase_at(const SlotRef& slot, MemberPath path, const At& at) {
  if constexpr (kIsMap<C>) {
    return erase_entry<C>(slot, path, std::string(at));
  } else {
    return erase_element<C>(slot, path, static_cast<std::size_t>(at));
  }
}

}  // namespace keepsake::detail
