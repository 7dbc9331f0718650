// The player's versions, the steps between them, and what a new player starts with.
#pragma once

#include "examples/player/player.h"
#include "keepsake/datum/catalog.h"

namespace example {

/// The store is "PlayerData", the current version "3". Ends the program if the catalog contradicts
/// itself, which a test rules out.
[[nodiscard]] keepsake::Catalog<Player> player_catalog();

/// 100 coins, joined when the profile was created, all settings on, nothing else.
[[nodiscard]] Player new_player(keepsake::WallTime created);

}  // namespace example
