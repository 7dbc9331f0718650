// Messages on the other side: handlers, what comes back, the fall of a tie (rules 26, 30, 31).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "src/store/message_test_game.h"

namespace keepsake::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(MessageTest, ACompactedJournalStillHasWhatWasSentAndHandled) {
  StoreOptions options = small_store();
  options.timing.auto_save = 10min;
  options.journal.segment_bytes = 64UL << 10;
  options.journal.max_bytes = 512UL << 10;
  MailGame& a = world_.start("a", options).make<MailGame>();
  Profile<Purse> p = load(world_, a.purses, "p");
  Profile<Purse> q = load(world_, a.purses, "q");
  ASSERT_TRUE(send(world_, q, "p", "first", 5));
  EXPECT_TRUE(world_.advance_until([&] { return p->gold == 105; }, 3s));
  world_.on_call([](const World::Server& from, const CallInfo& call) -> Injection {
    const bool fails = from.id() == "a" && call.call == Call::commit;
    return {.fault = fails ? Fault::unavailable : Fault::none};
  });
  p.send(purse("q"), outgoing("second", Gift{30}), take_gold(30));
  EXPECT_TRUE(world_.advance_until([&] { return p->gold == 75; }, 3s));
  for (int i = 0; i < 4000; ++i) {  // more than the journal may hold
    ASSERT_TRUE(p.edit([&](Purse& data) { data.things = {std::string(400, 'x')}; }));
    if (i % 100 == 0) world_.advance(200ms);
  }
  EXPECT_GT(a.store.stats().journal_bytes, 2 * options.journal.max_bytes);
  world_.server("a").crash();
  MailGame& b = join("b");
  const Profile<Purse> p2 = load(world_, b.purses, "p");
  const Profile<Purse> q2 = load(world_, b.purses, "q");
  world_.advance(5s);
  EXPECT_EQ(p2->gold, 75);
  EXPECT_EQ(q2->gold, 125);
}

// --- expiry and return --------------------------------------------------------------------------

TEST_F(SendTest, WhatNobodyCameForGoesBack) {
  ASSERT_TRUE(send(world_, p_, "q", "m", 30, in(1h)));
  EXPECT_EQ(p_->gold, 70);
  world_.advance(59min);
  EXPECT_THAT(inbox_of(world_, "q"), ElementsAre("m"));
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 100; }, 3min));
  EXPECT_THAT(a_.told, ElementsAre("p gets what came back"));
  EXPECT_THAT(inbox_of(world_, "q"), IsEmpty());
  ASSERT_TRUE(send(world_, p_, "q", "m", 30)) << "its id stays used";
  EXPECT_EQ(p_->gold, 100);
}

TEST_F(SendTest, TheSenderMayBeAwayWhenItComesBack) {
  ASSERT_TRUE(send(world_, p_, "q", "m", 30, in(1min)));
  EXPECT_TRUE(end(world_, p_));
  world_.advance(5min);
  EXPECT_EQ(gold_in_inbox(world_, "p"), 30);
  const Profile<Purse> again = load(world_, b_.purses, "p");
  EXPECT_TRUE(world_.advance_until([&] { return again->gold == 100; }, 1s));
}

TEST_F(MessageTest, AnOwnerSendsBackWhatHasExpiredInItsInbox) {
  MailGame& a = join("a");
  MailGame& b = join("b", {[](Profile<Purse>, Purse&, const Message&) { return Handling::later; }});
  Profile<Purse> p = load(world_, a.purses, "p");
  const Profile<Purse> q = load(world_, b.purses, "q");
  ASSERT_TRUE(send(world_, p, "q", "m", 30, in(1min)));
  world_.advance(58s);
  EXPECT_THAT(inbox_of(world_, "q"), ElementsAre("m"));
  EXPECT_TRUE(world_.advance_until([&] { return p->gold == 100; }, 15s));
  EXPECT_THAT(b.told, ElementsAre("q gets m"));
  EXPECT_TRUE(q);
  EXPECT_THAT(inbox_of(world_, "q"), IsEmpty());
}

TEST_F(MessageTest, WhatWasHandledInTheJournalBeforeItsExpiryCounts) {
  StoreOptions slow = small_store();
  slow.timing.auto_save = 10min;
  MailGame& a = join("a");
  MailGame& b = world_.start("b", slow).make<MailGame>();
  Profile<Purse> p = load(world_, a.purses, "p");
  const Profile<Purse> q = load(world_, b.purses, "q");
  ASSERT_TRUE(send(world_, p, "q", "m", 30, in(10s)));
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 3s));
  world_.advance(2min);
  EXPECT_THAT(inbox_of(world_, "q"), ElementsAre("m")) << "not saved yet";
  world_.server("b").crash();
  const Profile<Purse> again = load(world_, a.purses, "q");
  world_.advance(3min);
  EXPECT_EQ(again->gold, 130);
  EXPECT_EQ(p->gold, 70);
}

TEST_F(MessageTest, WhatWasReturnedIsNotCreditedByAJournalThatTurnsUpLate) {
  MailGame& a = join("a");
  StoreOptions slow = small_store();
  slow.timing.auto_save = 10min;
  MailGame& far = world_.start("far", slow, "far").make<MailGame>();
  Profile<Purse> p = load(world_, a.purses, "p");
  const Profile<Purse> q = load(world_, far.purses, "q");
  ASSERT_TRUE(commit(world_, q));
  ASSERT_TRUE(send(world_, p, "q", "m", 30, in(1min)));
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 3s));
  world_.server("far").crash();  // what it handled is in a journal that nobody here can reach
  world_.advance(5min);
  EXPECT_EQ(p->gold, 100) << "its lease is recovered, and the message has come back";
  world_.server("far").restart();  // and finds its journal
  MailGame& back = world_.server("far").make<MailGame>();
  world_.advance(30s);
  const Profile<Purse> again = load(world_, back.purses, "q");
  world_.advance(5s);
  EXPECT_EQ(again->gold, 100);
  EXPECT_THAT(quarantine(world_), SizeIs(1));
}

TEST_F(SendTest, WhatWasForARemovedProfileGoesBack) {
  (void)load(world_, b_.purses, "q");
  EXPECT_TRUE(wait_for<void>(world_, [&](auto done) { b_.purses.remove("q", std::move(done)); }));
  ASSERT_TRUE(send(world_, p_, "q", "m", 30));
  EXPECT_TRUE(world_.advance_until([&] { return p_->gold == 100; }, 3s));
  EXPECT_THAT(inbox_of(world_, "q"), IsEmpty());
}

TEST_F(MessageTest, ARemovalGivesBackWhatWaits) {
  MailGame& a = join("a");
  MailGame& b = join("b", {[](Profile<Purse>, Purse&, const Message&) { return Handling::later; }});
  Profile<Purse> p = load(world_, a.purses, "p");
  (void)load(world_, b.purses, "q");
  ASSERT_TRUE(send(world_, p, "q", "m", 30));
  EXPECT_TRUE(wait_for<void>(world_, [&](auto done) { b.purses.remove("q", std::move(done)); }));
  EXPECT_TRUE(world_.advance_until([&] { return p->gold == 100; }, 3s));
}

TEST_F(SendTest, ForASenderThatIsGoneTheValueIsKeptInQuarantine) {
  ASSERT_TRUE(send(world_, p_, "q", "m", 30, in(1min)));
  EXPECT_TRUE(wait_for<void>(world_, [&](auto done) { a_.purses.remove("p", std::move(done)); }));
  world_.advance(5min);
  const std::vector<QuarantineEntry> kept = quarantine(world_);
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].payload, R"({"gold":30})");
  EXPECT_EQ(kept[0].key, purse("p"));
}

// --- handlers -----------------------------------------------------------------------------------

TEST_F(MessageTest, SeveralHandlersAreAskedInOrderAndKeepNothingOfWhoPassed) {
  std::vector<std::string> asked;
  const auto handler = [&](const std::string& name, Handling handling) {
    return [&asked, name, handling](Profile<Purse>, Purse& data, const Message&) {
      asked.push_back(name);
      data.things.push_back(name);
      return handling;
    };
  };
  MailGame& a = join("a", {handler("first", Handling::pass), handler("second", Handling::handled),
                           handler("third", Handling::handled)});
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(send(world_, p, "p", "m", 0));
  world_.advance(1s);
  EXPECT_THAT(asked, ElementsAre("first", "second"));
  EXPECT_THAT(p->things, ElementsAre("second"));
  EXPECT_EQ(a.store.stats().edits_refused, 0U);
}

TEST_F(MessageTest, WhatIsLeftForLaterComesAgainInTheNextSession) {
  MailGame& a = join("a", {[](Profile<Purse>, Purse& data, const Message& message) {
                             data.gold += 1000;
                             return message.id == "pass" ? Handling::pass : Handling::later;
                           },
                           &MailGame::take});
  a.handlers[1] = [](Profile<Purse>, Purse&, const Message&) { return Handling::pass; };
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(send(world_, p, "p", "later", 10));
  ASSERT_TRUE(send(world_, p, "p", "pass", 10));
  world_.advance(10s);
  EXPECT_EQ(p->gold, 80);
  EXPECT_THAT(a.told, ElementsAre("p gets later", "p gets pass", "p gets pass"));
  EXPECT_TRUE(end(world_, p));
  a.handlers[0] = &MailGame::take;
  const Profile<Purse> again = load(world_, a.purses, "p");
  EXPECT_TRUE(world_.advance_until([&] { return again->gold == 100; }, 1s));
  EXPECT_TRUE(commit(world_, again));
  EXPECT_THAT(inbox_of(world_, "p"), IsEmpty());
}

TEST_F(MessageTest, AHandlerThatThrowsOrSpoilsTheDataLeavesTheMessage) {
  MailGame& a = join("a", {[](Profile<Purse>, Purse& data, const Message& message) {
                       data.gold = -1;
                       if (message.id == "throws") throw std::runtime_error("no");
                       return Handling::handled;
                     }});
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(send(world_, p, "p", "throws", 10));
  ASSERT_TRUE(send(world_, p, "p", "spoils", 10));
  world_.advance(10s);
  EXPECT_EQ(p->gold, 80);
  EXPECT_THAT(
      a.told,
      ElementsAre("p gets throws", "p error callback_threw: Purses/p: the edit threw: no",
                  "p gets spoils",
                  "p error invalid_data: Purses/p at /gold: expected integer at least 0, found a "
                  "smaller one"));
  EXPECT_THAT(inbox_of(world_, "p"), ElementsAre("throws", "spoils"));
}

TEST_F(MessageTest, WithoutHandlersMessagesWait) {
  Game& plain = play(world_, "plain");
  Profile<Purse> p = load(world_, plain.purses, "p");
  ASSERT_TRUE(send(world_, p, "p", "m", 10));
  world_.advance(10s);
  EXPECT_EQ(p->gold, 90);
  EXPECT_THAT(inbox_of(world_, "p"), ElementsAre("m"));
}

TEST_F(MessageTest, AHandlerMayEndItsSessionAndStillHandle) {
  MailGame& a = join("a", {[](Profile<Purse> p, Purse& data, const Message& message) {
                       p.end();
                       return MailGame::take(p, data, message);
                     }});
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(send(world_, p, "p", "m1", 10));
  world_.advance(1s);
  EXPECT_FALSE(p);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
  EXPECT_THAT(inbox_of(world_, "p"), IsEmpty());
}

TEST_F(MessageTest, AFullJournalOnlyDelaysAMessage) {
  MailGame& a = join("a");
  MailGame& b = join("b");
  Profile<Purse> p = load(world_, a.purses, "p");
  Profile<Purse> q = load(world_, b.purses, "q");
  world_.server("b").set_reachable(false);
  bool full = false;
  for (int i = 0; i < 4000 && !full; ++i) {
    full = !q.edit([&](Purse& data) { data.things = {std::string(20'000, 'x')}; });
  }
  ASSERT_TRUE(full);
  world_.server("b").set_reachable(true);
  ASSERT_TRUE(send(world_, p, "q", "m", 30));
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 20s));
}

TEST_F(MessageTest, AnInboxThatCouldNotBeReadIsReadAgain) {
  MailGame& a = join("a");
  MailGame& b = join("b");
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(send(world_, p, "q", "m", 30));
  world_.fail_next(Call::inbox, {.fault = Fault::unavailable}, 3);
  const Profile<Purse> q = load(world_, b.purses, "q");
  EXPECT_TRUE(world_.advance_until([&] { return q->gold == 130; }, 10s));
}

// --- the fall of a tie --------------------------------------------------------------------------

TEST_F(MessageTest, WhatWasHandledBeforeATieFellComesAgain) {
  World world({.request = {40ms, 40ms}, .reply = {40ms, 40ms}});
  MailGame& a = world.server("a").make<MailGame>();
  Profile<Purse> p = load(world, a.purses, "p");
  Profile<Purse> q = load(world, a.purses, "q");
  ASSERT_TRUE(commit(world, p));
  ASSERT_TRUE(commit(world, q));
  ASSERT_TRUE(send(world, p, "p", "m", 30));
  EXPECT_TRUE(world.advance_until([&] { return p->gold == 100; }, 3s));
  const Envelope row = stored(world, "q")->envelope;  // an operator's hand takes q away
  MemberCommit thief;
  thief.key = purse("q");
  thief.fence = fence_of(row, world.database().info()->generation);
  thief.after = After::hand_over;
  ASSERT_TRUE(world.database().commit({{.token = Id128::random(world.random()),
                                        .self = *row.owner,
                                        .now_ms = 1,
                                        .members = {thief},
                                        .quarantine = {}}}));
  ASSERT_TRUE(a.store.transact(tie(p, q), [](Purse& from, Purse& to) {
    from.gold -= 50;
    to.gold += 50;
    return Result<void>();
  }));
  EXPECT_TRUE(world.advance_until([&] { return p->gold == 70; }, 5s)) << "before the message";
  EXPECT_TRUE(world.advance_until([&] { return p->gold == 100; }, 5s)) << "and with it again";
  ASSERT_TRUE(commit(world, p));
  EXPECT_EQ(stored_gold(world, "p"), 100);
  EXPECT_THAT(inbox_of(world, "p"), IsEmpty());
}

}  // namespace
}  // namespace keepsake::test
