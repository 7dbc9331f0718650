// A PostgreSQL server whose disk is full: a file system in memory, and a file that fills it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_server.h"

namespace keepsake {
namespace {

class PostgresDiskFull : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.works()) << "it mounts a small disk: in a container, --cap-add SYS_ADMIN";
    options_.connect_timeout_ms = 2'000;
  }
  [[nodiscard]] std::string ballast() const { return server_.place() + "/ballast"; }
  /// Leaves no byte on the disk.
  void fill() const {
    const std::string block(4096, 'x');
    std::ofstream file(ballast(), std::ios::binary);
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    EXPECT_EQ(std::filesystem::space(server_.place()).free, 0U);
  }
  void make_room() const { std::filesystem::remove(ballast()); }

  PostgresTestServer server_{"disk_full", "fsync=off min_wal_size=2MB max_wal_size=4MB",
                             "POSTGRES_ROOM=64m"};
  PostgresOptions options_;
};

/// What can't be made smaller.
std::string noise(std::size_t bytes) {
  std::minstd_rand random(1);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>('!' + random() % 90);
  return text;
}

TEST_F(PostgresDiskFull, ASaveThatHasNoRoomIsToldSoAndStoredOnceThereIs) {
  PostgresTestGame game(server_.url(), options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  fill();
  const Group group = game.saving(*record, noise(300'000));
  EXPECT_EQ(game.commit(group), "storage_full");
  EXPECT_EQ(game.payload("Player_1"), "") << "nothing was changed";
  make_room();
  EXPECT_EQ(game.commit(group), "applied");
  EXPECT_EQ(game.payload("Player_1"), group.members[0].data->payload);
}

/// Without room for its log PostgreSQL ends itself.
TEST_F(PostgresDiskFull, WhereTheLogHasNoRoomTheServerEndsAndNothingAcknowledgedIsLost) {
  PostgresTestGame game(server_.url(), options_, "a");
  std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  fill();
  Group group;
  std::string outcome = "applied";
  for (int number = 1; outcome == "applied" && number < 20'000; ++number) {
    group = game.saving(*record, std::to_string(number));
    outcome = game.commit(group);
    if (outcome == "applied") ++record->envelope.revision;
  }
  EXPECT_EQ(outcome, "in_doubt");
  EXPECT_EQ(game.commit(group), "unavailable");
  make_room();
  server_.crash();  // if it is about to begin again
  server_.resume();
  outcome = game.commit(group);
  EXPECT_TRUE(outcome == "applied" || outcome == "resent") << outcome;
  EXPECT_EQ(game.payload("Player_1"), group.members[0].data->payload);
  EXPECT_EQ(game.db().read({{"PlayerData", "Player_1"}}).value()[0]->envelope.revision,
            record->envelope.revision + 1);
}

}  // namespace
}  // namespace keepsake
