#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/datum/peers.h"

namespace bench {

namespace {

using Json = nlohmann::json;

const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

bool read_value(const Json* value, std::int64_t& out) {
  if (value == nullptr) return false;
  if (value->is_number_float()) {
    const double number = value->get<double>();
    if (!(number >= -0x1p63 && number < 0x1p63) || std::trunc(number) != number) return false;
  } else if (!value->is_number_integer()) {
    return false;
  }
  return out = value->get<std::int64_t>(), true;
}
bool read_value(const Json* value, double& out) {
  return value != nullptr && value->is_number() && (out = value->get<double>(), true);
}
bool read_value(const Json* value, bool& out) {
  return value != nullptr && value->is_boolean() && (out = value->get<bool>(), true);
}

bool read_value(const Json& value, example::Item& out) {
  if (!value.is_object()) return false;
  const Json* id = member(value, "id");
  if (id == nullptr || !id->is_string()) return false;
  out.id = id->get_ref<const std::string&>();
  const Json* equipped = member(value, "equipped");
  if (equipped != nullptr && !equipped->is_null() && !read_value(equipped, out.equipped.emplace()))
    return false;
  return read_value(member(value, "quantity"), out.quantity);
}

bool is_object(const Json* value) { return value != nullptr && value->is_object(); }

}  // namespace

bool read_with_nlohmann(std::string_view json, example::Player& out) {
  const Json tree = Json::parse(json, nullptr, false);
  if (!tree.is_object()) return false;
  const Json* currency = member(tree, "currency");
  const Json* inventory = member(tree, "inventory");
  const Json* stats = member(tree, "stats");
  const Json* settings = member(tree, "settings");
  if (!is_object(currency) || !is_object(stats) || !is_object(settings)) return false;
  if (inventory == nullptr || !inventory->is_array()) return false;
  out.inventory.reserve(inventory->size());
  for (const Json& item : *inventory) {
    if (!read_value(item, out.inventory.emplace_back())) return false;
  }
  return read_value(member(*currency, "coins"), out.currency.coins) &&
         read_value(member(*currency, "gems"), out.currency.gems) &&
         read_value(member(*currency, "premium"), out.currency.premium) &&
         read_value(member(tree, "joinedAt"), out.joinedAt) &&
         read_value(member(*stats, "kills"), out.stats.kills) &&
         read_value(member(*stats, "deaths"), out.stats.deaths) &&
         read_value(member(*stats, "playtime"), out.stats.playtime) &&
         read_value(member(*stats, "wins"), out.stats.wins) &&
         read_value(member(*settings, "music"), out.settings.music) &&
         read_value(member(*settings, "sfx"), out.settings.sfx) &&
         read_value(member(*settings, "notifications"), out.settings.notifications);
}

}  // namespace bench
