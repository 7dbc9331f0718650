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
  void load_many(Duration deadline) {
    for (int i = 0; i < kMany; ++i) {
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

}  // namespace
}  // namespace keepsake::test
