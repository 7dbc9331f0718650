// Many servers at once on the real database.
#include <set>
#include <thread>

#include "backends/postgres/postgres_test_game.h"

namespace keepsake {
namespace {

constexpr int kServers = 6;

template <class F>
void all_at_once(F work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kServers; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

class PostgresRaces : public testing::Test {
 protected:
  PostgresRaces() {
    options_.schema = fresh_schema();
    options_.listen = "off";
  }
  PostgresTestGame game(int i) {
    return {url_, options_, "server-" + std::to_string(i), static_cast<std::uint64_t>(i) + 1};
  }

  const std::string url_ = cluster_url();
  PostgresOptions options_;
};

TEST_F(PostgresRaces, OfManyThatMakeTheTablesOneDoesAndAllFindThem) {
  std::atomic<int> opened{0};
  all_at_once([&](int) {
    auto backend = open_postgres(url_, options_);
    EXPECT_TRUE(backend) << backend.error().text();
    if (backend && (*backend)->leases()) ++opened;
  });
  EXPECT_EQ(opened, kServers);
}

TEST_F(PostgresRaces, OfManyThatStartUnderOneIdOneDoes) {
  ASSERT_TRUE(open_postgres(url_, options_));
  std::atomic<int> started{0};
  all_at_once([&](int) {
    auto backend = open_postgres(url_, options_).value();
    auto lease = backend->open_lease({.server = {"one"}, .journal = {}});
    if (lease) {
      ++started;
    } else {
      EXPECT_EQ(lease.error().code(), ErrorCode::server_id_in_use);
    }
  });
  EXPECT_EQ(started, 1);
}

TEST_F(PostgresRaces, OfManyThatTakeANewProfileOneGetsIt) {
  ASSERT_TRUE(open_postgres(url_, options_));
  constexpr int kKeys = 20;
  std::atomic<int> taken{0};
  all_at_once([&](int i) {
    PostgresTestGame server = game(i);
    for (int key = 0; key < kKeys; ++key) {
      auto answer = server.db().acquire(server.acquiring("Player_" + std::to_string(key)));
      ASSERT_TRUE(answer) << answer.error().text();
      if (std::holds_alternative<Acquired>(*answer)) ++taken;
    }
  });
  EXPECT_EQ(taken, kKeys);
}

/// Each server takes a profile when it is free, adds one to its number and frees it.
TEST_F(PostgresRaces, NoUpdateIsLostWhenManyServersPassProfilesAround) {
  ASSERT_TRUE(open_postgres(url_, options_));
  constexpr int kKeys = 3;
  constexpr int kRounds = 60;
  std::atomic<int> applied{0};
  all_at_once([&](int i) {
    PostgresTestGame server = game(i);
    for (int round = 0; round < kRounds; ++round) {
      std::optional<Record> record = server.take("Player_" + std::to_string(round % kKeys));
      if (!record) continue;
      const int number = record->payload.empty() ? 0 : std::stoi(record->payload);
      ASSERT_EQ(server.commit(server.saving(*record, std::to_string(number + 1))), "applied");
      ++record->envelope.revision;
      ASSERT_EQ(server.commit(server.saving(*record, std::to_string(number + 2), After::hand_over)),
                "applied");
      applied += 2;
    }
  });
  PostgresTestGame reader = game(kServers);
  int stored = 0;
  for (int key = 0; key < kKeys; ++key) {
    stored += std::stoi(reader.payload("Player_" + std::to_string(key)));
  }
  EXPECT_EQ(stored, applied);
  EXPECT_GE(applied, 2 * kKeys);
}

TEST_F(PostgresRaces, ABatchOfWhichOneFenceIsStaleStoresTheOthersInOneStatement) {
  PostgresTestGame server = game(0);
  std::vector<Group> groups;
  for (int key = 0; key < 50; ++key) {
    const std::optional<Record> record = server.take("Player_" + std::to_string(key));
    ASSERT_TRUE(record);
    groups.push_back(server.saving(*record, std::to_string(key)));
  }
  groups[7].members[0].fence.revision = 5;
  groups[9].members[0].fence.session = {1, 2};
  const auto answers = server.db().commit(groups).value();
  std::set<std::size_t> refused;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (std::holds_alternative<FenceRefused>(answers[i])) refused.insert(i);
  }
  EXPECT_EQ(refused, (std::set<std::size_t>{7, 9}));
  EXPECT_EQ(server.payload("Player_7"), "");
  EXPECT_EQ(server.payload("Player_8"), "8");
}

TEST_F(PostgresRaces, ASaveOfARowThatIsGoneStoresTheOthersAndMakesNoRow) {
  PostgresTestGame server = game(0);
  const std::optional<Record> kept = server.take("Player_1");
  const std::optional<Record> gone = server.take("Player_2");
  ASSERT_TRUE(kept && gone);
  run_sql(url_, "DELETE FROM " + options_.schema + ".profiles WHERE key = 'Player_2'");
  const auto answers =
      server.db().commit({server.saving(*kept, "1"), server.saving(*gone, "2")}).value();
  EXPECT_TRUE(std::holds_alternative<Applied>(answers[0]));
  EXPECT_TRUE(std::holds_alternative<FenceRefused>(answers[1]));
  EXPECT_FALSE(server.db().read({{"PlayerData", "Player_2"}}).value()[0]);
}

}  // namespace
}  // namespace keepsake
