// A game server in this process, as games run them: real threads, a real clock, a journal on disk.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "examples/player/player_catalog.h"
#include "keepsake/player/player_data_manager.h"

namespace keepsake::tests {

/// A folder of a test's own, gone with it.
class TestFolder {
 public:
  TestFolder() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "keepsake-test-XXXXXX";
};

/// What players send each other.
struct Gift {
  std::int64_t coins = 0;
};

class GameServer {
 public:
  using Player = example::Player;
  static constexpr std::chrono::seconds kAtMost{60};  // for anything that must come about

  GameServer(std::unique_ptr<Backend> backend, const std::string& id, const std::string& journal,
             const Timing& timing = {})
      : backend_(std::move(backend)),
        store_(*backend_, {.server = id,
                           .timing = timing,
                           .journal = {.directory = journal},
                           .log = [](LogLevel, std::string_view) {}}),
        players_(store_, example::player_catalog(), hooks()) {}

  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] PlayerDataManager<Player>& players() { return players_; }
  [[nodiscard]] Profile<Player> find(UserId user) const { return players_.find(user); }

  /// Plays on, tick after tick, until `done`. False: that didn't come about in time.
  template <class Done>
  bool play_until(Done done, std::chrono::milliseconds at_most = kAtMost) {
    const auto last = std::chrono::steady_clock::now() + at_most;
    while (!done()) {
      if (std::chrono::steady_clock::now() > last) return false;
      store_.pump();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  void play_for(std::chrono::milliseconds time) {
    (void)play_until([] { return false; }, time);
  }

  void join(UserId user) { players_.load(user); }
  void leave(UserId user) { players_.unload(user); }
  /// The player joined and can play.
  bool let_in(UserId user) {
    join(user);
    return play_until([&] { return static_cast<bool>(find(user)) || !refused.empty(); }) &&
           refused.empty();
  }
  bool earn(UserId user, std::int64_t coins) {
    Profile<Player> player = find(user);
    return player && player.edit([&](Player& data) { data.currency.coins += coins; });
  }
  /// Commits what the player has, and plays until that is durable.
  bool saved(UserId user) {
    std::string outcome;
    find(user).commit([&](const Result<std::uint64_t>& done) {
      outcome = done ? "durable" : done.error().text();
    });
    EXPECT_TRUE(play_until([&] { return !outcome.empty(); }));
    EXPECT_EQ(outcome, "durable");
    return outcome == "durable";
  }

  std::string refused;                ///< why the last that was refused was
  std::map<UserId, EndReason> ended;  ///< the sessions that are over

 private:
  PlayerHooks<Player> hooks() {
    return {.on_refused = [this](UserId, const Error& error) { refused = error.text(); },
            .on_message = {[](UserId, Player& data, const Message& message) {
              const Result<Gift> gift = body_of<Gift>(message);
              if (!gift) return Handling::pass;
              data.currency.coins += gift->coins;
              return Handling::handled;
            }},
            .on_end = [this](UserId user, EndReason why) { ended[user] = why; }};
  }

  std::unique_ptr<Backend> backend_;
  Store store_;
  PlayerDataManager<Player> players_;
};

}  // namespace keepsake::tests
