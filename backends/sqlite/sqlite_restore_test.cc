// Backups and their restore: what comes back, what doesn't, and what servers that run see of it.
#include <sqlite3.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "backends/contract/test_game.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "backends/sqlite/statements.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

constexpr UserId kPerson{17};

class SqliteRestore : public testing::Test {
 protected:
  std::unique_ptr<Backend> open() { return open_sqlite(path_).value(); }
  void back_up() {
    const Result<void> done = backup_sqlite(path_, backup_);
    ASSERT_TRUE(done) << done.error().text();
  }
  std::size_t restore() {
    const auto report = restore_sqlite(backup_, path_, 1000);
    EXPECT_TRUE(report) << (report ? "" : report.error().text());
    return report ? report->scrubbed : 999;
  }
  /// The key's data, or "".
  std::string payload(Backend& backend, const ProfileKey& key) {
    const auto record = backend.read({key}).value().at(0);
    return record ? record->payload : "";
  }
  void play(TestGame& game, Backend& backend, const ProfileKey& key, const std::string& payload,
            std::vector<UserId> users = {}) {
    game.take(key);
    Group group = game.saving(key, game.row(key), payload);
    group.members[0].user_ids = std::move(users);
    group.members[0].after = After::hand_over;
    ASSERT_TRUE(std::holds_alternative<Applied>(backend.commit({group}).value().at(0)));
  }
  void erase(TestGame& game, Backend& backend, const ProfileKey& key, Erase::What what) {
    game.take(key);
    const Envelope row = game.row(key);
    const Erase request{.key = key,
                        .self = game.self(),
                        .fence = fence_of(row, backend.info().value().generation),
                        .token = game.new_id(),
                        .user = kPerson,
                        .what = what,
                        .reason = "asked for",
                        .now_ms = 5};
    ASSERT_TRUE(std::holds_alternative<Erased>(backend.erase(request).value()));
  }
  [[nodiscard]] bool files_hold(const std::string& text) const {
    for (const char* const part : {"", "-wal", "-shm"}) {
      std::ifstream file(path_ + part, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  }

  const TestFolder folder_;
  const std::string path_ = folder_.file("players.db");
  const std::string backup_ = folder_.file("yesterday.db");
  const ProfileKey one_{"S", "one"};
  const ProfileKey two_{"S", "two"};
};

TEST_F(SqliteRestore, ABackupIsOfOneMomentWhileServersWrite) {
  auto backend = open();
  TestGame game(*backend, "a", 1);
  game.take(one_);
  game.take(two_);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {  // both or neither
      Group group = game.saving(one_, game.row(one_), std::to_string(i) + std::string(9000, 'x'));
      const Group other = game.saving(two_, game.row(two_), group.members[0].data->payload);
      group.members.push_back(other.members[0]);
      EXPECT_TRUE(std::holds_alternative<Applied>(backend->commit({group}).value().at(0)));
    }
  });
  for (int i = 0; i < 5; ++i) {
    const std::string copy = folder_.file("copy" + std::to_string(i));
    EXPECT_TRUE(backup_sqlite(path_, copy));
    auto opened = open_sqlite(copy, {.create = false}).value();
    EXPECT_EQ(payload(*opened, one_), payload(*opened, two_));
  }
  done = true;
  writer.join();
  EXPECT_EQ(backup_sqlite(path_, folder_.file("copy0")).error().code(), ErrorCode::already_exists);
}

TEST_F(SqliteRestore, PutsYesterdayInPlaceUnderServersThatRun) {
  auto backend = open();
  TestGame game(*backend, "a", 1);
  play(game, *backend, one_, "yesterday");
  game.take(two_);
  ASSERT_EQ(game.save(two_, "played on"), "applied");
  back_up();
  ASSERT_EQ(game.save(two_, "since then"), "applied");
  const Generation before = backend->info().value().generation;
  const Group late = game.saving(two_, game.row(two_), "late");
  EXPECT_EQ(restore(), 0U);

  EXPECT_EQ(payload(*backend, one_), "yesterday");
  EXPECT_EQ(payload(*backend, two_), "played on");
  EXPECT_NE(backend->info().value().generation, before);
  EXPECT_EQ(backend->commit({late}).error().code(), ErrorCode::backend_went_back);
  EXPECT_EQ(game.acquire(one_).error().code(), ErrorCode::backend_went_back);
  EXPECT_EQ(backend->renew({.self = game.self(), .renewal = 9}).error().code(),
            ErrorCode::lease_closed);
  EXPECT_TRUE(backend->leases().value().empty());
  EXPECT_FALSE(backend->read({two_}).value().at(0)->envelope.owner);
  TestGame next(*backend, "a", 2);
  EXPECT_GT(next.self().incarnation, game.self().incarnation);
  next.take(two_);
  EXPECT_EQ(next.save(two_, "goes on"), "applied");
  EXPECT_EQ(backend->audit(9).value().at(0).what, "restore");
}

TEST_F(SqliteRestore, WhatWasErasedSinceDoesNotComeBack) {
  auto backend = open();
  TestGame game(*backend, "a", 1);
  const ProfileKey guild{"S", "guild"};
  play(game, *backend, one_, "of Ada-Lovelace", {kPerson});
  play(game, *backend, two_, "of another", {{18}});
  play(game, *backend, guild, "of both", {kPerson, {18}});
  back_up();
  erase(game, *backend, one_, Erase::What::profile);
  erase(game, *backend, guild, Erase::What::link);
  EXPECT_EQ(restore(), 2U);
  EXPECT_FALSE(backend->read({one_}).value().at(0));
  EXPECT_EQ(payload(*backend, two_), "of another");
  EXPECT_EQ(backend->read({guild}).value().at(0)->envelope.user_ids, std::vector<UserId>{{18}});
  EXPECT_TRUE(backend->subject(kPerson).value().empty());
  EXPECT_FALSE(files_hold("Ada-Lovelace"));
  // The tombstones are the database's own now.
  TestGame next(*backend, "a", 2);
  play(next, *backend, one_, "is here again", {kPerson});
  std::filesystem::remove(backup_);
  back_up();
  EXPECT_EQ(restore(), 0U);
  EXPECT_EQ(payload(*backend, one_), "is here again");
}

TEST_F(SqliteRestore, ABackupOfAnOlderKeepsakeIsScrubbedByTheDatabasesSecret) {
  {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(backup_.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql::kCreateSchema, nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database,
                           "INSERT INTO inbox(store, key, id, body, sent_ms, expires_ms, sender, "
                           "carries_value) VALUES ('S', 'one', 'm', '{}', 1, 0, '', 0)",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
  }
  auto backend = open();
  TestGame game(*backend, "a", 1);
  erase(game, *backend, one_, Erase::What::profile);
  EXPECT_EQ(restore(), 1U);
  EXPECT_TRUE(backend->inbox(one_).value().empty());
}

TEST_F(SqliteRestore, RefusesWhatItCannotVouchFor) {
  {
    auto backend = open();
    TestGame game(*backend, "a", 1);
    play(game, *backend, one_, "here");
    back_up();
    erase(game, *backend, one_, Erase::What::profile);
  }
  const std::string lost = folder_.file("lost.db");
  std::filesystem::rename(path_ + ".tombstones", lost + ".tombstones");
  {
    std::ofstream file(lost + ".tombstones", std::ios::app);
    file << "4 nonsense\n";
  }
  EXPECT_EQ(restore_sqlite(backup_, lost, 1).error().text(),
            "wrong_format: the file of tombstones " + lost +
                ".tombstones can't be read: found line 4; put back the file as it was written; "
                "without it nobody knows who was erased");
  const std::string other = folder_.file("other.db");
  ASSERT_TRUE(open_sqlite(other));
  std::ofstream(other + ".tombstones") << "keepsake-tombstones 1 " << std::string(32, 'a') << "\n";
  EXPECT_EQ(restore_sqlite(backup_, other, 1).error().code(), ErrorCode::wrong_format);
  std::ofstream(backup_, std::ios::in | std::ios::out) << "spoilt";
  EXPECT_EQ(restore_sqlite(backup_, path_, 1).error().code(), ErrorCode::wrong_format);
  EXPECT_EQ(restore_sqlite(folder_.file("none"), path_, 1).error().code(), ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".restoring"));
}

}  // namespace
}  // namespace keepsake
