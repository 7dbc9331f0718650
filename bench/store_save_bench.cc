// Saving through the store beside a bare SQLite loop of the same batches, interleaved: the same
// payloads in the same transactions, with the same durability, on the same disk. Each player is
// edited and saved again as soon as its last save is durable, so that the store is never idle.
//
//   build/release/bench/store_save_bench [--json] [--dir DIR] [--rounds N]
#include <sqlite3.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"
#include "bench/setting.h"
#include "examples/player/player_catalog.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "src/backend/forwarding.h"
#include "src/base/this_machine.h"

namespace {

using bench::Figure;
using example::Player;
using keepsake::Duration;
using keepsake::MonotonicTime;
using keepsake::Result;

constexpr std::size_t kPlayers = 500;
constexpr std::size_t kSaves = 3000;  // a round
constexpr int kItems = 20;

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

struct Saved {
  std::string key;
  std::string payload;
};
using Batch = std::vector<Saved>;

/// Remembers what each transaction stored.
class Recorder final : public keepsake::ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  Result<std::vector<keepsake::GroupAnswer>> commit(
      const std::vector<keepsake::Group>& groups) override {
    Batch batch;
    for (const keepsake::Group& group : groups) {
      for (const keepsake::MemberCommit& member : group.members) {
        if (member.data) batch.push_back({member.key.key, member.data->payload});
      }
    }
    {
      const std::lock_guard lock(mutex_);
      if (!batch.empty()) batches_.push_back(std::move(batch));
    }
    const MonotonicTime began = now();
    Result<std::vector<keepsake::GroupAnswer>> answers = inner_.commit(groups);
    const std::lock_guard lock(mutex_);
    spent_ += now() - began;
    return answers;
  }
  /// In the backend since it was last asked.
  Duration take_spent() {
    const std::lock_guard lock(mutex_);
    return std::exchange(spent_, Duration{0});
  }
  std::vector<Batch> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(batches_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Batch> batches_;
  Duration spent_{0};
};

/// The least that a program can do: one table, one statement, one transaction a batch.
class BareSqlite {
 public:
  explicit BareSqlite(const std::string& path) {
    need(sqlite3_open(path.c_str(), &database_));
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE saved(id INTEGER PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, "
        "revision INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL, UNIQUE (store, key))");
    need(sqlite3_prepare_v2(database_,
                            "INSERT INTO saved(store, key, payload) VALUES ('PlayerData', ?1, ?2) "
                            "ON CONFLICT (store, key) DO UPDATE SET payload = excluded.payload, "
                            "revision = revision + 1",
                            -1, &save_, nullptr));
  }
  ~BareSqlite() {
    sqlite3_finalize(save_);
    sqlite3_close(database_);
  }
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;

  void store(const Batch& batch) {
    run("BEGIN IMMEDIATE");
    for (const Saved& saved : batch) {
      need(sqlite3_bind_text(save_, 1, saved.key.data(), static_cast<int>(saved.key.size()),
                             SQLITE_STATIC));
      need(sqlite3_bind_blob(save_, 2, saved.payload.data(), static_cast<int>(saved.payload.size()),
                             SQLITE_STATIC));
      if (sqlite3_step(save_) != SQLITE_DONE) bench::fail(sqlite3_errmsg(database_));
      sqlite3_reset(save_);
    }
    run("COMMIT");
  }

 private:
  void need(int status) {
    if (status != SQLITE_OK) bench::fail(sqlite3_errmsg(database_));
  }
  void run(const char* text) { need(sqlite3_exec(database_, text, nullptr, nullptr, nullptr)); }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* save_ = nullptr;
};

class SaveBench {
 public:
  SaveBench(const std::string& folder, keepsake::Backend& backend)
      : recorder_(backend),
        store_(recorder_, {.server = "bench", .timing = slow_auto_save(), .journal = {}}),
        players_(store_, example::player_catalog()),
        bare_(folder + "/bare.db") {
    for (std::size_t i = 0; i < kPlayers; ++i) {
      players_.load("Player_" + std::to_string(i), [&](Result<keepsake::Profile<Player>> loaded) {
        if (!loaded) bench::fail(loaded.error().text());
        loaded_.push_back(*loaded);
      });
    }
    pump_until([&] { return loaded_.size() == kPlayers; });
    for (auto& profile : loaded_) {
      if (!profile.edit(fill)) bench::fail("the first edit");
    }
    (void)save(kPlayers);
    for (const Batch& batch : recorder_.take()) bare_.store(batch);
  }
  ~SaveBench() { (void)store_.shutdown(); }

  struct Round {
    Duration product{};
    Duration backend{};
    Duration bare{};
    std::size_t batches = 0;
  };
  Round round() {
    Round round;
    (void)recorder_.take_spent();
    round.product = save(kSaves);
    round.backend = recorder_.take_spent();
    const std::vector<Batch> batches = recorder_.take();
    round.batches = batches.size();
    const MonotonicTime began = now();
    for (const Batch& batch : batches) bare_.store(batch);
    round.bare = now() - began;
    return round;
  }

 private:
  static keepsake::Timing slow_auto_save() {
    keepsake::Timing timing;
    timing.auto_save = std::chrono::hours(1);  // the benchmark says when
    return timing;
  }
  static void fill(Player& player) {
    for (int i = 0; i < kItems; ++i) {
      player.inventory.push_back(
          {.id = "item_" + std::to_string(i), .quantity = i, .equipped = false});
    }
  }
  template <class Done>
  void pump_until(Done done) {
    const MonotonicTime end = now() + std::chrono::seconds(30);
    while (!done()) {
      if (now() > end) bench::fail("the store did not get on");
      store_.pump();
      ::usleep(100);
    }
  }
  void edit_and_save(std::size_t which) {
    keepsake::Profile<Player>& profile = loaded_[which];
    if (!profile.edit([](Player& player) { ++player.currency.coins; })) bench::fail("an edit");
    ++begun_;
    profile.commit([this, which](const Result<std::uint64_t>& revision) {
      if (!revision) bench::fail(revision.error().text());
      ++durable_;
      if (begun_ < wanted_) edit_and_save(which);
    });
  }
  Duration save(std::size_t count) {
    wanted_ = count;
    begun_ = durable_ = 0;
    const MonotonicTime began = now();
    for (std::size_t i = 0; i < loaded_.size(); ++i) edit_and_save(i);
    pump_until([&] { return durable_ == wanted_; });
    return now() - began;
  }

  Recorder recorder_;
  keepsake::Store store_;
  keepsake::Profiles<Player> players_;
  BareSqlite bare_;
  std::vector<keepsake::Profile<Player>> loaded_;
  std::size_t wanted_ = 0;
  std::size_t begun_ = 0;
  std::size_t durable_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Setting setting(argc, argv, "store_save_bench", "rounds", 41);
  std::vector<Duration> product;
  std::vector<Duration> backend_share;
  std::vector<Duration> bare;
  std::size_t batches = 0;
  {
    auto backend = keepsake::open("sqlite:" + setting.folder() + "/players.db");
    if (!backend) bench::fail(backend.error().text());
    SaveBench bench(setting.folder(), **backend);
    for (std::size_t i = 0; i < setting.count(); ++i) {
      const SaveBench::Round round = bench.round();
      product.push_back(round.product);
      backend_share.push_back(round.backend);
      bare.push_back(round.bare);
      batches += round.batches;
    }
  }
  bench::Report report(std::to_string(kSaves) + " saves of " + std::to_string(kPlayers) +
                       " players a round");
  Figure ours = Figure::of("through the store", std::move(product));
  Figure theirs = Figure::of("bare SQLite, the same batches", std::move(bare));
  const auto count = [](Duration time) { return static_cast<double>(time.count()); };
  const double ratio = count(theirs.at(0.5)) / count(ours.at(0.5));
  const double players =
      static_cast<double>(setting.count() * kSaves) / static_cast<double>(batches);
  const double rate = static_cast<double>(kSaves) / (count(ours.at(0.5)) / 1e9);
  report.add(std::move(ours));
  report.add(Figure::of("  of this in the backend", std::move(backend_share)));
  report.add(std::move(theirs));
  report.add({.name = "speed of the store / bare SQLite", .value = ratio, .at_least = 0.7});
  report.add({.name = "players a batch", .value = players, .at_least = {}});
  report.add({.name = "saves a second", .value = rate, .at_least = {}});
  return report.print(setting.json());
}
