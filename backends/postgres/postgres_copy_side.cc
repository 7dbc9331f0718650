#include "backends/postgres/postgres_copy_side.h"

#include <utility>

#include "backends/postgres/engine.h"
#include "src/backend/row_codec.h"

namespace keepsake::postgres {

namespace {

class PostgresCopySide final : public CopySide {
 public:
  explicit PostgresCopySide(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Result<void> read(Body body) override {
    return engine_->read([&](PostgresTables& tables) { return body(tables); });
  }
  Result<void> write(Body body) override {
    return engine_->write({}, [&](PostgresTables& tables) { return body(tables); });
  }
  Result<void> may_remember(std::string_view) override { return {}; }
  [[nodiscard]] std::string place() const override { return engine_->place(); }

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace

Result<std::unique_ptr<CopySide>> open_postgres_copy_side(const std::string& url,
                                                          const PostgresOptions& options) {
  auto address = Address::parse(url);
  if (!address) return std::move(address).error();
  auto engine = Engine::open(*std::move(address), options);
  if (!engine) return std::move(engine).error();
  return std::unique_ptr<CopySide>(std::make_unique<PostgresCopySide>(*std::move(engine)));
}

// --- what only copies ask of the tables ---------------------------------------------------------

Result<std::vector<ProfileKey>> PostgresTables::keys_after(const ProfileKey& after,
                                                           std::size_t limit) {
  Params params;
  auto rows = connection_.query(sql::kKeysAfter, params << after << std::uint64_t{limit});
  if (!rows) return std::move(rows).error();
  return rows->all(read_key<Row>);
}

Result<std::vector<std::vector<UserId>>> PostgresTables::past_users_of(
    const std::vector<ProfileKey>& keys) {
  auto rows = connection_.query(sql::kPastUsers, keys_as_params(keys));
  if (!rows) return std::move(rows).error();
  std::map<ProfileKey, std::vector<UserId>> found;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    Row row = rows->at(i);
    std::vector<UserId>& users = found[read_key(row)];
    users.push_back(UserId{row.integer()});
  }
  std::vector<std::vector<UserId>> all;
  for (const ProfileKey& key : keys) all.push_back(std::move(found[key]));
  return all;
}

Result<void> PostgresTables::add_past_user(const ProfileKey& key, UserId user) {
  Params params;
  connection_.send(sql::kAddPastUser, params << key << user.number);
  return {};
}

Result<void> PostgresTables::erase_kept(const ProfileKey& key) {
  for (const sql::Text* statement :
       {&sql::kEraseInbox, &sql::kEraseReceipts, &sql::kEraseHandled, &sql::kEraseQuarantine}) {
    send_of_key(*statement, key);
  }
  return {};
}

Result<std::vector<Tombstone>> PostgresTables::tombstones() {
  auto rows = connection_.query(sql::kTombstones);
  if (!rows) return std::move(rows).error();
  return rows->all(read_tombstone<Row>);
}

Result<void> PostgresTables::set_tombstone_secret(std::string_view secret) {
  Params params;
  connection_.send(sql::kSetTombstoneSecret, params.blob(secret));
  meta_.reset();
  return {};
}

}  // namespace keepsake::postgres
