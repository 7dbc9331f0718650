// A game whose purses send gold to each other by messages, for the store's tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/store/purse_test_game.h"

namespace keepsake::test {

struct Gift {
  std::int64_t gold = 0;
};

/// One server's game. What its handlers do stands in `handlers`, which a test may change meanwhile.
struct MailGame {
  using Handler = MessageHandler<Purse>;

  explicit MailGame(Store& of) : MailGame(of, {&MailGame::take}) {}
  MailGame(Store& of, std::vector<Handler> given)
      : store(of), handlers(std::move(given)), purses(of, test::purses(), hooks()) {}

  /// Takes the gold of a gift.
  static Handling take(Profile<Purse>, Purse& data, const Message& message) {
    const Result<Gift> gift = body_of<Gift>(message);
    if (!gift) return Handling::pass;
    data.gold += gift->gold;
    return Handling::handled;
  }

  ProfilesHooks<Purse> hooks() {
    ProfilesHooks<Purse> hooks;
    for (std::size_t i = 0; i < handlers.size(); ++i) {
      hooks.on_message.push_back([this, i](Profile<Purse> p, Purse& data, const Message& message) {
        const std::string id = is_returned(message) ? "what came back" : message.id;
        told.push_back(p.key().key + " gets " + id);
        return handlers[i](p, data, message);
      });
    }
    hooks.on_error = [this](const ProfileKey& key, const Error& error) {
      told.push_back(key.key + " error " + error.text());
    };
    return hooks;
  }

  Store& store;
  std::vector<Handler> handlers;
  std::vector<std::string> told;
  Profiles<Purse> purses;
};

inline ProfileKey purse(std::string_view key) {
  return {.store = "Purses", .key = std::string(key)};
}
inline auto take_gold(std::int64_t gold) {
  return [gold](Purse& data) -> Result<void> {
    if (data.gold < gold) return keepsake::refuse("too_poor");
    data.gold -= gold;
    return {};
  };
}
inline Result<std::uint64_t> send(World& world, Profile<Purse> from, std::string_view to,
                                  const std::string& id, std::int64_t gold, WallTime expires = {}) {
  return wait_for<std::uint64_t>(world, [&](auto done) {
    from.send(purse(to), outgoing(id, Gift{gold}, expires), take_gold(gold), std::move(done));
  });
}
inline std::vector<std::string> inbox_of(World& world, std::string_view key) {
  std::vector<std::string> ids;
  const std::vector<Message> inbox = world.database().inbox(purse(key)).value();
  for (const Message& message : inbox) ids.push_back(message.id);
  return ids;
}
/// Gold on its way to that key.
inline std::int64_t gold_in_inbox(World& world, std::string_view key) {
  std::int64_t gold = 0;
  const std::vector<Message> inbox = world.database().inbox(purse(key)).value();
  for (const Message& message : inbox) gold += body_of<Gift>(message).value().gold;
  return gold;
}

class MessageTest : public testing::Test {
 protected:
  MailGame& join(std::string_view server) { return world_.server(server).make<MailGame>(); }
  MailGame& join(std::string_view server, std::vector<MailGame::Handler> handlers) {
    return world_.server(server).make<MailGame>(std::move(handlers));
  }
  [[nodiscard]] WallTime in(Duration time) const { return world_.clock().wall() + time; }

  World world_;
};

class SendTest : public MessageTest {
 protected:
  MailGame& a_ = join("a");
  MailGame& b_ = join("b");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
};

}  // namespace keepsake::test
