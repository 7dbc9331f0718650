// What can be wrong with the file: each gives a clear error and loses nothing.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "backends/contract/test_game.h"
#include "backends/sqlite/child_test_process.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "backends/sqlite/statements.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

class SqliteFile : public testing::Test {
 protected:
  std::unique_ptr<Backend> open(const SqliteOptions& options = {}) {
    return open_sqlite(path_, options).value();
  }
  std::string refusal(const std::string& path, const SqliteOptions& options = {}) {
    auto opened = open_sqlite(path, options);
    return opened ? "opened" : opened.error().text();
  }
  std::string refusal() { return refusal(path_); }
  [[nodiscard]] std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& content) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
  }
  void run_sql(const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  const TestFolder folder_;
  const std::string path_ = folder_.file("players.db");
  const ProfileKey key_{"S", "k"};
};

TEST_F(SqliteFile, KeepsItsGenerationAndItsData) {
  Generation generation;
  {
    auto backend = open();
    generation = backend->info().value().generation;
    EXPECT_FALSE(generation.none());
    TestGame game(*backend, "a", 1);
    game.take(key_);
    EXPECT_EQ(game.save(key_, "kept"), "applied");
  }
  auto backend = open();
  EXPECT_EQ(backend->info().value().generation, generation);
  EXPECT_EQ(backend->info().value().place, path_);
  EXPECT_EQ(backend->read({key_}).value().at(0)->payload, "kept");
}

TEST_F(SqliteFile, TakesAnEmptyFileForANewOne) {
  write("");
  EXPECT_EQ(refusal(), "opened");
}

TEST_F(SqliteFile, FollowsALinkToOneAndTheSameDatabase) {
  auto backend = open();
  const std::string link = folder_.file("link.db");
  std::filesystem::create_symlink(path_, link);
  auto other = open_sqlite(link).value();
  EXPECT_EQ(other->info().value().place, path_);
}

TEST_F(SqliteFile, RefusesAFolderAndAnEmptyPath) {
  EXPECT_EQ(refusal(folder_.path()),
            "invalid_argument: the database " + folder_.path() + " is a folder; name a file");
  EXPECT_EQ(refusal(""),
            "invalid_argument: the database's path is empty or holds a zero byte; name a file, as "
            "in sqlite:players.db");
}

TEST_F(SqliteFile, MakesNoFileWhereItMayNot) {
  EXPECT_EQ(refusal(path_, {.create = false}),
            "not_found: the database " + path_ + " is not there");
  EXPECT_EQ(refusal(path_, {.read_only = true}),
            "not_found: the database " + path_ + " is not there");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteFile, RefusesOptionsOutOfRange) {
  EXPECT_EQ(refusal(path_, {.busy_timeout_ms = 0}),
            "invalid_options: busy_timeout_ms is out of range: expected 1 to 600000, found 0");
  EXPECT_EQ(refusal(path_, {.max_bytes = 5}),
            "invalid_options: max_bytes is out of range: expected 0, or at least 1048576, found 5");
  EXPECT_EQ(refusal(path_, {.readers = 65}),
            "invalid_options: readers is out of range: expected 1 to 64, found 65");
}

TEST_F(SqliteFile, RefusesAFileThatIsNoDatabase) {
  for (const std::string& garbage : {std::string("hello"), std::string(9000, 'x')}) {
    write(garbage);
    EXPECT_EQ(refusal(), "wrong_format: " + path_ +
                             " is not an SQLite database; check the path; the file was left as it "
                             "is");
    EXPECT_EQ(bytes(), garbage);
  }
}

TEST_F(SqliteFile, RefusesAnotherProgramsDatabase) {
  run_sql("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  const std::string before = bytes();
  EXPECT_EQ(refusal(), "wrong_format: the database " + path_ +
                           " belongs to another program: expected application id 1262830928, found "
                           "application id 0; name another file; this one was left as it is");
  EXPECT_EQ(bytes(), before);
}

TEST_F(SqliteFile, RefusesANewerKeepsakesDatabase) {
  open();
  run_sql("PRAGMA user_version = 5");
  const std::string before = bytes();
  EXPECT_EQ(refusal(), "wrong_format: the database " + path_ +
                           " was made by a newer Keepsake: expected schema version 4, found schema "
                           "version 5; use the newer program; the file was left as it is");
  EXPECT_EQ(bytes(), before);
}

TEST_F(SqliteFile, UpgradesAnOlderKeepsakesDatabase) {
  run_sql(sql::kCreateSchema);
  run_sql("PRAGMA journal_mode = WAL");
  EXPECT_EQ(refusal(path_, {.read_only = true}),
            "wrong_format: the database " + path_ +
                " was made by an older Keepsake: expected schema version 4, found schema version "
                "1; open it for writing once, which upgrades it");
  {
    auto backend = open();
    TestGame game(*backend, "a", 1);
    game.take(key_);
    EXPECT_EQ(game.save(key_, "kept"), "applied");
    EXPECT_TRUE(backend->history(key_).value().empty());
  }
  EXPECT_EQ(refusal(path_, {.read_only = true}), "opened");
}

TEST_F(SqliteFile, ReportsADamagedPageAndGoesOnWithTheRest) {
  {
    auto backend = open();
    TestGame game(*backend, "a", 1);
    for (int i = 0; i < 40; ++i) {
      game.take({"S", std::to_string(i)});
      EXPECT_EQ(game.save({"S", std::to_string(i)}, std::string(3000, 'x')), "applied");
    }
  }
  // The type byte of every page that holds rows of profiles, the last ones of the file.
  std::string damaged = bytes();
  for (std::size_t page = damaged.size() / 4096 - 10; page < damaged.size() / 4096; ++page) {
    damaged[page * 4096] = '\x77';
  }
  write(damaged);
  auto backend = open();
  int corrupt = 0;
  int good = 0;
  for (int i = 0; i < 40; ++i) {
    auto read = backend->read({{"S", std::to_string(i)}});
    read ? ++good : ++corrupt;
    if (read) continue;
    EXPECT_EQ(read.error().text(), "corrupt: the database " + path_ +
                                       " is damaged: database disk image is malformed; stop the "
                                       "servers, keep a copy of the file, and restore the last "
                                       "backup");
  }
  EXPECT_GT(corrupt, 5);
  EXPECT_GT(good, 5);
}

TEST_F(SqliteFile, ReportsADamagedColumn) {
  {
    auto backend = open();
    TestGame game(*backend, "a", 1);
    game.take(key_);
  }
  run_sql("UPDATE saves SET marks = x'0102'");
  EXPECT_EQ(open()->read({key_}).error().text(),
            "corrupt: a row of the database " + path_ +
                " is damaged: column marks; stop the servers, keep a copy of the database, and "
                "restore the last backup");
}

TEST_F(SqliteFile, AFullDatabaseKeepsWhatItHasAndGoesOnWhenThereIsRoom) {
  const std::string full = "storage_full: there is no room for the database " + path_ +
                           "; free space on its disk; nothing was lost, and saving goes on by "
                           "itself";
  std::string last;
  {
    auto backend = open({.max_bytes = 1 << 20});
    TestGame game(*backend, "a", 1);
    game.take(key_);
    std::string result;
    for (std::size_t size = 100'000; result != full; size += 100'000) {
      ASSERT_LT(size, 3'000'000U);
      result = game.save(key_, std::string(size, 'x'));
      if (result == "applied") last = std::string(size, 'x');
    }
    EXPECT_EQ(backend->read({key_}).value().at(0)->payload, last);
    EXPECT_EQ(game.save(key_, "small"), "applied") << "what fits is still saved";
    EXPECT_EQ(game.save(key_, last), "applied");
  }
  auto backend = open();
  EXPECT_EQ(backend->read({key_}).value().at(0)->payload, last);
}

TEST_F(SqliteFile, ABatchThatRunsOutOfRoomHalfwayIsInDoubtAndSettlesWhenResent) {
  std::vector<Group> groups;
  {
    auto backend = open({.max_bytes = 2 << 20});
    TestGame game(*backend, "a", 1);
    for (int i = 0; i < 6; ++i) {
      const ProfileKey key{"S", std::to_string(i)};
      game.take(key);
      groups.push_back(game.saving(key, game.row(key), std::string(500'000, 'x')));
    }
    auto answers = backend->commit(groups);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code(), ErrorCode::in_doubt);
    EXPECT_NE(answers.error().text().find("storage_full"), std::string::npos);
  }
  auto backend = open();
  const auto answers = backend->commit(groups).value();
  int before = 0;
  for (const GroupAnswer& answer : answers) before += std::get<Applied>(answer).resent ? 1 : 0;
  EXPECT_GT(before, 0);
  EXPECT_LT(before, 6);
  for (const Group& group : groups) {
    EXPECT_EQ(backend->read({group.members[0].key}).value().at(0)->envelope.revision, 1U);
  }
}

TEST_F(SqliteFile, TheLogStaysSmallThoughWritersNeverPause) {
  auto backend = open();
  TestGame game(*backend, "a", 1);
  game.take(key_);
  const std::string payload(500'000, 'x');
  for (int i = 0; i < 160; ++i) ASSERT_EQ(game.save(key_, payload), "applied");  // 80 MB
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 48U << 20);
}

TEST_F(SqliteFile, NoticesThatItsFileWasReplaced) {
  auto backend = open();
  TestGame game(*backend, "a", 1);
  game.take(key_);
  const Envelope row = game.row(key_);
  const auto save = [&] {
    const auto saved = backend->commit({game.saving(key_, row, "x")});
    return saved ? std::string("applied") : saved.error().text();
  };
  std::filesystem::rename(path_, folder_.file("aside"));
  EXPECT_EQ(save(), "database_replaced: the database " + path_ +
                        " was removed while it was open; put the file back, or "
                        "restart the server on the new one");
  write("");
  EXPECT_EQ(save(), "database_replaced: the database " + path_ +
                        " was replaced by another file while it was open; put the "
                        "file back, or restart the server on the new one");
  EXPECT_EQ(backend->read({key_}).error().code(), ErrorCode::database_replaced);
  std::filesystem::rename(folder_.file("aside"), path_);
  EXPECT_EQ(save(), "applied");
}

TEST_F(SqliteFile, OpenForReadingReadsAndWritesNothing) {
  auto writing = open();
  TestGame game(*writing, "a", 1);
  game.take(key_);
  EXPECT_EQ(game.save(key_, "x"), "applied");
  auto reading = open({.read_only = true});
  EXPECT_TRUE(reading->info().value().read_only);
  EXPECT_EQ(reading->read({key_}).value().at(0)->payload, "x");
  EXPECT_EQ(reading->set_aside({}).error().text(),
            "read_only: the database " + path_ +
                " is open for reading only; make the file and its folder writable for this user, "
                "and open it again");
  EXPECT_FALSE(reading->wait_for_change(game.self(), Duration::zero()));
  reading->stop_waiting();
}

/// As a user who owns nothing here; tests often run as root, whom no mode keeps out.
std::string as_nobody(const std::function<std::string()>& body) {
  ChildProcess child([&](const ChildSide& side) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return;
    side.say(body());
  });
  return child.hear();
}

TEST_F(SqliteFile, AReadOnlyFileIsReadAndSaysThatItCantBeWritten) {
  auto writing = open();  // keeps FILE-shm there, which readers need
  TestGame game(*writing, "a", 1);
  game.take(key_);
  ::chmod(folder_.path().c_str(), 0555);
  ::chmod(path_.c_str(), 0444);
  for (const char* beside : {"-shm", "-wal"}) ::chmod((path_ + beside).c_str(), 0444);
  EXPECT_EQ(as_nobody([&] {
              auto backend = open_sqlite(path_);
              if (!backend) return backend.error().text();
              if (!(*backend)->read({key_}).value().at(0)) return std::string("nothing read");
              return (*backend)->set_aside({}).error().text();
            }),
            "read_only: the database " + path_ +
                " is open for reading only; make the file and its folder writable for this user, "
                "and open it again");
  ::chmod(folder_.path().c_str(), 0755);
}

TEST_F(SqliteFile, AFolderThatCantBeWrittenIsNamed) {
  open();
  ::chmod(folder_.path().c_str(), 0555);
  ::chmod(path_.c_str(), 0666);
  for (const char* beside : {".keepsake-next", ".keepsake-main"}) {
    std::filesystem::remove(path_ + beside);
  }
  const std::string text = as_nobody([&] { return refusal(); });
  EXPECT_EQ(text.substr(0, 10), "read_only:") << text;
  EXPECT_NE(text.find(path_), std::string::npos) << text;
  ::chmod(path_.c_str(), 0444);
  const std::string of_reader = as_nobody([&] { return refusal(); });
  EXPECT_EQ(of_reader, "read_only: the folder of the database " + path_ +
                           " can't be written; make it writable for this user: SQLite keeps a log "
                           "and shared memory in it");
  ::chmod(folder_.path().c_str(), 0755);
}

TEST_F(SqliteFile, AFileThatMayNotBeReadIsNamed) {
  open();
  ::chmod(folder_.path().c_str(), 0755);
  ::chmod(path_.c_str(), 0600);
  EXPECT_EQ(as_nobody([&] { return refusal(); }),
            ::geteuid() == 0 ? "read_only: the database " + path_ +
                                   " may not be read by this user; give this user the right to "
                                   "read and write it"
                             : "opened");
}

}  // namespace
}  // namespace keepsake
