#include "examples/demo/reader.h"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>

#include "backends/postgres/own_parameters.h"
#include "keepsake/compress/compressor.h"
#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"

namespace demo {

using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::PayloadFormat;
using keepsake::Result;
using keepsake::Value;

namespace {

constexpr const char* kSelect =
    "SELECT key, payload, schema_version, EXISTS (SELECT 1 FROM leases "
    "WHERE incarnation = owner_incarnation AND state <> 3), format FROM profiles JOIN saves USING "
    "(id) "
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

PayloadFormat format_of(int number) { return static_cast<PayloadFormat>(number); }

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

/// A payload in the format that its row names.
Result<Value> read_payload(PayloadFormat format, const std::string& payload) {
  if (format == PayloadFormat::json) return keepsake::parse_json(payload);
  if (format != PayloadFormat::compressed) return keepsake::read_cbor(payload);
  Result<keepsake::Compressor> compressor = keepsake::Compressor::make();
  if (!compressor) return std::move(compressor).error();
  Result<std::string> expanded = compressor->expand(payload);
  if (!expanded) return std::move(expanded).error();
  return keepsake::read_cbor(*expanded);
}

Result<StoredPlayer> read_player(PayloadFormat format, const std::string& payload) {
  Result<Value> data = read_payload(format, payload);
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

struct StoredRow {
  std::string key;
  std::string payload;
  std::string version;
  bool owned = false;
  PayloadFormat format = PayloadFormat::json;
};

Result<void> add_player(const StoredRow& row, std::map<std::string, StoredPlayer>& players) {
  Result<StoredPlayer> player = read_player(row.format, row.payload);
  if (!player) return std::move(player).error().key(row.key);
  player->version = row.version;
  player->owned = row.owned;
  player->format = row.format;
  players.emplace(row.key, *std::move(player));
  return {};
}

Result<std::map<std::string, StoredPlayer>> read_file(const std::string& path) {
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
    Result<void> added = add_player({.key = key,
                                     .payload = text_of(prepared, 1),
                                     .version = text_of(prepared, 2),
                                     .owned = sqlite3_column_int(prepared, 3) != 0,
                                     .format = format_of(sqlite3_column_int(prepared, 4))},
                                    players);
    if (!added) return std::move(added).error();
  }
  if (step != SQLITE_DONE) return unreadable(path, opened);
  return players;
}

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* rows) const { PQclear(rows); }
};

constexpr const char* kSelectOnServer =
    "SELECT key, payload, schema_version, EXISTS (SELECT 1 FROM keepsake.leases "
    "WHERE incarnation = owner_incarnation AND state <> 3)::int::text, format::text FROM "
    "keepsake.profiles "
    "WHERE store = 'PlayerData' AND has_data = 1";

Result<std::map<std::string, StoredPlayer>> read_server(const std::string& url) {
  const auto libpq = keepsake::postgres::take_own_parameters(url);
  if (!libpq) return libpq.error();
  const std::unique_ptr<PGconn, CloseConnection> connection(PQconnectdb(libpq->url.c_str()));
  const std::unique_ptr<PGresult, Clear> rows(
      PQexecParams(connection.get(), kSelectOnServer, 0, nullptr, nullptr, nullptr, nullptr, 1));
  if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) {
    return Error(ErrorCode::io_error,
                 std::string("can't read the database: ") + PQerrorMessage(connection.get()));
  }
  const auto text = [&](int row, int column) {
    return std::string(PQgetvalue(rows.get(), row, column),
                       static_cast<std::size_t>(PQgetlength(rows.get(), row, column)));
  };
  std::map<std::string, StoredPlayer> players;
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    Result<void> added = add_player({.key = text(row, 0),
                                     .payload = text(row, 1),
                                     .version = text(row, 2),
                                     .owned = text(row, 3) == "1",
                                     .format = format_of(std::atoi(text(row, 4).c_str()))},
                                    players);
    if (!added) return std::move(added).error();
  }
  return players;
}

}  // namespace

Result<std::map<std::string, StoredPlayer>> read_database(const std::string& database) {
  return is_postgres(database) ? read_server(database) : read_file(database);
}

}  // namespace demo
