#include "examples/demo/game.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace demo {

namespace {

constexpr std::array<std::string_view, 3> kPrefixes{"play-", "grant-", "trade-"};
constexpr std::string_view kRelic = "relic-";

std::optional<Number> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

void leave_slip(example::Player& player, Kind kind, Number number, std::int64_t change) {
  player.inventory.push_back(
      {.id = slip_id(kind, number), .quantity = change, .equipped = std::nullopt});
}

}  // namespace

std::string slip_id(Kind kind, Number number) {
  return std::string(kPrefixes[static_cast<std::size_t>(kind)]) + std::to_string(number);
}

std::optional<Slip> parse_slip(std::string_view item_id) {
  for (std::size_t i = 0; i < kPrefixes.size(); ++i) {
    if (const auto number = number_after(item_id, kPrefixes[i])) {
      return Slip{.kind = static_cast<Kind>(i), .number = *number};
    }
  }
  return std::nullopt;
}

std::string relic_id(Number granted_by) { return std::string(kRelic) + std::to_string(granted_by); }
std::optional<Number> parse_relic(std::string_view item_id) {
  return number_after(item_id, kRelic);
}

keepsake::Result<void> play(example::Player& player, Number number, std::int64_t change) {
  if (player.currency.coins + change < 0) return keepsake::refuse("not_enough_coins");
  player.currency.coins += change;
  leave_slip(player, Kind::play, number, change);
  return {};
}

void grant_relic(example::Player& player, Number number) {
  leave_slip(player, Kind::grant, number, 0);
  player.inventory.push_back({.id = relic_id(number), .quantity = 1, .equipped = std::nullopt});
}

keepsake::Result<std::string> trade(example::Player& from, example::Player& to, Number number,
                                    std::int64_t price) {
  const auto relic = std::find_if(from.inventory.begin(), from.inventory.end(),
                                  [](const auto& item) { return parse_relic(item.id); });
  if (relic == from.inventory.end()) return keepsake::refuse("no_relic");
  if (to.currency.coins < price) return keepsake::refuse("not_enough_coins");
  std::string id = relic->id;
  to.inventory.push_back(*relic);
  from.inventory.erase(relic);
  to.currency.coins -= price;
  from.currency.coins += price;
  leave_slip(from, Kind::trade, number, price);
  leave_slip(to, Kind::trade, number, -price);
  return id;
}

std::int64_t slips(const example::Player& player) {
  return std::count_if(player.inventory.begin(), player.inventory.end(),
                       [](const auto& item) { return parse_slip(item.id).has_value(); });
}
bool has_relic(const example::Player& player) {
  return std::any_of(player.inventory.begin(), player.inventory.end(),
                     [](const auto& item) { return parse_relic(item.id).has_value(); });
}

}  // namespace demo
