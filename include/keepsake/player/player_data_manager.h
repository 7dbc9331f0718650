// PlayerDataManager<T>: a game's joins and leaves on top of Profiles<T>, by user id.
//
//     keepsake::PlayerDataManager<Player> players{store, player_catalog(), {
//         .on_ready = [](UserId u, Profile<Player> p) { spawn(u, p); },
//         .on_refused = [](UserId u, const Error& e) { kick(u, e.player_text()); }}};
//     players.load(user);            // the player joined
//     players.unload(user);          // the player left
//
// Used on the game's thread; callbacks run inside Store::pump. It installs no signal handler.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "keepsake/base/function_ref.h"
#include "keepsake/player/detail/roster.h"
#include "keepsake/store/profiles.h"

namespace keepsake {

template <class T>
struct PlayerHooks {
  /// The key of a user's profile. Default: "Player_" and the number.
  std::function<std::string(UserId)> key_of;
  /// The player can play. Called once per load() that was not given up.
  std::function<void(UserId, Profile<T>)> on_ready;
  /// The player can't be let in; `error.player_text()` is fit to be shown.
  std::function<void(UserId, const Error&)> on_refused;
  /// Before every save; may change the data.
  std::function<void(UserId, T&)> on_save;
  /// Before a session's last save, as an edit: the place to write what the game keeps beside.
  std::function<void(UserId, T&, EndReason)> on_last_save;
  /// The session has ended. Unless the game itself unloaded the player, send the player away.
  std::function<void(UserId, EndReason)> on_end;
  /// A fault outside of a call: data set aside, a save refused, a tie that fell.
  std::function<void(UserId, const Error&)> on_error;
  Duration load_deadline{};  ///< zero: Timing::load_deadline
};

template <class T>
class PlayerDataManager {
 public:
  PlayerDataManager(Store& store, Catalog<T> catalog, PlayerHooks<T> hooks);

  /// The player joined. Answers in pump by on_ready or on_refused. A second call while the first is
  /// under way joins it (one answer); for a player who is ready it answers on_ready again; while
  /// the last session of that player is ending it waits for that end and then loads.
  void load(UserId user);
  /// The player left. A load under way is withdrawn, without an answer and without a session left
  /// behind; a session is saved and ended. For an unknown player nothing happens.
  void unload(UserId user);

  /// The player's profile; false before on_ready and once the session is ending or over.
  [[nodiscard]] Profile<T> find(UserId user) const;
  void for_each(FunctionRef<void(UserId, Profile<T>)> f) const;
  [[nodiscard]] std::size_t size() const;  ///< players that are ready

  /// See Store: the manager's players are the store's sessions.
  void begin_shutdown(Duration within = std::chrono::seconds(8));
  [[nodiscard]] ShutdownReport shutdown_report() const;
  ShutdownReport shutdown(Duration within = std::chrono::seconds(8));

  /// The collection beneath, for view, view_many and remove.
  [[nodiscard]] Profiles<T>& profiles() { return profiles_; }
};

}  // namespace keepsake
