// Stores as games run them: real threads, an SQLite file, a journal. Everything else about a store
// is tested in virtual time; here it is the threads that are looked at, by ThreadSanitizer above
// all.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;

struct Purse {
  std::int64_t gold = 0;
  std::int64_t bought = 0;
};

Catalog<Purse> purses() { return CatalogBuilder<Purse>("Purses").current("1").lock().value(); }

constexpr auto kAtMost = 60s;  // for anything; a sanitizer on a busy machine is slow

/// A server process' share: its own backend, store and game thread, which is the caller's.
struct Server {
  Server(const std::string& file, const std::string& id)
      : backend(open(file).value()),
        store(*backend, {.server = id, .log = [](LogLevel, std::string_view) {}}),
        profiles(store, purses()) {}

  /// Pumps as a game does, tick after tick, until `done`.
  template <class Done>
  bool play_until(Done done) {
    const auto last = std::chrono::steady_clock::now() + kAtMost;
    while (!done()) {
      if (std::chrono::steady_clock::now() > last) return false;
      store.pump();
      std::this_thread::yield();
    }
    return true;
  }

  Profile<Purse> load(const std::string& key) {
    Profile<Purse> player;
    bool answered = false;
    profiles.load(key,
                  [&](Result<Profile<Purse>> loaded) {
                    answered = true;
                    if (loaded) player = *loaded;
                  },
                  {.deadline = 30s});
    EXPECT_TRUE(play_until([&] { return answered; })) << key;
    return player;
  }

  std::unique_ptr<Backend> backend;
  Store store;
  Profiles<Purse> profiles;
};

class StoreThreads : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "keepsake-threads-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file() const { return folder_ + "/players.db"; }

  /// What the database holds, as a third server sees it.
  std::int64_t gold(const std::string& key) {
    Server server(file(), "reader");
    const Profile<Purse> player = server.load(key);
    if (!player) return -1;
    const std::int64_t gold = player->gold;
    EXPECT_TRUE(server.store.shutdown(kAtMost).finished);
    return gold;
  }

  std::string folder_;
};

bool earn(Profile<Purse>& player, std::int64_t amount) {
  return static_cast<bool>(player.edit([&](Purse& data) { data.gold += amount; }));
}

TEST_F(StoreThreads, TwoServersPassPlayersToAndFroAndLoseNoEdit) {
  constexpr int kRounds = 15;
  const std::vector<std::string> keys{"p1", "p2", "p3"};
  std::atomic<std::int64_t> earned{0};
  std::vector<std::thread> games;
  for (const char* id : {"a", "b"}) {
    games.emplace_back([&, id] {
      Server server(file(), id);
      for (int round = 0; round < kRounds; ++round) {
        for (const std::string& key : keys) {
          Profile<Purse> player = server.load(key);
          for (int i = 0; player && i < 5 && earn(player, 1); ++i) ++earned;
          if (player && round % 4 == 0) player.commit([](const auto&) {});
        }
      }
      EXPECT_TRUE(server.store.shutdown(kAtMost).finished);
    });
  }
  for (std::thread& game : games) game.join();
  std::int64_t sum = 0;
  for (const std::string& key : keys) sum += gold(key);
  EXPECT_EQ(sum, earned);
  EXPECT_GE(earned, kRounds * 2);
}

TEST_F(StoreThreads, ADestroyedStoresEditsAreInTheJournalForTheNext) {
  {
    Server server(file(), "a");
    Profile<Purse> player = server.load("p");
    ASSERT_TRUE(player);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(earn(player, 1));
  }
  Server next(file(), "a");
  const Profile<Purse> player = next.load("p");
  ASSERT_TRUE(player);
  EXPECT_EQ(player->gold, 100);
  EXPECT_TRUE(next.store.shutdown(kAtMost).finished);
}

TEST_F(StoreThreads, LoadsOnceAndViewsEndWhileTheStoreIsShutDown) {
  Server server(file(), "a");
  int answers = 0;
  int asked = 0;
  Profile<Purse> player = server.load("p");
  ASSERT_TRUE(player);
  for (int i = 0; i < 20; ++i) {
    server.profiles.load("new" + std::to_string(i), [&](const auto&) { ++answers; });
    server.profiles.view("p", [&](const auto&) { ++answers; });
    player.once(
        "receipt" + std::to_string(i), [](Purse& data) { data.bought += 1; },
        [&](const auto&) { ++answers; });
    asked += 3;
  }
  EXPECT_TRUE(server.store.shutdown(kAtMost).finished);
  EXPECT_TRUE(server.play_until([&] { return answers == asked; }));
}

}  // namespace
}  // namespace keepsake
