// A PostgreSQL server that dies amid commits, and comes back: nothing that was acknowledged is
// lost, what was in doubt is settled, and no live server loses a player.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_server.h"
#include "tests/game_test_server.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using tests::GameServer;
using tests::TestFolder;

class PostgresOutages : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.works()); }
  static PostgresOptions impatient() {
    PostgresOptions options;
    options.connect_timeout_ms = 500;
    options.statement_timeout_ms = 2'000;
    return options;
  }
  std::unique_ptr<Backend> open() { return open_postgres(server_.url(), impatient()).value(); }

  // A process dies here, no machine: what it has written stays written, synced or not.
  PostgresTestServer server_{"outages", "fsync=off"};
};

/// Begins saves until one is written and waits for a standby; it is what the future will tell of.
std::pair<Group, std::future<std::string>> save_that_waits(PostgresTestGame& game, Record& record,
                                                           const std::string& url) {
  for (int number = 0;; ++number) {
    const Group group = game.saving(record, std::to_string(number));
    auto outcome = std::async(std::launch::async, [&game, group] { return game.commit(group); });
    while (outcome.wait_for(10ms) != std::future_status::ready) {
      const std::string waiting =
          run_sql(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      if (waiting != "0") return {group, std::move(outcome)};
    }
    EXPECT_EQ(outcome.get(), "applied");
    ++record.envelope.revision;
  }
}

TEST_F(PostgresOutages, ASaveThatIsWrittenWhenTheServerDiesIsFoundWhenItIsSentAgain) {
  PostgresTestGame game(server_.url(), impatient(), "a");
  std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  run_sql(server_.url(), "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  run_sql(server_.url(), "SELECT pg_reload_conf()");
  auto [group, outcome] = save_that_waits(game, *record, server_.url());
  server_.crash();
  EXPECT_EQ(outcome.get(), "in_doubt");
  EXPECT_EQ(game.commit(group), "unavailable") << "nobody is there";
  server_.resume();
  EXPECT_EQ(game.commit(group), "in_doubt") << "the standby still isn't";
  run_sql(server_.url(), "ALTER SYSTEM RESET synchronous_standby_names");
  run_sql(server_.url(), "SELECT pg_reload_conf()");
  std::string settled = "in_doubt";
  for (int i = 0; i < 10 && settled == "in_doubt"; ++i) settled = game.commit(group);
  EXPECT_EQ(settled, "resent");
  EXPECT_EQ(game.payload("Player_1"), group.members[0].data->payload);
}

/// No standby is waited for with renewals. The last of them may be gone after a failover, and that
/// is no sign of an older copy; of one that a later save has taken along it is.
class PostgresRenewals : public testing::Test {
 protected:
  /// The number that stands in the lease's row.
  std::string standing() { return run_sql(server_.url(), "SELECT renewal FROM keepsake.leases"); }
  /// "renewed", or the error's name; once the database is there.
  std::string renew(PostgresTestGame& game) {
    ++number_;
    std::string outcome = "unavailable";
    for (int i = 0; i < 100 && outcome == "unavailable"; ++i) {
      auto renewed =
          game.db().renew({.self = game.self(), .renewal = number_, .confirmed = number_ - 1});
      outcome = renewed ? "renewed" : std::string(name(renewed.error().code()));
    }
    return outcome;
  }

  // The server writes its log when it must, and else after ten seconds.
  PostgresTestServer server_{"renewals", "fsync=off wal_writer_delay=10s"};
  std::uint64_t number_ = 0;
};

TEST_F(PostgresRenewals, OneThatWasAnsweredStandsAfterACrash) {
  ASSERT_TRUE(server_.works());
  PostgresTestGame game(server_.url(), {}, "a");
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(renew(game), "renewed");
    server_.crash();
    server_.resume();
    EXPECT_EQ(standing(), std::to_string(number_));
    ASSERT_EQ(renew(game), "renewed");
  }
}

// As a failover may lose it, with which no save went.
TEST_F(PostgresRenewals, OneThatIsLostAloneTakesNobodysLease) {
  ASSERT_TRUE(server_.works());
  PostgresTestGame game(server_.url(), {}, "a");
  ASSERT_EQ(renew(game), "renewed");
  run_sql(server_.url(), "UPDATE keepsake.leases SET renewal = 0");
  EXPECT_EQ(renew(game), "renewed");
}

TEST_F(PostgresRenewals, OneThatASaveHasTakenAlongIsMissedInAnOlderCopy) {
  ASSERT_TRUE(server_.works());
  PostgresTestGame game(server_.url(), {}, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  ASSERT_EQ(renew(game), "renewed");
  ASSERT_EQ(game.commit(game.saving(*record, "1")), "applied");
  run_sql(server_.url(), "UPDATE keepsake.leases SET renewal = 0");
  EXPECT_EQ(renew(game), "backend_went_back");
}

/// A server process that saves as fast as it can and settles each save before the next.
class Saver {
 public:
  Saver(const std::string& url, const PostgresOptions& options, int number)
      : key_("Player_" + std::to_string(number)),
        game_(url, options, "server-" + std::to_string(number),
              static_cast<std::uint64_t>(number) + 1) {
    std::optional<Record> record = game_.take(key_);
    EXPECT_TRUE(record);
    if (record) record_ = *std::move(record);
  }
  void run(const std::atomic<bool>& stop) {
    for (int number = 1; !stop; ++number) {
      const Group group = game_.saving(record_, std::to_string(number));
      std::string outcome = game_.commit(group);
      while (outcome == "in_doubt" || outcome == "unavailable") {
        ++troubles;
        std::this_thread::sleep_for(10ms);
        outcome = game_.commit(group);
      }
      ASSERT_TRUE(outcome == "applied" || outcome == "resent") << outcome;
      ++record_.envelope.revision;
      stored_ = number;
      ++saves;
      if (number % 7 == 0) {
        std::string found = game_.payload(key_);
        while (found == "unavailable") found = game_.payload(key_);
        ASSERT_EQ(found, std::to_string(number));
      }
    }
  }
  /// What was acknowledged is there, and each save counted once.
  void expect_all_is_there() {
    const Record found = game_.db().read({{"PlayerData", key_}}).value()[0].value();
    EXPECT_EQ(found.payload, std::to_string(stored_));
    EXPECT_EQ(found.envelope.revision, record_.envelope.revision);
  }
  std::atomic<int> saves{0}, troubles{0};

 private:
  const std::string key_;
  PostgresTestGame game_;
  Record record_;
  int stored_ = 0;
};

TEST_F(PostgresOutages, ImmediateStopsAmidSavesLoseNothingAndDoubleNothing) {
  std::vector<std::unique_ptr<Saver>> savers;
  for (int i = 0; i < 4; ++i) {
    savers.push_back(std::make_unique<Saver>(server_.url(), impatient(), i));
  }
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (auto& saver : savers) threads.emplace_back([&] { saver->run(stop); });
  const auto all_saved = [&](int more) {
    const auto last = std::chrono::steady_clock::now() + 60s;
    for (auto& saver : savers) {
      const int enough = saver->saves + more;
      while (saver->saves < enough && std::chrono::steady_clock::now() < last) {
        std::this_thread::sleep_for(1ms);
      }
      if (saver->saves < enough) return false;
    }
    return true;
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(all_saved(200)) << "round " << round;
    server_.crash();
    server_.resume();
  }
  EXPECT_TRUE(all_saved(200));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (auto& saver : savers) {
    EXPECT_GE(saver->troubles, 3);
    saver->expect_all_is_there();
  }
}

TEST_F(PostgresOutages, AServerKeepsItsPlayerThroughARestartOfTheDatabase) {
  const TestFolder folder;
  const UserId user{1};
  GameServer game(open(), "a", folder.path());
  ASSERT_TRUE(game.let_in(user));
  ASSERT_TRUE(game.earn(user, 1));
  server_.crash();
  bool there = false;
  std::thread again([&] {
    std::this_thread::sleep_for(1s);
    server_.resume();
    there = true;
  });
  int earned = 1;
  EXPECT_TRUE(game.play_until([&] {
    if (game.earn(user, 1)) ++earned;
    return there;
  }));
  again.join();
  ASSERT_TRUE(game.find(user)) << "no session ended";
  EXPECT_TRUE(game.saved(user));
  EXPECT_EQ(game.find(user)->currency.coins, 100 + earned);
  EXPECT_EQ(game.find(user).durable_edit_number(), game.find(user).edit_number());
  EXPECT_EQ(game.find(user).state(), ProfileState::active);
  EXPECT_TRUE(game.ended.empty());
  EXPECT_TRUE(game.store().shutdown().finished);
}

/// Eight lease times: of the lease that games have, more than a minute.
TEST_F(PostgresOutages, EightLeasesWithoutADatabaseTakeNobodysPlayers) {
  const TestFolder of_a;
  const TestFolder of_b;
  const Timing timing{.lease = 1s, .renewal = 200ms, .margin = 200ms, .auto_save = 500ms};
  const UserId user{1};
  GameServer a(open(), "a", of_a.path(), timing);
  GameServer b(open(), "b", of_b.path(), timing);
  ASSERT_TRUE(a.let_in(user));
  ASSERT_TRUE(a.earn(user, 1));
  ASSERT_TRUE(a.saved(user));
  // Both play on until `done` of a has come about.
  const auto both_until = [&](auto done) {
    return a.play_until([&] {
      b.store().pump();
      return done();
    });
  };
  server_.crash();
  const auto back = std::chrono::steady_clock::now() + 8 * timing.lease;
  EXPECT_TRUE(both_until([&] { return std::chrono::steady_clock::now() > back; }));
  EXPECT_EQ(a.find(user).state(), ProfileState::doubtful);
  EXPECT_TRUE(a.earn(user, 10)) << "play goes on, into the journal";
  server_.resume();
  EXPECT_TRUE(both_until([&] { return a.find(user).state() == ProfileState::active; }));
  std::string saved;
  a.find(user).commit([&](const auto& done) { saved = done ? "durable" : done.error().text(); });
  EXPECT_TRUE(both_until([&] { return !saved.empty(); }));
  EXPECT_EQ(saved, "durable");
  EXPECT_TRUE(a.ended.empty());
  EXPECT_EQ(b.store().stats().takeovers, 0U);
  // And it is passed on with all that it has, once the other asks.
  b.join(user);
  EXPECT_TRUE(both_until([&] { return static_cast<bool>(b.find(user)) || !b.refused.empty(); }));
  ASSERT_TRUE(b.find(user)) << b.refused;
  EXPECT_EQ(b.find(user)->currency.coins, 111);
  EXPECT_EQ(a.ended[user], EndReason::handed_over);
  EXPECT_TRUE(b.store().shutdown().finished);
  EXPECT_TRUE(a.store().shutdown().finished);
}

}  // namespace
}  // namespace keepsake
