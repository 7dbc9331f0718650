// Loads, views and removals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LoadTest : public testing::Test {
 protected:
  /// Loads; what comes of it stands in `told_` as "name ok" or "name code".
  LoadTicket note_load(std::string name, std::string_view key, LoadOptions options = {}) {
    return game_.purses.load(
        key,
        [this, name = std::move(name)](Result<Profile<Purse>> p) {
          told_.push_back(name + " " + (p ? "ok" : std::string(keepsake::name(p.error().code()))));
          if (p) loaded_ = *p;
        },
        std::move(options));
  }
  World world_;
  Game& game_ = play(world_, "a");
  std::vector<std::string> told_;
  Profile<Purse> loaded_;
};

TEST_F(LoadTest, ANewProfileIsMadeFromTheTemplateAndSaved) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(p->gold, 100);
  EXPECT_EQ(p.state(), ProfileState::active);
  EXPECT_EQ(p.key(), (ProfileKey{"Purses", "p"}));
  EXPECT_EQ(stored_gold(world_, "p"), -1);
  world_.advance(5s);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  const ProfileInfo info = p.info();
  EXPECT_EQ(info.version, "2");
  EXPECT_EQ(info.load_count, 1U);
  EXPECT_EQ(info.epoch, 1U);
  EXPECT_EQ(info.owner, game_.store.self());
  EXPECT_GT(info.created, WallTime{});
  EXPECT_GT(info.saved, info.created);
}

TEST_F(LoadTest, AnotherLoadOfALoadedProfileIsTheSameSession) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(load(world_, game_.purses, "p"), p);
  EXPECT_EQ(game_.purses.size(), 1U);
  EXPECT_EQ(stored(world_, "p")->envelope.load_count, 1U);
}

TEST_F(LoadTest, ALoadUnderWayIsJoined) {
  note_load("first", "p");
  note_load("second", "p");
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("first ok", "second ok"));
  EXPECT_EQ(stored(world_, "p")->envelope.load_count, 1U);
}

TEST_F(LoadTest, FindsAndVisitsWhatIsLoaded) {
  EXPECT_FALSE(game_.purses.find("p"));
  Profile<Purse> p = load(world_, game_.purses, "p");
  (void)load(world_, game_.purses, "q");
  EXPECT_EQ(game_.purses.find("p"), p);
  std::int64_t sum = 0;
  game_.purses.for_each([&](Profile<Purse> one) { sum += one->gold; });
  EXPECT_EQ(sum, 200);
}

TEST_F(LoadTest, ACancelledLoadLeavesNoSessionBehind) {
  game_.purses.cancel(note_load("first", "p"));
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("first cancelled"));
  EXPECT_EQ(game_.purses.size(), 0U);
  const auto row = stored(world_, "p");
  EXPECT_TRUE(!row || !row->envelope.owner);
}

TEST_F(LoadTest, CancellingOneOfTwoLeavesTheOther) {
  const LoadTicket first = note_load("first", "p");
  note_load("second", "p");
  game_.purses.cancel(first);
  game_.purses.cancel(first);
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("first cancelled", "second ok"));
}

TEST_F(LoadTest, ALoadRightAfterACancelledOneSucceeds) {
  game_.purses.cancel(note_load("first", "p"));
  note_load("second", "p");
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("first cancelled", "second ok"));
  EXPECT_TRUE(give(loaded_, 1));
  EXPECT_EQ(*commit(world_, loaded_), 1U);
}

TEST_F(LoadTest, CancellingALoadThatHasAnsweredDoesNothing) {
  const LoadTicket ticket = note_load("first", "p");
  world_.advance(1s);
  game_.purses.cancel(ticket);
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("first ok"));
  EXPECT_TRUE(loaded_);
}

TEST_F(LoadTest, RefusesAKeyThatCannotBe) {
  EXPECT_EQ(try_load(world_, game_.purses, "").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(try_load(world_, game_.purses, std::string(300, 'k')).error().code(),
            ErrorCode::invalid_argument);
}

TEST_F(LoadTest, TimesOutAtItsOwnDeadline) {
  world_.outage(60s);
  note_load("short", "p", {.deadline = 1s});
  note_load("long", "p", {.deadline = 5s});
  world_.advance(1100ms);
  EXPECT_THAT(told_, ElementsAre("short timed_out")) << "although it joined a longer one";
  world_.advance(4s);
  EXPECT_THAT(told_, ElementsAre("short timed_out", "long timed_out"));
}

TEST_F(LoadTest, ALongerLoadGoesOnWhenTheOneThatItJoinedTimesOut) {
  world_.advance(1s);
  world_.outage(3s);
  note_load("short", "p", {.deadline = 1s});
  note_load("long", "p", {.deadline = 10s});
  world_.advance(10s);
  EXPECT_THAT(told_, ElementsAre("short timed_out", "long ok"));
  EXPECT_TRUE(give(loaded_, 1));
  EXPECT_TRUE(commit(world_, loaded_));
}

TEST_F(LoadTest, NothingIsLeftOfALoadThatTimedOut) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  Game& other = play(world_, "b");
  world_.advance(1s);
  world_.server("a").freeze();
  EXPECT_EQ(try_load(world_, other.purses, "p", {.deadline = 2s}).error().code(),
            ErrorCode::timed_out);
  world_.server("a").thaw();
  world_.advance(5s);
  EXPECT_TRUE(p) << "its ask is withdrawn";
  EXPECT_EQ(stored(world_, "p")->envelope.ask, std::nullopt);
}

TEST_F(LoadTest, MustExistRefusesAKeyWithoutData) {
  EXPECT_EQ(try_load(world_, game_.purses, "p", {.must_exist = true}).error().code(),
            ErrorCode::not_found);
  note_load("must", "p", {.must_exist = true});
  note_load("may", "p");
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("must not_found", "may ok"));
  EXPECT_TRUE(try_load(world_, game_.purses, "p", {.must_exist = true}));
}

TEST_F(LoadTest, WaitsForAnEndUnderWay) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_TRUE(give(p, 1));
  p.end();
  note_load("again", "p");
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("again ok"));
  EXPECT_EQ(loaded_->gold, 101);
  EXPECT_EQ(loaded_.info().load_count, 2U);
}

TEST_F(LoadTest, WaitsForAnEndThatComesBeforeTheAnswer) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  note_load("again", "p");
  p.end();
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("again ok"));
  EXPECT_TRUE(loaded_);
}

TEST_F(LoadTest, TimesOutWaitingForAnEnd) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  world_.outage(10s);
  p.end();
  note_load("again", "p", {.deadline = 2s});
  world_.advance(3s);
  EXPECT_THAT(told_, ElementsAre("again timed_out"));
}

TEST_F(LoadTest, AddsUserIdsAlsoOfLaterLoads) {
  ASSERT_TRUE(try_load(world_, game_.purses, "p", {.user_ids = {{1}, {2}}}));
  world_.advance(6s);
  const auto loaded = try_load(world_, game_.purses, "p", {.user_ids = {{2}, {3}}});
  world_.advance(6s);
  EXPECT_THAT(loaded->info().user_ids, ElementsAre(UserId{1}, UserId{2}, UserId{3}));
  const auto keys = wait_for<std::vector<ProfileKey>>(
      world_, [&](auto done) { game_.store.keys_of(UserId{3}, done); });
  EXPECT_THAT(*keys, ElementsAre(ProfileKey{"Purses", "p"}));
}

TEST_F(LoadTest, SetUserIdsReplacesThem) {
  Profile<Purse> p = *try_load(world_, game_.purses, "p", {.user_ids = {{1}, {2}}});
  ASSERT_TRUE(p.set_user_ids({{5}}));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_THAT(world_.database().keys_of(UserId{1}).value(), IsEmpty());
  EXPECT_THAT(world_.database().keys_of(UserId{5}).value(), ElementsAre(ProfileKey{"Purses", "p"}));
  EXPECT_EQ(p.set_user_ids(std::vector<UserId>(65)).error().code(), ErrorCode::limit_exceeded);
  ASSERT_TRUE(p.set_user_ids({{6}}));
  EXPECT_TRUE(commit(world_, p)) << "of nothing but them";
  EXPECT_THAT(world_.database().keys_of(UserId{6}).value(), ElementsAre(ProfileKey{"Purses", "p"}));
}

TEST_F(LoadTest, TooManyUserIdsDoNotCostTheSession) {
  std::vector<UserId> many;
  for (std::int64_t i = 1; i <= 70; ++i) many.push_back({i});
  const auto p = try_load(world_, game_.purses, "p", {.user_ids = many});
  ASSERT_TRUE(p);
  world_.advance(6s);
  EXPECT_TRUE(*p);
  EXPECT_THAT(game_.told, ElementsAre("p error limit_exceeded"));
  EXPECT_EQ(p->info().user_ids.size(), 64U);
}

TEST_F(LoadTest, MigratesOldDataAndKeepsWhatNobodyKnows) {
  put(world_, "p", R"({"version":"1","gold":7,"luck":{"of":"the draw"}})", "1", 1);
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(p->gold, 7);
  world_.advance(10s);
  EXPECT_EQ(stored(world_, "p")->envelope.schema.version, "1") << "a migration alone isn't saved";
  EXPECT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_EQ(stored(world_, "p")->payload,
            R"({"version":"2","gold":8,"things":[],"luck":{"of":"the draw"}})");
  EXPECT_EQ(p.info().version, "2");
}

TEST_F(LoadTest, AMigrationIsSavedAtTheEnd) {
  put(world_, "p", R"({"version":"1","gold":7})", "1", 1);
  EXPECT_TRUE(end(world_, load(world_, game_.purses, "p")));
  EXPECT_EQ(stored(world_, "p")->payload, R"({"version":"2","gold":7,"things":[]})");
}

TEST_F(LoadTest, InvalidDataGoesToQuarantineUntouchedAndTheProfileIsFree) {
  const std::string payload = R"({"version":"2","gold":"much","things":[]})";
  put(world_, "p", payload);
  const Error refused = try_load(world_, game_.purses, "p").error();
  EXPECT_EQ(refused.code(), ErrorCode::invalid_data);
  EXPECT_EQ(refused.path(), "/gold");
  world_.advance(1s);
  const auto entries = quarantine(world_);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].incident.text(), refused.incident());
  EXPECT_EQ(entries[0].payload, payload);
  EXPECT_EQ(entries[0].path, "/gold");
  EXPECT_EQ(entries[0].code, "invalid_data");
  EXPECT_EQ(stored(world_, "p")->payload, payload);
  EXPECT_EQ(stored(world_, "p")->envelope.owner, std::nullopt);
  EXPECT_EQ(game_.purses.size(), 0U);
  EXPECT_EQ(try_load(world_, game_.purses, "p").error().code(), ErrorCode::invalid_data);
}

TEST_F(LoadTest, DataThatIsNoJsonAndAVersionThatIsNotItsOwnAreQuarantinedToo) {
  put(world_, "torn", R"({"version":"2","gold":7,"thi)");
  put(world_, "swapped", R"({"version":"1","gold":7,"things":[]})");
  EXPECT_EQ(try_load(world_, game_.purses, "torn").error().code(), ErrorCode::malformed);
  EXPECT_EQ(try_load(world_, game_.purses, "swapped").error().code(), ErrorCode::version_mismatch);
  world_.advance(1s);
  EXPECT_EQ(quarantine(world_).size(), 2U);
}

// A later build shares the database with ours.
class MixedBuildsTest : public LoadTest {
 protected:
  struct NextGame : GameOf<Wallet> {
    NextGame(Store& of, bool compatible) : GameOf(of, wallets(compatible)) {}
  };
  void play_next(bool compatible) {
    NextGame& next = world_.server("next").make<NextGame>(compatible);
    wallet_ = load(world_, next.purses, "p");
    EXPECT_TRUE(wallet_.edit([](Wallet& w) {
      w.gold = 50;
      w.title = "duke";
    }));
    EXPECT_TRUE(commit(world_, wallet_));
  }
  Profile<Wallet> wallet_;
};

TEST_F(MixedBuildsTest, DataTooNewIsRefusedWithoutDisturbingItsOwner) {
  play_next(false);
  const Error refused = try_load(world_, game_.purses, "p").error();
  EXPECT_EQ(refused.code(), ErrorCode::needs_newer_server);
  world_.advance(2s);
  EXPECT_TRUE(wallet_);
  EXPECT_EQ(stored(world_, "p")->envelope.ask_sequence, 0U);
  EXPECT_THAT(quarantine(world_), IsEmpty());
  const auto seen = wait_for<View<Purse>>(world_, [&](auto done) { game_.purses.view("p", done); });
  EXPECT_EQ(seen.error().code(), ErrorCode::needs_newer_server);
}

TEST_F(MixedBuildsTest, CompatibleDataIsPlayedOnAndKeepsWhatIsUnknown) {
  play_next(true);
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(p->gold, 50);
  EXPECT_TRUE(give(p, 1));
  EXPECT_TRUE(commit(world_, p));
  EXPECT_EQ(stored(world_, "p")->payload,
            R"({"version":"3","gold":51,"things":[],"title":"duke"})");
  EXPECT_EQ(stored(world_, "p")->envelope.schema.ordinal, 3U);
}

class ViewTest : public LoadTest {};

TEST_F(ViewTest, SeesWhatIsStoredWithoutASession) {
  put(world_, "old", R"({"version":"1","gold":7})", "1", 1);
  put(world_, "broken", "{}");
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_TRUE(commit(world_, p));
  EXPECT_TRUE(give(p, 1));
  std::vector<Result<View<Purse>>> seen;
  game_.purses.view_many({"old", "absent", "p", "broken"}, [&](auto views) { seen = views; });
  world_.advance(1s);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0]->data.gold, 7);
  EXPECT_EQ(seen[0]->info.version, "1");
  EXPECT_EQ(seen[1].error().text(), "not_found: Purses/absent: no such profile");
  EXPECT_EQ(seen[2]->data.gold, 100) << "the edit isn't saved";
  EXPECT_EQ(seen[2]->info.owner, game_.store.self());
  EXPECT_EQ(seen[3].error().key(), "broken");
  EXPECT_THAT(quarantine(world_), IsEmpty()) << "who only looks sets nothing aside";
  EXPECT_EQ(stored(world_, "old")->envelope.load_count, 0U);
}

TEST_F(ViewTest, SaysThatTheDatabaseIsAway) {
  world_.advance(1s);
  world_.outage(5s);
  const auto seen = wait_for<View<Purse>>(world_, [&](auto done) { game_.purses.view("p", done); });
  EXPECT_EQ(seen.error().code(), ErrorCode::unavailable);
}

class RemoveTest : public LoadTest {
 protected:
  Result<void> remove(Game& game, std::string_view key) {
    return wait_for<void>(world_, [&](auto done) { game.purses.remove(key, done); });
  }
};

TEST_F(RemoveTest, RemovesALoadedProfileForEver) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_TRUE(commit(world_, p));
  EXPECT_TRUE(remove(game_, "p"));
  EXPECT_FALSE(p);
  EXPECT_EQ(stored(world_, "p"), std::nullopt);
  EXPECT_THAT(game_.told, ElementsAre("p ended removed"));
  Profile<Purse> again = load(world_, game_.purses, "p");
  EXPECT_EQ(again->gold, 100);
  EXPECT_GT(again.info().epoch, 1U) << "epochs never restart";
}

TEST_F(RemoveTest, RemovesWhatNobodyHasLoaded) {
  put(world_, "p", R"({"version":"1","gold":7})", "1", 1);
  EXPECT_TRUE(remove(game_, "p"));
  EXPECT_EQ(stored(world_, "p"), std::nullopt);
}

TEST_F(RemoveTest, RemovesWhatCannotBeRead) {
  put(world_, "p", "garbage");
  EXPECT_TRUE(remove(game_, "p"));
  EXPECT_EQ(stored(world_, "p"), std::nullopt);
}

TEST_F(RemoveTest, TakesItFromAnotherServer) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_TRUE(give(p, 1));
  Game& other = play(world_, "b");
  EXPECT_TRUE(remove(other, "p"));
  world_.advance(100ms);
  EXPECT_THAT(game_.told, ElementsAre("p ended handed_over"));
  EXPECT_EQ(stored(world_, "p"), std::nullopt);
}

TEST_F(RemoveTest, AnswersNotFoundForAKeyWithoutAProfile) {
  EXPECT_EQ(remove(game_, "p").error().code(), ErrorCode::not_found);
}

TEST_F(RemoveTest, RemovesAlsoWhileTheSessionIsJustEnding) {
  Profile<Purse> p = load(world_, game_.purses, "p");
  p.end();
  EXPECT_TRUE(remove(game_, "p"));
  EXPECT_EQ(stored(world_, "p"), std::nullopt);
}

TEST_F(RemoveTest, ALoadThatIsCancelledDoesNotCancelTheRemoval) {
  put(world_, "p", R"({"version":"1","gold":7})", "1", 1);
  bool removed = false;
  game_.purses.remove("p", [&](Result<void> done) { removed = done.has_value(); });
  game_.purses.cancel(note_load("load", "p"));
  world_.advance(1s);
  EXPECT_TRUE(removed);
  EXPECT_THAT(told_, ElementsAre("load cancelled"));
}

TEST_F(RemoveTest, ALoadDuringARemovalMakesANewProfile) {
  put(world_, "p", R"({"version":"1","gold":7})", "1", 1);
  game_.purses.remove("p", [](Result<void>) {});
  note_load("load", "p");
  world_.advance(1s);
  EXPECT_THAT(told_, ElementsAre("load ok"));
  EXPECT_EQ(loaded_->gold, 100);
}

}  // namespace
}  // namespace keepsake::test
