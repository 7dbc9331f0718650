// Saves as one connection makes them, seen from another: what it remembers of rows is only a guess,
// and what it holds back of the log is on the disk before anyone looks.
#include "backends/contract/test_game.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

class SqliteSaves : public testing::Test {
 protected:
  GroupAnswer commit(const Group& group) { return here_->commit({group}).value().at(0); }
  Group next_save(const std::string& payload) {
    return game_.saving(key_, game_.row(key_), payload);
  }
  [[nodiscard]] std::string stored() const {
    return elsewhere_->read({key_}).value().at(0)->payload;
  }

  const TestFolder folder_;
  const std::unique_ptr<Backend> here_ = open_sqlite(folder_.file("players.db"), {}).value();
  const std::unique_ptr<Backend> elsewhere_ = open_sqlite(folder_.file("players.db"), {}).value();
  const ProfileKey key_{"S", "k"};
  TestGame game_{*here_, "a", 1};
};

TEST_F(SqliteSaves, AreRefusedWhereTheRowWasChangedElsewhere) {
  game_.take(key_);
  EXPECT_EQ(game_.save(key_, "1"), "applied");
  const Group late = next_save("late");
  const Group other = next_save("2");
  EXPECT_TRUE(std::holds_alternative<Applied>(elsewhere_->commit({other}).value().at(0)));

  const GroupAnswer answer = commit(late);
  ASSERT_TRUE(std::holds_alternative<FenceRefused>(answer));
  EXPECT_EQ(std::get<FenceRefused>(answer).row->revision, late.members[0].fence.revision + 1);
  EXPECT_EQ(stored(), "2");
  EXPECT_EQ(game_.save(key_, "3"), "applied") << "by the row as it stands now";
  EXPECT_EQ(stored(), "3");
}

TEST_F(SqliteSaves, AreRefusedUnderEachPartOfAFenceThatDoesNotFit) {
  game_.take(key_);
  EXPECT_EQ(game_.save(key_, "1"), "applied");
  const auto refused = [&](auto change) {
    Group group = next_save("no");
    change(group, group.members[0].fence);
    return std::holds_alternative<FenceRefused>(commit(group));
  };
  EXPECT_TRUE(refused([](Group&, Fence& fence) { ++fence.revision; }));
  EXPECT_TRUE(refused([](Group&, Fence& fence) { ++fence.epoch; }));
  EXPECT_TRUE(refused([](Group&, Fence& fence) { ++fence.session.low; }));
  EXPECT_TRUE(refused([](Group& group, Fence&) { ++group.self.incarnation; }));
  EXPECT_TRUE(refused([](Group& group, Fence&) { group.self.server.text = "b"; }));
  EXPECT_EQ(stored(), "1");
  EXPECT_EQ(game_.save(key_, "2"), "applied");
}

TEST_F(SqliteSaves, ThatAreSentAgainAreFoundByTheirTokenAndStoredOnce) {
  game_.take(key_);
  EXPECT_EQ(game_.save(key_, "1"), "applied");
  const Group group = next_save("2");
  for (const bool again : {false, true}) {
    const GroupAnswer answer = commit(group);
    ASSERT_TRUE(std::holds_alternative<Applied>(answer));
    EXPECT_EQ(std::get<Applied>(answer).resent, again);
    EXPECT_EQ(std::get<Applied>(answer).members.at(0).revision,
              group.members[0].fence.revision + 1);
  }
  EXPECT_EQ(game_.row(key_).revision, group.members[0].fence.revision + 1);
}

TEST_F(SqliteSaves, OfARemovedAndRemadeProfileAreNotTakenForTheOldOnes) {
  game_.take(key_);
  EXPECT_EQ(game_.save(key_, "1"), "applied");
  const Group late = next_save("late");
  Group removing = next_save("");
  removing.members[0].data.reset();
  removing.members[0].after = After::remove;
  EXPECT_TRUE(std::holds_alternative<Applied>(elsewhere_->commit({removing}).value().at(0)));
  const ProfileKey other{"S", "another"};  // gets the row's number
  game_.take(other);
  EXPECT_EQ(game_.save(other, "other"), "applied");

  const GroupAnswer answer = commit(late);
  ASSERT_TRUE(std::holds_alternative<FenceRefused>(answer));
  EXPECT_FALSE(std::get<FenceRefused>(answer).row.has_value());
  EXPECT_EQ(elsewhere_->read({other}).value().at(0)->payload, "other");
}

TEST_F(SqliteSaves, OfAnySizeAreReadElsewhereAsSoonAsTheyAreDurable) {
  game_.take(key_);
  ContractRandom random(7);
  constexpr std::size_t kLargest = 600'000;
  for (int i = 0; i < 60; ++i) {
    const std::string payload(random.next() % kLargest, static_cast<char>('a' + i % 26));
    ASSERT_EQ(game_.save(key_, payload), "applied") << payload.size();
    ASSERT_EQ(stored(), payload);
  }
}

}  // namespace
}  // namespace keepsake
