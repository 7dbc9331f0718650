#include "sim/data.h"

#include <utility>

#include "keepsake/datum/struct_cbor.h"
#include "keepsake/store/messages.h"
#include "src/store/payload.h"

namespace sim {

using keepsake::Catalog;
using keepsake::CatalogBuilder;
using keepsake::EncodedData;
using keepsake::Result;
using keepsake::Schema;
using keepsake::Value;
namespace change = keepsake::change;
namespace schema = keepsake::schema;

namespace {

Schema first_purse() { return schema::object({{"gold", schema::integer()}}); }

template <class T>
Stored stored_of(Result<keepsake::Bound<T>> read) {
  Stored stored;
  if (!read) {
    stored.valid = false;
    stored.why = read.error().message();
    return stored;
  }
  if constexpr (requires { read->value.vault; }) {
    stored.gold = read->value.vault;
  } else {
    stored.gold = read->value.gold;
    stored.things = std::move(read->value.things);
  }
  if constexpr (requires { read->value.title; }) stored.title = std::move(read->value.title);
  return stored;
}

template <class T>
Stored stored_as(const EncodedData& data) {
  return stored_of(data.form == keepsake::DataForm::cbor ? keepsake::decode_cbor<T>(data.bytes)
                                                         : keepsake::decode_json<T>(data.bytes));
}

}  // namespace

Catalog<Purse> purse_catalog() {
  static const Catalog<Purse> kCatalog =
      CatalogBuilder<Purse>(kPurses)
          .version("1", first_purse())
          .current("2")
          .step("1", "2", {change::add("/things", Value::array({}))})
          .new_profile([](keepsake::WallTime) { return Purse{.gold = 0, .things = {}}; })
          .lock()
          .value();
  return kCatalog;
}

namespace {

Catalog<Wallet> make_wallet_catalog(bool compatible) {
  CatalogBuilder<Wallet> builder(kPurses);
  builder.version("1", first_purse()).version("2", keepsake::schema_of<Purse>()).current("3");
  if (compatible) builder.compatible_with("2");
  return builder.step("1", "2", {change::add("/things", Value::array({}))})
      .step("2", "3", {change::add("/title", "new")})
      .lock()
      .value();
}

}  // namespace

Catalog<Wallet> wallet_catalog(bool compatible) {
  static const Catalog<Wallet> kCompatible = make_wallet_catalog(true);
  static const Catalog<Wallet> kNot = make_wallet_catalog(false);
  return compatible ? kCompatible : kNot;
}

Catalog<Guild> guild_catalog() {
  static const Catalog<Guild> kCatalog = CatalogBuilder<Guild>(kGuilds).current("1").lock().value();
  return kCatalog;
}

std::string arrival_mark(const keepsake::Message& message, const Gift& gift) {
  return (keepsake::is_returned(message) ? "b" : "m") + gift.mark;
}

std::vector<WaitingGift> waiting_gifts(keepsake::Backend& database) {
  std::vector<WaitingGift> gifts;
  std::vector<std::string_view> keys(kPurseKeys.begin(), kPurseKeys.end());
  keys.insert(keys.end(), kScrapKeys.begin(), kScrapKeys.end());
  for (const std::string_view key : keys) {
    const auto waiting = database.inbox({std::string(kPurses), std::string(key)});
    for (const keepsake::Message& message : waiting ? *waiting : std::vector<keepsake::Message>()) {
      const Result<Gift> gift = keepsake::body_of<Gift>(message);
      if (gift) gifts.push_back({std::string(key), arrival_mark(message, *gift), gift->gold});
    }
  }
  return gifts;
}

Stored read_payload(std::string_view store, std::string_view version,
                    keepsake::PayloadFormat format, std::string_view payload) {
  std::string room;
  const Result<EncodedData> data = keepsake::PayloadCodec().open(format, payload, room);
  if (!data) return {.valid = false, .why = data.error().message()};
  if (store == kGuilds) return stored_as<Guild>(*data);
  if (version == "3") return stored_as<Wallet>(*data);
  if (version == "2") return stored_as<Purse>(*data);
  Stored first;
  Result<Value> value = keepsake::read_data(*data);
  if (!value || value->find("gold") == nullptr) {
    first.valid = false;
    first.why = value ? "no gold" : value.error().message();
  } else {
    first.gold = value->find("gold")->as_integer();
  }
  return first;
}

}  // namespace sim
