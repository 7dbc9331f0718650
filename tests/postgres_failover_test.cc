// A PostgreSQL server with a synchronous standby, which takes over when it dies.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <thread>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_server.h"
#include "tests/game_test_server.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using tests::GameServer;
using tests::TestFolder;

constexpr const char* kSettings = "fsync=off";

/// Two servers, the second a standby without which the first confirms no commit.
class PostgresFailover : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(primary_.works()); }

  /// `environment`: for the standby's server.
  void follow(const std::string& environment = "") {
    standby_.emplace("standby", primary_, "", environment);
    ASSERT_TRUE(standby_->works());
    require_standby();
  }
  void require_standby() {
    set("ALTER SYSTEM SET synchronous_standby_names = '*'");
    // The server heeds it a moment after it was told.
    const auto last = std::chrono::steady_clock::now() + 30s;
    while (commits_without_waiting() && std::chrono::steady_clock::now() < last) {
    }
  }
  void set(const std::string& statement) {
    run_sql(primary_.url(), statement);
    run_sql(primary_.url(), "SELECT pg_reload_conf()");
  }
  /// Both hosts, as an operator names them.
  [[nodiscard]] std::string both() const {
    const auto host = [](const std::string& url) {
      const std::size_t at = url.find('@') + 1;
      return url.substr(at, url.rfind('/') - at);
    };
    return "postgres://keepsake@" + host(primary_.url()) + "," + host(standby_->url()) +
           "/postgres";
  }
  static PostgresOptions impatient() {
    PostgresOptions options;
    options.connect_timeout_ms = 2'000;
    options.statement_timeout_ms = 1'000;
    return options;
  }

  PostgresTestServer primary_{"primary", kSettings};
  std::optional<PostgresTestServer> standby_;

 private:
  /// Whether the primary has not yet heard that it has a standby to wait for.
  bool commits_without_waiting() {
    return run_sql(primary_.url(),
                   "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "0";
  }
};

TEST_F(PostgresFailover, WhatWasAcknowledgedIsOnTheStandbyThatTakesOver) {
  follow();
  PostgresTestGame game(both(), impatient(), "a");
  std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  std::string last;
  for (int number = 1; number <= 200; ++number) {
    last = std::to_string(number);
    ASSERT_EQ(game.commit(game.saving(*record, last)), "applied");
    ++record->envelope.revision;
  }
  primary_.crash();
  const Group group = game.saving(*record, "after");
  EXPECT_EQ(game.commit(group), "in_doubt") << "its connection broke";
  EXPECT_EQ(game.commit(group), "unavailable") << "a standby takes no writes";
  standby_->promote();
  EXPECT_EQ(game.payload("Player_1"), last);
  EXPECT_EQ(game.commit(group), "applied");
  EXPECT_EQ(game.payload("Player_1"), "after");
}

TEST_F(PostgresFailover, WithoutItsStandbyACommitIsInDoubtUntilThatIsBack) {
  follow();
  PostgresTestGame game(both() + "?application_name=game", impatient(), "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  standby_->crash();
  const Group group = game.saving(*record, "1");
  EXPECT_EQ(game.commit(group), "in_doubt");
  EXPECT_EQ(game.payload("Player_1"), "1") << "reads go on, and see what is stored here";
  EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = 1})) << "so do renewals";
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(game.commit(group), "in_doubt") << "it is found, which no standby confirms";
  }
  standby_->resume();
  std::string outcome = "in_doubt";
  for (int i = 0; i < 20 && outcome == "in_doubt"; ++i) outcome = game.commit(group);
  EXPECT_EQ(outcome, "resent");
}

/// PostgreSQL ends such a wait on a request alone, and until then the connection is one of the few
/// that it lets in, and the row is locked.
TEST_F(PostgresFailover, CommitsThatWereGivenUpKeepNeitherConnectionsNorRows) {
  follow();
  PostgresTestGame game(both() + "?application_name=game", impatient(), "a");
  std::vector<Group> groups;
  for (int i = 0; i < 6; ++i) {
    const std::optional<Record> record = game.take("Player_" + std::to_string(i));
    ASSERT_TRUE(record);
    groups.push_back(game.saving(*record, "1"));
  }
  standby_->crash();
  for (const Group& group : groups) EXPECT_EQ(game.commit(group), "in_doubt");
  const auto count = [&](const std::string& of) {
    return std::stoi(run_sql(primary_.url(),
                             "SELECT count(*) FROM pg_stat_activity WHERE "
                             "application_name = 'game' AND " +
                                 of));
  };
  const auto last = std::chrono::steady_clock::now() + 10s;
  while (count("wait_event = 'SyncRep'") > 0 && std::chrono::steady_clock::now() < last) {
  }
  EXPECT_EQ(count("wait_event = 'SyncRep'"), 0);
  EXPECT_LE(count("true"), 3) << "two, and one that listens";
  EXPECT_EQ(run_sql(primary_.url(),
                    "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' "
                    "AND relation::regclass::text LIKE '%profiles'"),
            "0");
  standby_->resume();
  for (const Group& group : groups) {
    std::string outcome = "in_doubt";
    for (int i = 0; i < 20 && outcome == "in_doubt"; ++i) outcome = game.commit(group);
    EXPECT_EQ(outcome, "resent");
  }
}

/// What an administrator who ends a waiting commit, or a shutdown, makes of it: a warning.
TEST_F(PostgresFailover, ACommitThatMightNotHaveBeenReplicatedIsInDoubtAndSaysWhy) {
  follow();
  PostgresOptions options = impatient();
  options.statement_timeout_ms = 20'000;
  PostgresTestGame game(both(), options, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  standby_->crash();
  std::thread administrator([&] {
    const auto last = std::chrono::steady_clock::now() + 15s;
    while (run_sql(primary_.url(),
                   "SELECT coalesce(bool_or(pg_cancel_backend(pid)), false) FROM pg_stat_activity "
                   "WHERE wait_event = 'SyncRep'") == "f" &&
           std::chrono::steady_clock::now() < last) {
      std::this_thread::sleep_for(10ms);
    }
  });
  const auto answers = game.db().commit({game.saving(*record, "1")});
  administrator.join();
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code(), ErrorCode::in_doubt);
  EXPECT_NE(answers.error().text().find("might not have been replicated"), std::string::npos)
      << answers.error().text();
}

/// The clock of the standby is an hour ahead, or behind: no lease and no player is lost to it.
void outlives_a_failover(GameServer& game, UserId user, const std::function<void()>& fail_over) {
  ASSERT_TRUE(game.let_in(user));
  ASSERT_TRUE(game.earn(user, 1));
  ASSERT_TRUE(game.saved(user));
  fail_over();
  ASSERT_TRUE(game.earn(user, 10)) << "play goes on";
  ASSERT_TRUE(game.saved(user));
  EXPECT_EQ(game.find(user)->currency.coins, 111);
  game.play_for(3s);  // renewals, and whatever looks at a clock
  EXPECT_EQ(game.find(user).state(), ProfileState::active);
  EXPECT_TRUE(game.ended.empty());
}

class PostgresFailoverToAnotherTime : public PostgresFailover,
                                      public testing::WithParamInterface<const char*> {};

TEST_P(PostgresFailoverToAnotherTime, TakesNobodysPlayersAndNothingDurable) {
  follow(std::string("POSTGRES_CLOCK=") + GetParam());
  const TestFolder of_a;
  const TestFolder of_b;
  const UserId user{1};
  GameServer a(open_postgres(both(), impatient()).value(), "a", of_a.path());
  outlives_a_failover(a, user, [&] {
    primary_.crash();
    standby_->promote();
  });
  const auto there =
      std::stol(run_sql(standby_->url(), "SELECT extract(epoch FROM now())::bigint"));
  EXPECT_GT(std::labs(there - static_cast<long>(::time(nullptr))), 3000) << "its clock is right";
  // Another server gets the player with all that was saved, and at once.
  GameServer b(open_postgres(both(), impatient()).value(), "b", of_b.path());
  b.join(user);
  EXPECT_TRUE(b.play_until([&] {
    a.store().pump();
    return static_cast<bool>(b.find(user)) || !b.refused.empty();
  }));
  ASSERT_TRUE(b.find(user)) << b.refused;
  EXPECT_EQ(b.find(user)->currency.coins, 111);
  EXPECT_TRUE(b.store().shutdown().finished);
  EXPECT_TRUE(a.store().shutdown().finished);
}

std::string said(const testing::TestParamInfo<const char*>& clock) {
  return clock.param[0] == '+' ? "AnHourAhead" : "AnHourBehind";
}
INSTANTIATE_TEST_SUITE_P(All, PostgresFailoverToAnotherTime, testing::Values("+1h", "-1h"), said);

}  // namespace
}  // namespace keepsake
