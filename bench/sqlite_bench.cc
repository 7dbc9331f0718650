// The SQLite backend beside a bare loop over SQLite, taking turns in one run: the same batches, the
// same bytes, both with synchronous = FULL. What counts is the ratio of the medians.
#include <benchmark/benchmark.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

constexpr std::size_t kPayloadBytes = 1500;
constexpr int kProfiles = 400;

class BenchRandom final : public Random {
 public:
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_{1};
};

class BenchFolder {
 public:
  BenchFolder() {
    const char* const base = std::getenv("KEEPSAKE_BENCH_DIR");
    path_ = (base != nullptr ? std::string(base) : std::string(".")) + "/sqlite-bench-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::perror("mkdtemp"), std::exit(1);
  }
  ~BenchFolder() { std::filesystem::remove_all(path_); }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string random_payload(BenchRandom& random) {
  std::string bytes;
  while (bytes.size() < kPayloadBytes) bytes += std::to_string(random.next());
  bytes.resize(kPayloadBytes);
  return bytes;
}

/// What a game would write with SQLite alone.
class BareSqlite {
 public:
  explicit BareSqlite(const std::string& path) {
    sqlite3_open(path.c_str(), &database_);
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("CREATE TABLE saved(id INTEGER PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, "
        "revision INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (store, key))");
    prepare("INSERT INTO saved(store, key, revision, payload) VALUES ('bench', ?1, 0, x'')",
            &insert_);
    prepare("UPDATE saved SET revision = revision + 1, payload = ?2 WHERE store = ?3 AND key = ?1",
            &update_);
    run("BEGIN");
    for (int i = 0; i < kProfiles; ++i) step(insert_, "Player_" + std::to_string(i), nullptr);
    run("COMMIT");
  }
  ~BareSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(update_);
    sqlite3_close(database_);
  }
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;

  void save(int first, const std::vector<std::string>& payloads) {
    run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      const int player = (first + static_cast<int>(i)) % kProfiles;
      step(update_, "Player_" + std::to_string(player), &payloads[i]);
    }
    run("COMMIT");
  }

 private:
  void run(const char* sql) { need(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void prepare(const char* sql, sqlite3_stmt** statement) {
    need(sqlite3_prepare_v2(database_, sql, -1, statement, nullptr));
  }
  void step(sqlite3_stmt* statement, const std::string& key, const std::string* payload) {
    sqlite3_bind_text(statement, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
    if (payload != nullptr) {
      sqlite3_bind_blob(statement, 2, payload->data(), static_cast<int>(payload->size()),
                        SQLITE_STATIC);
      sqlite3_bind_text(statement, 3, "bench", -1, SQLITE_STATIC);
    }
    if (sqlite3_step(statement) != SQLITE_DONE) need(SQLITE_ERROR);
    sqlite3_reset(statement);
  }
  void need(int code) {
    if (code == SQLITE_OK) return;
    std::fprintf(stderr, "bare SQLite: %s\n", sqlite3_errmsg(database_));
    std::exit(1);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* update_ = nullptr;
};

/// A server with all profiles in its hands.
class Product {
 public:
  explicit Product(const std::string& path, const std::string& server = "bench")
      : backend_(open_sqlite(path).value()), generation_(backend_->info().value().generation) {
    self_ = {.server = {server},
             .incarnation = backend_->open_lease({.server = {server}, .journal = {}}).value()};
    for (int i = 0; i < kProfiles; ++i) {
      Acquire request{.key = {server, "Player_" + std::to_string(i)},
                      .self = self_,
                      .generation = generation_,
                      .session = Id128::random(random_),
                      .readable_ordinal = 1};
      const auto answer = backend_->acquire(request).value();
      rows_.push_back({request.key,
                       {.generation = generation_,
                        .session = request.session,
                        .epoch = std::get<Acquired>(answer).record.envelope.epoch,
                        .revision = 0}});
    }
  }

  /// A batch as the store makes it, ready to be sent.
  std::vector<Group> batch(int first, const std::vector<std::string>& payloads) {
    std::vector<Group> groups;
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      Row& row = rows_[static_cast<std::size_t>(first + static_cast<int>(i)) % kProfiles];
      MemberCommit member;
      member.key = row.key;
      member.fence = row.fence;
      member.data = NewData{.schema = {.version = "3", .ordinal = 3, .last_compatible = 3},
                            .format = PayloadFormat::json,
                            .payload = payloads[i]};
      ++row.fence.revision;
      groups.push_back({.token = Id128::random(random_),
                        .self = self_,
                        .now_ms = 1,
                        .members = {std::move(member)},
                        .quarantine = {}});
    }
    return groups;
  }
  void save(const std::vector<Group>& groups) {
    const auto answers = backend_->commit(groups).value();
    for (const GroupAnswer& answer : answers) {
      if (std::holds_alternative<Applied>(answer)) continue;
      std::fprintf(stderr, "a save was refused\n");
      std::exit(1);
    }
  }
  void renew() {
    if (!backend_->renew({.self = self_, .renewal = ++renewal_})) std::exit(1);
  }
  void poll() {
    const Acquire request{.key = rows_[0].key,
                          .self = self_,
                          .generation = generation_,
                          .session = {1, 1},
                          .readable_ordinal = 3};
    if (!std::holds_alternative<Held>(backend_->acquire(request).value())) std::exit(1);
  }

 private:
  struct Row {
    ProfileKey key;
    Fence fence;
  };
  BenchRandom random_;
  std::unique_ptr<Backend> backend_;
  Generation generation_;
  Owner self_;
  std::vector<Row> rows_;
  std::uint64_t renewal_ = 0;
};

/// Wall time, and this thread's time on a CPU, which other programs disturb less.
struct Times {
  std::vector<double> wall;
  std::vector<double> cpu;

  template <class F>
  void add(F&& f) {
    const auto began = std::chrono::steady_clock::now();
    const double cpu_began = cpu_now();
    f();
    cpu.push_back(cpu_now() - cpu_began);
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  static double cpu_now() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }
};

double at(std::vector<double>& times, double part) {
  std::sort(times.begin(), times.end());
  return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
}

void save_batches(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const BenchFolder folder;
  Product product(folder.file("product.db"));
  BareSqlite bare(folder.file("bare.db"));
  BenchRandom random;
  Times of_product;
  Times of_bare;
  int first = 0;
  for (auto _ : state) {
    std::vector<std::string> payloads;
    for (std::size_t i = 0; i < rows; ++i) payloads.push_back(random_payload(random));
    const std::vector<Group> groups = product.batch(first, payloads);
    // Who comes second finds what they share in the caches.
    const bool bare_first = of_bare.wall.size() % 2 == 0;
    if (bare_first) of_bare.add([&] { bare.save(first, payloads); });
    of_product.add([&] { product.save(groups); });
    if (!bare_first) of_bare.add([&] { bare.save(first, payloads); });
    state.SetIterationTime(of_product.wall.back());
    first += static_cast<int>(rows);
  }
  state.counters["product_p50_ms"] = at(of_product.wall, 0.5) * 1e3;
  state.counters["product_p99_ms"] = at(of_product.wall, 0.99) * 1e3;
  state.counters["product_cpu_ms"] = at(of_product.cpu, 0.5) * 1e3;
  state.counters["bare_p50_ms"] = at(of_bare.wall, 0.5) * 1e3;
  state.counters["bare_p99_ms"] = at(of_bare.wall, 0.99) * 1e3;
  state.counters["bare_cpu_ms"] = at(of_bare.cpu, 0.5) * 1e3;
  state.counters["ratio"] = at(of_bare.wall, 0.5) / at(of_product.wall, 0.5);
}
BENCHMARK(save_batches)
    ->Arg(100)
    ->Arg(20)
    ->Arg(1)
    ->UseManualTime()
    ->Iterations(400)
    ->Unit(benchmark::kMillisecond);

/// A batch of 50 every 20 ms, here and in another process: how long one takes, its turn included.
void save_beside_another_process(benchmark::State& state) {
  constexpr std::size_t kRows = 50;
  constexpr auto kPace = std::chrono::milliseconds(20);
  const BenchFolder folder;
  const std::string path = folder.file("product.db");
  (void)open_sqlite(path).value();
  const auto save_at_pace = [&](Product& product, auto&& goes_on) {
    BenchRandom random;
    const std::vector<std::string> payloads(kRows, random_payload(random));
    auto next = std::chrono::steady_clock::now();
    for (int first = 0; goes_on(); first += static_cast<int>(kRows)) {
      const std::vector<Group> groups = product.batch(first, payloads);
      std::this_thread::sleep_until(next += kPace);
      product.save(groups);
    }
  };
  const pid_t child = ::fork();
  if (child == 0) {
    Product product(path, "other");
    save_at_pace(product, [] { return true; });
  }
  Product product(path, "bench");
  Times times;
  for (auto _ : state) {
    int left = 2;  // one to come to the pace, one to measure
    save_at_pace(product, [&] { return left-- > 0; });
    BenchRandom random;
    const std::vector<Group> groups = product.batch(0, {kRows, random_payload(random)});
    times.add([&] { product.save(groups); });
    state.SetIterationTime(times.wall.back());
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  state.counters["p50_ms"] = at(times.wall, 0.5) * 1e3;
  state.counters["p99_ms"] = at(times.wall, 0.99) * 1e3;
  state.counters["max_ms"] = at(times.wall, 1) * 1e3;
}
BENCHMARK(save_beside_another_process)
    ->UseManualTime()
    ->Iterations(150)
    ->Unit(benchmark::kMillisecond);

void renew(benchmark::State& state) {
  const BenchFolder folder;
  Product product(folder.file("product.db"));
  for (auto _ : state) product.renew();
}
BENCHMARK(renew)->UseRealTime()->Unit(benchmark::kMicrosecond);

void poll_a_held_profile(benchmark::State& state) {
  const BenchFolder folder;
  Product product(folder.file("product.db"));
  for (auto _ : state) product.poll();
}
BENCHMARK(poll_a_held_profile)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace keepsake

BENCHMARK_MAIN();
