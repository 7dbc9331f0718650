// update(): an edit of a profile without a session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Told = Result<std::uint64_t>;

class UpdateTest : public testing::Test {
 protected:
  UpdateTest() {
    EXPECT_TRUE(commit(world_, load(world_, b_.purses, "p")));
    EXPECT_TRUE(end(world_, b_.purses.find("p")));
    b_.told.clear();
    for (Game* game : {&a_, &b_}) {
      game->on_last_save = [this](Profile<Purse>, Purse&, EndReason) { ++last_saves_; };
    }
  }
  Told update(std::int64_t gold, UpdateOptions options = {}, std::string_view key = "p") {
    return wait_for<std::uint64_t>(world_, [&](auto done) {
      a_.purses.update(key, [gold](Purse& purse) { purse.gold += gold; }, std::move(done), options);
    });
  }
  ErrorCode refused(Result<void> why) {
    return wait_for<std::uint64_t>(world_,
                                   [&](auto done) {
                                     a_.purses.update(
                                         "p",
                                         [why](Purse& purse) {
                                           purse.gold = 1;
                                           return why;
                                         },
                                         std::move(done));
                                   })
        .error()
        .code();
  }
  [[nodiscard]] bool is_free(std::string_view key = "p") {
    const std::optional<Owner> owner = stored(world_, key)->envelope.owner;
    const std::vector<Lease> leases = world_.database().leases().value();
    return !owner || std::none_of(leases.begin(), leases.end(), [&](const Lease& lease) {
      return lease.owner == *owner && lease.state != LeaseState::recovered;
    });
  }
  World world_;
  Game& a_ = play(world_, "a");
  Game& b_ = play(world_, "b");
  int last_saves_ = 0;
};

TEST_F(UpdateTest, AFreeProfileIsEditedSavedAndFreedAgain) {
  const Told told = update(7);
  ASSERT_TRUE(told) << told.error().text();
  EXPECT_EQ(*told, stored(world_, "p")->envelope.revision);
  EXPECT_EQ(stored_gold(world_, "p"), 107);
  EXPECT_TRUE(is_free());
  EXPECT_FALSE(a_.purses.find("p"));
  EXPECT_EQ(a_.purses.size(), 0U);
  EXPECT_EQ(last_saves_, 0);
  EXPECT_THAT(a_.told, IsEmpty()) << "there was no session of the game's";
}

TEST_F(UpdateTest, HeldElsewhereItAnswersHeldAndTheOwnerIsNotDisturbed) {
  Profile<Purse> theirs = load(world_, b_.purses, "p");
  const Envelope before = stored(world_, "p")->envelope;
  const MonotonicTime asked = world_.clock().now();
  EXPECT_EQ(update(7).error().text(),
            "held: Purses/p: another server has the profile, and was not asked for it: found "
            "server b; load it, which asks, or try again later");
  EXPECT_LT(world_.clock().now() - asked, 100ms);
  world_.advance(1s);
  EXPECT_EQ(stored(world_, "p")->envelope, before);
  EXPECT_EQ(theirs.state(), ProfileState::active);
  EXPECT_THAT(b_.told, IsEmpty());
}

TEST_F(UpdateTest, OfAProfileThatIsLoadedHereItIsAnEditAndACommit) {
  Profile<Purse> ours = load(world_, a_.purses, "p");
  a_.purses.update("p", [](Purse& purse) { purse.gold += 7; });
  EXPECT_EQ(ours->gold, 100) << "in pump";
  EXPECT_TRUE(update(1));
  EXPECT_EQ(ours->gold, 108);
  EXPECT_EQ(stored_gold(world_, "p"), 108);
  EXPECT_EQ(ours.state(), ProfileState::active);
  EXPECT_EQ(refused(refuse("closed")), ErrorCode::refused);
  EXPECT_EQ(ours->gold, 108);
}

TEST_F(UpdateTest, WhileItIsBeingLoadedItJoinsTheLoad) {
  Profile<Purse> ours;
  a_.purses.load("p", [&](const Result<Profile<Purse>>& loaded) { ours = *loaded; });
  EXPECT_TRUE(update(7));
  EXPECT_EQ(ours->gold, 107);
  EXPECT_EQ(ours.state(), ProfileState::active);
}

TEST_F(UpdateTest, ALoadThatComesMeanwhileGetsTheSession) {
  std::optional<Told> told;
  a_.purses.update(
      "p", [](Purse& purse) { purse.gold += 7; }, [&](Told answer) { told = std::move(answer); });
  EXPECT_EQ(load(world_, a_.purses, "p")->gold, 107);
  world_.advance(100ms);
  EXPECT_TRUE(told && *told);
  EXPECT_EQ(stored_gold(world_, "p"), 107);
  EXPECT_TRUE(a_.purses.find("p"));
}

TEST_F(UpdateTest, ALoadThatComesMeanwhileAsksForWhatIsHeldAndTheUpdateDoesNot) {
  Profile<Purse> theirs = load(world_, b_.purses, "p");
  std::optional<Told> told;
  a_.purses.update(
      "p", [](Purse& purse) { purse.gold += 7; }, [&](Told answer) { told = std::move(answer); });
  EXPECT_EQ(load(world_, a_.purses, "p")->gold, 100);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error().code(), ErrorCode::held);
  EXPECT_FALSE(theirs);
}

TEST_F(UpdateTest, WhenTheLoadThatItJoinedIsCancelledItAsksNobody) {
  Profile<Purse> theirs = load(world_, b_.purses, "p");
  std::optional<Told> told;
  const LoadTicket ticket = a_.purses.load("p", [](const Result<Profile<Purse>>&) {});
  a_.purses.update(
      "p", [](Purse& purse) { purse.gold += 7; }, [&](Told answer) { told = std::move(answer); });
  a_.purses.cancel(ticket);
  EXPECT_TRUE(world_.advance_until([&] { return told.has_value(); }));
  EXPECT_EQ(told->error().code(), ErrorCode::held);
  world_.advance(1s);
  EXPECT_EQ(theirs.state(), ProfileState::active);
  EXPECT_EQ(stored(world_, "p")->envelope.ask, std::nullopt);
}

TEST_F(UpdateTest, WaitsForTheEndOfThisServersOwnSession) {
  Profile<Purse> ours = load(world_, a_.purses, "p");
  ASSERT_TRUE(give(ours, 1));
  ours.end();
  EXPECT_TRUE(update(7));
  EXPECT_EQ(stored_gold(world_, "p"), 108);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, ManyAtOnceAreEachAppliedOnce) {
  int durable = 0;
  for (int i = 0; i < 20; ++i) {
    a_.purses.update(
        "p", [](Purse& purse) { purse.gold += 1; },
        [&](const Told& told) { durable += told ? 1 : 0; });
    if (i % 4 == 0) world_.advance(std::chrono::microseconds(700));
  }
  world_.advance(2s);
  EXPECT_EQ(durable, 20);
  EXPECT_EQ(stored_gold(world_, "p"), 120);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, ARefusedOneChangesNothing) {
  const Record before = *stored(world_, "p");
  EXPECT_EQ(refused(refuse("closed")), ErrorCode::refused);
  const Told invalid = update(-1000);
  EXPECT_EQ(invalid.error().code(), ErrorCode::invalid_data);
  const Told threw = wait_for<std::uint64_t>(world_, [&](auto done) {
    a_.purses.update("p", [](Purse&) { throw std::runtime_error("no"); }, std::move(done));
  });
  EXPECT_EQ(threw.error().code(), ErrorCode::callback_threw);
  world_.advance(1s);
  EXPECT_EQ(stored(world_, "p")->payload, before.payload);
  EXPECT_EQ(stored(world_, "p")->envelope.edit_number, before.envelope.edit_number);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, ARefusedOneStoresNoMigration) {
  put(world_, "old", R"({"version":"1","gold":5})", "1", 1);
  EXPECT_EQ(update(-1000, {}, "old").error().code(), ErrorCode::invalid_data);
  world_.advance(1s);
  EXPECT_EQ(stored(world_, "old")->payload, R"({"version":"1","gold":5})");
  EXPECT_TRUE(is_free("old"));
  EXPECT_TRUE(update(1, {}, "old"));
  EXPECT_EQ(stored(world_, "old")->payload, R"({"version":"2","gold":6,"things":[]})");
}

TEST_F(UpdateTest, OfNoProfileItIsNotFoundUnlessItMayMakeOne) {
  EXPECT_EQ(update(7, {}, "nobody").error().code(), ErrorCode::not_found);
  EXPECT_EQ(update(-1000, {.must_exist = false}, "nobody").error().code(), ErrorCode::invalid_data);
  world_.advance(1s);
  EXPECT_FALSE(stored(world_, "nobody")->envelope.has_data);
  EXPECT_TRUE(is_free("nobody"));
  EXPECT_TRUE(update(7, {.must_exist = false}, "nobody"));
  EXPECT_EQ(stored_gold(world_, "nobody"), 107);
  EXPECT_TRUE(is_free("nobody"));
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(UpdateTest, DataThatCannotBeReadIsSetAsideAndLeft) {
  put(world_, "bad", R"({"version":"2","gold":"x","things":[]})");
  const Told told = update(7, {}, "bad");
  EXPECT_EQ(told.error().code(), ErrorCode::invalid_data);
  EXPECT_NE(told.error().incident(), "");
  world_.advance(1s);
  EXPECT_EQ(stored(world_, "bad")->payload, R"({"version":"2","gold":"x","things":[]})");
  EXPECT_TRUE(is_free("bad"));
}

TEST_F(UpdateTest, LostRepliesApplyItOnce) {
  std::int64_t gold = 100;
  for (const Call call : {Call::acquire, Call::commit}) {
    for (const Fault fault : {Fault::reply_lost, Fault::request_lost, Fault::unavailable}) {
      world_.fail_next(call, {.fault = fault}, 3);
      EXPECT_TRUE(update(7));
      EXPECT_EQ(stored_gold(world_, "p"), gold += 7);
      world_.advance(1s);
      EXPECT_TRUE(is_free());
    }
  }
}

TEST_F(UpdateTest, InAnOutageItTimesOutAndIsNotAppliedLater) {
  world_.outage(30s);
  const MonotonicTime asked = world_.clock().now();
  EXPECT_EQ(update(7, {.deadline = 5s}).error().code(), ErrorCode::timed_out);
  EXPECT_LE(world_.clock().now() - asked, 6500ms);
  world_.advance(60s);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, AnAcquireThatLandsLateLeavesNoSessionBehind) {
  world_.fail_next(Call::acquire, {.fault = Fault::request_lost, .lands_after = 8s});
  world_.fail_next(Call::acquire, {.fault = Fault::unavailable}, 1000);
  EXPECT_EQ(update(7, {.deadline = 5s}).error().code(), ErrorCode::timed_out);
  world_.advance(20s);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, ACopyOfItsAcquireThatLandsWhileItsSaveHasNoAnswerYetIsFreed) {
  world_.fail_next(Call::acquire, {.fault = Fault::request_lost, .lands_after = 600ms});
  world_.fail_next(Call::commit, {.fault = Fault::none, .late_by = 5s});
  EXPECT_TRUE(update(7));
  EXPECT_EQ(stored_gold(world_, "p"), 107);
  world_.advance(5s);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, AppliedButNotDurableInTimeItIsSavedLater) {
  std::optional<Told> told;
  a_.purses.update(
      "p", [](Purse& purse) { purse.gold += 7; }, [&](Told answer) { told = std::move(answer); });
  world_.fail_next(Call::commit, {.fault = Fault::unavailable}, 100);
  world_.advance_until([&] { return told.has_value(); }, 15s);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error().code(), ErrorCode::timed_out);
  world_.fail_next(Call::commit, {});
  EXPECT_TRUE(world_.advance_until([&] { return stored_gold(world_, "p") == 107; }, 600s));
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, WhoAsksForItMeanwhileGetsItWithTheEdit) {
  for (int i = 0; i < 12; ++i) {
    a_.purses.update("p", [](Purse& purse) { purse.gold += 1; });
    world_.advance(std::chrono::microseconds(100 + 400 * i));
    const Profile<Purse> theirs = load(world_, b_.purses, "p");
    const std::int64_t gold = theirs->gold;
    EXPECT_TRUE(end(world_, theirs));
    world_.advance(11s);
    EXPECT_EQ(stored_gold(world_, "p"), gold);
  }
  EXPECT_THAT(a_.told, IsEmpty());
}

TEST_F(UpdateTest, ACrashInBetweenAppliesItWhollyOrNotAtAll) {
  std::int64_t gold = 100;
  for (int i = 0; i < 40; ++i) {
    Game& game = i == 0 ? a_ : world_.server("a").make<Game>();
    world_.advance(1s);
    const auto told = std::make_shared<bool>(false);
    game.purses.update(
        "p", [](Purse& purse) { purse.gold += 7; },
        [told](const Told& done) { *told = done.has_value(); });
    world_.advance(i * 1ms);
    world_.server("a").restart();
    world_.advance(2s);
    EXPECT_TRUE(is_free()) << i;
    const std::int64_t now = stored_gold(world_, "p");
    EXPECT_TRUE(now == gold + 7 || (now == gold && !*told)) << i;
    gold = now;
  }
  EXPECT_GT(gold, 100);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_F(UpdateTest, AShutdownAnswersItAndLeavesNothing) {
  std::optional<Told> told;
  a_.purses.update(
      "p", [](Purse& purse) { purse.gold += 7; }, [&](Told answer) { told = std::move(answer); });
  EXPECT_TRUE(a_.store.shutdown(8s).finished);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error().code(), ErrorCode::shutting_down);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_TRUE(is_free());
}

TEST_F(UpdateTest, OnSaveRunsAndTagsMayBeSet) {
  a_.on_save = [](Profile<Purse> p, Purse& purse) {
    purse.things = {"saved"};
    EXPECT_TRUE(p.set_tags(Value::object({{"gold", purse.gold}})));
  };
  EXPECT_TRUE(update(7));
  EXPECT_EQ(stored(world_, "p")->payload, R"({"version":"2","gold":107,"things":["saved"]})");
  EXPECT_EQ(stored(world_, "p")->envelope.tags, R"({"gold":107})");
}

}  // namespace
}  // namespace keepsake::test
