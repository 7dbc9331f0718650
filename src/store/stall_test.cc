// A game that does not pump: a hang that costs it its players, or a stall that was announced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StallTest : public testing::Test {
 protected:
  StallTest() {
    EXPECT_TRUE(give(p_, 1));
    world_.advance(6s);
  }
  static WorldOptions logged(std::vector<std::string>& lines) {
    WorldOptions options;
    options.log = [&lines](LogLevel, std::string_view line) { lines.emplace_back(line); };
    return options;
  }
  [[nodiscard]] bool lease_is_open() {
    const std::vector<Lease> leases = world_.database().leases().value();
    for (const Lease& lease : leases) {
      if (lease.owner.server.text == "a") return lease.state == LeaseState::open;
    }
    return false;
  }
  /// Under a new lease, since the one before was closed.
  [[nodiscard]] bool came_back() { return p_ && p_.info().epoch == 2; }

  std::vector<std::string> lines_;
  World world_{logged(lines_)};
  Game& a_ = play(world_, "a");
  Game& b_ = play_on(world_, "b", "far");
  Profile<Purse> p_ = load(world_, a_.purses, "p");
};

TEST_F(StallTest, AServerThatHangsForThirtySecondsLosesPlayersWhomOthersLoad) {
  world_.server("a").stall(30s);
  EXPECT_TRUE(load(world_, b_.purses, "p"));
  world_.advance(31s);
  EXPECT_FALSE(p_);
  EXPECT_THAT(a_.told, ElementsAre("p error session_lost", "p ended lost"));
  EXPECT_EQ(a_.store.stats().stalls, 0U);
}

TEST_F(StallTest, WhomNobodyLoadedMeanwhileItHasAgain) {
  world_.server("a").stall(30s);
  world_.advance(31s);
  EXPECT_TRUE(came_back());
  EXPECT_THAT(a_.told, IsEmpty());
}

TEST_F(StallTest, AnAnnouncedStallOfThirtySecondsKeepsThem) {
  ASSERT_TRUE(a_.store.expect_stall(30s));
  world_.server("a").stall(30s);
  for (int i = 0; i < 30; ++i) {
    world_.advance(1s);
    EXPECT_TRUE(lease_is_open()) << i;
  }
  world_.advance(1s);
  EXPECT_EQ(p_.state(), ProfileState::active);
  EXPECT_TRUE(give(p_, 1));
  EXPECT_TRUE(commit(world_, p_));
  EXPECT_THAT(a_.told, IsEmpty());
  EXPECT_EQ(a_.store.stats().stalls, 1U);
}

TEST_F(StallTest, IsInTheLogWhenItBeginsAndWhenItEnds) {
  ASSERT_TRUE(a_.store.expect_stall(30s));
  EXPECT_EQ(lines_.back(),
            "the game won't pump for up to 30000 ms, as announced; its lease is renewed meanwhile");
  world_.server("a").stall(12s);
  world_.advance(13s);
  EXPECT_THAT(lines_.back(), HasSubstr("the game pumps again, 120"));
  EXPECT_THAT(lines_.back(), HasSubstr(" ms after it announced a stall of up to 30000 ms"));
}

TEST_F(StallTest, EndsWithTheNextPumpHoweverEarly) {
  ASSERT_TRUE(a_.store.expect_stall(300s));
  world_.advance(100ms);
  world_.server("a").stall(30s);
  world_.advance(31s);
  EXPECT_TRUE(came_back()) << "its lease was closed";
}

TEST_F(StallTest, LongerThanAnnouncedIsAHang) {
  ASSERT_TRUE(a_.store.expect_stall(10s));
  world_.server("a").stall(60s);
  world_.advance(20s);  // a lease after its end, at the earliest
  EXPECT_TRUE(lease_is_open());
  world_.advance(5s);
  EXPECT_FALSE(lease_is_open());
  world_.advance(36s);
  EXPECT_TRUE(came_back());
}

TEST_F(StallTest, MayBeAnnouncedAnewByAGameThatIsAliveButDoesNotPump) {
  world_.server("a").stall(60s);
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(a_.store.expect_stall(11s));
    world_.advance(10s);
  }
  world_.advance(1s);
  EXPECT_TRUE(p_);
}

TEST_F(StallTest, WhoAsksForItsPlayersGetsThemAfterwards) {
  Game& c = play(world_, "c");
  ASSERT_TRUE(a_.store.expect_stall(12s));
  world_.server("a").stall(12s);
  const MonotonicTime asked = world_.clock().now();
  EXPECT_EQ(load(world_, c.purses, "p")->gold, 101);
  EXPECT_GE(world_.clock().now() - asked, 12s);
  world_.advance(100ms);
  EXPECT_THAT(a_.told, ElementsAre("p ended handed_over"));
}

TEST_F(StallTest, OfAProcessThatDiesInItIsTakenOverAsEver) {
  Game& c = play(world_, "c");
  EXPECT_TRUE(give(p_, 1));
  ASSERT_TRUE(a_.store.expect_stall(60s));
  world_.server("a").stall(60s);
  world_.advance(1s);
  world_.server("a").crash();
  const MonotonicTime asked = world_.clock().now();
  EXPECT_EQ(load(world_, c.purses, "p")->gold, 102);
  EXPECT_LE(world_.clock().now() - asked, 400ms);
}

TEST_F(StallTest, IsBounded) {
  EXPECT_EQ(a_.store.expect_stall(kLongestStall + 1ms).error().text(),
            "invalid_argument: a stall of that length can't be announced: expected more than 0 ms, "
            "at most 300000 ms, found 300001 ms");
  EXPECT_EQ(a_.store.expect_stall(0s).error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(a_.store.expect_stall(kLongestStall));
  EXPECT_EQ(a_.store.stats().stalls, 1U);
}

}  // namespace
}  // namespace keepsake::test
