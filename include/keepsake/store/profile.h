// Profile<T>: a handle to one session, the exclusive right to change one profile.
//
// Small and copyable; it never owns the session and turns false when that has ended. Used on the
// game's thread only. All functions but `operator bool`, `key` and `state` of an ended handle
// answer `not_owner`; `data()` of one is an assertion.
#pragma once

#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keepsake/base/result.h"
#include "keepsake/store/detail/member_edit.h"
#include "keepsake/store/detail/run.h"
#include "keepsake/store/detail/slot_ref.h"
#include "keepsake/store/durable.h"
#include "keepsake/store/info.h"
#include "keepsake/store/messages.h"

namespace keepsake {

template <class T>
class Profile {
 public:
  Profile() = default;
  explicit Profile(detail::SlotRef slot) : slot_(slot) {}

  [[nodiscard]] explicit operator bool() const { return slot_.alive(); }

  /// The data as of the last edit or touch. Valid until the profile's next edit, or pump().
  [[nodiscard]] const T& data() const { return *static_cast<const T*>(slot_.data()); }
  [[nodiscard]] const T* operator->() const { return &data(); }

  /// Runs `f(T&)` on a copy, validates it, journals it, and swaps it in. `f` returns void,
  /// Result<void> or Result<Value>; what it returns comes back. When this returns without an error
  /// the change survives the death of the process.
  ///
  /// Errors, each of which leaves data and journal as they were: what `f` refused with;
  /// `callback_threw`; `invalid_data` with the path; `limit_exceeded` (the profile is too large);
  /// `session_ending`, `session_lost`, `not_owner`; `journal_full`.
  template <class F>
  auto edit(F&& f) {
    using R = std::invoke_result_t<F&, T&>;
    return detail::run_edit<R>(
        [&](FunctionRef<Result<void>(void*)> body) { return slot_.edit(body); },
        [&](void* data) -> R { return f(*static_cast<T*>(data)); });
  }

  // Edits by member: as edit, but their cost is that of the part that they change. Each names a
  // member by a chain of pointers to members, `<&Player::stats, &Stats::kills>`, each of what the
  // one before leads to; what is copied, validated (its own rules, and the rules over several
  // members of each struct that it lies in) and journaled is that member, element or entry. Errors:
  // those of edit; not_found, with the path, for an empty std::optional or Box on the way, and for
  // an index or key that isn't there.

  /// Runs `f(M&)` on a copy of that member (where it is optional: of the optional).
  template <auto First, auto... Rest, class F>
  auto edit(F&& f) {
    using Chain = detail::Chain<T, First, Rest...>;
    static_assert(Chain::kGood,
                  "an edit's path: each pointer is to a member of what the one before leads to, "
                  "the first to one of the profile's data");
    if constexpr (Chain::kGood) {
      return detail::edit_value<typename Chain::Type>(
          slot_, {.path = detail::path_of<First, Rest...>()}, f);
    }
  }
  /// Runs `f(E&)` on a copy of one element of that vector or array, or of one entry of that map:
  /// `at` is its index or key.
  template <auto First, auto... Rest, class At, class F>
  auto edit_at(const At& at, F&& f) {
    using C = detail::ContainerOf<T, First, Rest...>;
    static_assert(detail::kHasParts<C>, "edit_at takes the path of a vector, array or map");
    if constexpr (detail::kHasParts<C>) {
      return detail::edit_at<C>(slot_, detail::path_of<First, Rest...>(), at, f);
    }
  }
  /// Puts `value` at the end of that vector.
  template <auto First, auto... Rest,
            class V = detail::ElementOf<detail::ContainerOf<T, First, Rest...>>>
  Result<void> push_back(V value) {
    using C = detail::ContainerOf<T, First, Rest...>;
    static_assert(detail::kIsVector<C>, "push_back takes the path of a vector");
    if constexpr (detail::kIsVector<C>) {
      return detail::push_back<C>(slot_, detail::path_of<First, Rest...>(), std::move(value));
    } else {
      return {};
    }
  }
  /// Puts `value` into that map, in place of what the key had.
  template <auto First, auto... Rest,
            class V = detail::ElementOf<detail::ContainerOf<T, First, Rest...>>>
  Result<void> insert_or_assign(std::string_view key, V value) {
    using C = detail::ContainerOf<T, First, Rest...>;
    static_assert(detail::kIsMap<C>, "insert_or_assign takes the path of a map");
    if constexpr (detail::kIsMap<C>) {
      return detail::insert_or_assign<C>(slot_, detail::path_of<First, Rest...>(), std::string(key),
                                         std::move(value));
    } else {
      return {};
    }
  }
  /// Takes one element out of that vector, or one entry out of that map.
  template <auto First, auto... Rest, class At>
  Result<void> erase_at(const At& at) {
    using C = detail::ContainerOf<T, First, Rest...>;
    static_assert(detail::kCanErase<C>, "erase_at takes the path of a vector or map");
    if constexpr (detail::kCanErase<C>) {
      return detail::erase_at<C>(slot_, detail::path_of<First, Rest...>(), at);
    } else {
      return {};
    }
  }

  /// Runs `f(T&)` on the data themselves, for what changes all the time: a position, playing time.
  /// All touches of a tick are one record, which the next pump(), edit or save writes, whichever
  /// comes first: from then on they survive the death of the process. They are validated then;
  /// where they aren't valid, or are too large, the data goes back to what the journal has, without
  /// any of them, and `on_error` gets the error with its path. When `f` throws, the data goes back
  /// at once. Errors: `callback_threw`; `session_ending`, `session_lost`, `not_owner`.
  ///
  /// Costs a comparison of the whole data at pump(); the record holds what differs. Until the
  /// profile was saved without being touched again, a second copy of its data is kept.
  template <class F>
  Result<void> touch(F&& f) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, T&>>, "a touch returns nothing");
    return slot_.touch([&](void* data) {
      f(*static_cast<T*>(data));
      return Result<void>();
    });
  }

  /// Applies `f` if no edit with this receipt was ever applied to this profile; the receipt is
  /// stored with the data it changed. `done` is told when that is durable, also when it was so long
  /// ago; a second call under way joins the first. Errors: those of edit; `too_old`.
  template <class F>
  void once(std::string_view receipt, F f, DurableCallback done, OnceOptions options = {}) {
    slot_.once(receipt, detail::kept_edit<T>(std::move(f)), std::move(done), options.purchased);
  }

  /// Takes value out with `debit(T&)`, which may refuse, and sends it to `to` (messages.h): both or
  /// neither, in one record and one save; `done` is told when that is durable. An id that this
  /// profile has sent there before takes nothing; a second call under way joins the first. Errors,
  /// which have changed nothing: those of edit; `invalid_argument` (key, id, expiry); `malformed`
  /// (the body); `limit_exceeded` (the body, or a full inbox); `already_exists` (another's message
  /// has that id); `not_now` (a tie waits for its save, or doubt); those of a read.
  template <class F>
  void send(ProfileKey to, Outgoing message, F debit, DurableCallback done = {}) {
    slot_.send(std::move(to), std::move(message), detail::kept_edit<T>(std::move(debit)),
               std::move(done));
  }

  /// Holds an effect outside (a line in a chat, an order) until every edit made so far, and the one
  /// that calls this, is durable: it gets the revision, or the error for which that never will be
  /// (`tie_lost`, `session_lost`, what refused it). Without a deadline, and without a save.
  void when_durable(DurableCallback effect) { slot_.when_durable(std::move(effect)); }

  /// Saves what is not yet saved, now; `done` is told when it is durable.
  void commit(DurableCallback done = {}) { slot_.commit(std::move(done)); }

  /// Saves and ends the session. `done` is told when the profile is free, or `timed_out` after
  /// Timing::save_deadline: it ends as soon as the database answers. The collection's
  /// `on_last_save` and `on_end` run as for every end.
  void end(std::function<void(Result<void>)> done = {}) { slot_.end(std::move(done)); }

  /// A zone change: goes on here until the server `to` asks for it; then one commit saves it and
  /// passes it on (`handed_over`). Others, and an end(), wait. `done`: it is there; or `timed_out`:
  /// not asked within Timing::save_deadline, it goes on; `superseded`, `cancelled`. None: on_error.
  void move(ServerId to, std::function<void(Result<void>)> done = {}) { slot_.move(to, done); }

  /// Edits since the profile was created, and how many of them are durable.
  [[nodiscard]] std::uint64_t edit_number() const { return slot_.edit_number(); }
  [[nodiscard]] std::uint64_t durable_edit_number() const { return slot_.durable_edit_number(); }
  /// Commits of this profile that are durable.
  [[nodiscard]] std::uint64_t durable_revision() const { return slot_.durable_revision(); }

  [[nodiscard]] ProfileState state() const { return slot_.state(); }
  [[nodiscard]] const ProfileKey& key() const { return slot_.key(); }
  [[nodiscard]] ProfileInfo info() const { return slot_.info(); }

  /// Replaces the user ids that the index of subjects has for this profile; stored with the next
  /// save. Errors: `limit_exceeded`, `session_ending`, `not_owner`.
  Result<void> set_user_ids(std::vector<UserId> ids) { return slot_.set_user_ids(std::move(ids)); }

  /// Replaces the profile's tags: an object of texts, numbers and booleans, at most kMaxTagsBytes
  /// as JSON, that lists and tools read without the data (`keepsake list --tags`). Journaled when
  /// this returns, stored with the next save; also from hooks and within an edit, whatever becomes
  /// of it. Errors: `invalid_argument` with the path of a member of another kind; `limit_exceeded`,
  /// `journal_full`, `session_ending`, `session_lost`, `tie_lost`, `not_owner`.
  Result<void> set_tags(const Value& tags) { return slot_.set_tags(tags); }

  [[nodiscard]] const detail::SlotRef& slot() const { return slot_; }
  friend bool operator==(const Profile&, const Profile&) = default;

 private:
  detail::SlotRef slot_;
};

}  // namespace keepsake
