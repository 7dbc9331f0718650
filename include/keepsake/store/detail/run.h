// How a game's function, whatever it returns, is run as an edit. Templates only as thin as that.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "keepsake/store/detail/slot_ref.h"

namespace keepsake {

template <class T>
class Profile;
template <class... Ts>
struct Tie;

namespace detail {

template <class R>
struct EditResult {
  static_assert(!sizeof(R*), "an edit returns void, Result<void> or Result<Value>");
};
template <>
struct EditResult<void> {
  using type = Result<void>;
};
template <class V>
struct EditResult<Result<V>> {
  using type = Result<V>;
};

/// Calls `f(args…)` and makes a Result<void> of what it returns.
template <class F, class... Args>
Result<void> as_result(F& f, Args&... args) {
  using R = std::invoke_result_t<F&, Args&...>;
  if constexpr (std::is_void_v<R>) {
    f(args...);
    return {};
  } else {
    R result = f(args...);
    if (!result) return std::move(result).error();
    return {};
  }
}

/// The game's function on data of type T, kept for when it is time.
template <class T, class F>
std::function<Result<void>(void*)> kept_edit(F f) {
  return [f = std::move(f)](void* data) mutable -> Result<void> {
    return as_result(f, *static_cast<T*>(data));
  };
}

/// `run` applies a body to data (an edit or a transaction); `call` is the game's function on it.
/// Gives back what the game's function returned, or why it was not applied.
template <class R, class Run, class Call>
typename EditResult<R>::type run_edit(Run&& run, Call&& call) {
  if constexpr (std::is_void_v<R> || std::is_same_v<R, Result<void>>) {
    return run([&](auto* data) -> Result<void> {
      if constexpr (std::is_void_v<R>) {
        call(data);
        return {};
      } else {
        return call(data);
      }
    });
  } else {
    std::optional<R> returned;
    Result<void> applied = run([&](auto* data) -> Result<void> {
      returned.emplace(call(data));
      if (!*returned) return returned->error();
      return {};
    });
    if (!applied) return std::move(applied).error();
    return std::move(*returned);
  }
}

template <class F, class... Ts>
auto run_transact(const Tie<Ts...>& members, F&& f) {
  using R = std::invoke_result_t<F&, Ts&...>;
  const std::array<SlotRef, sizeof...(Ts)> slots = std::apply(
      [](const auto&... member) { return std::array<SlotRef, sizeof...(Ts)>{member.slot()...}; },
      members.members);
  return run_edit<R>(
      [&](FunctionRef<Result<void>(void* const*)> body) { return transact(slots, body); },
      [&](void* const* data) -> R {
        return [&]<std::size_t... I>(std::index_sequence<I...>) -> R {
          return f(*static_cast<Ts*>(data[I])...);
        }(std::index_sequence_for<Ts...>{});
      });
}

}  // namespace detail
}  // namespace keepsake
