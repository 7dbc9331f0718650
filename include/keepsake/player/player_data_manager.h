// PlayerDataManager<T>: a game's joins and leaves on top of Profiles<T>, by user id.
//
//     keepsake::PlayerDataManager<Player> players{store, player_catalog(), {
//         .on_ready = [](UserId u, Profile<Player> p) { spawn(u, p); },
//         .on_refused = [](UserId u, const Error& e) { kick(u, e.player_text()); },
//         .on_end = [](UserId u, EndReason) { despawn(u); }}};
//     players.load(user);            // the player joined
//     players.unload(user);          // the player left
//
// Used on the game's thread; callbacks run inside Store::pump and may call anything here. It makes
// no thread and installs no signal handler. It must not outlive its Store, and is not destroyed
// from within one of its callbacks.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "keepsake/base/function_ref.h"
#include "keepsake/player/detail/player_link.h"
#include "keepsake/player/player_hooks.h"
#include "keepsake/store/profiles.h"

namespace keepsake {

template <class T>
class PlayerDataManager {
 public:
  PlayerDataManager(Store& store, Catalog<T> catalog, PlayerHooks<T> hooks);

  /// The player joined. Answers in pump, by on_ready or on_refused.
  ///
  /// Called again while the first is under way, it joins it: one answer. For a player who is ready
  /// it answers on_ready again, with the same profile. While that player's last session is ending
  /// it waits for that end (on_end, then the answer). After unload() it begins anew. Once the store
  /// is shutting down the answer is `shutting_down`.
  void load(UserId user);

  /// The player left. A load under way is withdrawn: it is not answered, and a session that the
  /// database has granted already is ended again. A ready player's session is saved and ended: from
  /// now on find() gives nothing, then come on_last_save and on_end. For a session that is ending
  /// already, and for an unknown player, nothing happens.
  void unload(UserId user);

  /// The player is on the way to another server, which loads the player as any other (a zone
  /// change; Profile::move): the session goes on until that server asks, also after unload(); then
  /// one commit saves it and passes it on (on_last_save and on_end, `handed_over`). If it doesn't
  /// ask within Timing::save_deadline, on_error tells, and the player stays, or is unloaded. Of a
  /// player who isn't ready nothing happens.
  void move(UserId user, ServerId to);

  /// The player's profile; a false handle before on_ready and once the session is ending or over.
  [[nodiscard]] Profile<T> find(UserId user) const;
  /// Where that user's profile is kept, known here or not: for Profile::send.
  [[nodiscard]] ProfileKey key(UserId user) const;
  /// Every ready player, in no particular order. `f` may load and unload players.
  void for_each(FunctionRef<void(UserId, Profile<T>)> f) const;
  [[nodiscard]] std::size_t size() const;  ///< players that are ready
  /// Players that are loading, ready or ending; 0 means that no session is left.
  [[nodiscard]] std::size_t known() const;

  /// Those of the Store, with every other collection on it: each load under way is refused with
  /// `shutting_down`, each player's data saved, each session ended (`shutdown`). It always ends;
  /// what could not be saved `within` this time is in the synced journal, and the report names it.
  void begin_shutdown(Duration within = std::chrono::seconds(8));
  [[nodiscard]] ShutdownReport shutdown_report() const;
  ShutdownReport shutdown(Duration within = std::chrono::seconds(8));  ///< blocks, pumping

  /// The collection beneath, for view, view_many and remove.
  [[nodiscard]] Profiles<T>& profiles() { return profiles_; }

 private:
  Store& store_;
  std::shared_ptr<detail::PlayerLink<T>> link_;
  Profiles<T> profiles_;
};

template <class T>
PlayerDataManager<T>::PlayerDataManager(Store& store, Catalog<T> catalog, PlayerHooks<T> hooks)
    : store_(store),
      link_(detail::PlayerLink<T>::make(std::move(hooks))),
      profiles_(store, std::move(catalog), link_->profiles_hooks()) {
  link_->profiles = &profiles_;
}

template <class T>
void PlayerDataManager<T>::load(UserId user) {
  link_->roster.join(user, link_->key_of(user));
}
template <class T>
void PlayerDataManager<T>::unload(UserId user) {
  link_->roster.leave(user);
}

template <class T>
void PlayerDataManager<T>::move(UserId user, ServerId to) {
  if (Profile<T> profile = find(user)) profile.move(std::move(to));
}

template <class T>
Profile<T> PlayerDataManager<T>::find(UserId user) const {
  const std::optional<detail::SlotRef> slot = link_->roster.find(user);
  return slot ? Profile<T>(*slot) : Profile<T>();
}
template <class T>
ProfileKey PlayerDataManager<T>::key(UserId user) const {
  return {.store = profiles_.store_name(), .key = link_->key_of(user)};
}
template <class T>
void PlayerDataManager<T>::for_each(FunctionRef<void(UserId, Profile<T>)> f) const {
  link_->roster.for_each(
      [&](UserId user, const detail::SlotRef& slot) { f(user, Profile<T>(slot)); });
}
template <class T>
std::size_t PlayerDataManager<T>::size() const {
  return link_->roster.size();
}
template <class T>
std::size_t PlayerDataManager<T>::known() const {
  return link_->roster.known();
}

template <class T>
void PlayerDataManager<T>::begin_shutdown(Duration within) {
  store_.begin_shutdown(within);
}
template <class T>
ShutdownReport PlayerDataManager<T>::shutdown_report() const {
  return store_.shutdown_report();
}
template <class T>
ShutdownReport PlayerDataManager<T>::shutdown(Duration within) {
  return store_.shutdown(within);
}

}  // namespace keepsake
