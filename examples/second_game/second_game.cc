#include "examples/second_game/second_game.h"

namespace second_game {

using namespace keepsake;

namespace {

Schema ship_v1() {
  return schema::object({{"name", schema::string()},
                         {"hull", schema::number()},
                         {"crew", schema::array(schema::string())}});
}

}  // namespace

Catalog<Ship> ship_catalog() {
  return CatalogBuilder<Ship>("Ships")
      .version("1", ship_v1())
      .current("2")
      .step("1", "2",
            {change::add("/hold", Value::object()),
             change::each("/crew", {change::wrap("", "name"), change::add("/rank", 1)})})
      .new_profile([](WallTime) { return Ship{.name = "Dinghy"}; })
      .lock()
      .value();
}

Catalog<GuildBank> guild_bank_catalog() {
  return CatalogBuilder<GuildBank>("GuildBanks").current("1").lock().value();
}

}  // namespace second_game
