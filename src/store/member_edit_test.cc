// Edits by member: the part that changes, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <unordered_map>

#include "keepsake/datum/box.h"
#include "src/store/purse_test_game.h"

namespace keepsake::test {

struct Sword {
  std::string id;
  std::int64_t edge = 1;
};
struct Rank {
  std::int64_t level = 1;
  std::int64_t most = 5;
};
struct Order {
  std::string name;
  Rank rank;
};
struct Knight {
  std::vector<Sword> swords;
  std::map<std::string, Rank> ranks;
  std::unordered_map<std::string, std::int64_t> debts;
  std::array<std::int64_t, 3> wins{};
  std::optional<Order> order;
  Box<Sword> shield;
  std::optional<std::vector<std::string>> songs;
  std::string motto;
  std::int64_t gold = 0;
};

}  // namespace keepsake::test

template <>
struct keepsake::Describe<keepsake::test::Rank> {
  static constexpr auto rules = std::tuple{together(
      "level at most `most`", [](const keepsake::test::Rank& r) { return r.level <= r.most; })};
};
template <>
struct keepsake::Describe<keepsake::test::Knight> {
  static constexpr auto rules =
      std::tuple{rule<&keepsake::test::Knight::gold>(at_least(0)),
                 rule<&keepsake::test::Knight::swords>(size_at_most(3)),
                 pattern<&keepsake::test::Knight::motto>("^[a-z ]*$"),
                 together("gold for each sword", [](const keepsake::test::Knight& k) {
                   return static_cast<std::int64_t>(k.swords.size()) <= k.gold;
                 })};
};

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;

Catalog<Knight> knights() {
  return CatalogBuilder<Knight>("Knights")
      .current("1")
      .new_profile([](WallTime) {
        Knight knight;
        knight.swords = {{.id = "old"}, {.id = "long"}};
        knight.ranks = {{"squire", {}}};
        knight.debts = {{"inn", 3}};
        knight.gold = 100;
        return knight;
      })
      .lock()
      .value();
}

class MemberEditTest : public testing::Test {
 protected:
  struct Court {
    explicit Court(Store& of) : store(of), knights(of, test::knights()) {}
    Store& store;
    Profiles<Knight> knights;
  };

  /// What a neighbour recovers of it after a crash.
  std::string recovered() {
    world_.server("a").crash();
    knight_ = load(world_, world_.server("b").make<Court>().knights, "k");
    return encode_json(knight_.data());
  }
  std::string now() const { return encode_json(knight_.data()); }

  explicit MemberEditTest(const StoreOptions& store = small_store()) : world_({.store = store}) {}

  World world_;
  Court& court_ = world_.server("a").make<Court>();
  Profile<Knight> knight_ = load(world_, court_.knights, "k");
};

TEST_F(MemberEditTest, ChangesTheMemberAndSurvivesACrash) {
  EXPECT_TRUE(knight_.edit<&Knight::gold>([](std::int64_t& gold) { gold += 7; }));
  EXPECT_EQ(knight_->gold, 107);
  EXPECT_EQ(knight_.edit_number(), 2U);
  const std::string before = now();
  EXPECT_EQ(recovered(), before);
}

TEST_F(MemberEditTest, JournalsAPatchOfWhatChanged) {
  const std::uint64_t bytes = court_.store.stats().journal_bytes;
  EXPECT_TRUE(knight_.edit<&Knight::gold>([](std::int64_t& gold) { gold = 5; }));
  EXPECT_EQ(court_.store.stats().journal_bytes - bytes,
            std::string_view(R"([{"op":"replace","path":"/gold","value":5}])").size());
}

TEST_F(MemberEditTest, GivesBackWhatTheGamesFunctionReturned) {
  const Result<std::string> taken =
      knight_.edit<&Knight::swords>([](std::vector<Sword>& swords) -> Result<std::string> {
        std::string id = swords.back().id;
        swords.pop_back();
        return id;
      });
  EXPECT_EQ(*taken, "long");
  EXPECT_EQ(knight_->swords.size(), 1U);
}

TEST_F(MemberEditTest, EveryKindOfChangeSurvivesACrash) {
  EXPECT_TRUE(knight_.edit<&Knight::order>([](auto& order) { order.emplace().name = "garter"; }));
  EXPECT_TRUE((knight_.edit<&Knight::order, &Order::rank, &Rank::level>([](auto& n) { n = 4; })));
  EXPECT_TRUE(knight_.edit<&Knight::shield>([](auto& shield) { shield.emplace().id = "oak"; }));
  EXPECT_TRUE((knight_.edit<&Knight::shield, &Sword::edge>([](auto& edge) { edge = 0; })));
  EXPECT_TRUE(knight_.edit_at<&Knight::swords>(1, [](Sword& sword) { sword.edge = 9; }));
  EXPECT_TRUE(knight_.edit_at<&Knight::wins>(2, [](std::int64_t& wins) { ++wins; }));
  EXPECT_TRUE(knight_.edit_at<&Knight::ranks>("squire", [](Rank& rank) { rank.level = 2; }));
  EXPECT_TRUE(knight_.push_back<&Knight::swords>({.id = "new", .edge = 3}));
  EXPECT_TRUE(knight_.erase_at<&Knight::swords>(0));
  EXPECT_TRUE(knight_.insert_or_assign<&Knight::debts>("a/~b\"", 12));
  EXPECT_TRUE(knight_.insert_or_assign<&Knight::debts>("smith", 8));
  EXPECT_TRUE(knight_.erase_at<&Knight::debts>("inn"));
  EXPECT_TRUE(knight_.edit<&Knight::songs>([](auto& songs) { songs.emplace(); }));
  EXPECT_TRUE(knight_.push_back<&Knight::songs>("of old"));
  EXPECT_TRUE(knight_.edit<&Knight::shield>([](auto& shield) { shield.reset(); }));
  EXPECT_TRUE(knight_.edit<&Knight::shield>([](auto& shield) { shield.reset(); }));
  EXPECT_EQ(
      now(),
      R"({"swords":[{"id":"long","edge":9},{"id":"new","edge":3}],)"
      R"("ranks":{"squire":{"level":2,"most":5}},"debts":{"a/~b\"":12,"smith":8},"wins":[0,0,1],)"
      R"("order":{"name":"garter","rank":{"level":4,"most":5}},"songs":["of old"],)"
      R"("motto":"","gold":100})");
  const std::string before = now();
  EXPECT_EQ(recovered(), before);
  EXPECT_EQ(knight_.edit_number(), 17U);
}

TEST_F(MemberEditTest, SavesStandBetweenPatches) {
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(knight_.edit<&Knight::gold>([](std::int64_t& gold) { ++gold; }));
    EXPECT_TRUE(i % 7 != 0 || commit(world_, knight_));
    EXPECT_TRUE(i % 9 != 0 || knight_.edit([](Knight& k) { k.motto += "x"; }));
  }
  const std::string before = now();
  EXPECT_EQ(recovered(), before);
}

StoreOptions small_journal() {
  StoreOptions options = small_store();
  options.journal.segment_bytes = 64U << 10;
  options.journal.max_bytes = 512U << 10;
  return options;
}

class CompactedMemberEdits : public MemberEditTest {
 protected:
  CompactedMemberEdits() : MemberEditTest(small_journal()) {}
};

TEST_F(CompactedMemberEdits, GoOnFromTheImageThere) {
  EXPECT_TRUE(knight_.edit<&Knight::songs>([](auto& songs) { songs.emplace(1); }));
  world_.outage(11s);  // nothing is saved, so the journal has to keep it all
  for (int i = 0; i < 500; ++i) {
    EXPECT_TRUE(knight_.edit_at<&Knight::songs>(
        0, [&](std::string& song) { song.assign(4000, static_cast<char>('a' + i % 26)); }));
    EXPECT_TRUE(knight_.edit<&Knight::gold>([](std::int64_t& gold) { ++gold; }));
    world_.advance(20ms);
  }
  EXPECT_GT(court_.store.stats().journal_bytes, 2 * small_journal().journal.max_bytes);
  const std::string before = now();
  EXPECT_EQ(recovered(), before);
}

/// Neither the data nor the journal is any different.
class RefusedMemberEdit : public MemberEditTest {
 protected:
  void expect_refused(const Result<void>& told, ErrorCode code, std::string_view path) {
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code(), code) << told.error().text();
    EXPECT_EQ(told.error().path(), path);
    EXPECT_EQ(told.error().key(), "k");
    EXPECT_EQ(now(), before_);
    EXPECT_EQ(knight_.edit_number(), 1U);
    EXPECT_EQ(court_.store.stats().journal_records, 1U);
  }
  const std::string before_ = now();
};

TEST_F(RefusedMemberEdit, ByTheGamesFunction) {
  expect_refused(knight_.edit<&Knight::gold>([](std::int64_t& gold) -> Result<void> {
    gold = 0;
    return refuse("closed");
  }),
                 ErrorCode::refused, "");
  expect_refused(knight_.edit_at<&Knight::swords>(0,
                                                  [](Sword& sword) {
                                                    sword.edge = 0;
                                                    throw std::runtime_error("blunt");
                                                  }),
                 ErrorCode::callback_threw, "");
}

TEST_F(RefusedMemberEdit, ByTheMembersOwnRules) {
  expect_refused(knight_.edit<&Knight::gold>([](auto& gold) { gold = -1; }),
                 ErrorCode::invalid_data, "/gold");
  expect_refused(knight_.edit<&Knight::motto>([](auto& motto) { motto = "No"; }),
                 ErrorCode::invalid_data, "/motto");
  expect_refused(knight_.edit_at<&Knight::swords>(1, [](auto& sword) { sword.id = "\xff"; }),
                 ErrorCode::invalid_data, "/swords/1/id");
  expect_refused(knight_.edit_at<&Knight::ranks>("squire", [](auto& rank) { rank.level = 6; }),
                 ErrorCode::invalid_data, "/ranks/squire");
  expect_refused(knight_.insert_or_assign<&Knight::debts>("\xff", 1), ErrorCode::invalid_data,
                 "/debts");
  expect_refused(knight_.insert_or_assign<&Knight::ranks>("squire", {.level = 7}),
                 ErrorCode::invalid_data, "/ranks/squire");
  expect_refused(knight_.push_back<&Knight::swords>({.id = "\xff"}), ErrorCode::invalid_data,
                 "/swords/2/id");
}

TEST_F(RefusedMemberEdit, ByTheListsLimits) {
  EXPECT_TRUE(knight_.push_back<&Knight::swords>({.id = "third"}));
  const Result<void> fourth = knight_.push_back<&Knight::swords>({.id = "fourth"});
  EXPECT_EQ(fourth.error().path(), "/swords");
  EXPECT_EQ(knight_->swords.size(), 3U);
}

TEST_F(RefusedMemberEdit, ByARuleOverSeveralMembersOfAStructThatHoldsIt) {
  expect_refused(knight_.edit<&Knight::gold>([](auto& gold) { gold = 1; }), ErrorCode::invalid_data,
                 "");
  EXPECT_TRUE(knight_.edit<&Knight::order>([](auto& order) { order.emplace(); }));
  const Result<void> told =
      knight_.edit<&Knight::order, &Order::rank, &Rank::most>([](auto& most) { most = 0; });
  EXPECT_EQ(told.error().text(),
            "invalid_data: Knights/k at /order/rank: expected level at most `most`, found another "
            "object");
  EXPECT_EQ(knight_->order->rank.most, 5);
}

TEST_F(RefusedMemberEdit, WhereThereIsNoSuchMember) {
  expect_refused(knight_.edit<&Knight::order, &Order::name>([](auto& name) { name = "x"; }),
                 ErrorCode::not_found, "/order");
  expect_refused(knight_.push_back<&Knight::songs>("x"), ErrorCode::not_found, "/songs");
  expect_refused(knight_.edit_at<&Knight::swords>(2, [](Sword&) {}), ErrorCode::not_found,
                 "/swords/2");
  expect_refused(knight_.erase_at<&Knight::swords>(-1), ErrorCode::not_found,
                 "/swords/18446744073709551615");
  expect_refused(knight_.erase_at<&Knight::debts>("king"), ErrorCode::not_found, "/debts/king");
  expect_refused(knight_.edit_at<&Knight::wins>(3, [](auto&) {}), ErrorCode::not_found, "/wins/3");
  EXPECT_EQ(knight_.erase_at<&Knight::swords>(2).error().text(),
            "not_found: Knights/k at /swords/2: an edit of a member that is not there: expected an "
            "index below 2, found 2");
}

TEST_F(RefusedMemberEdit, InsideOfAnEditOfTheSameProfile) {
  Result<void> inner;
  EXPECT_TRUE(knight_.edit<&Knight::gold>([&](auto& gold) {
    inner = knight_.edit<&Knight::motto>([](auto& motto) { motto = "x"; });
    ++gold;
  }));
  EXPECT_EQ(inner.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(knight_->motto, "");
}

StoreOptions large_journal() {
  StoreOptions options = small_store();
  options.journal.ring_bytes = 16U << 20;
  return options;
}

class LargeMemberEdits : public MemberEditTest {
 protected:
  LargeMemberEdits() : MemberEditTest(large_journal()) {}
};

TEST_F(LargeMemberEdits, AreRefusedWhereTheDataGrowsTooLarge) {
  EXPECT_TRUE(knight_.edit<&Knight::songs>([](auto& songs) { songs.emplace(); }));
  const std::string mebibyte(1UL << 20, 'x');
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(knight_.push_back<&Knight::songs>(mebibyte));
  EXPECT_EQ(knight_.push_back<&Knight::songs>(mebibyte).error().code(), ErrorCode::limit_exceeded);
  EXPECT_EQ(knight_->songs->size(), 3U);
  // What is put in place of something else is counted with it only until it gets near.
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(knight_.edit_at<&Knight::songs>(0, [](std::string& song) { song[0] = 'y'; }));
  }
}

TEST_F(MemberEditTest, AfterTheEndAnswersThatItEnded) {
  knight_.end();
  EXPECT_EQ(knight_.erase_at<&Knight::swords>(0).error().code(), ErrorCode::session_ending);
  world_.advance(1s);
  EXPECT_EQ(knight_.erase_at<&Knight::swords>(0).error().code(), ErrorCode::not_owner);
}

}  // namespace
}  // namespace keepsake::test
