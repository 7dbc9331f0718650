#include "src/session/acquire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr MonotonicTime kStart{1000s};
const Owner kSelf{.server = {"a"}, .incarnation = 1};
const Owner kOther{.server = {"b"}, .incarnation = 2};

/// Drives one machine and writes its commands down in words.
class AcquireTest : public testing::Test {
 protected:
  using Told = std::vector<std::string>;

  AcquireTest()
      : machine_({.key = {"Guilds", "g"},
                  .self = kSelf,
                  .generation = {.high = 1, .low = 1},
                  .session = {.high = 2, .low = 2},
                  .ask = {.high = 3, .low = 3},
                  .readable_ordinal = 4,
                  .deadline = kStart + 20s},
                 Timing{}) {}

  Told in_words(AcquireMachine::Commands commands) {
    Told words;
    for (AcquireMachine::Command& command : commands) {
      if (auto* send = std::get_if<AcquireMachine::Send>(&command)) {
        words.push_back("send " + std::to_string(send->request.ask_number));
      } else if (std::holds_alternative<AcquireMachine::SendWithdraw>(command)) {
        words.emplace_back("withdraw");
      } else if (auto* wake = std::get_if<AcquireMachine::WakeAt>(&command)) {
        wake_ = wake->when;
        words.push_back("wake in " + std::to_string(to_ms(wake->when - now_)));
      } else if (std::holds_alternative<AcquireMachine::HeldBy>(command)) {
        words.emplace_back("held");
      } else {
        outcome_ = std::get<AcquireMachine::Finish>(command).outcome;
        words.push_back(*outcome_ ? "acquired" : std::string(name(outcome_->error().code())));
      }
    }
    return words;
  }
  Told start() { return in_words(machine_.start(now_, 5)); }
  Told answer(Result<AcquireAnswer> what) {
    return in_words(machine_.answered(std::move(what), now_, 5));
  }
  Told held(AskStanding standing, std::uint64_t offered, const Owner& owner = kOther,
            LeaseState state = LeaseState::open) {
    return answer(AcquireAnswer(
        Held{.owner = owner, .owner_state = state, .ask = standing, .offered_number = offered}));
  }
  Told contended(std::int64_t for_ms, AskStanding standing = AskStanding::none) {
    return answer(AcquireAnswer(Held{.owner = kOther,
                                     .owner_state = LeaseState::open,
                                     .ask = standing,
                                     .offered_number = 8,
                                     .contended_ms = for_ms}));
  }
  Told lost() { return answer(Error(ErrorCode::in_doubt)); }
  Told on_time() {
    now_ = wake_;
    return in_words(machine_.wake(now_, 5, false));
  }
  Told notified() { return in_words(machine_.wake(now_, 5, true)); }
  Told give_up() { return in_words(machine_.give_up(Error(ErrorCode::cancelled))); }
  Told withdrawn(Result<void> what) { return in_words(machine_.withdrawn(what, now_)); }
  Told acquired() { return answer(AcquireAnswer(Acquired{})); }
  void ask() {
    EXPECT_THAT(start(), ElementsAre("send 0"));
    EXPECT_THAT(held(AskStanding::none, 7), ElementsAre("held", "send 7"));
    EXPECT_THAT(held(AskStanding::ours, 8), ElementsAre("held", "wake in 250"));
  }

  AcquireMachine machine_;
  MonotonicTime now_ = kStart;
  MonotonicTime wake_{};
  std::optional<Result<Record>> outcome_;
};

TEST_F(AcquireTest, TakesAFreeProfile) {
  const auto commands = machine_.start(now_, 5);
  ASSERT_EQ(commands.size(), 1U);
  const Acquire& request = std::get<AcquireMachine::Send>(commands[0]).request;
  EXPECT_EQ(request.key, (ProfileKey{"Guilds", "g"}));
  EXPECT_EQ(request.self, kSelf);
  EXPECT_EQ(request.readable_ordinal, 4U);
  EXPECT_EQ(request.now_ms, 5);
  EXPECT_EQ(request.ask_number, 0U)
      << "nobody is disturbed before it is known that somebody has it";
  EXPECT_EQ(request.ask_duration_ms, 20'000);
  EXPECT_THAT(acquired(), ElementsAre("acquired"));
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, AsksOnceAndThenOnlyLooks) {
  ask();
  EXPECT_THAT(on_time(), ElementsAre("send 7")) << "with the number that is written: a read";
  EXPECT_THAT(held(AskStanding::ours, 8), ElementsAre("held", "wake in 250"));
  EXPECT_THAT(on_time(), ElementsAre("send 7"));
  EXPECT_THAT(acquired(), ElementsAre("acquired"));
}

TEST_F(AcquireTest, DrawsAgainWhenAnotherWasQuickerWithTheSameNumber) {
  (void)start();
  (void)held(AskStanding::none, 7);
  EXPECT_THAT(held(AskStanding::newer, 8), ElementsAre("held", "send 8"));
  EXPECT_THAT(held(AskStanding::ours, 9), ElementsAre("held", "wake in 250"));
}

TEST_F(AcquireTest, IsSupersededByANewerAsk) {
  ask();
  (void)on_time();
  EXPECT_THAT(held(AskStanding::newer, 9), ElementsAre("superseded"));
  EXPECT_EQ(outcome_->error().text(), "superseded: Guilds/g: a newer request for this profile won");
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, AnAskInDoubtIsNeverDrawnAgain) {
  (void)start();
  (void)held(AskStanding::none, 7);
  EXPECT_THAT(lost(), ElementsAre("wake in 125"));
  EXPECT_THAT(on_time(), ElementsAre("send 7")) << "the same, unchanged";
  EXPECT_THAT(held(AskStanding::newer, 9), ElementsAre("superseded"))
      << "it may have been written and then been superseded: an older ask replaces no newer one";
}

TEST_F(AcquireTest, AnAskInDoubtThatWasWrittenGoesOn) {
  (void)start();
  (void)held(AskStanding::none, 7);
  (void)lost();
  (void)on_time();
  EXPECT_THAT(held(AskStanding::ours, 8), ElementsAre("held", "wake in 250"));
}

TEST_F(AcquireTest, ALostReplyBeforeTheAskDoesNotMakeItSuperseded) {
  EXPECT_THAT(start(), ElementsAre("send 0"));
  (void)lost();
  EXPECT_THAT(on_time(), ElementsAre("send 0"));
  (void)held(AskStanding::none, 7);
  EXPECT_THAT(held(AskStanding::newer, 8), ElementsAre("held", "send 8"));
}

TEST_F(AcquireTest, ALostReplyToATakeIsFoundOut) {
  (void)start();
  (void)lost();
  (void)on_time();
  EXPECT_THAT(acquired(), ElementsAre("acquired"));
}

TEST_F(AcquireTest, WaitsForARecoveryWithoutAsking) {
  (void)start();
  EXPECT_THAT(held(AskStanding::none, 7, kOther, LeaseState::closed),
              ElementsAre("held", "wake in 25"));
  EXPECT_THAT(on_time(), ElementsAre("send 0"));
}

TEST_F(AcquireTest, WaitsForItsOwnServersLastSession) {
  (void)start();
  EXPECT_THAT(held(AskStanding::none, 7, kSelf), ElementsAre("held", "wake in 25"));
  EXPECT_THAT(on_time(), ElementsAre("send 0"));
}

TEST_F(AcquireTest, AsksTheNextOwnerWhenTheProfilePassedToAnother) {
  (void)start();
  (void)held(AskStanding::none, 7, kOther, LeaseState::closed);
  (void)on_time();
  EXPECT_THAT(held(AskStanding::none, 7), ElementsAre("held", "send 7"));
}

TEST_F(AcquireTest, WaitsUntilAContendedProfileTakesAsks) {
  (void)start();
  EXPECT_THAT(contended(600), ElementsAre("held", "wake in 250"));
  EXPECT_THAT(on_time(), ElementsAre("send 0")) << "its owner may let it go before";
  EXPECT_THAT(contended(350), ElementsAre("held", "wake in 250"));
  EXPECT_THAT(on_time(), ElementsAre("send 0"));
  EXPECT_THAT(held(AskStanding::none, 8), ElementsAre("held", "send 8"));
}

TEST_F(AcquireTest, AnswersContendedWhereItMayNotWaitSoLong) {
  (void)start();
  EXPECT_THAT(contended(20'000), ElementsAre("contended"));
  EXPECT_EQ(outcome_->error().text(),
            "contended: Guilds/g: the profile was handed over three times within ten seconds; "
            "load it again in 20000 ms");
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, AnAskInDoubtOfAContendedProfileIsWithdrawn) {
  (void)start();
  (void)held(AskStanding::none, 7);
  (void)lost();
  (void)on_time();
  EXPECT_THAT(contended(20'000), ElementsAre("contended", "withdraw"));
}

TEST_F(AcquireTest, RefusesWhatItCannotReadBeforeItAsks) {
  (void)start();
  const SchemaStamp stored{.version = "9", .ordinal = 9, .last_compatible = 9};
  EXPECT_THAT(answer(AcquireAnswer(TooNew{stored})), ElementsAre("needs_newer_server"));
  EXPECT_EQ(outcome_->error().text(),
            "needs_newer_server: Guilds/g: expected data that version number 4 or older can read, "
            "found version \"9\"; send the player to a server with the newer build");
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, WithdrawsAnAskWhoseDataBecameTooNew) {
  ask();
  (void)on_time();
  EXPECT_THAT(answer(AcquireAnswer(TooNew{})), ElementsAre("needs_newer_server", "withdraw"));
  EXPECT_THAT(withdrawn({}), ElementsAre());
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, WithdrawsAfterAnErrorThatEndsIt) {
  ask();
  (void)on_time();
  EXPECT_THAT(answer(Error(ErrorCode::io_error)), ElementsAre("io_error", "withdraw"));
  EXPECT_EQ(outcome_->error().key(), "g");
}

TEST_F(AcquireTest, HasNothingToWithdrawBeforeItAsked) {
  (void)start();
  EXPECT_THAT(answer(Error(ErrorCode::corrupt)), ElementsAre("corrupt"));
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, WithdrawsATakeInDoubt) {
  (void)start();
  (void)lost();
  (void)on_time();
  EXPECT_THAT(answer(Error(ErrorCode::io_error)), ElementsAre("io_error", "withdraw"));
}

TEST_F(AcquireTest, BacksOffWhileTheDatabaseDoesNotAnswer) {
  (void)start();
  for (const Duration wait : {250ms, 500ms, 1000ms, 2000ms, 2000ms}) {
    EXPECT_THAT(answer(Error(ErrorCode::unavailable)), ElementsAre(StartsWith("wake in ")));
    EXPECT_GE(wake_ - now_, wait / 2);
    EXPECT_LT(wake_ - now_, wait);
    EXPECT_THAT(on_time(), ElementsAre("send 0"));
  }
  (void)held(AskStanding::none, 7, kSelf);
  (void)on_time();
  EXPECT_THAT(answer(Error(ErrorCode::unavailable)), ElementsAre(StartsWith("wake in ")));
  EXPECT_LT(wake_ - now_, 250ms);
}

TEST_F(AcquireTest, TimesOutAndWithdraws) {
  ask();
  now_ = kStart + 19900ms;
  (void)notified();
  EXPECT_THAT(held(AskStanding::ours, 8), ElementsAre("held", "wake in 100"));
  EXPECT_THAT(on_time(), ElementsAre("timed_out", "withdraw"));
  EXPECT_EQ(outcome_->error().text(),
            "timed_out: Guilds/g: the profile's owner did not pass it on in time; try again; "
            "`keepsake sessions` shows who holds it");
}

TEST_F(AcquireTest, SaysThatTheDatabaseWasAway) {
  (void)start();
  now_ = kStart + 19900ms;
  (void)answer(Error(ErrorCode::unavailable));
  EXPECT_THAT(on_time(), ElementsAre("timed_out", "withdraw"));
  EXPECT_EQ(outcome_->error().cause(), "the database did not answer in time");
}

TEST_F(AcquireTest, AnswersWhoWaitsAtOnceAndWithdrawsWhenTheRequestIsBack) {
  (void)start();
  EXPECT_THAT(give_up(), ElementsAre("cancelled"));
  EXPECT_FALSE(machine_.over());
  EXPECT_THAT(acquired(), ElementsAre("withdraw")) << "not a second outcome";
  EXPECT_THAT(withdrawn({}), ElementsAre());
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, WithdrawsUntilThatIsConfirmed) {
  ask();
  EXPECT_THAT(give_up(), ElementsAre("cancelled", "withdraw"));
  EXPECT_THAT(withdrawn(Error(ErrorCode::in_doubt)), ElementsAre("wake in 125"));
  EXPECT_THAT(on_time(), ElementsAre("withdraw"));
  EXPECT_THAT(withdrawn(Error(ErrorCode::unavailable)), ElementsAre("wake in 250"));
  EXPECT_THAT(notified(), ElementsAre("withdraw"));
  EXPECT_THAT(withdrawn({}), ElementsAre());
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, EndsAWithdrawalThatCanNeverWork) {
  ask();
  (void)give_up();
  EXPECT_THAT(withdrawn(Error(ErrorCode::corrupt)), ElementsAre());
  EXPECT_TRUE(machine_.over());
}

TEST_F(AcquireTest, GivesUpOnce) {
  ask();
  EXPECT_THAT(give_up(), ElementsAre("cancelled", "withdraw"));
  EXPECT_THAT(give_up(), ElementsAre());
}

TEST_F(AcquireTest, IsNotGivenUpOnceItHasEnded) {
  (void)start();
  (void)acquired();
  EXPECT_THAT(give_up(), ElementsAre());
}

TEST_F(AcquireTest, IgnoresWakesThatAreStale) {
  EXPECT_THAT(start(), ElementsAre("send 0"));
  EXPECT_THAT(notified(), ElementsAre()) << "a request is under way";
  (void)held(AskStanding::none, 7);
  (void)held(AskStanding::ours, 8);
  now_ = wake_ - 1ns;
  EXPECT_THAT(in_words(machine_.wake(now_, 5, false)), ElementsAre()) << "an earlier wait's";
  EXPECT_THAT(notified(), ElementsAre("send 7")) << "but a notification is heeded at once";
  EXPECT_THAT(acquired(), ElementsAre("acquired"));
  EXPECT_THAT(notified(), ElementsAre());
}

}  // namespace
}  // namespace keepsake
