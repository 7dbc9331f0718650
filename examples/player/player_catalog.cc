#include "examples/player/player_catalog.h"

#include "examples/player/schemas/PlayerData.gen.h"

namespace example {

namespace {

using keepsake::Value;
namespace change = keepsake::change;

constexpr std::int64_t kFirstCoins = 100;

// Recorded players, which lock() takes to version 3 and back again.
constexpr const char* kPlayerOfVersion1 =
    R"({"version":"1","coins":500,"inventory":["sword","potion"],"joinedAt":1600000000})";
constexpr const char* kPlayerOfVersion2 =
    R"({"version":"2","coins":75,"gems":3,"inventory":[{"id":"sword","quantity":2}],)"
    R"("joinedAt":1650000000.5,"stats":{"kills":4,"deaths":1,"playtime":360.25}})";

}  // namespace

Player new_player(keepsake::WallTime created) {
  Player player;
  player.currency.coins = kFirstCoins;
  player.joinedAt = static_cast<double>(
      std::chrono::floor<std::chrono::seconds>(created.time_since_epoch()).count());
  return player;
}

keepsake::Catalog<Player> player_catalog() {
  return keepsake::CatalogBuilder<Player>("PlayerData")
      .published(published::PlayerData)
      .current("3")
      .step("1", "2",
            {change::each("/inventory", {change::wrap("", "id"), change::add("/quantity", 1)}),
             change::add("/gems", 0),
             change::add("/stats", Value::object({{"kills", 0}, {"deaths", 0}, {"playtime", 0}}))})
      .step("2", "3",
            {change::move("/coins", "/currency/coins"), change::move("/gems", "/currency/gems"),
             change::add("/currency/premium", 0),
             change::each("/inventory", {change::add("/equipped", false)}),
             change::add("/stats/wins", 0),
             change::add("/settings",
                         Value::object({{"music", true}, {"sfx", true}, {"notifications", true}}))})
      .example("1", kPlayerOfVersion1)
      .example("2", kPlayerOfVersion2)
      .new_profile(new_player)
      .lock()
      .value();
}

}  // namespace example
