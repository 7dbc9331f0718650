// What a game hangs on the life of its players; see player_data_manager.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keepsake/base/error.h"
#include "keepsake/base/ids.h"
#include "keepsake/store/info.h"
#include "keepsake/store/profile.h"

namespace keepsake {

/// Each may be left out. A game hears of a session from on_ready on: one that ends before that,
/// since the player left meanwhile, is saved and ended without a word.
template <class T>
struct PlayerHooks {
  /// The key of a user's profile; the same each time, and no other user's. Default: "Player_" and
  /// the number.
  std::function<std::string(UserId)> key_of{};
  /// The player can play. Answers load(), once for all calls that were under way.
  std::function<void(UserId, Profile<T>)> on_ready{};
  /// The player can't be let in; `error.player_text()` is fit to be shown. Answers load().
  std::function<void(UserId, const Error&)> on_refused{};
  /// Before every save; may change the data.
  std::function<void(UserId, T&)> on_save{};
  /// Before a session's last save, as an edit: the place to write what the game keeps beside.
  std::function<void(UserId, T&, EndReason)> on_last_save{};
  /// What becomes of the messages to a player, oldest first: asked in this order while the player
  /// is ready. As ProfilesHooks::on_message.
  std::vector<std::function<Handling(UserId, T&, const Message&)>> on_message{};
  /// The session has ended: once for each that on_ready told of. Unless the game itself unloaded
  /// the player, send the player away; on `handed_over` another server has the profile already.
  std::function<void(UserId, EndReason)> on_end{};
  /// A fault outside of a call: data set aside, a save refused, a tie that fell. `error.key()`
  /// names the profile; the user is 0 where that one has left already.
  std::function<void(UserId, const Error&)> on_error{};
  Duration load_deadline{};  ///< zero: Timing::load_deadline
};

}  // namespace keepsake
