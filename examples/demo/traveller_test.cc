#include "examples/demo/traveller.h"

#include <gtest/gtest.h>

namespace {

using demo::kNowhere;
using demo::Purpose;
using demo::Traveller;
using keepsake::MonotonicTime;

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;

MonotonicTime at(int ms) { return MonotonicTime(std::chrono::milliseconds(ms)); }

Traveller playing_on(std::size_t server) {
  Traveller traveller;
  traveller.join(server, Purpose::join, at(1));
  traveller.ready = true;
  return traveller;
}

TEST(Traveller, IsNowhereOnceItsServerHasEndedItsSession) {
  Traveller traveller = playing_on(kB);
  traveller.left(kA, at(0));
  EXPECT_EQ(traveller.server, kB) << "it wasn't there";
  traveller.left(kB, at(0));
  EXPECT_EQ(traveller.server, kNowhere);
  EXPECT_FALSE(traveller.ready);
}

TEST(Traveller, AHopIsOnItsWayToTheNewServerWhateverTheOldOneSays) {
  Traveller traveller = playing_on(kB);
  traveller.hop(kA, at(2));
  EXPECT_EQ(traveller.server, kA);
  EXPECT_FALSE(traveller.ready);
  traveller.left(kB, at(3));
  EXPECT_EQ(traveller.server, kA);
  EXPECT_EQ(traveller.left_seen, at(3));
  traveller.left(kA, at(0));
  EXPECT_EQ(traveller.server, kNowhere) << "the new one lost it";
}

TEST(Traveller, IsBackOnAServerThatHasOnlyNowLetItGo) {
  Traveller traveller = playing_on(kB);
  traveller.hop(kA, at(2));
  traveller.join(kB, Purpose::takeover, at(3));  // A was killed
  traveller.left(kB, at(4));
  EXPECT_EQ(traveller.server, kB);
  EXPECT_EQ(traveller.left_seen, MonotonicTime{}) << "that hop is none any more";
  traveller.ready = true;
  traveller.left(kB, at(0));
  EXPECT_EQ(traveller.server, kNowhere);
}

TEST(Traveller, HopsBackBeforeTheFirstServerHasSaidThatItLeft) {
  Traveller traveller = playing_on(kA);
  traveller.hop(kB, at(2));
  traveller.ready = true;
  traveller.hop(kA, at(3));
  traveller.left(kA, at(2));
  EXPECT_EQ(traveller.server, kA);
  traveller.left(kB, at(3));
  EXPECT_EQ(traveller.server, kA);
  EXPECT_EQ(traveller.left_seen, at(3));
}

// A load under way is withdrawn, of which nothing is told.
TEST(Traveller, ThatCouldNotPlayYetIsOwedNoWord) {
  Traveller traveller = playing_on(kA);
  traveller.hop(kB, at(2));
  traveller.hop(kA, at(3));
  traveller.hop(kB, at(4));
  traveller.ready = true;
  traveller.left(kB, at(0));
  EXPECT_EQ(traveller.server, kNowhere);
}

}  // namespace
