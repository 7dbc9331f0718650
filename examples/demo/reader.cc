#include "examples/demo/reader.h"

#include <sqlite3.h>

#include <memory>

#include "keepsake/datum/json.h"

namespace demo {

using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::Result;
using keepsake::Value;

namespace {

constexpr const char* kSelect =
    "SELECT key, payload, schema_version, EXISTS (SELECT 1 FROM leases "
    "WHERE incarnation = owner_incarnation AND state <> 3) FROM profiles JOIN saves USING (id) "
    "WHERE store = 'PlayerData' AND has_data";

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

Error unreadable(const std::string& path, sqlite3* database) {
  return Error(ErrorCode::io_error, "can't read '" + path + "': " + sqlite3_errmsg(database));
}

std::string text_of(sqlite3_stmt* row, int column) {
  const void* bytes = sqlite3_column_blob(row, column);
  const auto count = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), count);
}

void read_item(const Value& item, StoredPlayer& player) {
  const Value* id = item.find("id");
  const Value* quantity = item.find("quantity");
  if (id == nullptr || quantity == nullptr) return;
  if (const auto slip = parse_slip(id->as_string())) {
    player.slips.push_back({.slip = *slip, .change = quantity->as_integer()});
  } else if (const auto relic = parse_relic(id->as_string())) {
    player.relics.push_back(*relic);
  }
}

Result<StoredPlayer> read_player(std::string_view payload) {
  Result<Value> data = keepsake::parse_json(payload);
  if (!data) return std::move(data).error();
  StoredPlayer player;
  const Value* currency = data->find("currency");  // before version 3 coins stand at the top
  const Value* coins = (currency != nullptr ? *currency : *data).find("coins");
  const Value* inventory = data->find("inventory");
  if (coins == nullptr || inventory == nullptr) {
    return Error(ErrorCode::corrupt, "a stored player without coins or inventory");
  }
  player.coins = coins->as_integer();
  for (const Value& item : inventory->items()) read_item(item, player);
  return player;
}

}  // namespace

Result<std::map<std::string, StoredPlayer>> read_database(const std::string& path) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, CloseDatabase> database(opened);
  if (status != SQLITE_OK) return unreadable(path, opened);
  sqlite3_busy_timeout(opened, 5000);
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(opened, kSelect, -1, &prepared, nullptr) != SQLITE_OK) {
    return unreadable(path, opened);
  }
  const std::unique_ptr<sqlite3_stmt, Finalize> rows(prepared);
  std::map<std::string, StoredPlayer> players;
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(prepared)) == SQLITE_ROW) {
    const std::string key = text_of(prepared, 0);
    Result<StoredPlayer> player = read_player(text_of(prepared, 1));
    if (!player) return std::move(player).error().key(key);
    player->version = text_of(prepared, 2);
    player->owned = sqlite3_column_int(prepared, 3) != 0;
    players.emplace(key, *std::move(player));
  }
  if (step != SQLITE_DONE) return unreadable(path, opened);
  return players;
}

}  // namespace demo
