#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "bench/datum/peers.h"

namespace bench {

struct RapidJson::Buffer {
  rapidjson::StringBuffer text;
};

RapidJson::RapidJson() : buffer_(std::make_unique<Buffer>()) {}
RapidJson::~RapidJson() = default;

namespace {

class PlayerWriter {
 public:
  explicit PlayerWriter(rapidjson::StringBuffer& out) : json_(out) {}

  void write(const example::Player& player) {
    json_.StartObject();
    key("currency");
    json_.StartObject();
    integer("coins", player.currency.coins);
    integer("gems", player.currency.gems);
    integer("premium", player.currency.premium);
    json_.EndObject();
    key("inventory");
    json_.StartArray();
    for (const example::Item& item : player.inventory) write(item);
    json_.EndArray();
    number("joinedAt", player.joinedAt);
    key("stats");
    json_.StartObject();
    integer("kills", player.stats.kills);
    integer("deaths", player.stats.deaths);
    number("playtime", player.stats.playtime);
    integer("wins", player.stats.wins);
    json_.EndObject();
    key("settings");
    json_.StartObject();
    boolean("music", player.settings.music);
    boolean("sfx", player.settings.sfx);
    boolean("notifications", player.settings.notifications);
    json_.EndObject();
    json_.EndObject();
  }

 private:
  void write(const example::Item& item) {
    json_.StartObject();
    key("id");
    json_.String(item.id.data(), static_cast<rapidjson::SizeType>(item.id.size()));
    integer("quantity", item.quantity);
    if (item.equipped) boolean("equipped", *item.equipped);
    json_.EndObject();
  }
  void key(std::string_view name) {
    json_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }
  void integer(std::string_view name, std::int64_t value) { key(name), json_.Int64(value); }
  void number(std::string_view name, double value) { key(name), json_.Double(value); }
  void boolean(std::string_view name, bool value) { key(name), json_.Bool(value); }

  rapidjson::Writer<rapidjson::StringBuffer> json_;
};

}  // namespace

std::string_view RapidJson::write(const example::Player& player) {
  buffer_->text.Clear();
  PlayerWriter(buffer_->text).write(player);
  return {buffer_->text.GetString(), buffer_->text.GetSize()};
}

}  // namespace bench
