// Tags: what can be read of a profile without its data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "keepsake/backend/limits.h"
#include "keepsake/datum/value.h"
#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::HasSubstr;

Value level(std::int64_t number) { return Value::object({{"level", number}, {"vip", true}}); }

class TagsTest : public testing::Test {
 protected:
  /// What a server after a crash finds; nothing was saved since the last commit.
  ProfileInfo recovered(std::string_view key = "p") {
    world_.server("a").crash();
    return load(world_, play(world_, "b").purses, key).info();
  }
  std::string stored_tags(std::string_view key = "p") { return stored(world_, key)->envelope.tags; }
  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, game_.purses, "p");
};

TEST_F(TagsTest, AreKnownAtOnceAndStoredWithTheNextSave) {
  EXPECT_EQ(p_.info().tags, "");
  ASSERT_TRUE(p_.set_tags(level(12)));
  EXPECT_EQ(p_.info().tags, R"({"level":12,"vip":true})");
  EXPECT_EQ(stored_tags(), "");
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_EQ(stored_tags(), R"({"level":12,"vip":true})");
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  const ListPage page = world_.database().list("Purses", "", 10).value();
  EXPECT_EQ(page.records.front().envelope.tags, R"({"level":12,"vip":true})");
}

TEST_F(TagsTest, AreSavedByThemselves) {
  EXPECT_TRUE(commit(world_, p_));
  ASSERT_TRUE(p_.set_tags(level(1)));
  world_.advance(6s);
  EXPECT_EQ(stored_tags(), R"({"level":1,"vip":true})");
  const std::uint64_t edits = p_.edit_number();
  ASSERT_TRUE(p_.set_tags(level(1)));
  EXPECT_EQ(p_.edit_number(), edits) << "the same tags are no edit";
  ASSERT_TRUE(p_.set_tags(Value::object()));
  world_.advance(6s);
  EXPECT_EQ(stored_tags(), "");
  EXPECT_EQ(p_.durable_edit_number(), edits + 1);
}

TEST_F(TagsTest, SetDuringASaveAreStoredByTheNextOne) {
  ASSERT_TRUE(p_.set_tags(level(1)));
  p_.commit();
  ASSERT_TRUE(p_.set_tags(level(2)));
  world_.advance(100ms);
  EXPECT_EQ(stored_tags(), R"({"level":1,"vip":true})");
  EXPECT_EQ(p_.info().tags, R"({"level":2,"vip":true})");
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_EQ(stored_tags(), R"({"level":2,"vip":true})");
}

TEST_F(TagsTest, SurviveACrashWithWhatWasEditedAroundThem) {
  ASSERT_TRUE(p_.set_tags(level(1)));
  ASSERT_TRUE(p_.push_back<&Purse::things>("axe"));
  ASSERT_TRUE(p_.set_tags(level(2)));
  ASSERT_TRUE(p_.push_back<&Purse::things>("bow"));
  ASSERT_TRUE(p_.touch([](Purse& purse) { purse.gold = 7; }));
  ASSERT_TRUE(p_.set_tags(level(3)));
  world_.advance(17ms);
  EXPECT_EQ(recovered().tags, R"({"level":3,"vip":true})");
  EXPECT_EQ(stored(world_, "p")->payload, R"({"version":"2","gold":7,"things":["axe","bow"]})");
}

TEST_F(TagsTest, AsTheFirstChangeOfASessionSurviveACrash) {
  EXPECT_TRUE(end(world_, p_));
  p_ = load(world_, game_.purses, "p");
  ASSERT_TRUE(p_.set_tags(level(4)));
  ASSERT_TRUE(p_.edit<&Purse::gold>([](std::int64_t& gold) { gold = 8; }));
  EXPECT_EQ(recovered().tags, R"({"level":4,"vip":true})");
  EXPECT_EQ(stored_gold(world_, "p"), 8);
}

TEST_F(TagsTest, AloneSurviveACrashBehindASave) {
  ASSERT_TRUE(give(p_, 1));
  EXPECT_TRUE(commit(world_, p_));
  ASSERT_TRUE(p_.set_tags(level(5)));
  EXPECT_EQ(recovered().tags, R"({"level":5,"vip":true})");
  EXPECT_EQ(stored_gold(world_, "p"), 101);
}

TEST_F(TagsTest, MayBeSetByHooksAndEditsWhateverBecomesOfThose) {
  game_.on_last_save = [](Profile<Purse> p, Purse&, EndReason) {
    EXPECT_TRUE(p.set_tags(level(9)));
  };
  EXPECT_FALSE(p_.edit([&](Purse& purse) -> Result<void> {
    purse.gold = 1;
    EXPECT_TRUE(p_.set_tags(level(6)));
    return refuse("closed");
  }));
  EXPECT_EQ(p_.info().tags, R"({"level":6,"vip":true})");
  ASSERT_TRUE(p_.edit([&](Purse& purse) {
    purse.gold = 2;
    EXPECT_TRUE(p_.set_tags(level(7)));
  }));
  ASSERT_TRUE(p_.touch([&](Purse& purse) {
    purse.gold = 3;
    EXPECT_TRUE(p_.set_tags(level(8)));
    purse.gold = 4;
  }));
  EXPECT_EQ(p_.info().tags, R"({"level":8,"vip":true})");
  EXPECT_TRUE(end(world_, p_));
  EXPECT_EQ(stored_tags(), R"({"level":9,"vip":true})");
  EXPECT_EQ(stored_gold(world_, "p"), 4);
}

TEST_F(TagsTest, GoBackWithATieThatFalls) {
  ASSERT_TRUE(p_.set_tags(level(1)));
  EXPECT_TRUE(commit(world_, p_));
  Profile<Guild> guild = load(world_, game_.guilds, "g");
  EXPECT_TRUE(commit(world_, guild));
  Group thief{.token = Id128::random(world_.random()), .self = game_.store.self()};
  MemberCommit& member = thief.members.emplace_back();
  const Envelope row = stored(world_, "g", "Guilds")->envelope;
  member.key = {"Guilds", "g"};
  member.fence = {world_.database().info()->generation, row.session, row.epoch, row.revision};
  EXPECT_TRUE(world_.database().commit({thief}));
  ASSERT_TRUE(p_.set_tags(level(2)));
  ASSERT_TRUE(donate(game_.store, p_, guild, 40));
  EXPECT_TRUE(world_.advance_until([&] { return !guild && p_->gold == 100; }, 5s));
  EXPECT_EQ(p_.info().tags, R"({"level":1,"vip":true})");
  EXPECT_EQ(recovered().tags, R"({"level":1,"vip":true})");
}

TEST_F(TagsTest, StayThroughACompactionOfTheJournal) {
  StoreOptions options = small_store();
  options.journal.segment_bytes = 64U << 10;
  options.journal.max_bytes = 512U << 10;
  Game& c = world_.start("c", options).make<Game>();
  Profile<Purse> q = load(world_, c.purses, "q");
  EXPECT_TRUE(commit(world_, q));
  ASSERT_TRUE(q.set_tags(level(1)));
  world_.outage(11s);
  const std::string large(4000, 'x');
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(q.edit([&](Purse& purse) { purse.things = {large + std::to_string(i)}; })) << i;
    world_.advance(20ms);
  }
  EXPECT_GT(c.store.stats().journal_bytes, 2 * options.journal.max_bytes);
  world_.server("c").crash();
  EXPECT_EQ(load(world_, game_.purses, "q").info().tags, R"({"level":1,"vip":true})");
}

TEST_F(TagsTest, AreTextsNumbersAndBooleansAndSmall) {
  const std::uint64_t edits = p_.edit_number();
  const auto refused = [&](const Value& tags) {
    const Result<void> told = p_.set_tags(tags);
    EXPECT_EQ(p_.edit_number(), edits);
    return told ? "" : told.error().text();
  };
  EXPECT_EQ(refused(Value::array()),
            "invalid_argument: Purses/p: tags can't be that: expected an object, found array");
  EXPECT_EQ(refused(Value::object({{"a/b", Value::object()}})),
            "invalid_argument: Purses/p at /a~1b: tags can't be that: expected a text, a finite "
            "number or a boolean, found object");
  EXPECT_THAT(refused(Value::object({{"n", std::numeric_limits<double>::infinity()}})),
              HasSubstr("found number"));
  EXPECT_THAT(refused(Value::object({{"n", nullptr}})), HasSubstr("found null"));
  EXPECT_EQ(refused(Value::object({{"t", std::string(kMaxTagsBytes, 'x')}})),
            "limit_exceeded: Purses/p: the profile's tags are too large: expected at most 1024 "
            "bytes, found 1032 bytes");
  ASSERT_TRUE(p_.set_tags(Value::object({{"t", std::string(kMaxTagsBytes - 8, 'x')}})));
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_TRUE(end(world_, p_));
  EXPECT_EQ(p_.set_tags(level(1)).error().code(), ErrorCode::not_owner);
}

}  // namespace
}  // namespace keepsake::test
