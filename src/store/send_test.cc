// Value sent to another profile: taken and delivered once, whatever happens on the way (rule 30).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keepsake/backend/limits.h"
#include "src/store/message_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(SendTest, ALoadedProfileOfAnotherServerGetsItAtOnce) {
  const Profile<Purse> q = load(world_, b_.purses, "q");
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  EXPECT_EQ(p_->gold, 70);
  EXPECT_EQ(stored_gold(world_, "p"), 70) << "it is durable when the game is told";
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 100ms));
  EXPECT_THAT(b_.told, ElementsAre("q gets m"));
  EXPECT_TRUE(commit(world_, q));
  EXPECT_THAT(inbox_of(world_, "q"), IsEmpty());
}

TEST_F(SendTest, AnOwnerWhoHearsNothingFindsItAtARenewal) {
  const Profile<Purse> q = load(world_, b_.purses, "q");
  world_.lose_notifications();
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 3s));
}

TEST_F(SendTest, AProfileOfTheSameServerGetsItToo) {
  const Profile<Purse> q = load(world_, a_.purses, "q");
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  ASSERT_TRUE(send(world_, p_, "p", "to itself", 5));
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130 && p_->gold == 70; }, 1s));
}

TEST_F(SendTest, AKeyThatNobodyHasEverLoadedGetsItWithItsFirstSession) {
  ASSERT_TRUE(send(world_, p_, "new", "m", 30));
  world_.advance(1h);
  EXPECT_EQ(stored(world_, "new"), std::nullopt);
  const Profile<Purse> fresh = load(world_, b_.purses, "new");
  EXPECT_TRUE(world_.advance_until([&] { return fresh->gold == 130; }, 1s));
}

TEST_F(SendTest, ADebitThatRefusesSendsNothing) {
  EXPECT_EQ(send(world_, p_, "q", "m", 101).error().text(), "refused: too_poor");
  EXPECT_EQ(p_->gold, 100);
  ASSERT_TRUE(send(world_, p_, "q", "m", 100)) << "the id is free still";
  EXPECT_THAT(inbox_of(world_, "q"), ElementsAre("m"));
}

TEST_F(SendTest, OneIdIsSentOnceAndTakesItsValueOnce) {
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  EXPECT_EQ(p_->gold, 70);
  world_.server("a").crash();
  Profile<Purse> again = load(world_, b_.purses, "p");
  ASSERT_TRUE(send(world_, again, "q", "m", 30));
  const Profile<Purse> q = load(world_, b_.purses, "q");
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 1s));
  EXPECT_TRUE(commit(world_, q));
  ASSERT_TRUE(send(world_, again, "q", "m", 30)) << "handled already";
  world_.advance(3s);
  EXPECT_EQ(again->gold, 70);
  EXPECT_EQ(q->gold, 130);
}

TEST_F(SendTest, OneIdMayGoToSeveralKeys) {
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  ASSERT_TRUE(send(world_, p_, "r", "m", 30));
  EXPECT_EQ(p_->gold, 40);
  EXPECT_EQ(gold_in_inbox(world_, "q") + gold_in_inbox(world_, "r"), 60);
}

TEST_F(SendTest, ASecondCallUnderWayJoinsTheFirst) {
  int told = 0;
  for (int i = 0; i < 3; ++i) {
    p_.send(purse("q"), outgoing("m", Gift{30}), take_gold(30),
            [&](Result<std::uint64_t> done) { told += done ? 1 : 100; });
    world_.advance(1ms);
  }
  world_.advance(1s);
  EXPECT_EQ(told, 3);
  EXPECT_EQ(p_->gold, 70);
}

TEST_F(SendTest, AnothersIdIsRefused) {
  Profile<Purse> r = load(world_, b_.purses, "r");
  ASSERT_TRUE(send(world_, r, "q", "m", 10));
  EXPECT_EQ(send(world_, p_, "q", "m", 30).error().text(),
            "already_exists: Purses/q: another message of that id was sent there: found m; name "
            "the sender in the ids of messages");
  EXPECT_EQ(p_->gold, 100);
}

TEST_F(SendTest, TwoWhoUseOneIdAtTheSameTimeLoseNothing) {
  Profile<Purse> r = load(world_, b_.purses, "r");
  int sent = 0;
  for (Profile<Purse> from : {p_, r}) {
    from.send(purse("q"), outgoing("m", Gift{30}), take_gold(30),
              [&](const Result<std::uint64_t>& done) { sent += done ? 1 : 0; });
  }
  world_.advance(1s);
  EXPECT_EQ(sent, 2);
  EXPECT_EQ(gold_in_inbox(world_, "q"), 30);
  EXPECT_EQ(p_->gold + r->gold, 170) << "one of them has its gold back";
}

TEST_F(SendTest, RefusesWhatCanNeverBeSent) {
  const auto refusal = [&](ProfileKey to, Outgoing message) {
    return wait_for<std::uint64_t>(world_,
                                   [&](auto done) {
                                     p_.send(std::move(to), std::move(message), take_gold(1),
                                             std::move(done));
                                   })
        .error()
        .text();
  };
  EXPECT_EQ(refusal({"Purses", ""}, {.id = "m", .body = "{}"}),
            "invalid_argument: Purses: the key can't be used: expected 1 to 256 bytes of UTF-8 "
            "without control characters, found an empty key");
  EXPECT_EQ(refusal(purse("q"), {.id = "", .body = "{}"}),
            "invalid_argument: Purses/q: the message's id can't be used: expected 1 to 256 bytes, "
            "found 0 bytes");
  EXPECT_EQ(refusal(purse("q"), {.id = "returned:1", .body = "{}"}),
            "invalid_argument: Purses/q: the message's id is one of those of messages that come "
            "back");
  EXPECT_EQ(refusal(purse("q"), {.id = "m", .body = "{}", .expires = in(-1s)}),
            "invalid_argument: Purses/q: the message has expired before it is sent");
  EXPECT_EQ(refusal(purse("q"), {.id = "m", .body = std::string(kMaxMessageBytes + 1, ' ')}),
            "limit_exceeded: Purses/q: the message is too large: expected at most 65536 bytes, "
            "found 65537 bytes");
  EXPECT_THAT(refusal(purse("q"), {.id = "m", .body = "{gold}"}),
              ::testing::StartsWith("malformed: Purses/q: "));
  EXPECT_EQ(p_->gold, 100);
}

TEST_F(SendTest, AFullInboxIsRefusedBeforeAnythingIsTaken) {
  Create full;
  full.record.key = purse("q");
  for (std::size_t i = 0; i < kMaxInboxMessages; ++i) {
    full.inbox.push_back({.id = std::to_string(i), .body = R"({"gold":1})"});
  }
  ASSERT_TRUE(world_.database().create(full));
  EXPECT_EQ(send(world_, p_, "q", "m", 30).error().text(),
            "limit_exceeded: Purses/q: too many messages wait in that inbox: expected fewer than "
            "1000, found 1000");
  EXPECT_EQ(p_->gold, 100);
  const Profile<Purse> q = load(world_, b_.purses, "q");
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 1100; }, 10s));
  EXPECT_TRUE(commit(world_, q));
  EXPECT_TRUE(send(world_, p_, "q", "m", 30));
}

TEST_F(SendTest, WaitsNotForATieThatWaits) {
  Profile<Purse> q = load(world_, a_.purses, "q");
  world_.on_call([](const World::Server&, const CallInfo& call) -> Injection {
    return {.fault = call.call == Call::commit ? Fault::unavailable : Fault::none};
  });
  ASSERT_TRUE(a_.store.transact(tie(p_, q), [](Purse&, Purse&) { return Result<void>(); }));
  world_.advance(1s);
  EXPECT_EQ(send(world_, p_, "r", "m", 30).error().text(),
            "not_now: Purses/p: an earlier transaction of this profile still waits for its save");
  world_.on_call({});
  world_.advance(2s);
  EXPECT_TRUE(send(world_, p_, "r", "m", 30));
}

TEST_F(SendTest, IsRefusedWhileTheDatabaseIsAway) {
  world_.outage(30s);
  EXPECT_EQ(send(world_, p_, "q", "m", 30).error().code(), ErrorCode::unavailable);
  world_.advance(10s);
  EXPECT_EQ(send(world_, p_, "q", "m", 30).error().text(),
            "not_now: Purses/p: the database does not answer");
  EXPECT_EQ(p_->gold, 100);
}

TEST_F(SendTest, AnEndedSessionSendsNothing) {
  Profile<Purse> ended = p_;
  EXPECT_TRUE(end(world_, p_));
  EXPECT_EQ(send(world_, ended, "q", "m", 30).error().code(), ErrorCode::not_owner);
}

TEST_F(SendTest, ACrashOfTheSenderSendsOnceOrNotAtAll) {
  for (int after_ms = 0; after_ms < 20; ++after_ms) {
    World world({.seed = static_cast<std::uint64_t>(after_ms) + 1});
    MailGame& a = world.server("a").make<MailGame>();
    Profile<Purse> p = load(world, a.purses, "p");
    ASSERT_TRUE(commit(world, p));
    p.send(purse("q"), outgoing("m", Gift{30}), take_gold(30));
    world.advance(std::chrono::milliseconds(after_ms) / 2);
    world.server("a").crash();
    MailGame& b = world.server("b").make<MailGame>();
    Profile<Purse> again = load(world, b.purses, "p");
    const Profile<Purse> q = load(world, b.purses, "q");
    world.advance(3s);
    EXPECT_EQ(again->gold + q->gold, 200) << after_ms;
    ASSERT_TRUE(send(world, again, "q", "m", 30));
    EXPECT_TRUE(world.advance_until([&] { return q->gold == 130; }, 3s)) << after_ms;
    EXPECT_EQ(again->gold, 70) << after_ms;
  }
}

TEST_F(SendTest, ACrashOfTheReceiverCreditsOnce) {
  for (int after_ms = 0; after_ms < 20; ++after_ms) {
    World world({.seed = static_cast<std::uint64_t>(after_ms) + 1});
    MailGame& a = world.server("a").make<MailGame>();
    MailGame& b = world.server("b").make<MailGame>();
    Profile<Purse> p = load(world, a.purses, "p");
    Profile<Purse> q = load(world, b.purses, "q");
    ASSERT_TRUE(send(world, p, "q", "m", 30));
    world.advance(std::chrono::milliseconds(after_ms) * 2);
    if (after_ms % 2 == 0) q.commit();
    world.advance(std::chrono::microseconds(after_ms) * 40);
    world.server("b").crash();
    MailGame& c = world.server("c").make<MailGame>();
    const Profile<Purse> again = load(world, c.purses, "q");
    EXPECT_TRUE(world.advance_until([&] { return again->gold == 130; }, 3s)) << after_ms;
    world.advance(5s);
    EXPECT_EQ(again->gold, 130) << after_ms;
    EXPECT_THAT(inbox_of(world, "q"), IsEmpty());
  }
}

TEST_F(SendTest, LostRepliesAndLateCommitsDoubleNothing) {
  Profile<Purse> q = load(world_, b_.purses, "q");
  for (int i = 1; i <= 5; ++i) {
    const Duration late = std::chrono::milliseconds(1) * (7 << (2 * i));
    world_.fail_next(Call::commit, {.fault = Fault::reply_lost}, i);
    ASSERT_TRUE(send(world_, p_, "q", "m" + std::to_string(i), 5));
    world_.fail_next(Call::commit, {.fault = Fault::request_lost, .lands_after = late}, 2);
    q.commit();
    ASSERT_TRUE(send(world_, p_, "q", "n" + std::to_string(i), 5));
  }
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 150; }, 30s));
  world_.advance(30s);
  EXPECT_EQ(p_->gold, 50);
  EXPECT_EQ(q->gold, 150);
  EXPECT_THAT(inbox_of(world_, "q"), IsEmpty());
}

TEST_F(SendTest, AHandOverInBetweenCreditsOnce) {
  Profile<Purse> q = load(world_, a_.purses, "q");
  ASSERT_TRUE(send(world_, p_, "q", "m1", 10));
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 110; }, 1s));
  p_.send(purse("q"), outgoing("m2", Gift{10}), take_gold(10));
  const Profile<Purse> there = load(world_, b_.purses, "q");
  EXPECT_FALSE(q);
  EXPECT_TRUE(world_.advance_until([&] { return there->gold == 120; }, 3s));
  const Profile<Purse> back = load(world_, a_.purses, "q");
  world_.advance(5s);
  EXPECT_EQ(back->gold, 120);
}

}  // namespace
}  // namespace keepsake::test
