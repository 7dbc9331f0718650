// Many players at once, and a database that is away: what is asked of it, and what the game is
// told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kMany = 500;

class PressureTest : public testing::Test {
 protected:
  PressureTest() {
    StoreOptions options = small_store();
    options.on_critical = [this](bool critical) { told_.push_back(critical); };
    world_.start("a", options);
    a_ = &play(world_, "a");
    world_.advance(1s);
    world_.on_call([this](const World::Server&, const CallInfo&) -> Injection {
      ++calls_;
      return {.fault = away_ ? Fault::unavailable : Fault::none, .lands_after = {}, .late_by = {}};
    });
  }
  void load_many(Duration deadline, int count = kMany) {
    for (int i = 0; i < count; ++i) {
      a_->purses.load("p" + std::to_string(i),
                      [this](const Result<Profile<Purse>>& loaded) {
                        loaded ? ++loaded_ : ++refused_[loaded.error().code()];
                      },
                      {.deadline = deadline});
    }
  }
  [[nodiscard]] int calls_in(Duration time) {
    const int before = calls_;
    world_.advance(time);
    return calls_ - before;
  }

  World world_;
  Game* a_ = nullptr;
  bool away_ = false;
  int calls_ = 0;
  int loaded_ = 0;
  std::map<ErrorCode, int> refused_;
  std::vector<bool> told_;
};

TEST_F(PressureTest, AStormOfLoadsInOneTickIsAnsweredWhole) {
  load_many(20s);
  EXPECT_TRUE(world_.advance_until([&] { return loaded_ == kMany; }, 20s));
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(PressureTest, ADatabaseThatIsAwayIsNotAskedForWhatCanWait) {
  load_many(60s);
  away_ = true;
  world_.advance(5s);
  EXPECT_TRUE(a_->store.critical());
  EXPECT_LE(calls_in(20s), 20 * 4 + 4) << "renewals and loads, each twice a second";
  EXPECT_EQ(a_->store.state(), StoreState::degraded);
  EXPECT_EQ(loaded_, 0);
}

TEST_F(PressureTest, WhenItIsBackEverybodyGetsInAtOnce) {
  load_many(60s);
  away_ = true;
  world_.advance(20s);
  away_ = false;
  EXPECT_TRUE(world_.advance_until([&] { return loaded_ == kMany; }, 2s));
  EXPECT_THAT(refused_, IsEmpty());
}

TEST_F(PressureTest, WhoCannotWaitSoLongIsToldAtItsDeadline) {
  away_ = true;
  world_.advance(10s);
  load_many(5s);
  world_.advance(6100ms);
  EXPECT_EQ(refused_[ErrorCode::timed_out], kMany);
  EXPECT_EQ(loaded_, 0);
}

TEST_F(PressureTest, EditsGoOnMeanwhileAndAreSavedWhenItIsBack) {
  Profile<Purse> p = load(world_, a_->purses, "p");
  away_ = true;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(give(p, 1));
    world_.advance(1s);
  }
  EXPECT_EQ(p.state(), ProfileState::doubtful);
  away_ = false;
  world_.advance(10s);
  EXPECT_EQ(p.state(), ProfileState::active);
  EXPECT_EQ(stored_gold(world_, "p"), 400);
}

TEST_F(PressureTest, TheGameIsToldOnceThatItIsCriticalAndOnceThatItIsOver) {
  EXPECT_FALSE(a_->store.critical());
  away_ = true;
  world_.advance(60s);
  EXPECT_THAT(told_, ElementsAre(true));
  away_ = false;
  world_.advance(25s);
  EXPECT_TRUE(a_->store.critical()) << "it may flap";
  world_.advance(10s);
  EXPECT_THAT(told_, ElementsAre(true, false));
  EXPECT_FALSE(a_->store.critical());
}

TEST_F(PressureTest, AFewFailuresAreNotCritical) {
  for (int i = 0; i < 5; ++i) {
    world_.fail_next(Call::renew, {.fault = Fault::unavailable}, 2);
    world_.advance(20s);
  }
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(PressureTest, AHundredEditsBetweenTwoSavesAreOneCommit) {
  Profile<Purse> p = load(world_, a_->purses, "p");
  world_.advance(10s);
  std::vector<std::string> payloads;
  world_.on_carried_out([&](const World::Server&, const CallInfo& call) {
    if (call.groups == nullptr) return;
    for (const Group& group : *call.groups) payloads.push_back(group.members.front().data->payload);
  });
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(give(p, 1));
    world_.advance(10ms);
  }
  EXPECT_THAT(payloads, IsEmpty()) << "the first edit was a second ago";
  world_.advance(5s);
  EXPECT_THAT(payloads, ElementsAre(R"({"version":"2","gold":200,"things":[]})"));
}

/// A database each of whose calls takes ten milliseconds, as a busy disk's do, and a server with
/// twenty players when five hundred more come.
class StormTest : public PressureTest {
 protected:
  StormTest() {
    for (int i = 0; i < 20; ++i) {
      purses_.push_back(load(world_, a_->purses, "old" + std::to_string(i)));
    }
    (void)load(world_, a_->purses, "wanted");
    world_.advance(6s);
    world_.on_call([this](const World::Server&, const CallInfo& call) -> Injection {
      batches_ += call.groups != nullptr ? 1 : 0;
      return {.fault = Fault::none, .lands_after = {}, .late_by = 10ms};
    });
  }
  std::vector<Profile<Purse>> purses_;
  int batches_ = 0;
};

TEST_F(StormTest, ItDelaysNoHandOver) {
  Game& b = play(world_, "b");
  world_.advance(1s);
  load_many(20s);
  world_.advance(20ms);
  const MonotonicTime asked = world_.clock().now();
  (void)load(world_, b.purses, "wanted");
  EXPECT_LE(world_.clock().now() - asked, 400ms);
  EXPECT_LT(loaded_, kMany / 4) << "most wait still";
  EXPECT_TRUE(world_.advance_until([&] { return loaded_ == kMany; }, 20s));
}

TEST_F(StormTest, ItStarvesNoSave) {
  load_many(20s);
  world_.advance(20ms);
  for (Profile<Purse>& purse : purses_) ASSERT_TRUE(give(purse, 1));
  EXPECT_TRUE(commit(world_, purses_.front(), 300ms)) << "what somebody waits for";
  EXPECT_LT(loaded_, kMany / 2);
  world_.advance(5s);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(stored_gold(world_, "old" + std::to_string(i)), 101) << i;
}

TEST_F(StormTest, SavesGoOutInFewerAndLargerBatchesMeanwhile) {
  const auto batches_in_two_seconds = [&] {
    const int before = batches_;
    for (std::size_t i = 0; i < 120; ++i) {
      Profile<Purse>& purse = purses_[i % purses_.size()];
      EXPECT_TRUE(give(purse, 1));
      purse.commit();
      world_.advance(17ms);
    }
    return batches_ - before;
  };
  constexpr int kStorm = 20 * kMany;
  EXPECT_GE(batches_in_two_seconds(), 60);
  load_many(20s, kStorm);
  const int meanwhile = batches_in_two_seconds();
  EXPECT_LT(loaded_, kStorm);
  EXPECT_LE(meanwhile, 2 + 21);
  EXPECT_GE(meanwhile, 15);
}

class JournalDiskTest : public PressureTest {
 protected:
  JournalDiskTest() {
    StoreOptions options = small_store();
    options.on_critical = [this](bool critical) { told_.push_back(critical); };
    options.on_error = [this](const Error& error) { errors_.push_back(error.code()); };
    b_ = &world_.start("b", options, "another").make<Game>();
    p_ = load(world_, b_->purses, "p");
  }
  Game* b_ = nullptr;
  Profile<Purse> p_;
  std::vector<ErrorCode> errors_;
};

TEST_F(JournalDiskTest, AFailedSyncIsToldOnceAndRepaired) {
  world_.fail_syncs(1, "another");
  ASSERT_TRUE(give(p_, 1));
  world_.advance(2s);
  EXPECT_THAT(errors_, ElementsAre(ErrorCode::io_error));
  EXPECT_THAT(told_, IsEmpty()) << "the images are in a new segment";
  world_.crash_machine("another");
  world_.server("b").restart();
  world_.advance(20s);
  EXPECT_EQ(stored_gold(world_, "p"), 101);
}

TEST_F(JournalDiskTest, ADiskThatGoesOnFailingIsCriticalAndPlayGoesOn) {
  world_.fail_syncs(1'000'000, "another");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(give(p_, 1));
    world_.advance(500ms);
  }
  EXPECT_THAT(errors_, ElementsAre(ErrorCode::io_error)) << "once, not each time";
  EXPECT_THAT(told_, ElementsAre(true));
  EXPECT_TRUE(b_->store.critical());
  EXPECT_TRUE(commit(world_, p_)) << "the database takes it";
  EXPECT_EQ(stored_gold(world_, "p"), 120);
  world_.fail_syncs(0, "another");
  world_.advance(32s);
  EXPECT_THAT(told_, ElementsAre(true, false));
}

TEST_F(JournalDiskTest, AFullDiskIsCriticalUntilThereIsRoom) {
  world_.limit_disk(0, "another");
  const std::string large(30'000, 'x');
  Result<void> full;
  for (int i = 0; i < 60 && full; ++i) {
    full = p_.edit([&](Purse& data) { data.things.assign(2, large + std::to_string(i)); });
    world_.advance(20ms);
  }
  EXPECT_EQ(full.error().code(), ErrorCode::journal_full);
  EXPECT_THAT(told_, ElementsAre(true));
  EXPECT_EQ(errors_.size(), 1U);
  world_.limit_disk(std::uint64_t{1} << 30, "another");
  world_.advance(40s);
  EXPECT_THAT(told_, ElementsAre(true, false));
  EXPECT_TRUE(give(p_, 1));
}

}  // namespace
}  // namespace keepsake::test
