// Saves: when, of what, and who is told. Purchases that count once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SaveTest : public testing::Test {
 protected:
  SaveTest() {
    world_.on_call([this](const World::Server&, const CallInfo& call) -> Injection {
      if (call.groups == nullptr) return {};
      for (const Group& group : *call.groups) {
        for (const MemberCommit& member : group.members) {
          sent_.push_back(member.key.key + (member.data ? "" : " without data"));
        }
      }
      return {};
    });
  }
  World world_;
  std::vector<std::string> sent_;  ///< keys of all that was sent to be committed
  Game& game_ = play(world_, "a");
};

TEST_F(SaveTest, AnEditIsSavedWithinFiveSecondsAndOnlyWhatChanged) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  Profile<Purse> q = load(world_, game_.purses, "q");
  world_.advance(10s);
  for (int round = 0; round < 20; ++round) {
    sent_.clear();
    ASSERT_TRUE(give(p, 1));
    world_.advance(5s);
    EXPECT_EQ(stored_gold(world_, "p"), 101 + round);
    EXPECT_THAT(sent_, ElementsAre("p"));
  }
  EXPECT_EQ(q.durable_edit_number(), 1U);
}

TEST_F(SaveTest, AnEditDuringASaveIsSavedWithinFiveSecondsToo) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(give(p, 1));
    const std::int64_t gold = p->gold;
    world_.at(world_.clock().now() + 5s,
              [this, gold] { EXPECT_GE(stored_gold(world_, "p"), gold); });
    world_.advance(50ms);
  }
  world_.advance(5s);
}

TEST_F(SaveTest, NothingIsSavedThatDidNotChange) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_TRUE(commit(world_, p));
  sent_.clear();
  EXPECT_EQ(*commit(world_, p), 1U) << "it is durable already";
  world_.advance(20s);
  EXPECT_THAT(sent_, IsEmpty());
}

TEST_F(SaveTest, CommitTellsTheRevisionOnceItIsDurable) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(*commit(world_, p), 1U);
  ASSERT_TRUE(give(p, 1));
  EXPECT_EQ(*commit(world_, p), 2U);
  EXPECT_EQ(p.durable_revision(), 2U);
  EXPECT_EQ(p.durable_edit_number(), p.edit_number());
  EXPECT_EQ(stored(world_, "p")->envelope.revision, 2U);
}

TEST_F(SaveTest, CommitsDuringASaveAreToldOfTheirOwn) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  std::vector<std::uint64_t> durable;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(give(p, 1));
    p.commit([&](Result<std::uint64_t> revision) { durable.push_back(*revision); });
  }
  world_.advance(1s);
  EXPECT_THAT(durable, ElementsAre(1, 2, 2)) << "one is under way, the next carries the rest";
}

TEST_F(SaveTest, SeveralCollectionsShareOneLeaseAndOnePump) {
  Profile<Purse> p = load(world_, game_.purses, "same");
  Profile<Guild> g = load(world_, game_.guilds, "same");
  EXPECT_EQ(p.info().owner, g.info().owner);
  ASSERT_TRUE(g.edit([](Guild& guild) { guild.vault = 3; }));
  EXPECT_TRUE(commit(world_, g));
  EXPECT_EQ(stored_vault(world_, "same"), 3);
  EXPECT_EQ(p->gold, 100);
}

TEST_F(SaveTest, OnSaveMayChangeTheData) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  game_.on_save = [](Profile<Purse>, Purse& data) { data.things = {"saved"}; };
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_THAT(p->things, ElementsAre("saved"));
  EXPECT_EQ(stored(world_, "p")->payload, R"({"version":"2","gold":101,"things":["saved"]})");
  const std::uint64_t edits = p.edit_number();
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_EQ(p.edit_number(), edits + 1) << "a hook that changes nothing is no edit";
}

TEST_F(SaveTest, WhatOnSaveSpoilsIsReportedAndUndone) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  game_.on_save = [](Profile<Purse>, Purse& data) { data.gold = -1; };
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_THAT(game_.told, ElementsAre("p error invalid_data"));
  game_.on_save = [](Profile<Purse>, Purse& data) {
    data.gold = 5;
    throw std::runtime_error("hook");
  };
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_EQ(stored_gold(world_, "p"), 102);
  EXPECT_EQ(game_.told.back(), "p error callback_threw");
}

TEST_F(SaveTest, OnLastSaveRunsAsAnEditOnceForEachEnd) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  std::vector<EndReason> reasons;
  game_.on_last_save = [&](Profile<Purse> profile, Purse& data, EndReason why) {
    EXPECT_EQ(profile.state(), ProfileState::active);
    data.gold += 1000;
    reasons.push_back(why);
  };
  p.end();
  p.end();
  EXPECT_TRUE(end(world_, p));
  EXPECT_THAT(reasons, ElementsAre(EndReason::released));
  EXPECT_EQ(stored_gold(world_, "p"), 1100);
  EXPECT_THAT(game_.told, ElementsAre("p ended released"));
}

TEST_F(SaveTest, ALastSaveThatChangesNothingWritesNoData) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_TRUE(commit(world_, p));
  game_.on_last_save = [](Profile<Purse>, Purse&, EndReason) {};
  sent_.clear();
  EXPECT_TRUE(end(world_, p));
  EXPECT_THAT(sent_, ElementsAre("p without data"));
}

TEST_F(SaveTest, WhatOnLastSaveSpoilsIsUndoneAndTheSessionEnds) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  game_.on_last_save = [](Profile<Purse>, Purse& data, EndReason) { data.gold = -5; };
  game_.on_save = [](Profile<Purse>, Purse& data) { data.things = {"kept"}; };
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(end(world_, p));
  EXPECT_EQ(stored(world_, "p")->payload, R"({"version":"2","gold":101,"things":["kept"]})");
  EXPECT_THAT(game_.told, ElementsAre("p error invalid_data", "p ended released"));
}

TEST_F(SaveTest, HooksMayCommitTransactAndEnd) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  Profile<Purse> q = load(world_, game_.purses, "q");
  Profile<Guild> g = load(world_, game_.guilds, "g");
  world_.advance(6s);
  game_.on_save = [&](Profile<Purse> profile, Purse&) {
    profile.commit();
    if (profile == p) (void)donate(game_.store, q, g, 1);
    if (profile == q) (void)donate(game_.store, p, g, 1);
  };
  game_.on_last_save = [&](Profile<Purse> profile, Purse& data, EndReason) {
    data.things = {"last"};
    profile.end();
  };
  ASSERT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_TRUE(end(world_, p));
  EXPECT_TRUE(end(world_, q));
  world_.advance(6s);
  EXPECT_EQ(stored_gold(world_, "p") + stored_gold(world_, "q") + stored_vault(world_, "g"), 201);
  EXPECT_THAT(game_.told, ElementsAre("p ended released", "q ended released"));
}

TEST_F(SaveTest, UnknownFieldsAreKeptThroughEditAndSave) {
  put(world_, "p", R"({"version":"2","gold":1,"things":[],"pets":[{"name":"Rex"}]})");
  Profile<Purse> p = load(world_, game_.purses, "p");
  ASSERT_TRUE(p.edit([](Purse& data) { data.things = {"leash"}; }));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_EQ(stored(world_, "p")->payload,
            R"({"version":"2","gold":1,"things":["leash"],"pets":[{"name":"Rex"}]})");
}

class OnceTest : public SaveTest {
 protected:
  Result<std::uint64_t> buy(Profile<Purse> p, std::string_view receipt, OnceOptions options = {}) {
    return wait_for<std::uint64_t>(world_, [&](auto done) {
      p.once(receipt, [](Purse& data) { data.gold += 500; }, std::move(done), options);
    });
  }
};

TEST_F(OnceTest, AppliesAPurchaseOneTime) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(*buy(p, "r1"), 1U);
  EXPECT_EQ(p->gold, 600);
  EXPECT_EQ(stored_gold(world_, "p"), 600) << "it is durable when the game is told";
  EXPECT_TRUE(buy(p, "r1"));
  EXPECT_EQ(p->gold, 600);
  EXPECT_TRUE(buy(p, "r2"));
  EXPECT_EQ(p->gold, 1100);
}

TEST_F(OnceTest, ASecondCallUnderWayJoinsTheFirst) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  std::vector<bool> told;
  for (int i = 0; i < 3; ++i) {
    p.once(
        "r", [](Purse& data) { data.gold += 500; },
        [&](Result<std::uint64_t> done) { told.push_back(done.has_value()); });
    world_.advance(1ms);  // while it is looked up, and while it is saved
  }
  world_.advance(1s);
  EXPECT_THAT(told, ElementsAre(true, true, true));
  EXPECT_EQ(p->gold, 600);
}

TEST_F(OnceTest, HoldsAfterACrashOnAnyServer) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  bool applied = false;
  p.once("r", [&](Purse& data) { data.gold += 500; }, {});
  EXPECT_TRUE(world_.advance_until([&] { return p->gold == 600; }));
  world_.server("a").crash();  // it returned, and is in the journal at least
  Game& other = play(world_, "b");
  Profile<Purse> again = load(world_, other.purses, "p");
  EXPECT_EQ(again->gold, 600);
  again.once("r", [&](Purse&) { applied = true; }, {});
  world_.advance(1s);
  EXPECT_FALSE(applied);
}

TEST_F(OnceTest, HoldsWhenRepliesAreLost) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, 4);
  EXPECT_TRUE(buy(p, "r"));
  world_.fail_next(Call::commit, {.fault = Fault::request_lost, .lands_after = 700ms}, 3);
  EXPECT_TRUE(buy(p, "r2"));
  EXPECT_TRUE(buy(p, "r"));
  world_.advance(10s);
  EXPECT_EQ(stored_gold(world_, "p"), 1100);
}

TEST_F(OnceTest, ARefusedPurchaseLeavesNoReceipt) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  const auto refused = wait_for<std::uint64_t>(world_, [&](auto done) {
    p.once("r", [](Purse&) -> Result<void> { return refuse("full"); }, std::move(done));
  });
  EXPECT_EQ(refused.error().cause(), "full");
  EXPECT_TRUE(buy(p, "r"));
  EXPECT_EQ(p->gold, 600);
}

TEST_F(OnceTest, RefusesAPurchaseOlderThanReceiptsAreKept) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  const WallTime now = world_.clock().wall();
  EXPECT_EQ(buy(p, "r", {.purchased = now - 401 * 24h}).error().code(), ErrorCode::too_old);
  EXPECT_TRUE(buy(p, "r", {.purchased = now - 399 * 24h}));
  EXPECT_EQ(world_.database().receipt(p.key(), "r").value()->at_ms, unix_ms(now - 399 * 24h));
}

TEST_F(OnceTest, RefusesAReceiptThatCannotBe) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(buy(p, "").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(buy(p, std::string(257, 'r')).error().code(), ErrorCode::invalid_argument);
}

TEST_F(OnceTest, AnswersWhenTheSessionEndsMeanwhile) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  bool told = false;
  p.once(
      "r", [](Purse& data) { data.gold += 500; },
      [&](Result<std::uint64_t> done) { told = !done; });
  p.end();
  world_.advance(1s);
  EXPECT_TRUE(told);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_EQ(world_.database().receipt(p.key(), "r").value(), std::nullopt);
}

TEST_F(OnceTest, SaysThatTheDatabaseIsAway) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  world_.outage(30s);
  EXPECT_EQ(buy(p, "r").error().code(), ErrorCode::unavailable);
  world_.advance(10s);
  EXPECT_EQ(buy(p, "r").error().code(), ErrorCode::not_now) << "past the lease's deadline";
}

}  // namespace
}  // namespace keepsake::test
