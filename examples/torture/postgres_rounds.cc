// What happens to a PostgreSQL server: it is killed, a game server stands still in the middle of a
// transaction, and an older state is put in its place.
#include <optional>

#include "examples/torture/database_tools.h"
#include "examples/torture/older_state.h"
#include "examples/torture/scenarios.h"
#include "keepsake/backend/postgres.h"
#include "src/load_tool/lines.h"

namespace torture {

namespace {

using keepsake::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kDatabaseKills = 4;

/// Killed while it is away, or just before or after, a game server leaves what it could not save to
/// its journal.
class DatabaseKills {
 public:
  DatabaseKills(Round& round, PostgresServer& postgres) : round_(round), postgres_(postgres) {}

  RoundResult run() {
    const auto [a, b] = round_.start_two();
    one_ = a;
    other_ = b;
    for (int i = 0; i < kDatabaseKills; ++i) {
      round_.hop_for(milliseconds(300) + round_.up_to(1200), one_, other_);
      if (auto again = kill_once(); !again) return again.error();
    }
    round_.hop_for(seconds(1), one_, other_);
    round_.wait_for_all(one_);
    round_.wait_for_all(other_);
    round_.did("the database killed " + std::to_string(kDatabaseKills) + " times");
    return round_.settle();
  }

 private:
  keepsake::Result<void> kill_once() {
    const bool server_too = round_.random(2) == 0;
    if (auto gone = postgres_.kill(); !gone) return gone;
    round_.play_for(round_.up_to(800));
    if (server_too) {
      round_.kill(one_);
      round_.play_for(round_.up_to(200));
    }
    if (auto back = postgres_.resume(); !back) return back;
    if (!server_too) return {};
    const std::size_t before = one_;
    one_ = round_.start(round_.fleet()[before].name);
    round_.rejoin(before, one_);
    round_.wait_for_all(one_);
    return {};
  }

  Round& round_;
  PostgresServer& postgres_;
  std::size_t one_ = 0;
  std::size_t other_ = 0;
};

/// Connections on which a transaction has written, or locked rows, and waits for its client.
keepsake::Result<SqlRows> open_transactions(const std::string& database) {
  return run_sql(database,
                 "SELECT pid, xact_start FROM pg_stat_activity a WHERE datname = "
                 "current_database() AND state = 'idle in transaction' AND EXISTS (SELECT 1 FROM "
                 "pg_locks l WHERE l.pid = a.pid AND l.mode = 'RowShareLock')");
}

/// Stops the server at random moments until one falls into a transaction of its.
keepsake::Result<bool> pause_in_transaction(Round& round, std::size_t server) {
  const keepsake::MonotonicTime end = demo::now() + seconds(30);
  while (demo::now() < end) {
    round.play_for(round.up_to(8) + milliseconds(1));
    round.fleet().pause(server);
    const auto before = open_transactions(round.stage().database());
    if (!before) return before.error();
    if (!before->empty()) {
      round.play_for(milliseconds(200));  // what is the other server's has ended by then
      const auto after = open_transactions(round.stage().database());
      if (!after) return after.error();
      for (const auto& [pid, since] : *after) {
        const auto same = before->find(pid);
        if (same != before->end() && same->second == since) return true;
      }
    }
    round.fleet().thaw(server);
  }
  return false;
}

}  // namespace

RoundResult database_round(const RoundOptions& options) {
  auto round = Round::set(options);
  if (!round) return round.error();
  return DatabaseKills(**round, *options.postgres).run();
}

RoundResult open_transaction_round(const RoundOptions& options) {
  auto set = Round::set(options);
  if (!set) return set.error();
  Round& round = **set;
  const auto [a, b] = round.start_two();
  const auto paused = pause_in_transaction(round, a);
  if (!paused) return paused.error();
  if (!*paused) {
    round.wrong("no moment was found in which a server had a transaction open");
    return round.settle();
  }
  const keepsake::MonotonicTime stopped = demo::now();
  round.begin_takeover();
  round.rejoin(a, b);
  round.wait_for_all(b);
  round.note_takeover();
  if (round.witness().count_since(round.fleet()[b].ordinal, stopped) == 0) {
    round.wrong("nobody played on the other server meanwhile");
  }
  const bool goes_on = round.random(2) == 0;
  if (goes_on) {
    round.fleet().thaw(a);
    round.expect("A: ");  // what it lost, it says
  } else {
    round.kill(a);
  }
  round.did(std::string("stood still with a transaction open past its lease, then ") +
            (goes_on ? "went on" : "was killed"));
  const keepsake::MonotonicTime after = demo::now();
  round.play_for(seconds(2));
  if (round.witness().count_since(round.fleet()[b].ordinal, after) == 0) {
    round.wrong("play did not go on afterwards");
  }
  return round.settle();
}

namespace {

enum class WayBack : std::uint8_t {
  restored,    ///< the servers are killed, the dump is loaded, and keepsake is told
  by_hand,     ///< the same, but keepsake isn't told
  under_them,  ///< the dump is loaded while servers run, and keepsake isn't told
};
constexpr std::uint64_t kWaysBack = 3;

class RestoreOnPostgres {
 public:
  RestoreOnPostgres(Round& round, PostgresServer& postgres) : round_(round), postgres_(postgres) {}

  RoundResult run() {
    const auto [a, b] = round_.start_two();
    a_ = a;
    b_ = b;
    round_.hop_for(seconds(1) + round_.up_to(2000), a, b);
    older_.emplace(round_, a, b);
    if (const auto backed = back_up(); !backed) return backed.error();
    round_.hop_for(seconds(1) + round_.up_to(5000), a, b);
    const auto way = static_cast<WayBack>(round_.random(kWaysBack));
    const char* const names[] = {"the servers killed, a dump loaded and told",
                                 "the servers killed, a dump loaded in silence",
                                 "a dump loaded under the servers, which were then killed"};
    round_.did(names[static_cast<int>(way)]);
    if (way != WayBack::under_them) end_servers();
    const auto newer = row_states(database());
    if (!newer) return newer.error();
    if (auto put = postgres_.put_in_place(copy_, database()); !put) return put.error();
    if (way == WayBack::restored) {
      if (const auto told = tell(); !told) return told.error();
    }
    if (way == WayBack::under_them) {
      for (const char* const text : {"backend_went_back: ", "session_lost: ", "lease_closed: "}) {
        round_.expect(text);
      }
      round_.play_for(round_.lease() / 2 + round_.up_to(3000));
      end_servers();
    }
    older_->start_again();
    return older_->settle(way == WayBack::under_them ? SqlRows() : *newer);
  }

 private:
  [[nodiscard]] std::string database() const { return round_.stage().database(); }

  /// What one of them had taken over would be owned by the dead again in the older state.
  void end_servers() { round_.kill_all({a_, b_}); }

  /// A dump, loaded beside the database to see what it holds.
  keepsake::Result<void> back_up() {
    if (auto dumped = postgres_.dump(database(), copy_); !dumped) return dumped;
    auto beside = postgres_.new_database();
    if (!beside) return std::move(beside).error();
    if (auto loaded = postgres_.load(copy_, *beside); !loaded) return loaded;
    if (auto noted = older_->note(*beside); !noted) return noted;
    return postgres_.drop(*beside);
  }

  keepsake::Result<void> tell() {
    auto backend = keepsake::open_postgres(database(), {.create = false});
    if (!backend) return std::move(backend).error();
    auto leases = (*backend)->leases();
    if (!leases) return std::move(leases).error();
    auto told = keepsake::restored_postgres(
        database(), {.tombstones = {}, .leases = *std::move(leases), .now_ms = 1});
    return told ? keepsake::Result<void>() : keepsake::Result<void>(std::move(told).error());
  }

  Round& round_;
  PostgresServer& postgres_;
  const std::string copy_ = round_.stage().folder() + "/yesterday.dump";
  std::optional<OlderState> older_;
  std::size_t a_ = 0;
  std::size_t b_ = 0;
};

}  // namespace

RoundResult restore_on_postgres_round(const RoundOptions& options) {
  auto round = Round::set(options, ground_of_an_older_state());
  if (!round) return round.error();
  return RestoreOnPostgres(**round, *options.postgres).run();
}

}  // namespace torture
