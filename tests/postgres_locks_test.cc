// A row that somebody holds locked in PostgreSQL: a forgotten transaction in a shell, a report.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

#include "backends/postgres/postgres_test_game.h"
#include "tests/game_test_server.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;

TEST(PostgresLocks, ALockedRowHoldsUpTheSavesOfNoOtherPlayer) {
  constexpr std::int64_t kPlayers = 20;
  const std::string url = cluster_url();
  PostgresOptions options;
  options.schema = fresh_schema();
  const tests::TestFolder folder;
  tests::GameServer game(open_postgres(url, options).value(), "a", folder.path());
  for (std::int64_t i = 1; i <= kPlayers; ++i) ASSERT_TRUE(game.let_in(UserId{i}));
  const std::unique_ptr<PGconn, decltype(&PQfinish)> shell(PQconnectdb(url.c_str()), PQfinish);
  const auto say = [&](const std::string& statement) {
    PQclear(PQexec(shell.get(), statement.c_str()));
  };
  say("BEGIN; SELECT key FROM " + options.schema + ".profiles WHERE key = 'Player_7' FOR UPDATE");

  std::map<std::int64_t, std::string> outcomes;
  const auto commit_all = [&] {
    outcomes.clear();
    for (std::int64_t i = 1; i <= kPlayers; ++i) {
      ASSERT_TRUE(game.earn(UserId{i}, 1));
      game.find(UserId{i}).commit([&outcomes, i](const auto& done) {
        outcomes[i] = done ? "durable" : done.error().text();
      });
    }
  };
  commit_all();
  const auto all_others = [&] { return outcomes.size() == kPlayers - 1; };
  EXPECT_TRUE(game.play_until(all_others, 2s)) << outcomes.size() << " are durable";
  EXPECT_FALSE(outcomes.contains(7));
  EXPECT_TRUE(game.play_until([&] { return game.store().stats().save_retries > 2; }, 20s));
  EXPECT_EQ(game.store().state(), StoreState::ready) << "the database is there";

  say("ROLLBACK");
  EXPECT_TRUE(game.play_until([&] { return outcomes.contains(7); }, 20s));
  for (const auto& [player, outcome] : outcomes) EXPECT_EQ(outcome, "durable") << player;
  EXPECT_TRUE(game.store().shutdown().finished);
}

}  // namespace
}  // namespace keepsake
