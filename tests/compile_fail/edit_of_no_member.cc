// A path of pointers to members leads from one struct to the next.
// expect: an edit's path: each pointer is to a member of what the one before leads to
// errors: 1
#include "keepsake/store/profile.h"

struct Stats {
  std::int64_t kills = 0;
};
struct Settings {
  bool music = true;
};
struct Player {
  Stats stats;
  Settings settings;
};

void play(keepsake::Profile<Player> player) {
#ifdef BAD
  player.edit<&Player::settings, &Stats::kills>([](auto& kills) { ++kills; });
#else
  static_cast<void>(player.edit<&Player::stats, &Stats::kills>([](auto& kills) { ++kills; }));
#endif
}
