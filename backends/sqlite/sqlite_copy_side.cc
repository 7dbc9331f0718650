#include "backends/sqlite/sqlite_copy_side.h"

#include <utility>

#include "backends/sqlite/database_file.h"
#include "backends/sqlite/engine.h"
#include "src/backend/row_codec.h"
#include "src/backend/tombstone_file.h"
#include "src/os/posix_file_system.h"

namespace keepsake {

namespace {

class SqliteCopySide final : public CopySide {
 public:
  explicit SqliteCopySide(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Result<void> read(Body body) override {
    return engine_->read([&](SqliteTables& tables) { return body(tables); });
  }
  Result<void> write(Body body) override {
    return engine_->write(Sync::full, Urgency::ordinary,
                          [&](SqliteTables& tables) { return body(tables); });
  }
  Result<void> may_remember(std::string_view secret) override {
    const std::string path = tombstone_path(engine_->path());
    os::PosixFileSystem files;
    auto file = read_tombstones(files, path);
    if (!file) return std::move(file).error();
    if (file->fingerprint.empty() || file->fingerprint == fingerprint_of_secret(secret)) return {};
    return Error(ErrorCode::already_exists,
                 "the file of tombstones " + path + " is of another database")
        .remedy("move it away with that database's backups, or copy to another place");
  }
  [[nodiscard]] std::string place() const override { return engine_->path(); }

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace

Result<std::unique_ptr<CopySide>> open_sqlite_copy_side(const std::string& path,
                                                        const SqliteOptions& options) {
  auto file = find_database(path, options);
  if (!file) return std::move(file).error();
  auto engine = Engine::open(*file, options);
  if (!engine) return std::move(engine).error();
  return std::unique_ptr<CopySide>(std::make_unique<SqliteCopySide>(*std::move(engine)));
}

// --- what only copies ask of the tables ---------------------------------------------------------

Result<std::vector<ProfileKey>> SqliteTables::keys_after(const ProfileKey& after,
                                                         std::size_t limit) {
  Query query = connection_.query(sql::kKeysAfter);
  return (query << after << std::uint64_t{limit}).all(read_key<Query>);
}

Result<std::vector<Belongings>> SqliteTables::belongings_of(const std::vector<ProfileKey>& keys) {
  std::vector<Belongings> all;
  for (const ProfileKey& key : keys) {
    auto one = belongings(key);
    if (!one) return std::move(one).error();
    all.push_back(*std::move(one));
  }
  return all;
}

Result<std::vector<std::vector<UserId>>> SqliteTables::past_users_of(
    const std::vector<ProfileKey>& keys) {
  std::vector<std::vector<UserId>> all;
  for (const ProfileKey& key : keys) {
    Query query = connection_.query(sql::kPastUsers);
    auto users = (query << key).all([](Query& row) { return UserId{row.integer()}; });
    if (!users) return std::move(users).error();
    all.push_back(*std::move(users));
  }
  return all;
}

Result<void> SqliteTables::add_past_user(const ProfileKey& key, UserId user) {
  Query query = connection_.query(sql::kAddPastUser);
  return (query << key << user.number).run();
}

Result<void> SqliteTables::erase_kept(const ProfileKey& key) {
  for (const sql::Text* statement :
       {&sql::kEraseInbox, &sql::kEraseReceipts, &sql::kEraseHandled, &sql::kEraseQuarantine}) {
    if (auto erased = erase_of(*statement, key); !erased) return erased;
  }
  return {};
}

Result<std::vector<Tombstone>> SqliteTables::tombstones() {
  return connection_.query(sql::kTombstones).all(read_tombstone<Query>);
}

Result<void> SqliteTables::set_tombstone_secret(std::string_view secret) {
  return connection_.query(sql::kSetSecret).blob(secret).run();
}

}  // namespace keepsake
