#include "examples/player/player_catalog.h"

#include <utility>

namespace example {

namespace {

using keepsake::Schema;
using keepsake::Value;
namespace change = keepsake::change;
namespace schema = keepsake::schema;

constexpr std::int64_t kFirstCoins = 100;

// Recorded players, which lock() takes to version 3 and back again.
constexpr const char* kPlayerOfVersion1 =
    R"({"version":"1","coins":500,"inventory":["sword","potion"],"joinedAt":1600000000})";
constexpr const char* kPlayerOfVersion2 =
    R"({"version":"2","coins":75,"gems":3,"inventory":[{"id":"sword","quantity":2}],)"
    R"("joinedAt":1650000000.5,"stats":{"kills":4,"deaths":1,"playtime":360.25}})";

Schema version_1() {
  return schema::object({{"coins", schema::integer()},
                         {"inventory", schema::array(schema::string())},
                         {"joinedAt", schema::number()}});
}

Schema version_2() {
  const Schema item = schema::object({{"id", schema::string()}, {"quantity", schema::integer()}});
  const Schema stats = schema::object({{"kills", schema::integer()},
                                       {"deaths", schema::integer()},
                                       {"playtime", schema::number()}});
  return schema::object({{"coins", schema::integer()},
                         {"gems", schema::integer()},
                         {"inventory", schema::array(item)},
                         {"joinedAt", schema::number()},
                         {"stats", stats}});
}

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
      .version("1", version_1())
      .version("2", version_2())
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
