#include <simdjson.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "bench/datum/peers.h"

namespace bench {

using example::Currency;
using example::Item;
using example::Player;
using example::Settings;
using example::Stats;
namespace ondemand = simdjson::ondemand;

PaddedText::PaddedText(std::string_view text) : bytes_(text) {
  bytes_.append(kPadding, '\0');
  static_assert(kPadding >= simdjson::SIMDJSON_PADDING);
}

namespace {

constexpr std::size_t kMostItems = 100'000;

using Unknown = std::vector<UnknownMember>;

bool read_value(ondemand::value value, bool& out) { return value.get_bool().get(out) == 0; }
bool read_value(ondemand::value value, double& out) { return value.get_double().get(out) == 0; }
bool read_value(ondemand::value value, std::int64_t& out) {
  if (value.get_int64().get(out) == 0) return true;
  double number = 0;
  if (value.get_double().get(number) != 0) return false;
  if (!(number >= -0x1p63 && number < 0x1p63) || std::trunc(number) != number) return false;
  out = static_cast<std::int64_t>(number);
  return true;
}
bool read_value(ondemand::value value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text) != 0) return false;
  out.assign(text);
  return true;
}

bool keep(std::string_view name, ondemand::value value, Unknown& unknown) {
  std::string_view json;
  ondemand::json_type type{};
  if (value.type().get(type) != 0) return false;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (value.get_object().get(object) != 0 || object.raw_json().get(json) != 0) return false;
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (value.get_array().get(array) != 0 || array.raw_json().get(json) != 0) return false;
  } else {
    json = value.raw_json_token();
  }
  for (const UnknownMember& known : unknown) {
    if (known.name == name) return false;
  }
  unknown.push_back({std::string(name), std::string(json)});
  return true;
}

/// Calls `read(i, value)` for the member `names[i]`, which is mostly the next one. All but the last
/// `optional` of them must be there, none twice.
template <std::size_t N, class F>
bool read_members(ondemand::object object, const std::array<std::string_view, N>& names,
                  std::size_t optional, Unknown& unknown, F&& read) {
  std::uint32_t seen = 0;
  std::size_t next = 0;
  for (auto found : object) {
    ondemand::field field;
    if (std::move(found).get(field) != 0) return false;
    std::size_t i = next;
    if (i == N || !(field.key() == names[i])) {
      std::string_view name;
      if (field.unescaped_key().get(name) != 0) return false;
      for (i = 0; i < N && names[i] != name;) ++i;
      if (i == N) {
        if (!keep(name, field.value(), unknown)) return false;
        continue;
      }
    }
    if ((seen >> i & 1U) != 0) return false;
    seen |= 1U << i;
    next = i + 1;
    if (!read(i, field.value())) return false;
  }
  const std::uint32_t required = (1U << (N - optional)) - 1;
  return (seen & required) == required;
}

bool read_value(ondemand::value value, Currency& out, Unknown& unknown) {
  static constexpr std::array<std::string_view, 3> kNames{"coins", "gems", "premium"};
  ondemand::object object;
  if (value.get_object().get(object) != 0) return false;
  return read_members(object, kNames, 0, unknown, [&](std::size_t i, ondemand::value member) {
    return read_value(member, i == 0 ? out.coins : i == 1 ? out.gems : out.premium);
  });
}

bool read_value(ondemand::value value, Item& out, Unknown& unknown) {
  static constexpr std::array<std::string_view, 3> kNames{"id", "quantity", "equipped"};
  ondemand::object object;
  if (value.get_object().get(object) != 0) return false;
  return read_members(object, kNames, 1, unknown, [&](std::size_t i, ondemand::value member) {
    if (i == 0) return read_value(member, out.id);
    if (i == 1) return read_value(member, out.quantity);
    bool null = false;
    if (member.is_null().get(null) != 0) return false;
    if (null) return true;
    return read_value(member, out.equipped.emplace());
  });
}

bool read_value(ondemand::value value, std::vector<Item>& out, Unknown& unknown) {
  ondemand::array array;
  if (value.get_array().get(array) != 0) return false;
  for (auto item : array) {
    ondemand::value one;
    if (out.size() == kMostItems || std::move(item).get(one) != 0) return false;
    if (!read_value(one, out.emplace_back(), unknown)) return false;
  }
  return true;
}

bool read_value(ondemand::value value, Stats& out, Unknown& unknown) {
  static constexpr std::array<std::string_view, 4> kNames{"kills", "deaths", "playtime", "wins"};
  ondemand::object object;
  if (value.get_object().get(object) != 0) return false;
  return read_members(object, kNames, 0, unknown, [&](std::size_t i, ondemand::value member) {
    if (i == 2) return read_value(member, out.playtime);
    return read_value(member, i == 0 ? out.kills : i == 1 ? out.deaths : out.wins);
  });
}

bool read_value(ondemand::value value, Settings& out, Unknown& unknown) {
  static constexpr std::array<std::string_view, 3> kNames{"music", "sfx", "notifications"};
  ondemand::object object;
  if (value.get_object().get(object) != 0) return false;
  return read_members(object, kNames, 0, unknown, [&](std::size_t i, ondemand::value member) {
    return read_value(member, i == 0 ? out.music : i == 1 ? out.sfx : out.notifications);
  });
}

}  // namespace

struct Simdjson::Parsers {
  ondemand::parser on_demand;
  simdjson::dom::parser tree;
};

Simdjson::Simdjson() : parsers_(std::make_unique<Parsers>()) {}
Simdjson::~Simdjson() = default;

bool Simdjson::read(const PaddedText& json, Player& out, Unknown& unknown) {
  static constexpr std::array<std::string_view, 5> kNames{"currency", "inventory", "joinedAt",
                                                          "stats", "settings"};
  ondemand::document document;
  const simdjson::padded_string_view text(json.view(), json.capacity());
  if (parsers_->on_demand.iterate(text).get(document) != 0) return false;
  ondemand::object object;
  if (document.get_object().get(object) != 0) return false;
  const bool read =
      read_members(object, kNames, 0, unknown, [&](std::size_t i, ondemand::value member) {
        switch (i) {
          case 0: return read_value(member, out.currency, unknown);
          case 1: return read_value(member, out.inventory, unknown);
          case 2: return read_value(member, out.joinedAt);
          case 3: return read_value(member, out.stats, unknown);
          default: return read_value(member, out.settings, unknown);
        }
      });
  return read && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

std::size_t Simdjson::parse_tree(const PaddedText& json) {
  simdjson::dom::object object;
  if (parsers_->tree.parse(json.view().data(), json.view().size(), false).get(object) != 0) {
    return 0;
  }
  return object.size();
}

}  // namespace bench
