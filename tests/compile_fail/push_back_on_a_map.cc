// What has no end has nothing put there.
// expect: push_back takes the path of a vector
// errors: 1
#include "keepsake/store/profile.h"

struct Player {
  std::map<std::string, std::int64_t> debts;
  std::vector<std::int64_t> wins;
};

void play(keepsake::Profile<Player> player) {
#ifdef BAD
  static_cast<void>(player.push_back<&Player::debts>(1));
#else
  static_cast<void>(player.push_back<&Player::wins>(1));
#endif
}
