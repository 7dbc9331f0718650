#include "src/session/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr MonotonicTime kStart{1000s};
const Owner kSelf{.server = {"a"}, .incarnation = 1};
const Owner kOther{.server = {"b"}, .incarnation = 2};
const Owner kThird{.server = {"c"}, .incarnation = 3};

Lease lease_of(const Owner& owner, std::uint64_t renewal, LeaseState state = LeaseState::open,
               Incarnation recoverer = 0) {
  Lease lease;
  lease.owner = owner;
  lease.renewal = renewal;
  lease.state = state;
  lease.recoverer = recoverer;
  return lease;
}

class LeaseKeeperTest : public testing::Test {
 protected:
  LeaseKeeperTest() : keeper_(Timing{}) { keeper_.opened(kSelf, kStart); }

  /// Goes to the next renewal, which shows `others` and takes `latency`.
  void renew(std::vector<Lease> others, Duration latency = 1ms) {
    now_ = std::max(now_, keeper_.next_tick());
    const auto request = keeper_.tick(now_, true);
    ASSERT_TRUE(request);
    now_ += latency;
    keeper_.renewed(Renewed{.others = std::move(others), .acquired = {}, .asks = {}}, now_);
  }
  void fail(ErrorCode code, Duration latency = 1ms) {
    now_ = std::max(now_, keeper_.next_tick());
    ASSERT_TRUE(keeper_.tick(now_, true));
    now_ += latency;
    keeper_.renewed(Error(code), now_);
  }
  /// Renews until somebody is to be closed; the time since `since`, or a minute.
  Duration until_closing(const std::vector<Lease>& others, MonotonicTime since,
                         Duration latency = 1ms) {
    while (keeper_.to_close().empty() && now_ - since < 60s) renew(others, latency);
    return now_ - since;
  }

  LeaseKeeper keeper_;
  MonotonicTime now_ = kStart;
};

TEST_F(LeaseKeeperTest, RenewsAtOnceAndThenEveryTwoSeconds) {
  EXPECT_EQ(keeper_.next_tick(), kStart);
  renew({});
  EXPECT_EQ(keeper_.next_tick(), kStart + 2s);
  EXPECT_EQ(keeper_.tick(kStart + 1999ms, true), std::nullopt);
  const auto request = keeper_.tick(kStart + 2s, true);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->self, kSelf);
  EXPECT_EQ(request->renewal, 2U);
}

TEST_F(LeaseKeeperTest, SendsOneRenewalAtATime) {
  ASSERT_TRUE(keeper_.tick(kStart, true));
  EXPECT_EQ(keeper_.tick(kStart + 5s, true), std::nullopt);
}

TEST_F(LeaseKeeperTest, CountsItsDeadlineFromWhenTheConfirmedRenewalWasSent) {
  EXPECT_EQ(keeper_.deadline(), kStart + 9s);
  now_ = kStart + 3s;
  renew({}, 700ms);
  EXPECT_EQ(keeper_.deadline(), kStart + 3s + 9s);
  fail(ErrorCode::in_doubt);
  EXPECT_EQ(keeper_.deadline(), kStart + 3s + 9s) << "what is in doubt prolongs nothing";
}

TEST_F(LeaseKeeperTest, DoesNotRenewForAGameThatDoesNotPump) {
  EXPECT_EQ(keeper_.tick(kStart + 2s, false), std::nullopt);
  EXPECT_LE(keeper_.next_tick(), kStart + 2s + 100ms) << "it may only be late";
  EXPECT_TRUE(keeper_.tick(kStart + 3s, true));
}

TEST_F(LeaseKeeperTest, TriesAgainSoonAfterAFailureWithAHigherNumber) {
  fail(ErrorCode::unavailable);
  EXPECT_EQ(keeper_.next_tick(), kStart + 500ms);
  EXPECT_EQ(keeper_.tick(keeper_.next_tick(), true)->renewal, 2U);
  EXPECT_EQ(keeper_.state(), LeaseKeeper::State::open);
}

TEST_F(LeaseKeeperTest, IsLostWhenAnotherClosedIt) {
  fail(ErrorCode::lease_closed);
  EXPECT_EQ(keeper_.state(), LeaseKeeper::State::lost);
  EXPECT_EQ(keeper_.tick(now_ + 10s, true), std::nullopt);
}

TEST_F(LeaseKeeperTest, IsLostWhenTheDatabaseIsAnother) {
  fail(ErrorCode::backend_went_back);
  EXPECT_EQ(keeper_.state(), LeaseKeeper::State::lost);
}

TEST_F(LeaseKeeperTest, ReadsANumberAgainExactlyOneLeaseAfterItWasFirstSeen) {
  renew({lease_of(kOther, 7)});
  const MonotonicTime seen = now_;
  while (keeper_.to_close().empty() && now_ - seen < 60s) {
    const MonotonicTime next = keeper_.next_tick();
    renew({lease_of(kOther, 7)});
    if (!keeper_.to_close().empty()) {
      EXPECT_EQ(next - seen, 10s);
    }
  }
  ASSERT_EQ(keeper_.to_close().size(), 1U);
  EXPECT_EQ(keeper_.to_close()[0].target, kOther);
  EXPECT_EQ(keeper_.to_close()[0].self, kSelf);
  EXPECT_EQ(keeper_.to_close()[0].renewal, 7U);
  EXPECT_FALSE(keeper_.to_close()[0].recovered);
}

TEST_F(LeaseKeeperTest, NeverClosesAServerWhoseNumberMoves) {
  for (std::uint64_t number = 1; number <= 100; ++number) {
    renew({lease_of(kOther, number / 3)});  // a slow one: every six seconds
    EXPECT_THAT(keeper_.to_close(), IsEmpty());
  }
}

// The last renewal of the dead was seen as late as it could be: just before ours.
TEST_F(LeaseKeeperTest, ClosesWithinALeaseARenewalAndARead) {
  renew({lease_of(kOther, 1)});
  now_ += 1ms;
  const MonotonicTime died = now_;
  EXPECT_LE(until_closing({lease_of(kOther, 2)}, died), 14s);
}

TEST_F(LeaseKeeperTest, ASlowDatabaseDoesNotPostponeATakeover) {
  renew({lease_of(kOther, 1)}, 900ms);
  const MonotonicTime died = now_;
  const Duration took = until_closing({lease_of(kOther, 1)}, died, 900ms);
  EXPECT_GE(took, 10s);
  EXPECT_LE(took, 14s);
}

TEST_F(LeaseKeeperTest, ALateReadAddsNothing) {
  renew({lease_of(kOther, 1)});
  for (int i = 0; i < 30; ++i) {
    renew({lease_of(kOther, 1)}, 1001ms);  // every one of them
    EXPECT_THAT(keeper_.to_close(), IsEmpty());
  }
}

TEST_F(LeaseKeeperTest, OneLateReadDoesNotPostponeForEver) {
  renew({lease_of(kOther, 1)});
  const MonotonicTime seen = now_;
  renew({lease_of(kOther, 1)});
  renew({lease_of(kOther, 1)});
  renew({lease_of(kOther, 1)}, 1500ms);
  const Duration took = until_closing({lease_of(kOther, 1)}, seen);
  EXPECT_GE(took, 10s + 2s) << "the time around the late read does not count";
  EXPECT_LE(took, 10s + 6s) << "but what was watched before does";
}

TEST_F(LeaseKeeperTest, AfterAGapTwoFurtherRenewalsAreWatched) {
  renew({lease_of(kOther, 1)});
  while (now_ - kStart < 7500ms) renew({lease_of(kOther, 1)});
  now_ += 8s;  // an outage
  renew({lease_of(kOther, 1)});
  const MonotonicTime back = now_;
  EXPECT_THAT(keeper_.to_close(), IsEmpty());
  renew({lease_of(kOther, 1)});
  EXPECT_THAT(keeper_.to_close(), IsEmpty()) << "one";
  EXPECT_GE(until_closing({lease_of(kOther, 1)}, back), 3900ms) << "two, at their usual distance";
}

TEST_F(LeaseKeeperTest, AnOutageTakesNobodysPlayers) {
  for (std::uint64_t number = 1; number < 4; ++number) renew({lease_of(kOther, number)});
  for (int i = 0; i < 600; ++i) fail(ErrorCode::unavailable);  // five minutes
  renew({lease_of(kOther, 3)});  // we are back a little earlier than the other
  EXPECT_THAT(keeper_.to_close(), IsEmpty());
  for (std::uint64_t number = 4; number < 20; ++number) {
    renew({lease_of(kOther, number)});
    EXPECT_THAT(keeper_.to_close(), IsEmpty());
  }
}

TEST_F(LeaseKeeperTest, AShortOutageAddsNothingEither) {
  renew({lease_of(kOther, 1)});
  while (now_ - kStart < 7500ms) renew({lease_of(kOther, 1)});
  const MonotonicTime away = now_;
  while (now_ - away < 2500ms) fail(ErrorCode::unavailable);
  renew({lease_of(kOther, 1)});
  EXPECT_THAT(keeper_.to_close(), IsEmpty());
  EXPECT_GE(until_closing({lease_of(kOther, 1)}, kStart), 12500ms)
      << "of this it was away for 2.5 s";
  EXPECT_LE(now_ - kStart, 16s);
}

TEST_F(LeaseKeeperTest, AnOutageDoesNotSaveTheDead) {
  renew({lease_of(kOther, 1)});
  for (int i = 0; i < 20; ++i) fail(ErrorCode::unavailable);
  EXPECT_LE(until_closing({lease_of(kOther, 1)}, now_), 14s);
}

TEST_F(LeaseKeeperTest, ANewIncarnationIsWatchedAnew) {
  renew({lease_of(kOther, 1)});
  while (now_ - kStart < 9s) renew({lease_of(kOther, 1)});
  Owner restarted = kOther;
  restarted.incarnation = 9;
  const MonotonicTime seen = now_;
  EXPECT_GE(until_closing({lease_of(restarted, 1)}, seen), 10s);
}

TEST_F(LeaseKeeperTest, TakesOverARecoveryWhoseRecovererIsGone) {
  renew({lease_of(kOther, 5, LeaseState::closed, kThird.incarnation)});
  ASSERT_EQ(keeper_.to_close().size(), 1U);
  EXPECT_EQ(keeper_.to_close()[0].target, kOther);
  EXPECT_EQ(keeper_.to_close()[0].dead_recoverer, kThird.incarnation);
}

TEST_F(LeaseKeeperTest, GoesOnWithWhatItHasClosedItself) {
  renew({lease_of(kOther, 5, LeaseState::closed, kSelf.incarnation)});
  ASSERT_EQ(keeper_.to_close().size(), 1U);
  EXPECT_EQ(keeper_.to_close()[0].target, kOther);
}

TEST_F(LeaseKeeperTest, TakesOverARecoveryWhoseRecoverersLeaseIsClosed) {
  renew({lease_of(kOther, 5, LeaseState::closed, kThird.incarnation),
         lease_of(kThird, 1, LeaseState::closed, kSelf.incarnation)});
  ASSERT_EQ(keeper_.to_close().size(), 2U);
  EXPECT_EQ(keeper_.to_close()[0].target, kOther);
}

TEST_F(LeaseKeeperTest, LeavesARecoveryToALivingRecoverer) {
  for (std::uint64_t number = 1; number < 20; ++number) {
    renew({lease_of(kOther, 5, LeaseState::closed, kThird.incarnation), lease_of(kThird, number)});
    EXPECT_THAT(keeper_.to_close(), IsEmpty());
  }
}

TEST_F(LeaseKeeperTest, TakesOverALeaseThatNobodyRecovers) {
  renew({lease_of(kOther, 5, LeaseState::closed, 0)});
  ASSERT_EQ(keeper_.to_close().size(), 1U);
  EXPECT_EQ(keeper_.to_close()[0].dead_recoverer, 0U);
}

TEST_F(LeaseKeeperTest, ForgetsWhatItWatchedWithItsLease) {
  renew({lease_of(kOther, 1)});
  while (now_ - kStart < 9s) renew({lease_of(kOther, 1)});
  Owner again = kSelf;
  again.incarnation = 10;
  keeper_.opened(again, now_);
  EXPECT_EQ(keeper_.find(kOther.incarnation), nullptr);
  const MonotonicTime seen = now_;
  EXPECT_GE(until_closing({lease_of(kOther, 1)}, seen), 10s);
}

TEST_F(LeaseKeeperTest, ForgetsLeasesThatAreRecovered) {
  renew({lease_of(kOther, 1)});
  EXPECT_NE(keeper_.find(kOther.incarnation), nullptr);
  renew({});
  EXPECT_EQ(keeper_.find(kOther.incarnation), nullptr);
}

}  // namespace
}  // namespace keepsake
