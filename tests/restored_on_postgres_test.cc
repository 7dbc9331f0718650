// keepsake restored: after a database was put back to an earlier state by PostgreSQL's own tools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/statements.h"
#include "keepsake/backend/postgres.h"
#include "tests/child.h"
#include "tests/game_test_server.h"
#include "tests/programs.h"

namespace keepsake {
namespace {

using testing::HasSubstr;
using tests::Ended;
using namespace std::chrono_literals;

constexpr std::chrono::seconds kWithin{100};
constexpr UserId kPerson{17};
const ProfileKey kHers{"PlayerData", "Player_17"};
const ProfileKey kOther{"PlayerData", "Player_18"};

/// A program of the server's own: pg_dump, pg_restore.
std::string server_program(const std::string& name) {
  std::string newest;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const std::filesystem::path path = version.path() / "bin" / name;
    if (std::filesystem::exists(path)) newest = std::max(newest, path.string());
  }
  EXPECT_FALSE(newest.empty()) << name << " is not installed";
  return newest;
}

class Restored : public testing::Test {
 protected:
  Restored() { run_sql(cluster_, "CREATE DATABASE " + name_); }
  ~Restored() override { run_sql(cluster_, "DROP DATABASE " + name_ + " WITH (FORCE)"); }

  void back_up() const {
    const Ended ended =
        tests::run_program({server_program("pg_dump"), "-Fc", "-f", backup_, "-d", url_}, kWithin);
    ASSERT_EQ(ended.status, 0) << ended.err;
  }
  /// As an operator does: whoever is connected is cut off.
  void put_back() const {
    run_sql(cluster_, "DROP DATABASE " + name_ + " WITH (FORCE)");
    run_sql(cluster_, "CREATE DATABASE " + name_);
    const Ended ended =
        tests::run_program({server_program("pg_restore"), "-d", url_, backup_}, kWithin);
    ASSERT_EQ(ended.status, 0) << ended.err;
  }
  [[nodiscard]] Ended keepsake(std::vector<std::string> words) const {
    words.insert(words.begin(), tests::program("keepsake"));
    words.insert(words.end(), {"--db", url_});
    return tests::run_program(words, kWithin);
  }
  [[nodiscard]] Ended restored(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"restored", "--yes", "--watch", "1", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return keepsake(words);
  }
  [[nodiscard]] Ended erase() const {
    return keepsake({"subject", "erase", kPerson.text(), "--reason", "ticket 5", "--yes",
                     "--tombstones", tombstones_});
  }
  [[nodiscard]] std::unique_ptr<Backend> open() const { return open_postgres(url_).value(); }
  /// Saves that under a lease of its own, and lets go.
  void play(const ProfileKey& key, const std::string& payload, std::vector<UserId> users) const {
    auto backend = open();
    TestGame game(*backend, "before", 3);
    game.take(key);
    Group group = game.saving(key, game.row(key), payload);
    group.members[0].user_ids = std::move(users);
    group.members[0].after = After::hand_over;
    group.members[0].history = KeepHistory{.after = SnapshotKind::session_end, .at_most = 5};
    ASSERT_TRUE(std::holds_alternative<Applied>(backend->commit({group}).value().at(0)));
    ASSERT_TRUE(backend->end_lease({.self = game.self(), .target = game.self()}).value());
  }
  [[nodiscard]] bool is_there(const std::string& text) const {
    return run_sql(url_,
                   "SELECT count(*) > 0 FROM keepsake.profiles LEFT JOIN keepsake.history "
                   "USING (store, key) WHERE convert_from(profiles.payload, 'UTF8') LIKE '%" +
                       text + "%' OR convert_from(history.payload, 'UTF8') LIKE '%" + text +
                       "%'") == "t";
  }

  const tests::TestFolder folder_;
  const std::string cluster_ = cluster_url();
  const std::string name_ = "restored_" + fresh_schema();
  const std::string url_ = cluster_.substr(0, cluster_.rfind('/') + 1) + name_;
  const std::string backup_ = folder_.path() + "/yesterday.dump";
  const std::string tombstones_ = folder_.path() + "/erased.tombstones";
};

TEST_F(Restored, WhoWasErasedSinceTheBackupIsGoneAgain) {
  play(kHers, R"("Ada")", {kPerson});
  play(kOther, R"("Bob")", {UserId{18}});
  back_up();
  const Ended erased = erase();
  ASSERT_EQ(erased.status, 0) << erased.err;
  ASSERT_FALSE(is_there("Ada"));
  put_back();
  ASSERT_TRUE(is_there("Ada")) << "the backup holds her";

  const Ended ended = restored({"--tombstones", tombstones_});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "{\"leases\":0,\"sessions\":0,\"scrubbed\":1}\n");
  EXPECT_FALSE(is_there("Ada"));
  EXPECT_TRUE(is_there("Bob"));
  auto backend = open();
  EXPECT_TRUE(backend->subject(kPerson).value().empty());
  EXPECT_FALSE(backend->read({kHers}).value().at(0));
  EXPECT_EQ(backend->audit(1).value().at(0).what, "restore");
}

TEST_F(Restored, WhoCameBackBeforeTheBackupStays) {
  play(kHers, R"("Ada")", {kPerson});
  ASSERT_EQ(erase().status, 0);
  play(kHers, R"("Ada again")", {kPerson});
  back_up();
  put_back();
  EXPECT_EQ(restored({"--tombstones", tombstones_}).status, 0);
  EXPECT_TRUE(is_there("Ada again"));
}

TEST_F(Restored, AServerOfBeforeIsToldThatTheDatabaseWentBack) {
  auto before = open();
  TestGame old(*before, "a", 1);
  old.take(kOther);
  ASSERT_EQ(old.save(kOther, "\"saved\""), "applied");
  back_up();
  ASSERT_EQ(old.save(kOther, "\"acknowledged since\""), "applied");
  const Group late = old.saving(kOther, old.row(kOther), "\"late\"");
  const Generation generation = before->info().value().generation;
  put_back();
  const Ended ended = restored({"--nobody-erased"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "{\"leases\":1,\"sessions\":1,\"scrubbed\":0}\n");

  // Its connections are gone, too: what was under way on one is in doubt, and sent again.
  ErrorCode told = ErrorCode::in_doubt;
  for (int i = 0; i < 5 && told == ErrorCode::in_doubt; ++i) {
    told = before->commit({late}).error().code();
  }
  EXPECT_EQ(told, ErrorCode::backend_went_back);
  EXPECT_EQ(old.acquire(kOther).error().code(), ErrorCode::backend_went_back);
  EXPECT_EQ(before->renew({.self = old.self(), .renewal = 9}).error().code(),
            ErrorCode::lease_closed);
  auto after = open();
  EXPECT_NE(after->info().value().generation, generation);
  TestGame next(*after, "a", 2);
  EXPECT_GT(next.self().incarnation, old.self().incarnation);
  EXPECT_EQ(after->read({kOther}).value().at(0)->payload, "\"saved\"");
  next.take(kOther);
  EXPECT_EQ(next.save(kOther, "\"goes on\""), "applied");
}

TEST_F(Restored, IsRefusedWhileAServerRenewsItsLease) {
  auto backend = open();
  TestGame game(*backend, "eu-1", 1);
  const Generation generation = backend->info().value().generation;
  std::atomic<bool> ended = false;
  std::thread renewing([&] {
    for (std::uint64_t number = 1; !ended; ++number) {
      EXPECT_TRUE(backend->renew({.self = game.self(), .renewal = number}));
      std::this_thread::sleep_for(50ms);
    }
  });
  const Ended refused = restored({"--nobody-erased"});
  ended = true;
  renewing.join();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("a server runs on the database that was restored: found eu-1, "
                                     "incarnation 1; stop all servers and run this again"));
  EXPECT_EQ(backend->info().value().generation, generation);
  EXPECT_EQ(backend->leases().value().size(), 1U);
}

TEST_F(Restored, AJournalOfBeforeIsLeftAloneAndThePlayerHasWhatTheBackupHolds) {
  const std::string journal = folder_.path() + "/journal";
  constexpr UserId kPlayer{5};
  std::int64_t saved = 0;
  {
    tests::GameServer server(open(), "a", journal);
    ASSERT_TRUE(server.let_in(kPlayer)) << server.refused;
    ASSERT_TRUE(server.earn(kPlayer, 5));
    ASSERT_TRUE(server.saved(kPlayer));
    saved = server.find(kPlayer)->currency.coins;
    back_up();
    ASSERT_TRUE(server.earn(kPlayer, 7));
    ASSERT_TRUE(server.saved(kPlayer));
    ASSERT_TRUE(server.earn(kPlayer, 11));  // in the journal alone
  }  // as one that is killed
  put_back();
  EXPECT_EQ(restored({"--nobody-erased"}).status, 0);
  tests::GameServer server(open(), "a", journal);
  ASSERT_TRUE(server.let_in(kPlayer)) << server.refused;
  EXPECT_EQ(server.find(kPlayer)->currency.coins, saved);
  EXPECT_TRUE(server.earn(kPlayer, 1));
  EXPECT_TRUE(server.saved(kPlayer));
}

TEST_F(Restored, TablesOfAnOlderKeepsakeAreBroughtUpToDate) {
  EXPECT_THAT(restored({"--nobody-erased"}).err, HasSubstr("not_found: there are no tables"));
  run_sql(url_, std::string("CREATE SCHEMA keepsake; SET search_path TO keepsake;") +
                    postgres::sql::kCreateSchema);
  const auto version = [&] {
    return run_sql(url_, "SELECT max(version) FROM keepsake.schema_versions");
  };
  EXPECT_THAT(keepsake({"restored", "--nobody-erased"}).err, HasSubstr("found version 1"));
  EXPECT_EQ(version(), "1") << "nothing is changed without --yes";
  const Ended ended = restored({"--nobody-erased"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(version(), std::to_string(postgres::sql::kSchemaVersion));
  run_sql(url_, "INSERT INTO keepsake.schema_versions VALUES (1000, now())");
  EXPECT_THAT(restored({"--nobody-erased"}).err, HasSubstr("run the Keepsake that made them"));
}

TEST_F(Restored, WithoutYesChangesNothingAndShowsWhatWouldEnd) {
  auto backend = open();
  TestGame game(*backend, "eu-1", 1);
  const Ended ended = keepsake({"restored", "--nobody-erased"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err,
              HasSubstr("would end: the lease of server eu-1, incarnation 1, with its sessions"));
  EXPECT_THAT(ended.err, HasSubstr("nothing was changed; --yes ends 1 lease"));
  EXPECT_EQ(backend->leases().value().size(), 1U);
}

TEST_F(Restored, AsksWhoWasErasedAndForTheRightFile) {
  (void)open();
  EXPECT_THAT(keepsake({"restored", "--yes"}).err, HasSubstr("--tombstones FILE, or "));
  EXPECT_THAT(restored({"--tombstones", folder_.path() + "/none"}).err,
              HasSubstr("not_found: there are no tombstones in "));
  play(kHers, R"("Ada")", {kPerson});
  ASSERT_EQ(erase().status, 0);
  run_sql(url_, "UPDATE keepsake.meta SET tombstone_secret = uuid_send(gen_random_uuid())");
  EXPECT_THAT(restored({"--tombstones", tombstones_}).err,
              HasSubstr("wrong_format: the tombstones in "));
}

}  // namespace
}  // namespace keepsake
