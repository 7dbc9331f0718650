// Profiles<T>: the profiles of one named store, with data of type T.
//
// Several collections of different types hang on one Store and share its lease and its pump. Used
// on the game's thread; every callback runs inside Store::pump. Must not outlive its Store.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/datum/catalog.h"
#include "keepsake/store/detail/collection.h"
#include "keepsake/store/profile.h"
#include "keepsake/store/store.h"

namespace keepsake {

/// What a game hangs on the life of its profiles; each may be left out.
template <class T>
struct ProfilesHooks {
  /// Before every save; may change the data, as an edit that can't be refused: an invalid result is
  /// reported and undone.
  std::function<void(Profile<T>, T&)> on_save;
  /// Before the last save of a session, after which edits answer `session_ending`.
  std::function<void(Profile<T>, T&, EndReason)> on_last_save;
  /// The session has ended; the handle is still known but no longer alive.
  std::function<void(const ProfileKey&, EndReason)> on_end;
  /// What becomes of the messages in a profile's inbox: asked in this order, in its session, oldest
  /// message first. Without any they wait.
  std::vector<MessageHandler<T>> on_message;
  /// Data set aside, a save refused, a tie that fell: what concerns one profile outside of a call.
  std::function<void(const ProfileKey&, const Error&)> on_error;
};

struct LoadOptions {
  Duration deadline{};           ///< zero: Timing::load_deadline
  std::vector<UserId> user_ids;  ///< added to those the profile bears
  bool must_exist = false;       ///< no template for a key without data: `not_found`
};

struct UpdateOptions {
  Duration deadline{};     ///< until it is applied; zero: Timing::load_deadline
  bool must_exist = true;  ///< false: a key without data gets the template's first
};

/// A profile's data without a session: a copy, at the current version, possibly out of date.
template <class T>
struct View {
  T data;
  ProfileInfo info;
};

/// Names one load, to withdraw it.
struct LoadTicket {
  std::uint64_t number = 0;
};

template <class T>
class Profiles {
 public:
  using LoadDone = std::function<void(Result<Profile<T>>)>;

  Profiles(Store& store, Catalog<T> catalog, ProfilesHooks<T> hooks = {})
      : collection_(store.core(), catalog, catalog.ops(), erase(std::move(hooks))) {}

  /// Acquires the profile, asking its owner for it if need be; brings its data to the current
  /// version, or makes it from the template. A key that is loaded here already answers with the
  /// same session, once that is not doubtful; one that is being loaded joins that load; one whose
  /// session is ending waits for that.
  ///
  /// Errors: `timed_out`, `cancelled`, `superseded` (a newer request won), `contended` (it is
  /// handed to and fro, and the deadline is too short to wait for that), `needs_newer_server`,
  /// `server_id_in_use`, `shutting_down`, `invalid_argument` (the key); what the data's errors are
  /// (`malformed`, `invalid_data`, `version_unknown`, `step_failed`, …, each with an incident id:
  /// the data lies in quarantine, the stored row is untouched, the profile is free again).
  LoadTicket load(std::string_view key, LoadDone done, LoadOptions options = {}) {
    return {collection_.load(
        key,
        [done = std::move(done)](Result<detail::SlotRef> slot) {
          if (!slot) return done(std::move(slot).error());
          done(Profile<T>(*slot));
        },
        options.deadline, std::move(options.user_ids), options.must_exist)};
  }
  /// Withdraws: that load's callback answers `cancelled`, and if nobody else waits for the profile
  /// no session is left behind. A load that has answered is left as it is.
  void cancel(LoadTicket ticket) { collection_.cancel(ticket.number); }

  /// The session of that key on this server; a false handle if there is none.
  [[nodiscard]] Profile<T> find(std::string_view key) const {
    return Profile<T>(collection_.find(key));
  }
  /// Every live session, in no particular order. `f` may end sessions, not begin any.
  void for_each(FunctionRef<void(Profile<T>)> f) const {
    collection_.for_each([&](detail::SlotRef slot) { f(Profile<T>(slot)); });
  }
  [[nodiscard]] std::size_t size() const { return collection_.size(); }
  [[nodiscard]] const std::string& store_name() const { return collection_.store_name(); }

  /// Reads without a session. Errors: `not_found`, those of the data, `unavailable`, `timed_out`
  /// (after Timing::load_deadline).
  void view(std::string_view key, std::function<void(Result<View<T>>)> done) {
    view_many({std::string(key)}, [done = std::move(done)](std::vector<Result<View<T>>> views) {
      done(std::move(views.front()));
    });
  }
  /// One answer per key, in the same order.
  void view_many(std::vector<std::string> keys,
                 std::function<void(std::vector<Result<View<T>>>)> done) {
    collection_.view(std::move(keys), [done = std::move(done)](auto found) {
      std::vector<Result<View<T>>> views;
      views.reserve(found.size());
      for (Result<detail::ErasedView>& one : found) {
        if (one) {
          views.emplace_back(View<T>{*static_cast<const T*>(one->data.get()), one->info});
        } else {
          views.emplace_back(std::move(one).error());
        }
      }
      done(std::move(views));
    });
  }

  /// An edit without a session. Of a profile that has one here it is an edit and a commit like any
  /// other; a free one is taken, edited, saved and freed again, without on_last_save and on_end.
  /// One that another server holds answers `held`: its owner isn't disturbed. `f` is as
  /// Profile::edit's, returns void or Result<void>, and runs in pump(). `done` is told the revision
  /// when the change is durable.
  ///
  /// Errors that leave the profile as it was: `held`; `not_found` (see UpdateOptions); those of
  /// load and of edit; `timed_out` before it was applied. After that, as of Profile::commit:
  /// `timed_out` (it is in the journal, and saved as soon as the database answers), `session_lost`.
  template <class F>
  void update(std::string_view key, F f, DurableCallback done = {}, UpdateOptions options = {}) {
    collection_.update(
        key,
        [f = std::move(f)](void* data) mutable -> Result<void> {
          return detail::as_result(f, *static_cast<T*>(data));
        },
        std::move(done), options.must_exist, options.deadline);
  }

  /// Profile::once for somebody who may not be here: as update, but applied once for that receipt,
  /// whoever applies it and however often. Errors: those of update and of Profile::once.
  template <class F>
  void once(std::string_view key, std::string_view receipt, F f, DurableCallback done,
            OnceOptions purchase = {}, UpdateOptions options = {}) {
    collection_.once(key, receipt, detail::kept_edit<T>(std::move(f)), std::move(done),
                     purchase.purchased, options.must_exist, options.deadline);
  }

  /// Removes the profile for ever: takes it from its owner if need be, ends a session of this
  /// server. Receipts stay. Errors: those of load; `not_found`.
  void remove(std::string_view key, std::function<void(Result<void>)> done) {
    collection_.remove(key, std::move(done));
  }

 private:
  static detail::ErasedHooks erase(ProfilesHooks<T> hooks) {
    detail::ErasedHooks erased;
    if (hooks.on_save) {
      erased.on_save = [f = std::move(hooks.on_save)](detail::SlotRef slot, void* data) {
        f(Profile<T>(slot), *static_cast<T*>(data));
      };
    }
    if (hooks.on_last_save) {
      erased.on_last_save = [f = std::move(hooks.on_last_save)](detail::SlotRef slot, void* data,
                                                                EndReason why) {
        f(Profile<T>(slot), *static_cast<T*>(data), why);
      };
    }
    for (MessageHandler<T>& handler : hooks.on_message) {
      erased.on_message.push_back(
          [f = std::move(handler)](detail::SlotRef slot, void* data, const Message& message) {
            return f(Profile<T>(slot), *static_cast<T*>(data), message);
          });
    }
    erased.on_end = std::move(hooks.on_end);
    erased.on_error = std::move(hooks.on_error);
    return erased;
  }

  detail::Collection collection_;
};

}  // namespace keepsake
