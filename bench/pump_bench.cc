// What a tick costs a server with many players: pump() with 1,000 active profiles of which one in a
// hundred changes each tick, at 60 Hz on a SQLite file; and what a session costs that is idle: its
// memory beside its data, and its calls to the database.
//
//   build/release/bench/pump_bench [--json] [--dir DIR] [--ticks N]
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"
#include "bench/setting.h"
#include "examples/player/player_catalog.h"
#include "keepsake/backend/faulty.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "src/base/this_machine.h"

namespace {

using bench::Figure;
using example::Player;
using keepsake::Duration;
using keepsake::MonotonicTime;

constexpr Duration kTick = std::chrono::nanoseconds(1'000'000'000 / 60);
constexpr std::size_t kActive = 1000;
constexpr std::size_t kIdle = 1000;  // in each round
constexpr std::size_t kRounds = 5;
constexpr std::size_t kItems = 20;
constexpr int kCallTicks = 600;

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

Player player_with_items() {
  Player player;
  for (std::size_t i = 0; i < kItems; ++i) {
    player.inventory.push_back(
        {.id = "item_" + std::to_string(i % 97), .quantity = 3, .equipped = false});
  }
  return player;
}

class Server {
 public:
  Server(keepsake::Backend& database, const char* id)
      : counted_(keepsake::make_faulty_backend(database,
                                               [this](const keepsake::CallInfo&) {
                                                 ++calls_;
                                                 return keepsake::Fault::none;
                                               })),
        store_(*counted_, {.server = id, .timing = {}, .journal = {}}),
        players_(store_, example::player_catalog()) {}

  void load(std::size_t count) {
    const std::size_t from = profiles_.size();
    profiles_.resize(from + count);
    std::size_t left = count;
    for (std::size_t i = from; i < profiles_.size(); ++i) {
      players_.load("Pump_" + std::to_string(i),
                    [this, i, &left](keepsake::Result<keepsake::Profile<Player>> loaded) {
                      if (!loaded) bench::fail(loaded.error().text());
                      profiles_[i] = *loaded;
                      const auto filled =
                          profiles_[i].edit([](Player& player) { player = player_with_items(); });
                      if (!filled) bench::fail(filled.error().text());
                      --left;
                    });
    }
    while (left > 0) tick();
    rest();
  }

  /// Until everything is saved and nothing is under way.
  void rest() {
    for (int i = 0; i < 60 * 7; ++i) tick();
  }

  std::vector<Duration> play(int ticks) {
    std::vector<Duration> pumps;
    for (int i = 0; i < ticks; ++i) {
      for (std::size_t k = 0; k < kActive / 100; ++k) {
        auto& profile = profiles_[(static_cast<std::size_t>(i) * 7 + k * 97) % kActive];
        (void)profile.edit<&Player::stats, &example::Stats::kills>(
            [](std::int64_t& kills) { ++kills; });
      }
      const MonotonicTime began = now();
      store_.pump();
      pumps.push_back(now() - began);
      wait();
    }
    return pumps;
  }

  /// Calls to the database while nobody plays.
  double calls_a_second() {
    const std::uint64_t before = calls_;
    for (int i = 0; i < kCallTicks; ++i) tick();
    return static_cast<double>(calls_ - before) * 60 / kCallTicks;
  }

  void stop() { (void)store_.shutdown(); }

 private:
  void tick() {
    store_.pump();
    wait();
  }
  void wait() {
    next_ += kTick;
    if (now() < next_) ::usleep(static_cast<useconds_t>((next_ - now()).count() / 1000));
  }

  std::atomic<std::uint64_t> calls_ = 0;
  std::unique_ptr<keepsake::Backend> counted_;
  keepsake::Store store_;
  keepsake::Profiles<Player> players_;
  std::vector<keepsake::Profile<Player>> profiles_;
  MonotonicTime next_ = now();
};

/// The heap that so many players take by themselves, each.
double bytes_of_data() {
  std::vector<std::unique_ptr<Player>> copies;
  copies.reserve(kIdle);
  const std::size_t before = heap_bytes();
  for (std::size_t i = 0; i < kIdle; ++i) {
    copies.push_back(std::make_unique<Player>(player_with_items()));
  }
  return static_cast<double>(heap_bytes() - before) / kIdle;
}

void measure(bench::Report& report, const std::string& folder, int ticks) {
  auto backend = keepsake::open("sqlite:" + folder + "/players.db");
  if (!backend) bench::fail(backend.error().text());
  {  // the database's own caches are as full as they get
    Server before(**backend, "before");
    before.load(kActive + kIdle * kRounds);
    before.stop();
  }
  Server server(**backend, "bench");
  server.load(kActive);
  report.add(Figure::of("pump, 1,000 active profiles, 10 edited a tick", server.play(ticks))
                 .p99_at_most(std::chrono::microseconds(200)));
  server.rest();
  const double few = server.calls_a_second();
  // The database's own caches come and go by megabytes: the median of some rounds.
  std::vector<double> rounds;
  for (std::size_t i = 0; i < kRounds; ++i) {
    const std::size_t before = heap_bytes();
    server.load(kIdle);
    rounds.push_back((static_cast<double>(heap_bytes()) - static_cast<double>(before)) / kIdle);
  }
  std::sort(rounds.begin(), rounds.end());
  const double each = rounds[kRounds / 2];
  const double data = bytes_of_data();
  report.add({.name = "heap of an idle session, bytes", .value = each});
  report.add({.name = "of this its data, bytes", .value = data});
  report.add({.name = "beside its data, bytes", .value = each - data, .at_most = 2048});
  const double many = server.calls_a_second();
  report.add({.name = "calls to the database a second, 1,000 idle sessions", .value = few});
  report.add({.name = "calls to the database a second, 6,000 idle sessions", .value = many});
  report.add({.name = "6,000 / 1,000 idle sessions", .value = many / few, .at_most = 1.1});
  server.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Setting setting(argc, argv, "pump_bench", "ticks", 3600);
  bench::Report report("a tick of a server with 1,000 players");
  measure(report, setting.folder(), static_cast<int>(setting.count()));
  return report.print(setting.json());
}
