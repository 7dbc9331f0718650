// Several processes on one file: turns, locks, deaths, wakes.
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <fstream>
#include <map>
#include <thread>

#include "backends/contract/test_game.h"
#include "backends/sqlite/child_test_process.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "backends/sqlite/turn_files.h"
#include "backends/sqlite/wakes.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

class SqliteProcesses : public testing::Test {
 protected:
  std::unique_ptr<Backend> open(const SqliteOptions& options = {}) {
    return open_sqlite(path_, options).value();
  }
  static std::string comm() {
    std::ifstream file("/proc/self/comm");
    std::string name;
    std::getline(file, name);
    return name;
  }
  std::string locked_by(pid_t pid) {
    return "unavailable: the database " + path_ + " is locked by process " + std::to_string(pid) +
           " (" + comm() + "); wait, or end what holds it";
  }

  const TestFolder folder_;
  const std::string path_ = folder_.file("players.db");
  const ProfileKey key_{"S", "k"};
};

TEST_F(SqliteProcesses, NamesTheProcessWhoseTurnItIs) {
  open();
  ChildProcess child([&](const ChildSide& side) {
    auto files = TurnFiles::open(path_).value();
    if (!files->take(std::chrono::steady_clock::now())) return;
    side.say("held");
    side.wait();
  });
  ASSERT_EQ(child.hear(), "held");
  auto backend = open({.busy_timeout_ms = 30});
  EXPECT_EQ(backend->set_aside({.incident = {1, 1}}).error().text(), locked_by(child.pid()));
  EXPECT_TRUE(backend->quarantine("", 1).value().empty()) << "reads go on";
  child.kill_it();
  EXPECT_TRUE(backend->set_aside({.incident = {1, 1}})) << "its turn died with it";
}

TEST_F(SqliteProcesses, NamesAProgramThatTakesNoTurns) {
  open();
  ChildProcess child([&](const ChildSide& side) {
    sqlite3* database = nullptr;
    sqlite3_open(path_.c_str(), &database);
    sqlite3_exec(database, "BEGIN IMMEDIATE; DELETE FROM quarantine", nullptr, nullptr, nullptr);
    side.say("held");
    side.wait();
  });
  ASSERT_EQ(child.hear(), "held");
  auto backend = open({.busy_timeout_ms = 30});
  EXPECT_EQ(backend->set_aside({.incident = {1, 1}}).error().text(), locked_by(child.pid()));
  child.let_go();
  EXPECT_EQ(child.end(), 0);
  EXPECT_TRUE(backend->set_aside({.incident = {1, 1}}));
}

TEST_F(SqliteProcesses, OneMakesTheDatabaseWhenManyOpenIt) {
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(std::make_unique<ChildProcess>([&](const ChildSide& side) {
      auto backend = open_sqlite(path_);
      side.say(backend ? (*backend)->info().value().generation.text() : backend.error().text());
    }));
  }
  const std::string first = children[0]->hear();
  EXPECT_EQ(first.size(), 32U) << first;
  for (int i = 1; i < 6; ++i) EXPECT_EQ(children[static_cast<std::size_t>(i)]->hear(), first);
}

TEST_F(SqliteProcesses, WritersOfSeveralProcessesTakeTurns) {
  constexpr int kProcesses = 3;
  constexpr int kCommits = 60;
  open();
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(std::make_unique<ChildProcess>([&, i](const ChildSide& side) {
      auto backend = open();
      TestGame game(*backend, "s" + std::to_string(i), static_cast<std::uint64_t>(i));
      const ProfileKey own{"S", std::to_string(i)};
      game.take(own);
      side.say("ready");
      side.wait();
      for (int commit = 0; commit < kCommits; ++commit) {
        // The quarantine's order is the order of the commits of all.
        Group group = game.saving(own, game.row(own), "x");
        group.quarantine = {{.incident = game.new_id(), .key = own}};
        if (!backend->commit({group})) ::_exit(2);
      }
    }));
  }
  for (auto& child : children) ASSERT_EQ(child->hear(), "ready");
  for (auto& child : children) child->let_go();
  for (auto& child : children) EXPECT_EQ(child->end(), 0);

  auto entries = open()->quarantine("", 1000).value();
  ASSERT_EQ(entries.size(), static_cast<std::size_t>(kProcesses * kCommits));
  std::map<std::string, int> halfway;
  for (std::size_t i = entries.size() / 2; i < entries.size(); ++i) ++halfway[entries[i].key.key];
  for (int i = 0; i < kProcesses; ++i) {
    EXPECT_GE(halfway[std::to_string(i)], kCommits / 6) << "process " << i << " was starved";
  }
}

TEST_F(SqliteProcesses, WhatWasCommittedOutlivesAKill) {
  for (int round = 0; round < 5; ++round) {
    ChildProcess child([&](const ChildSide& side) {
      auto backend = open();
      TestGame game(*backend, "r" + std::to_string(round), static_cast<std::uint64_t>(round));
      const ProfileKey own{"S", std::to_string(round)};
      game.take(own);
      for (int i = 0;; ++i) {
        if (game.save(own, std::to_string(i)) == "applied") side.say(std::to_string(i));
      }
    });
    int last = -1;
    while (last < 7 + 5 * round) last = std::stoi(child.hear());
    child.kill_it();
    const ProfileKey key{"S", std::to_string(round)};
    const auto record = open()->read({key}).value().at(0);
    EXPECT_GE(std::stoi(record->payload), last);
    EXPECT_EQ(record->envelope.revision, std::stoull(record->payload) + 1);
  }
}

TEST_F(SqliteProcesses, AnAskWakesAServerInAnotherProcess) {
  open();
  ChildProcess child([&](const ChildSide& side) {
    auto backend = open();
    TestGame game(*backend, "owner", 1);
    game.take(key_);
    side.say("owns");
    const bool woken = backend->wait_for_change(game.self(), std::chrono::seconds(30));
    side.say(woken ? "woken" : "not woken");
  });
  ASSERT_EQ(child.hear(), "owns");
  auto backend = open();
  TestGame game(*backend, "asker", 2);
  EXPECT_TRUE(backend->acquire({.key = key_,
                                .self = game.self(),
                                .generation = backend->info().value().generation,
                                .session = game.new_id(),
                                .readable_ordinal = 1,
                                .now_ms = 1,
                                .ask = game.new_id(),
                                .ask_number = 1,
                                .ask_duration_ms = 1000}));
  EXPECT_EQ(child.hear(), "woken");
}

TEST_F(SqliteProcesses, SocketsOfTheDeadAreRemoved) {
  open();
  Owner dead;
  {
    ChildProcess child([&](const ChildSide& side) {
      auto backend = open();
      TestGame game(*backend, "dead", 1);
      side.say(std::to_string(game.self().incarnation));
      side.wait();
    });
    dead = {.server = {"dead"}, .incarnation = std::stoull(child.hear())};
    child.kill_it();
  }
  const std::string socket = path_ + ".keepsake-wake/" + std::to_string(dead.incarnation);
  ASSERT_TRUE(std::filesystem::exists(socket));
  auto backend = open();
  TestGame first(*backend, "first", 2);
  EXPECT_TRUE(std::filesystem::exists(socket)) << "nobody has said that it is dead";
  EXPECT_TRUE(backend
                  ->close_lease({.self = first.self(),
                                 .target = dead,
                                 .renewal = 0,
                                 .dead_recoverer = 0,
                                 .recovered = true})
                  .value());
  TestGame second(*backend, "second", 3);
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST(Wakes, WorkThroughPathsLongerThanAnAddress) {
  const TestFolder folder;
  std::string deep = folder.path();
  for (int i = 0; i < 4; ++i) deep += "/" + std::string(60, 'd');
  std::filesystem::create_directories(deep);
  Wakes receiver(deep + "/wake");
  Wakes sender(deep + "/wake");
  receiver.listen(5);
  EXPECT_EQ(sender.found(), std::vector<Incarnation>{5});
  sender.wake(5);
  sender.wake(6);
  EXPECT_TRUE(receiver.wait(5, std::chrono::seconds(20)));
  EXPECT_FALSE(receiver.wait(5, Duration::zero()));
}

TEST(Wakes, StayOutOfAFolderThatOthersCanEnter) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.file("wake"));
  std::filesystem::permissions(folder.file("wake"), std::filesystem::perms::all);
  Wakes wakes(folder.file("wake"));
  wakes.listen(1);
  wakes.wake(1);
  EXPECT_FALSE(wakes.wait(1, Duration::zero()));
  EXPECT_TRUE(std::filesystem::is_empty(folder.file("wake")));
}

}  // namespace
}  // namespace keepsake
