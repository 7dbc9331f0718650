// Joins, leaves, edits and faults in random order, against what a game may count on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "examples/player/player_catalog.h"
#include "keepsake/player/player_data_manager.h"
#include "keepsake/testing/world.h"

namespace keepsake {
namespace {

using example::Player;
using namespace std::chrono_literals;

constexpr std::int64_t kUsers = 3;

/// What a game knows of one player, from its own calls and what it was told.
struct Known {
  bool awaiting = false;  ///< a load that has no answer yet
  bool playing = false;   ///< ready, and not ended since
};

/// A game that holds each thing that it is told against what it knows.
struct Game {
  explicit Game(Store& of) : store(of), players(of, example::player_catalog(), hooks()) {}

  PlayerHooks<Player> hooks() {
    return {.on_ready =
                [this](UserId user, Profile<Player> profile) {
                  EXPECT_TRUE(known[user].awaiting) << "an answer that nobody waits for";
                  EXPECT_TRUE(profile);
                  known[user] = {.awaiting = false, .playing = true};
                },
            .on_refused =
                [this](UserId user, const Error&) {
                  EXPECT_TRUE(known[user].awaiting) << "a refusal that nobody waits for";
                  known[user].awaiting = false;
                },
            .on_end =
                [this](UserId user, EndReason) {
                  EXPECT_TRUE(known[user].playing) << "the end of a session that nobody knew";
                  known[user].playing = false;
                }};
  }
  void join(UserId user) {
    players.load(user);
    known[user].awaiting = true;
  }
  void leave(UserId user) {
    players.unload(user);
    known[user].awaiting = false;
  }

  Store& store;
  std::map<UserId, Known> known;
  PlayerDataManager<Player> players;
};

/// Three servers of one machine, and what was done to them.
class Turmoil {
 public:
  explicit Turmoil(std::uint64_t seed) : world_({.seed = seed}) {
    for (const char* id : {"a", "b", "c"}) {
      games_.push_back(&world_.server(id).make<Game>());
    }
  }

  void act() {
    const std::size_t which = random(3);
    World::Server& server = *world_.servers()[which];
    const UserId user{1 + static_cast<std::int64_t>(random(kUsers))};
    switch (random(16)) {
      case 0:
      case 1:
      case 2: games_[which]->join(user); break;
      case 3:
      case 4: games_[which]->leave(user); break;
      case 5:
      case 6:
      case 7: earn(*games_[which], user); break;
      case 8: disturb(server, which); break;
      case 9: world_.advance(std::chrono::milliseconds(random(3000))); break;
      case 10:
      case 11: world_.advance(std::chrono::milliseconds(random(40))); break;
      default:
        for (std::uint64_t events = random(20); events > 0; --events) world_.step();
        break;
    }
  }

  /// The faults are over; everybody leaves.
  void settle() {
    for (World::Server* server : world_.servers()) {
      server->thaw();
      server->set_reachable(true);
    }
    world_.lose_notifications(false);
    world_.advance(40s);
    for (Game* game : games_) {
      for (std::int64_t user = 1; user <= kUsers; ++user) {
        const Known known = game->known[UserId{user}];
        EXPECT_FALSE(known.awaiting) << "a load without an answer, user " << user;
        EXPECT_EQ(static_cast<bool>(game->players.find(UserId{user})), known.playing)
            << "user " << user;
        game->leave(UserId{user});
      }
    }
    world_.advance(15s);
    for (Game* game : games_) EXPECT_EQ(game->players.known(), 0U);
  }

  void look_at_what_is_stored() {
    for (std::int64_t user = 1; user <= kUsers; ++user) {
      const ProfileKey key{"PlayerData", "Player_" + std::to_string(user)};
      const auto record = world_.database().read({key}).value().front();
      if (!record) {
        EXPECT_EQ(earned_[user], 0);
        continue;
      }
      EXPECT_TRUE(is_free(record->envelope)) << "a session left behind, user " << user;
      if (!record->envelope.has_data) {
        EXPECT_EQ(earned_[user], 0);
        continue;
      }
      const auto data = example::player_catalog().upgrade(record->payload, "3");
      ASSERT_TRUE(data) << data.error().text();
      EXPECT_EQ(data->data.find("stats")->find("kills")->as_integer(), earned_[user])
          << "edits that had returned, user " << user;
    }
  }

 private:
  /// Nobody's, or of a server that is dead and recovered: anyone may take it.
  bool is_free(const Envelope& envelope) {
    if (!envelope.owner) return true;
    const auto leases = world_.database().leases().value();
    return std::any_of(leases.begin(), leases.end(), [&](const Lease& lease) {
      return lease.owner == *envelope.owner && lease.state == LeaseState::recovered;
    });
  }

  std::uint64_t random(std::uint64_t below) { return world_.random().next() % below; }

  void earn(Game& game, UserId user) {
    const Profile<Player> player = game.players.find(user);
    if (!player) return;
    if (Profile<Player>(player).edit([](Player& p) { p.stats.kills += 1; })) {
      ++earned_[user.number];
    }
  }

  void disturb(World::Server& server, std::size_t which) {
    switch (random(9)) {
      case 0:
        server.restart();
        games_[which] = &server.make<Game>();
        break;
      case 1:
      case 2: server.frozen() ? server.thaw() : server.freeze(); break;
      case 3: server.set_reachable(false); break;
      case 4: server.set_reachable(true); break;
      case 5: world_.fail_next(Call::commit, {.fault = Fault::reply_lost}); break;
      case 6: world_.fail_next(Call::acquire, {.fault = Fault::reply_lost}); break;
      case 7:
        world_.fail_next(random(2) == 0 ? Call::commit : Call::acquire,
                         {.fault = Fault::request_lost,
                          .lands_after = std::chrono::milliseconds(1 + random(5000))});
        break;
      default: world_.lose_notifications(random(2) == 0); break;
    }
  }

  World world_;
  std::vector<Game*> games_;
  std::map<std::int64_t, std::int64_t> earned_;
};

TEST(PlayersAtRandom, LeaveNoSessionBehindAndLoseNoEdit) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Turmoil turmoil(seed);
    for (int i = 0; i < 150; ++i) turmoil.act();
    turmoil.settle();
    turmoil.look_at_what_is_stored();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace keepsake
