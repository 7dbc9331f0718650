// A game server beside the commands under test.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "examples/second_game/second_game.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "src/base/guarded.h"

namespace keepsake::cli {

/// A game server with a thread of its own, as a process would have; ends as one that is killed does
/// if it isn't told to shut down.
class RunningServer {
 public:
  RunningServer(const std::string& db, const std::string& id,
                PayloadFormat payload = StoreOptions().payload)
      : thread_([this, db, id, payload] {
          auto backend = open(db).value();
          StoreOptions options{
              .server = id, .payload = payload, .log = [](LogLevel, std::string_view) {}};
          options.timing.lease = std::chrono::seconds(4);
          options.timing.renewal = std::chrono::milliseconds(200);
          options.timing.auto_save = std::chrono::milliseconds(300);
          options.journal.ring_bytes = std::size_t{1} << 20;
          Store store(*backend, options);
          Profiles<second_game::Ship> ships(store, second_game::ship_catalog());
          while (!stopping_) {
            if (hangs_) {
              std::this_thread::yield();
              continue;
            }
            if (const auto task = std::exchange(*task_.lock(), {})) task(ships);
            store.pump();
            std::this_thread::yield();
          }
          if (shuts_down_) store.shutdown();
        }) {}
  ~RunningServer() { stop(false); }
  void stop(bool shuts_down) {
    shuts_down_ = shuts_down;
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  enum class Then : unsigned char { go_on, hang };
  /// Loads a ship with these user ids and gives it a name; returns when the game was answered. A
  /// game that hangs pumps no more, so that this edit isn't saved, until it goes on.
  void play(const std::string& key, const std::vector<UserId>& users, const std::string& name,
            Then then = Then::go_on) {
    std::atomic<bool> done = false;
    *task_.lock() = [&](Profiles<second_game::Ship>& ships) {
      ships.load(
          key,
          [&, name, then](Result<Profile<second_game::Ship>> ship) {
            EXPECT_TRUE(ship && ship->edit([&](second_game::Ship& data) { data.name = name; }));
            hangs_ = then == Then::hang;
            done = true;
          },
          {.user_ids = users});
    };
    while (!done) std::this_thread::yield();
  }
  /// Returns when the game was answered, whatever the answer.
  void try_to_load(const std::string& key) {
    std::atomic<bool> done = false;
    *task_.lock() = [&](Profiles<second_game::Ship>& ships) {
      ships.load(key, [&](const Result<Profile<second_game::Ship>>&) { done = true; });
    };
    while (!done) std::this_thread::yield();
  }
  void go_on() { hangs_ = false; }

 private:
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> shuts_down_ = false;
  std::atomic<bool> hangs_ = false;
  Guarded<std::function<void(Profiles<second_game::Ship>&)>> task_;
  std::thread thread_;
};

}  // namespace keepsake::cli
