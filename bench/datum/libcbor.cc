#include <cbor.h>

#include <cmath>

#include "bench/datum/peers.h"

namespace bench {

namespace {

struct Release {
  void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};
using Owned = std::unique_ptr<cbor_item_t, Release>;

cbor_item_t* integer(std::int64_t value) {
  if (value < 0) return cbor_move(cbor_build_negint64(~static_cast<std::uint64_t>(value)));
  const auto number = static_cast<std::uint64_t>(value);
  if (number <= 0xFF) return cbor_move(cbor_build_uint8(static_cast<std::uint8_t>(number)));
  if (number <= 0xFFFF) return cbor_move(cbor_build_uint16(static_cast<std::uint16_t>(number)));
  if (number <= 0xFFFF'FFFF)
    return cbor_move(cbor_build_uint32(static_cast<std::uint32_t>(number)));
  return cbor_move(cbor_build_uint64(number));
}
cbor_item_t* number(double value) {
  if (std::trunc(value) == value && std::abs(value) < 0x1p63) {
    return integer(static_cast<std::int64_t>(value));
  }
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) == value) return cbor_move(cbor_build_float4(narrow));
  return cbor_move(cbor_build_float8(value));
}
cbor_item_t* boolean(bool value) { return cbor_move(cbor_build_bool(value)); }
cbor_item_t* text(std::string_view value) {
  return cbor_move(cbor_build_stringn(value.data(), value.size()));
}
void add(cbor_item_t* map, std::string_view name, cbor_item_t* value) {
  static_cast<void>(cbor_map_add(map, {.key = text(name), .value = value}));
}

cbor_item_t* item_of(const example::Item& item) {
  cbor_item_t* map = cbor_new_definite_map(item.equipped ? 3 : 2);
  add(map, "id", text(item.id));
  if (item.equipped) add(map, "equipped", boolean(*item.equipped));
  add(map, "quantity", integer(item.quantity));
  return cbor_move(map);
}

cbor_item_t* item_of(const example::Player& player) {
  cbor_item_t* stats = cbor_new_definite_map(4);
  add(stats, "wins", integer(player.stats.wins));
  add(stats, "kills", integer(player.stats.kills));
  add(stats, "deaths", integer(player.stats.deaths));
  add(stats, "playtime", number(player.stats.playtime));
  cbor_item_t* currency = cbor_new_definite_map(3);
  add(currency, "gems", integer(player.currency.gems));
  add(currency, "coins", integer(player.currency.coins));
  add(currency, "premium", integer(player.currency.premium));
  cbor_item_t* settings = cbor_new_definite_map(3);
  add(settings, "sfx", boolean(player.settings.sfx));
  add(settings, "music", boolean(player.settings.music));
  add(settings, "notifications", boolean(player.settings.notifications));
  cbor_item_t* inventory = cbor_new_definite_array(player.inventory.size());
  for (const example::Item& item : player.inventory) {
    static_cast<void>(cbor_array_push(inventory, item_of(item)));
  }
  cbor_item_t* map = cbor_new_definite_map(5);
  add(map, "stats", cbor_move(stats));
  add(map, "currency", cbor_move(currency));
  add(map, "joinedAt", number(player.joinedAt));
  add(map, "settings", cbor_move(settings));
  add(map, "inventory", cbor_move(inventory));
  return map;
}

const cbor_item_t* member(const cbor_item_t* map, std::string_view name) {
  if (!cbor_isa_map(map)) return nullptr;
  const cbor_pair* pairs = cbor_map_handle(map);
  for (std::size_t i = 0; i < cbor_map_size(map); ++i) {
    const cbor_item_t* key = pairs[i].key;
    if (!cbor_isa_string(key) || !cbor_string_is_definite(key)) continue;
    const auto* bytes = reinterpret_cast<const char*>(cbor_string_handle(key));
    if (std::string_view(bytes, cbor_string_length(key)) == name) return pairs[i].value;
  }
  return nullptr;
}

bool read_value(const cbor_item_t* item, std::int64_t& out) {
  if (item == nullptr || !cbor_is_int(item)) return false;
  const std::uint64_t value = cbor_get_int(item);
  if (value >= std::uint64_t{1} << 63) return false;
  const auto number = static_cast<std::int64_t>(value);
  return out = cbor_isa_negint(item) ? ~number : number, true;
}
bool read_value(const cbor_item_t* item, double& out) {
  std::int64_t integer = 0;
  if (read_value(item, integer)) return out = static_cast<double>(integer), true;
  if (item == nullptr || !cbor_is_float(item)) return false;
  return out = cbor_float_get_float(item), std::isfinite(out);
}
bool read_value(const cbor_item_t* item, bool& out) {
  return item != nullptr && cbor_is_bool(item) && (out = cbor_get_bool(item), true);
}

bool read_value(const cbor_item_t* item, example::Item& out) {
  const cbor_item_t* id = member(item, "id");
  if (id == nullptr || !cbor_isa_string(id) || !cbor_string_is_definite(id)) return false;
  out.id.assign(reinterpret_cast<const char*>(cbor_string_handle(id)), cbor_string_length(id));
  const cbor_item_t* equipped = member(item, "equipped");
  if (equipped != nullptr && !cbor_is_null(equipped) &&
      !read_value(equipped, out.equipped.emplace())) {
    return false;
  }
  return read_value(member(item, "quantity"), out.quantity);
}

bool read_value(const cbor_item_t* item, std::vector<example::Item>& out) {
  if (item == nullptr || !cbor_isa_array(item)) return false;
  out.reserve(cbor_array_size(item));
  for (std::size_t i = 0; i < cbor_array_size(item); ++i) {
    if (!read_value(cbor_array_handle(item)[i], out.emplace_back())) return false;
  }
  return true;
}

}  // namespace

std::string write_with_libcbor(const example::Player& player) {
  const Owned map(item_of(player));
  unsigned char* bytes = nullptr;
  std::size_t capacity = 0;
  const std::size_t size = cbor_serialize_alloc(map.get(), &bytes, &capacity);
  std::string out(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return out;
}

bool read_with_libcbor(std::string_view cbor, example::Player& out) {
  cbor_load_result result{};
  const Owned root(
      cbor_load(reinterpret_cast<const unsigned char*>(cbor.data()), cbor.size(), &result));
  if (root == nullptr || result.read != cbor.size()) return false;
  const cbor_item_t* currency = member(root.get(), "currency");
  const cbor_item_t* stats = member(root.get(), "stats");
  const cbor_item_t* settings = member(root.get(), "settings");
  if (currency == nullptr || stats == nullptr || settings == nullptr) return false;
  return read_value(member(currency, "coins"), out.currency.coins) &&
         read_value(member(currency, "gems"), out.currency.gems) &&
         read_value(member(currency, "premium"), out.currency.premium) &&
         read_value(member(root.get(), "inventory"), out.inventory) &&
         read_value(member(root.get(), "joinedAt"), out.joinedAt) &&
         read_value(member(stats, "kills"), out.stats.kills) &&
         read_value(member(stats, "deaths"), out.stats.deaths) &&
         read_value(member(stats, "playtime"), out.stats.playtime) &&
         read_value(member(stats, "wins"), out.stats.wins) &&
         read_value(member(settings, "music"), out.settings.music) &&
         read_value(member(settings, "sfx"), out.settings.sfx) &&
         read_value(member(settings, "notifications"), out.settings.notifications);
}

}  // namespace bench
