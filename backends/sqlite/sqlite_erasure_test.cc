// After an erasure no byte of the person is in the database's files; what stays is a keyed hash.
#include <fstream>
#include <iterator>
#include <random>

#include "backends/contract/test_game.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

constexpr UserId kPerson{8'765'432'101};

class SqliteErasure : public testing::Test {
 protected:
  /// Files of the database's folder in which `text` stands.
  [[nodiscard]] std::string files_with(const std::string& text) const {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      if (bytes.find(text) != std::string::npos) found += entry.path().filename().string() + " ";
    }
    return found;
  }
  /// Many saves of many profiles, of all sizes, so that pages split, join, move and are freed;
  /// each of `person_`'s payloads names it.
  void play(TestGame& game) {
    std::mt19937 random(5);
    for (int i = 0; i < 1200; ++i) {
      const bool person = random() % 8 == 0;
      const ProfileKey key = person ? person_ : ProfileKey{"S", std::to_string(random() % 200)};
      const std::size_t size = random() % (random() % 9 == 0 ? 20'000 : 900);
      if (!backend_->read({key}).value().at(0)) game.take(key);
      std::string payload;
      while (payload.size() < size) payload += person ? "data of Ada-Lovelace-1815; " : "others; ";
      Group group = game.saving(key, game.row(key), payload);
      MemberCommit& member = group.members[0];
      group.now_ms = i + 1;
      member.edit_number = static_cast<std::uint64_t>(i) + 1;
      member.history =
          KeepHistory{.before = SnapshotKind::session_start, .after = {}, .at_most = 5};
      if (person) member.user_ids = std::vector<UserId>{kPerson};
      ASSERT_TRUE(std::holds_alternative<Applied>(backend_->commit({group}).value().at(0)));
    }
  }

  [[nodiscard]] Erase erasing(TestGame& game) {
    const Envelope row = game.row(person_);
    return {.key = person_,
            .self = game.self(),
            .fence = fence_of(row, backend_->info().value().generation),
            .token = game.new_id(),
            .user = kPerson,
            .reason = "asked for",
            .now_ms = 5};
  }

  const TestFolder folder_;
  const std::string path_ = folder_.file("players.db");
  std::unique_ptr<Backend> backend_ = open_sqlite(path_).value();
  const ProfileKey person_{"S", "Ada-Lovelace-1815"};
};

TEST_F(SqliteErasure, LeavesNoByteInTheFiles) {
  TestGame game(*backend_, "a", 1);
  play(game);
  EXPECT_NE(files_with("Ada-Lovelace-1815"), "");
  ASSERT_TRUE(std::holds_alternative<Erased>(backend_->erase(erasing(game)).value()));
  ASSERT_TRUE(backend_->scrub());
  EXPECT_EQ(files_with("Ada-Lovelace-1815"), "");
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0U);
}

}  // namespace
}  // namespace keepsake
