// Acquire, ask, withdraw: rules 2, 4, 19.
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

TEST_P(BackendContract, AcquireMakesARowThatHasNoDataYet) {
  const Owner a = start("a");
  const Acquire request = acquiring(key_, a);
  const Record record = std::get<Acquired>(acquire(request)).record;
  Envelope expected;
  expected.born = 1;
  expected.epoch = 1;
  expected.created_ms = now_ms();
  expected.first_session_ms = now_ms();
  expected.load_count = 1;
  expected.owner = a;
  expected.session = request.session;
  EXPECT_EQ(record, (Record{.key = key_, .envelope = expected, .payload = ""}));
  EXPECT_EQ(read(key_), record);
}

TEST_P(BackendContract, AcquireSentAgainGivesTheSameAndCountsOnce) {
  const Owner a = start("a");
  const Acquire request = acquiring(key_, a);
  const Record first = std::get<Acquired>(acquire(request)).record;
  EXPECT_EQ(std::get<Acquired>(acquire(request)).record, first);
  EXPECT_EQ(row(key_).load_count, 1U);
}

TEST_P(BackendContract, EachOwnerHasAHigherEpoch) {
  const Owner a = start("a");
  const Envelope first = take(key_, a);
  save(key_, a, "{}");
  EXPECT_TRUE(db().withdraw({.key = key_, .self = a, .session = first.session, .ask = {}}));
  clock_.advance(std::chrono::seconds(9));
  renew(a, 3);
  const Envelope second = take(key_, a);
  EXPECT_EQ(second.epoch, first.epoch + 1);
  EXPECT_EQ(second.born, first.born);
  EXPECT_EQ(second.load_count, 2U);
  EXPECT_EQ(second.first_session_ms, first.first_session_ms);
  EXPECT_EQ(second.owned_since, 3);
}

TEST_P(BackendContract, AHeldProfileIsNotTaken) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Envelope before = take(key_, a);
  const Held held = std::get<Held>(acquire(acquiring(key_, b)));
  EXPECT_EQ(held.owner, a);
  EXPECT_EQ(held.owner_state, LeaseState::open);
  EXPECT_EQ(held.ask, AskStanding::none);
  EXPECT_EQ(held.offered_number, 1U);
  EXPECT_EQ(row(key_), before);
}

TEST_P(BackendContract, OurOwnOtherSessionHoldsItToo) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_EQ(std::get<Held>(acquire(acquiring(key_, a))).owner, a);
}

TEST_P(BackendContract, ClosedIsNotYetFree) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  close(b, a);
  EXPECT_EQ(std::get<Held>(acquire(acquiring(key_, b))).owner_state, LeaseState::closed);
  EXPECT_TRUE(db().end_lease({.self = b, .target = a}).value());
  EXPECT_EQ(take(key_, b).epoch, 2U);
}

TEST_P(BackendContract, AcquireNeedsAnOpenLease) {
  const Owner a = start("a");
  const Owner b = start("b");
  close(b, a);
  EXPECT_EQ(db().acquire(acquiring(key_, a)).error().code(), ErrorCode::lease_closed);
  EXPECT_EQ(read(key_), std::nullopt);
}

TEST_P(BackendContract, AcquireOnAnotherGenerationIsRefused) {
  const Owner a = start("a");
  Acquire request = acquiring(key_, a);
  request.generation = new_id();
  EXPECT_EQ(outcome(db().acquire(request)),
            "backend_went_back: the database is not the one this server started on: expected "
            "generation " +
                request.generation.text() + ", found generation " + generation_.text() +
                "; restart the server; a restored database begins a new generation");
}

TEST_P(BackendContract, AcquireNeedsASessionIdAndAGoodKey) {
  const Owner a = start("a");
  Acquire request = acquiring(key_, a);
  request.session = {};
  EXPECT_EQ(outcome(db().acquire(request)),
            "invalid_argument: PlayerData/Player_1: an acquire proposes a session id");
  request = acquiring({"Player Data", "x"}, a);
  EXPECT_EQ(db().acquire(request).error().code(), ErrorCode::invalid_argument);
}

TEST_P(BackendContract, ManyAcquiresAreAnsweredEachInItsPlace) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  Acquire asking = acquiring(key_, b);
  asking.ask = new_id();
  asking.ask_number = 1;
  const std::vector<Acquire> requests{acquiring({"Z", "new"}, b), asking,
                                      acquiring({"A", "new"}, b)};
  const auto answers = db().acquire_many(requests);
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_EQ(std::get<Acquired>((*answers)[0].value()).record.key.store, "Z");
  EXPECT_EQ(std::get<Held>((*answers)[1].value()).ask, AskStanding::ours);
  EXPECT_EQ(std::get<Acquired>((*answers)[2].value()).record.key.store, "A");
  EXPECT_EQ(row({"A", "new"}).session, requests[2].session);
  EXPECT_EQ(db().asks(a).value().size(), 1U);
  const auto again = db().acquire_many(requests);
  ASSERT_TRUE(again);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ((*again)[i].value().index(), (*answers)[i]->index());
  EXPECT_EQ(row({"Z", "new"}).load_count, 1U);
}

TEST_P(BackendContract, WhatIsWrongWithOneOfManyAcquiresIsItsOwnAnswer) {
  const Owner a = start("a");
  std::vector<Acquire> requests{acquiring({"Player Data", "x"}, a), acquiring(key_, a),
                                acquiring(other_key_, a)};
  requests[1].session = {};
  const auto answers = db().acquire_many(requests);
  ASSERT_TRUE(answers);
  EXPECT_EQ((*answers)[0].error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(outcome((*answers)[1]),
            "invalid_argument: PlayerData/Player_1: an acquire proposes a session id");
  EXPECT_TRUE(std::holds_alternative<Acquired>((*answers)[2].value()));
  EXPECT_EQ(row(other_key_).owner, a);
}

TEST_P(BackendContract, OfManyAcquiresOfOneKeyTheFirstTakesIt) {
  const Owner a = start("a");
  const auto answers = db().acquire_many({acquiring(key_, a), acquiring(key_, a)});
  ASSERT_TRUE(answers);
  EXPECT_TRUE(std::holds_alternative<Acquired>((*answers)[0].value()));
  EXPECT_EQ(std::get<Held>((*answers)[1].value()).owner, a);
  EXPECT_EQ(row(key_).load_count, 1U);
}

TEST_P(BackendContract, NoAcquireAtAllIsAnsweredByNothing) {
  EXPECT_TRUE(db().acquire_many({}).value().empty());
}

TEST_P(BackendContract, DataTooNewIsRefusedBeforeTheOwnerIsDisturbed) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  const Envelope before = save(key_, a, "{}");  // readable from ordinal 2 on
  Acquire request = acquiring(key_, b);
  request.ask = new_id();
  request.ask_number = 1;
  request.readable_ordinal = 1;
  EXPECT_EQ(std::get<TooNew>(acquire(request)).schema.ordinal, 3U);
  EXPECT_EQ(row(key_), before);
  request.readable_ordinal = 2;
  EXPECT_EQ(std::get<Held>(acquire(request)).ask, AskStanding::ours);
}

TEST_P(BackendContract, DataTooNewIsNotTakenThoughItIsFree) {
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, "{}");
  EXPECT_TRUE(db().end_lease({.self = a, .target = a}).value());
  Acquire request = acquiring(key_, start("b"));
  request.readable_ordinal = 1;
  EXPECT_TRUE(std::holds_alternative<TooNew>(acquire(request)));
}

TEST_P(BackendContract, AnAskStandsWhereTheOwnerSeesIt) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Envelope taken = take(key_, a);
  const Acquire request = ask_for(key_, b);
  const Ask expected{.id = request.ask,
                     .number = 1,
                     .asker = b,
                     .session = request.session,
                     .readable_ordinal = 3,
                     .duration_ms = 5000};
  const auto asks = db().asks(a).value();
  ASSERT_EQ(asks.size(), 1U);
  EXPECT_EQ(asks[0].key, key_);
  EXPECT_EQ(asks[0].session, taken.session);
  EXPECT_EQ(asks[0].ask, expected);
  EXPECT_EQ(db().renew({.self = a, .renewal = 1}).value().asks.at(0).ask, expected);
  EXPECT_TRUE(db().asks(b).value().empty());
}

TEST_P(BackendContract, TheNewestAskWinsAndTheOlderIsToldSo) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  const Acquire older = ask_for(key_, b);
  const Acquire newer = ask_for(key_, c);
  EXPECT_EQ(newer.ask_number, 2U);
  EXPECT_EQ(std::get<Held>(acquire(older)).ask, AskStanding::newer);
  EXPECT_EQ(std::get<Held>(acquire(newer)).ask, AskStanding::ours);
  EXPECT_EQ(std::get<Held>(acquire(newer)).offered_number, 3U);
}

TEST_P(BackendContract, AResentOlderAskNeverReplacesANewerOne) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  const Acquire older = ask_for(key_, b);
  const Acquire newer = ask_for(key_, c);
  acquire(older);
  EXPECT_EQ(row(key_).ask->id, newer.ask);
  EXPECT_TRUE(db().withdraw({.key = key_, .self = c, .session = newer.session, .ask = newer.ask}));
  EXPECT_EQ(std::get<Held>(acquire(older)).ask, AskStanding::newer) << "nor comes back after it";
  EXPECT_EQ(row(key_).ask, std::nullopt);
  EXPECT_EQ(row(key_).ask_sequence, 2U);
}

TEST_P(BackendContract, PollingWritesNothing) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  Acquire request = ask_for(key_, b);
  const Envelope before = row(key_);
  acquire(request);
  request.ask_number = 0;
  EXPECT_EQ(std::get<Held>(acquire(request)).ask, AskStanding::ours);
  EXPECT_EQ(row(key_), before);
}

TEST_P(BackendContract, TakingAFreeProfileAnswersOurOwnAskOnly) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  const Acquire of_b = ask_for(key_, b);
  bury(b, a);
  EXPECT_TRUE(std::holds_alternative<Acquired>(acquire(acquiring(key_, c))));
  EXPECT_EQ(row(key_).ask->id, of_b.ask) << "b still waits";
  bury(b, c);
  EXPECT_TRUE(std::holds_alternative<Acquired>(acquire(of_b)));
  EXPECT_EQ(row(key_).ask, std::nullopt);
}

TEST_P(BackendContract, WithdrawFreesOnlyOurSessionAndOurAsk) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Envelope taken = take(key_, a);
  const Acquire asking = ask_for(key_, b);
  const Envelope before = row(key_);
  EXPECT_TRUE(db().withdraw({.key = key_, .self = a, .session = new_id(), .ask = new_id()}));
  EXPECT_TRUE(db().withdraw({.key = key_, .self = b, .session = taken.session, .ask = {}}));
  EXPECT_TRUE(db().withdraw({.key = other_key_, .self = a, .session = new_id(), .ask = {}}));
  EXPECT_EQ(row(key_), before);
  EXPECT_TRUE(
      db().withdraw({.key = key_, .self = b, .session = asking.session, .ask = asking.ask}));
  EXPECT_EQ(row(key_).ask, std::nullopt);
  EXPECT_EQ(row(key_).owner, a);
  const Withdraw leaving{.key = key_, .self = a, .session = taken.session, .ask = {}};
  EXPECT_TRUE(db().withdraw(leaving));
  EXPECT_TRUE(db().withdraw(leaving)) << "sent again";
  EXPECT_EQ(row(key_).owner, std::nullopt);
  EXPECT_TRUE(row(key_).session.none());
}

TEST_P(BackendContract, OwnedRowsComeInPages) {
  const Owner a = start("a");
  for (const char* name : {"c", "a", "d", "b"}) take({"S", name}, a);
  take({"R", "z"}, a);
  std::string seen;
  ProfileKey after;
  for (;;) {
    const auto page = db().owned(a.incarnation, after, 2).value();
    if (page.empty()) break;
    EXPECT_LE(page.size(), 2U);
    for (const OwnedRow& owned : page) seen += owned.key.store + owned.key.key + " ";
    after = page.back().key;
  }
  EXPECT_EQ(seen, "Rz Sa Sb Sc Sd ");
}

}  // namespace
}  // namespace keepsake
