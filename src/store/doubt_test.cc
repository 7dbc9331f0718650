// Commits whose outcome is unknown, profiles that are lost, and transactions that fall with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Calls take long enough to do something between a commit and its answer.
class DoubtTest : public testing::Test {
 protected:
  DoubtTest() : world_({.request = {40ms, 40ms}, .reply = {40ms, 40ms}}) {}

  /// Takes a row from its live owner, as no server ever does: an operator's hand in the database.
  void steal(std::string_view store, std::string_view key, After after = After::hand_over) {
    const Envelope row = stored(world_, key, store)->envelope;
    MemberCommit member;
    member.key = {std::string(store), std::string(key)};
    member.fence = fence_of(row, world_.database().info()->generation);
    member.after = after;
    const auto answer = world_.database().commit({{.token = Id128::random(world_.random()),
                                                   .self = *row.owner,
                                                   .now_ms = 1,
                                                   .members = {member},
                                                   .quarantine = {}}});
    EXPECT_TRUE(std::holds_alternative<Applied>(answer->front()));
  }
  std::vector<std::string> payloads_aside() {
    std::vector<std::string> all;
    for (const QuarantineEntry& entry : quarantine(world_)) all.push_back(entry.payload);
    return all;
  }

  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> p_ = load(world_, game_.purses, "p");
};

TEST_F(DoubtTest, ALostReplyIsSettledByTheSameCommitSentAgain) {
  ASSERT_TRUE(give(p_, 1));
  world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, 3);
  EXPECT_EQ(*commit(world_, p_), 1U) << "stored once";
  EXPECT_EQ(stored(world_, "p")->envelope.revision, 1U);
  ASSERT_TRUE(give(p_, 1));
  EXPECT_EQ(*commit(world_, p_), 2U);
}

TEST_F(DoubtTest, ARequestThatLandsLateIsFoundOrRefused) {
  for (const Duration late : {10ms, 100ms, 300ms, 1000ms, 5000ms}) {
    const std::int64_t gold = p_->gold;
    ASSERT_TRUE(give(p_, 1));
    world_.fail_next(Call::commit, {.fault = Fault::request_lost, .lands_after = late}, 2);
    EXPECT_TRUE(commit(world_, p_));
    ASSERT_TRUE(give(p_, 1));
    EXPECT_TRUE(commit(world_, p_));
    world_.advance(6s);
    EXPECT_EQ(stored_gold(world_, "p"), gold + 2);
    EXPECT_TRUE(p_);
  }
}

TEST_F(DoubtTest, NothingElseIsSentForAProfileUntilItIsSettled) {
  ASSERT_TRUE(give(p_, 1));
  std::vector<CommitToken> tokens;
  bool lost = true;
  world_.on_call([&](const World::Server&, const CallInfo& call) -> Injection {
    if (call.groups == nullptr) return {};
    for (const Group& group : *call.groups) tokens.push_back(group.token);
    return {.fault = lost ? Fault::request_lost : Fault::none};
  });
  p_.commit();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(give(p_, 1));
    p_.commit();
    world_.advance(100ms);
  }
  ASSERT_GT(tokens.size(), 3U);
  for (const CommitToken& token : tokens) EXPECT_EQ(token, tokens.front());
  lost = false;
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_EQ(stored_gold(world_, "p"), p_->gold);
}

TEST_F(DoubtTest, AStolenProfileIsLostAndItsDataIsInQuarantine) {
  EXPECT_TRUE(commit(world_, p_));
  steal("Purses", "p");
  ASSERT_TRUE(give(p_, 1));
  const Error lost = commit(world_, p_).error();
  EXPECT_EQ(lost.code(), ErrorCode::session_lost);
  EXPECT_EQ(lost.text(),
            "session_lost: Purses/p: another server owns the profile now: expected epoch 1, "
            "revision 1, found epoch 1, revision 2");
  EXPECT_THAT(game_.told, ElementsAre("p error session_lost", "p ended lost"));
  world_.advance(1s);
  EXPECT_THAT(payloads_aside(), ElementsAre(R"({"version":"2","gold":101,"things":[]})"));
  EXPECT_EQ(load(world_, game_.purses, "p")->gold, 100);
}

TEST_F(DoubtTest, AnOutcomeThatIsHiddenIsUnknownAndNotFailed) {
  EXPECT_TRUE(commit(world_, p_));
  ASSERT_TRUE(give(p_, 1));
  bool told = false;
  p_.commit([&](Result<std::uint64_t> done) {
    told = !done && done.error().code() == ErrorCode::unknown_outcome;
  });
  world_.fail_next(Call::commit, {.fault = Fault::request_lost});
  world_.advance(60ms);
  steal("Purses", "p", After::remove);
  (void)load(world_, play(world_, "b").purses, "p");
  EXPECT_TRUE(world_.advance_until([&] { return told; }, 10s));
}

class FallTest : public DoubtTest {
 protected:
  FallTest() {
    EXPECT_TRUE(commit(world_, p_));
    EXPECT_TRUE(commit(world_, guild_));
  }
  Profile<Guild> guild_ = load(world_, game_.guilds, "g");
};

TEST_F(FallTest, IfOneMemberIsLostTheOtherGoesBack) {
  steal("Guilds", "g");
  ASSERT_TRUE(donate(game_.store, p_, guild_, 40));
  ASSERT_TRUE(give(p_, 5));  // hangs on it
  ErrorCode told = ErrorCode::malformed;
  p_.commit([&](Result<std::uint64_t> done) { told = done.error().code(); });
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 100; }, 5s));
  EXPECT_FALSE(guild_);
  EXPECT_TRUE(p_);
  world_.advance(1s);
  EXPECT_EQ(told, ErrorCode::tie_lost);
  EXPECT_THAT(game_.told, ElementsAre("g error session_lost", "g ended lost", "p error tie_lost"));
  EXPECT_THAT(payloads_aside(), Contains(R"({"version":"2","gold":65,"things":[]})"));
  EXPECT_THAT(payloads_aside(), Contains(R"({"version":"1","vault":40})"));
  ASSERT_TRUE(give(p_, 1));
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_EQ(stored_gold(world_, "p"), 101);
  EXPECT_EQ(stored_vault(world_, "g"), 0);
}

TEST_F(FallTest, EditsWhileItFallsAreRefused) {
  steal("Guilds", "g");
  ASSERT_TRUE(donate(game_.store, p_, guild_, 40));
  EXPECT_TRUE(world_.advance_until([&] { return !guild_; }, 5s));
  EXPECT_EQ(give(p_, 1).error().code(), ErrorCode::tie_lost);
  EXPECT_EQ(p_.state(), ProfileState::active);
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 100; }, 5s));
  EXPECT_TRUE(give(p_, 1));
}

TEST_F(FallTest, TakesLaterTransactionsOfTheSurvivorsWithIt) {
  Profile<Guild> other = load(world_, game_.guilds, "other");
  EXPECT_TRUE(commit(world_, other));
  steal("Guilds", "g");
  ASSERT_TRUE(donate(game_.store, p_, guild_, 40));
  world_.advance(50ms);  // under way
  ASSERT_TRUE(donate(game_.store, p_, other, 30));
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 100; }, 5s));
  EXPECT_EQ(other->vault, 0);
  world_.advance(6s);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_EQ(stored_vault(world_, "other"), 0);
}

// The survivor's own commit is under way when the tie falls: it is settled first, and what it
// stored stays.
TEST_F(FallTest, WaitsForTheSurvivorsOwnCommit) {
  Profile<Guild> other = load(world_, game_.guilds, "other");
  EXPECT_TRUE(commit(world_, other));
  steal("Guilds", "g");
  ASSERT_TRUE(guild_.edit([](Guild& g) { g.vault = 0; }));
  guild_.commit();
  ASSERT_TRUE(donate(game_.store, p_, other, 1));
  bool bought = false;
  world_.advance(30ms);  // both are in one batch, under way
  p_.once(
      "r", [](Purse& data) { data.gold += 500; },
      [&](Result<std::uint64_t> done) { bought = done.has_value(); });
  ASSERT_TRUE(donate(game_.store, p_, guild_, 10));
  world_.advance(3s);
  EXPECT_FALSE(guild_);
  EXPECT_TRUE(p_);
  world_.advance(6s);
  EXPECT_EQ(stored_vault(world_, "other"), 1);
  EXPECT_EQ(stored_gold(world_, "p"), bought ? 599 : 99);
  EXPECT_EQ(p_->gold, stored_gold(world_, "p"));
}

TEST_F(FallTest, APurchaseThatFellMayBeMadeAgain) {
  steal("Guilds", "g");
  ErrorCode told = ErrorCode::malformed;
  const auto buy = [](Purse& data) { data.gold += 500; };
  ASSERT_TRUE(donate(game_.store, p_, guild_, 40));
  p_.once("r", buy, [&](Result<std::uint64_t> done) {
    told = done ? ErrorCode::not_found : done.error().code();
  });
  EXPECT_TRUE(world_.advance_until([&] { return told != ErrorCode::malformed; }, 5s));
  EXPECT_EQ(told, ErrorCode::tie_lost);
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 100; }, 5s));
  EXPECT_TRUE(
      wait_for<std::uint64_t>(world_, [&](auto done) { p_.once("r", buy, std::move(done)); }));
  EXPECT_EQ(stored_gold(world_, "p"), 600);
}

TEST_F(FallTest, AnEndDuringAFallLeavesTheDurableDataAndSaysWhatFell) {
  steal("Guilds", "g");
  ASSERT_TRUE(donate(game_.store, p_, guild_, 40));
  EXPECT_TRUE(world_.advance_until([&] { return !guild_; }, 5s));
  EXPECT_EQ(end(world_, p_).error().code(), ErrorCode::tie_lost);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_EQ(stored(world_, "p")->envelope.owner, std::nullopt);
}

TEST_F(FallTest, AnAskDuringAFallIsHeededAfterIt) {
  steal("Guilds", "g");
  ASSERT_TRUE(donate(game_.store, p_, guild_, 40));
  Game& b = play(world_, "b");
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 100);
}

TEST_F(FallTest, AProfileThatWasNeverSavedFallsBackToItsTemplate) {
  Profile<Purse> fresh = load(world_, game_.purses, "fresh");
  steal("Guilds", "g");
  ASSERT_TRUE(donate(game_.store, fresh, guild_, 40));
  EXPECT_TRUE(world_.advance_until([&] { return fresh->gold == 100; }, 5s));
  world_.advance(6s);
  EXPECT_EQ(stored_gold(world_, "fresh"), 100);
}

TEST_F(FallTest, ACrashDuringAFallGivesNobodyHalfOfIt) {
  for (int i = 0; i < 8; ++i) {
    const std::string name = "g" + std::to_string(i);
    Game& game = i == 0 ? game_ : world_.server("a").make<Game>();
    Profile<Purse> p = load(world_, game.purses, "p");
    Profile<Guild> guild = load(world_, game.guilds, name);
    EXPECT_TRUE(commit(world_, p));
    EXPECT_TRUE(commit(world_, guild));
    steal("Guilds", name);
    ASSERT_TRUE(donate(game.store, p, guild, 40));
    ASSERT_TRUE(give(p, 5));
    world_.advance(i * 50ms);
    world_.server("a").restart();
    world_.advance(5s);
    EXPECT_EQ(stored_gold(world_, "p"), 100) << i;
    EXPECT_EQ(stored_vault(world_, name), 0) << i;
  }
}

class JournalFullTest : public testing::Test {
 protected:
  JournalFullTest() {
    StoreOptions options = small_store();
    options.journal.ring_bytes = 64UL << 10;
    options.journal.segment_bytes = 64UL << 10;
    options.journal.max_bytes = 512UL << 10;
    game_ = &world_.start("a", options).make<Game>();
  }
  World world_;
  Game* game_ = nullptr;
};

TEST_F(JournalFullTest, EditsAreRefusedUntilThereIsRoomAgain) {
  std::vector<Profile<Purse>> many;
  for (int i = 0; i < 30; ++i) {
    many.push_back(load(world_, game_->purses, "p" + std::to_string(i)));
  }
  world_.outage(60s);
  Result<void> full;
  const std::string large(20'000, 'x');
  for (Profile<Purse>& p : many) {
    const Result<void> told = p.edit([&](Purse& data) { data.things = {large}; });
    if (!told) full = told;
    EXPECT_EQ(p->things.size(), told ? 1U : 0U);
    world_.advance(500ms);
  }
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code(), ErrorCode::journal_full);
  world_.advance(60s);
  for (Profile<Purse>& p : many) {
    const Result<void> told = give(p, 1);
    ASSERT_TRUE(told) << told.error().text();
    world_.advance(10ms);
  }
  world_.server("a").crash();
  Game& b = play(world_, "b");
  EXPECT_EQ(load(world_, b.purses, "p29")->gold, 101);
}

TEST_F(JournalFullTest, CompactionKeepsOneProfilesEditsFromFillingIt) {
  Profile<Purse> p = load(world_, game_->purses, "p");
  Profile<Guild> g = load(world_, game_->guilds, "g");
  const std::string large(3'000, 'x');
  ASSERT_TRUE(p.edit([&](Purse& data) { data.things = {large}; }));
  world_.outage(120s);
  ASSERT_TRUE(donate(game_->store, p, g, 1));
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(give(p, 1)) << i;
    world_.advance(17ms);
  }
  world_.server("a").crash();
  world_.advance(120s);
  Game& b = play(world_, "b");
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 2099);
  EXPECT_EQ(load(world_, b.guilds, "g")->vault, 1);
}

}  // namespace
}  // namespace keepsake::test
