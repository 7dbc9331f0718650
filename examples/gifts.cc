// A gift from one player to another, who may be on another server, or not there at all: it is sent
// by a message, credited once, and comes back if nobody collects it. In a World, so that days pass
// in no time.
#include <cstdlib>
#include <iostream>

#include "examples/player/player_catalog.h"
#include "keepsake/player/player_data_manager.h"
#include "keepsake/testing/world.h"

using namespace std::chrono_literals;
using example::Player;
using keepsake::Handling;
using keepsake::UserId;
using Players = keepsake::PlayerDataManager<Player>;

namespace {

/// What a gift's message holds.
struct Gift {
  std::string from;
  std::int64_t coins = 0;
};

constexpr UserId kAda{1};
constexpr UserId kBob{2};

void say(const char* what, std::int64_t coins) { std::cout << what << ": " << coins << "\n"; }

/// `trade` is the game's own number of it, by which a repeated click is known.
void send_gift(Players& players, UserId from, UserId to, std::int64_t coins,
               const std::string& trade, keepsake::WallTime until) {
  const Gift gift{.from = from.text(), .coins = coins};
  players.find(from).send(
      players.key(to), outgoing("gift:" + from.text() + ":" + trade, gift, until),
      [coins](Player& p) -> keepsake::Result<void> {
        if (p.currency.coins < coins) return keepsake::refuse("not_enough_coins");
        p.currency.coins -= coins;
        return {};
      },
      [](const keepsake::Result<std::uint64_t>& sent) {
        std::cout << (sent ? "sent" : sent.error().text()) << "\n";
      });
}

/// A gift to the player, or one of the player's own that came back.
Handling collect(UserId, Player& p, const keepsake::Message& message) {
  const keepsake::Result<Gift> gift = keepsake::body_of<Gift>(message);
  if (!gift) return Handling::pass;
  p.currency.coins += gift->coins;
  return Handling::handled;
}

/// Ada's name goes up in the hall; the city's chat hears of it once that can't be undone any more.
void buy_fame(keepsake::Profile<Player> player) {
  const auto bought = player.edit([&](Player& p) -> keepsake::Result<void> {
    if (p.currency.coins < 10) return keepsake::refuse("not_enough_coins");
    p.currency.coins -= 10;
    player.when_durable([](const keepsake::Result<std::uint64_t>& durable) {
      if (durable) std::cout << "the chat hears of it\n";
    });
    return {};
  });
  std::cout << (bought ? "bought" : bought.error().text()) << "\n";
}

Players& join(keepsake::World& world, const char* server, UserId user) {
  Players& players = world.server(server).make<Players>(
      example::player_catalog(), keepsake::PlayerHooks<Player>{.on_message = {collect}});
  players.load(user);
  world.advance(1s);
  return players;
}

}  // namespace

int main() {
  keepsake::World world;
  Players& here = join(world, "a", kAda);
  const keepsake::WallTime hour = world.clock().wall() + 1h;

  buy_fame(here.find(kAda));
  send_gift(here, kAda, kBob, 30, "1", hour);
  world.advance(1s);
  say("Ada has", here.find(kAda)->currency.coins);

  world.server("a").crash();
  Players& there = join(world, "b", kBob);
  say("Bob joins another server and has", there.find(kBob)->currency.coins);

  Players& back = join(world, "c", kAda);
  send_gift(back, kAda, kBob, 30, "1", hour);  // the same click, sent again after the crash
  world.advance(1s);
  say("Ada has", back.find(kAda)->currency.coins);

  send_gift(back, kAda, UserId{3}, 50, "2", hour);
  world.advance(1s);
  say("Ada has", back.find(kAda)->currency.coins);
  world.advance(70min);  // nobody came for it
  say("an hour later Ada has", back.find(kAda)->currency.coins);
  return back.find(kAda)->currency.coins == 60 ? 0 : 1;
}
