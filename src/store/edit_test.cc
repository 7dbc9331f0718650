// Edits and transactions: all or nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "keepsake/backend/limits.h"
#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EditTest : public testing::Test {
 protected:
  World world_;
  Game& game_ = play(world_, "a");
  Profile<Purse> purse_ = load(world_, game_.purses, "p");
  /// Neither the data nor the journal is any different.
  void expect_unchanged() {
    EXPECT_EQ(purse_->gold, 100);
    EXPECT_EQ(purse_.edit_number(), 1U) << "the template";
    EXPECT_EQ(game_.store.stats().journal_records, 1U);
  }
};

TEST_F(EditTest, ChangesTheDataAtOnce) {
  EXPECT_TRUE(give(purse_, 5));
  EXPECT_EQ(purse_->gold, 105);
  EXPECT_EQ(purse_.edit_number(), 2U);
  EXPECT_EQ(purse_.durable_edit_number(), 0U);
  EXPECT_EQ(game_.store.stats().journal_records, 2U);
}

TEST_F(EditTest, GivesBackWhatTheGamesFunctionReturned) {
  const Result<std::string> bought = purse_.edit([](Purse& p) -> Result<std::string> {
    p.gold -= 30;
    p.things.emplace_back("rope");
    return p.things.back();
  });
  EXPECT_EQ(*bought, "rope");
  EXPECT_EQ(purse_->gold, 70);
}

TEST_F(EditTest, ARefusalChangesNothing) {
  const Result<void> refused = purse_.edit([](Purse& p) -> Result<void> {
    p.gold = 0;
    return refuse("closed");
  });
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  EXPECT_EQ(refused.error().cause(), "closed");
  expect_unchanged();
  EXPECT_EQ(game_.store.stats().edits_refused, 1U);
}

TEST_F(EditTest, AThrowChangesNothing) {
  const Result<void> thrown = purse_.edit([](Purse& p) {
    p.gold = 0;
    throw std::runtime_error("out of luck");
  });
  EXPECT_EQ(thrown.error().text(), "callback_threw: Purses/p: the edit threw: out of luck");
  expect_unchanged();
}

TEST_F(EditTest, InvalidDataIsRefusedWithItsPath) {
  const Result<void> invalid = give(purse_, -101);
  EXPECT_EQ(invalid.error().code(), ErrorCode::invalid_data);
  EXPECT_EQ(invalid.error().path(), "/gold");
  EXPECT_EQ(invalid.error().key(), "p");
  expect_unchanged();
  const Result<void> bytes = purse_.edit([](Purse& p) { p.things = {"a", "\xff"}; });
  EXPECT_EQ(bytes.error().path(), "/things/1");
  expect_unchanged();
}

TEST_F(EditTest, DataThatIsTooLargeIsRefused) {
  const Result<void> large =
      purse_.edit([](Purse& p) { p.things.assign(5, std::string(1UL << 20, 'x')); });
  EXPECT_EQ(large.error().code(), ErrorCode::limit_exceeded);
  expect_unchanged();
}

TEST_F(EditTest, AnEditInsideOfOneOfTheSameProfileIsRefused) {
  Result<void> inner;
  EXPECT_TRUE(purse_.edit([&](Purse& p) {
    inner = give(purse_, 1);
    p.gold += 10;
  }));
  EXPECT_EQ(inner.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(purse_->gold, 110);
}

TEST_F(EditTest, AnEditMayEditAnotherProfile) {
  const Profile<Purse> other = load(world_, game_.purses, "q");
  EXPECT_TRUE(purse_.edit([&](Purse& p) {
    p.gold -= 1;
    EXPECT_TRUE(give(other, 1));
  }));
  EXPECT_EQ(other->gold, 101);
}

TEST_F(EditTest, EndingTheSessionInsideOfAnEditSavesTheEdit) {
  EXPECT_TRUE(purse_.edit([&](Purse& p) {
    p.gold += 10;
    purse_.end();
  }));
  world_.advance(1s);
  EXPECT_FALSE(purse_);
  EXPECT_EQ(stored_gold(world_, "p"), 110);
  EXPECT_THAT(game_.told, ElementsAre("p ended released"));
}

TEST_F(EditTest, AfterTheEndAnswersThatItEnded) {
  purse_.end();
  EXPECT_EQ(give(purse_, 1).error().code(), ErrorCode::session_ending);
  EXPECT_EQ(purse_.state(), ProfileState::ending);
  world_.advance(1s);
  EXPECT_EQ(give(purse_, 1).error().code(), ErrorCode::not_owner);
  EXPECT_EQ(purse_.state(), ProfileState::ended);
  EXPECT_EQ(commit(world_, purse_).error().code(), ErrorCode::not_owner);
  EXPECT_EQ(end(world_, purse_).error().code(), ErrorCode::not_owner);
}

TEST_F(EditTest, AHandleOfAnEndedSessionIsNotTheNextOne) {
  EXPECT_TRUE(end(world_, purse_));
  const Profile<Purse> again = load(world_, game_.purses, "p");
  EXPECT_TRUE(again);
  EXPECT_FALSE(purse_);
  EXPECT_NE(again, purse_);
}

class TransactTest : public EditTest {
 protected:
  Profile<Guild> guild_ = load(world_, game_.guilds, "g");
  void expect_unchanged_both() {
    EXPECT_EQ(purse_->gold, 100);
    EXPECT_EQ(guild_->vault, 0);
    EXPECT_EQ(game_.store.stats().journal_records, 2U) << "the templates";
  }
};

TEST_F(TransactTest, ChangesBothAndSavesThemAtOnce) {
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 40));
  EXPECT_EQ(purse_->gold, 60);
  EXPECT_EQ(guild_->vault, 40);
  world_.advance(100ms);
  EXPECT_EQ(stored_gold(world_, "p"), 60);
  EXPECT_EQ(stored_vault(world_, "g"), 40);
}

TEST_F(TransactTest, ARefusalChangesNeither) {
  const Result<void> poor = donate(game_.store, purse_, guild_, 400);
  EXPECT_EQ(poor.error().cause(), "too_poor");
  expect_unchanged_both();
}

void expect_refused(const Result<void>& told, ErrorCode code) {
  EXPECT_EQ(told ? ErrorCode::not_found : told.error().code(), code);
}

TEST_F(TransactTest, AThrowOrInvalidDataOfOneChangesNeither) {
  expect_refused(game_.store.transact(tie(purse_, guild_),
                                      [](Purse&, Guild& g) -> Result<void> {
                                        g.vault = 7;
                                        throw std::runtime_error("no");
                                      }),
                 ErrorCode::callback_threw);
  const Result<void> invalid =
      game_.store.transact(tie(guild_, purse_), [](Guild& g, Purse& p) -> Result<void> {
        g.vault = 7;
        p.gold = -1;
        return {};
      });
  EXPECT_EQ(invalid.error().path(), "/gold");
  expect_unchanged_both();
}

TEST_F(TransactTest, RefusesAProfileNamedTwice) {
  expect_refused(
      game_.store.transact(tie(purse_, purse_), [](Purse&, Purse&) -> Result<void> { return {}; }),
      ErrorCode::invalid_argument);
}

TEST_F(TransactTest, RefusesAMemberThatHasEnded) {
  purse_.end();
  expect_refused(donate(game_.store, purse_, guild_, 1), ErrorCode::session_ending);
  world_.advance(1s);
  expect_refused(donate(game_.store, purse_, guild_, 1), ErrorCode::not_owner);
  EXPECT_EQ(guild_->vault, 0);
}

TEST_F(TransactTest, RefusesAMemberThatIsJustBeingEdited) {
  Result<void> inner;
  EXPECT_TRUE(purse_.edit([&](Purse&) { inner = donate(game_.store, purse_, guild_, 1); }));
  expect_refused(inner, ErrorCode::invalid_argument);
}

TEST_F(TransactTest, OnesInARowAreSavedTogether) {
  const Profile<Purse> other = load(world_, game_.purses, "q");
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(donate(game_.store, purse_, guild_, 1));
    EXPECT_TRUE(donate(game_.store, other, guild_, 2));
  }
  world_.advance(1s);
  EXPECT_EQ(stored_gold(world_, "p"), 95);
  EXPECT_EQ(stored_gold(world_, "q"), 90);
  EXPECT_EQ(stored_vault(world_, "g"), 15);
}

TEST_F(TransactTest, IsNotNowOnceATieHasWaitedASecondForItsSave) {
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 1));
  world_.advance(100ms);
  world_.fail_next(Call::commit, {.fault = Fault::unavailable}, 100);
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 1));
  world_.advance(500ms);
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 1)) << "half a second is no trouble";
  world_.advance(500ms);
  const Result<void> told = donate(game_.store, purse_, guild_, 1);
  expect_refused(told, ErrorCode::not_now);
  EXPECT_THAT(told.error().text(), HasSubstr("still waits for its save"));
  EXPECT_TRUE(give(purse_, 1)) << "an edit of one is always possible";
}

TEST_F(TransactTest, TheSaveOfASecondTieFollowsThatOfTheFirstAtOnce) {
  const Profile<Purse> other = load(world_, game_.purses, "q");
  world_.advance(6s);
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 1));
  world_.advance(17ms);  // its save is under way, or just back
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 1));
  EXPECT_TRUE(donate(game_.store, other, guild_, 1));
  world_.advance(200ms);
  EXPECT_EQ(stored_gold(world_, "q"), 99);
  EXPECT_EQ(stored_vault(world_, "g"), 3);
}

TEST_F(TransactTest, NeverTiesMoreThanOneCommitCanStore) {
  world_.fail_next(Call::commit, {.fault = Fault::unavailable}, 3);
  std::vector<Profile<Purse>> many;
  for (std::size_t i = 0; i < kMaxGroupMembers + 10; ++i) {
    many.push_back(load(world_, game_.purses, "m" + std::to_string(i)));
  }
  EXPECT_TRUE(donate(game_.store, purse_, guild_, 1));  // its save is under way from now on
  std::size_t tied = 0;
  for (const Profile<Purse>& one : many) {
    const Result<void> told = donate(game_.store, one, guild_, 1);
    if (told) {
      ++tied;
    } else {
      expect_refused(told, ErrorCode::not_now);
    }
  }
  EXPECT_EQ(tied, kMaxGroupMembers - 1) << "and the guild";
  world_.advance(3s);
  EXPECT_EQ(stored_vault(world_, "g"), static_cast<std::int64_t>(tied) + 1);
  EXPECT_THAT(game_.told, ElementsAre());
}

}  // namespace
}  // namespace keepsake::test
