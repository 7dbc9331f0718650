// Outside effects: held until what they follow from is durable, or told why it never will be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EffectsTest : public testing::Test {
 protected:
  /// Writes down what the effect is told: "x done", "x tie_lost".
  DurableCallback effect(const std::string& name) {
    return [this, name](const Result<std::uint64_t>& durable) {
      told_.push_back(name + " " +
                      (durable ? "done" : std::string(keepsake::name(durable.error().code()))));
      if (durable) stored_then_ = stored_gold(world_, "p");
    };
  }

  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, game_.purses, "p");
  std::vector<std::string> told_;
  std::int64_t stored_then_ = 0;
};

TEST_F(EffectsTest, AnEffectRunsWhenTheEditBeforeItIsDurable) {
  ASSERT_TRUE(give(p_, 1));
  p_.when_durable(effect("x"));
  world_.advance(100ms);
  EXPECT_THAT(told_, IsEmpty()) << "it asks for no save of its own";
  world_.advance(6s);
  EXPECT_THAT(told_, ElementsAre("x done"));
  EXPECT_EQ(stored_then_, 101);
}

TEST_F(EffectsTest, WhereNothingIsUnsavedItRunsInTheNextPump) {
  EXPECT_TRUE(commit(world_, p_));
  p_.when_durable(effect("x"));
  EXPECT_THAT(told_, IsEmpty());
  world_.advance(20ms);
  EXPECT_THAT(told_, ElementsAre("x done"));
}

TEST_F(EffectsTest, InsideOfAnEditItGoesWithThatEdit) {
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_FALSE(p_.edit([&](Purse&) -> Result<void> {
    p_.when_durable(effect("of a refused one"));
    return refuse("no");
  }));
  EXPECT_FALSE(p_.edit([&](Purse& data) {
    p_.when_durable(effect("of an invalid one"));
    data.gold = -1;
  }));
  ASSERT_TRUE(p_.edit([&](Purse& data) {
    p_.when_durable(effect("x"));
    data.gold = 7;
  }));
  world_.advance(20ms);
  EXPECT_THAT(told_, ElementsAre("of a refused one refused", "of an invalid one invalid_data"));
  told_.clear();
  EXPECT_TRUE(commit(world_, p_));
  world_.advance(20ms);
  EXPECT_THAT(told_, ElementsAre("x done"));
  EXPECT_EQ(stored_then_, 7);
}

TEST_F(EffectsTest, InsideOfOtherWaysToEditToo) {
  EXPECT_TRUE(commit(world_, p_));
  Profile<Guild> g = load(world_, game_.guilds, "g");
  ASSERT_TRUE(p_.edit<&Purse::gold>([&](std::int64_t& gold) {
    p_.when_durable(effect("member"));
    ++gold;
  }));
  EXPECT_FALSE(p_.edit<&Purse::gold>([&](std::int64_t& gold) {
    p_.when_durable(effect("bad member"));
    gold = -1;
  }));
  ASSERT_TRUE(p_.touch([&](Purse& data) {
    p_.when_durable(effect("touch"));
    ++data.gold;
  }));
  ASSERT_TRUE(game_.store.transact(tie(p_, g), [&](Purse& purse, Guild& guild) {
    p_.when_durable(effect("transaction"));
    --purse.gold;
    ++guild.vault;
  }));
  EXPECT_FALSE(game_.store.transact(tie(p_, g), [&](Purse&, Guild&) -> Result<void> {
    g.when_durable(effect("refused transaction"));
    return refuse("no");
  }));
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("bad member invalid_data", "refused transaction refused",
                                 "member done", "touch done", "transaction done"));
}

TEST_F(EffectsTest, AnOutageHoldsItForAsLongAsItLasts) {
  ASSERT_TRUE(give(p_, 1));
  p_.when_durable(effect("x"));
  world_.outage(8s);
  world_.advance(8s);
  EXPECT_THAT(told_, IsEmpty());
  world_.advance(20s);
  EXPECT_THAT(told_, ElementsAre("x done"));
}

TEST_F(EffectsTest, ALostSessionDropsIt) {
  ASSERT_TRUE(give(p_, 1));
  p_.when_durable(effect("x"));
  world_.server("a").freeze();
  EXPECT_EQ(load(world_, play_on(world_, "b", "far").purses, "p")->gold, 100);
  world_.server("a").thaw();
  world_.advance(5s);
  EXPECT_THAT(told_, ElementsAre("x session_lost"));
}

TEST_F(EffectsTest, AFallenTieDropsIt) {
  World world({.request = {40ms, 40ms}, .reply = {40ms, 40ms}});
  Game& game = play(world, "a");
  Profile<Purse> p = load(world, game.purses, "p");
  Profile<Guild> g = load(world, game.guilds, "g");
  EXPECT_TRUE(commit(world, p));
  EXPECT_TRUE(commit(world, g));
  const Envelope row = stored(world, "g", "Guilds")->envelope;
  ASSERT_TRUE(world.database().withdraw(
      {.key = g.key(), .self = *row.owner, .session = row.session, .ask = {}}));
  std::vector<std::string> told;
  ASSERT_TRUE(donate(game.store, p, g, 40));
  p.when_durable([&](const Result<std::uint64_t>& done) { told.push_back(done.error().text()); });
  world.advance(3s);
  EXPECT_EQ(p->gold, 100);
  EXPECT_THAT(told, ElementsAre("tie_lost: Purses/p: a transaction fell, and this change with it"));
}

TEST_F(EffectsTest, AShutdownThatCannotSaveSaysSo) {
  ASSERT_TRUE(give(p_, 1));
  p_.when_durable(effect("x"));
  world_.outage(1h);
  game_.store.begin_shutdown(2s);
  EXPECT_TRUE(world_.advance_until([&] { return game_.store.shutdown_report().finished; }));
  EXPECT_THAT(told_, ElementsAre("x shutting_down"));
}

TEST_F(EffectsTest, OfAnEndedSessionItIsRefused) {
  EXPECT_TRUE(end(world_, p_));
  p_.when_durable(effect("x"));
  world_.advance(20ms);
  EXPECT_THAT(told_, ElementsAre("x not_owner"));
}

TEST_F(EffectsTest, TheLastSaveRunsIt) {
  ASSERT_TRUE(give(p_, 1));
  p_.when_durable(effect("x"));
  EXPECT_TRUE(end(world_, p_));
  EXPECT_THAT(told_, ElementsAre("x done"));
}

}  // namespace
}  // namespace keepsake::test
