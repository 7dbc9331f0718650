// Leases: rules 4 to 8.
#include <algorithm>
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

TEST_P(BackendContract, GivesEachLeaseAnIncarnationOfItsOwn) {
  const Owner a = start("a");
  const Owner b = start("b");
  EXPECT_NE(a.incarnation, 0U);
  EXPECT_NE(a.incarnation, b.incarnation);
  bury(a, b);
  EXPECT_GT(start("b").incarnation, b.incarnation);
}

TEST_P(BackendContract, RefusesASecondOpenLeaseOfOneServer) {
  OpenLease request{.server = {"a"}, .journal = {}, .now_ms = now_ms()};
  request.journal = {.directory = "/j", .ring = "r1", .boot_id = "b", .host = "box", .pid = 77};
  const Incarnation first = db().open_lease(request).value();
  request.journal.ring = "r2";
  EXPECT_EQ(outcome(db().open_lease(request)),
            "server_id_in_use: server id a has an open lease, incarnation " +
                std::to_string(first) +
                ", process 77 on box; choose another server id, or end that process and wait for "
                "one lease time");
}

TEST_P(BackendContract, KnowsAResentOpeningByItsRing) {
  OpenLease request{.server = {"a"}, .journal = {}, .now_ms = now_ms()};
  request.journal.ring = "r1";
  const Incarnation first = db().open_lease(request).value();
  EXPECT_EQ(db().open_lease(request).value(), first);
  renew({.server = {"a"}, .incarnation = first}, 1);
  EXPECT_EQ(db().open_lease(request).error().code(), ErrorCode::server_id_in_use);
}

TEST_P(BackendContract, RefusesAServerThatBelievesInAnotherGeneration) {
  OpenLease request{.server = {"a"}, .journal = {}, .now_ms = now_ms(), .generation = new_id()};
  EXPECT_EQ(outcome(db().open_lease(request)),
            "backend_went_back: the database is not the one this server started on: expected "
            "generation " +
                request.generation.text() + ", found generation " + generation_.text() +
                "; restart the server; a restored database begins a new generation");
  EXPECT_TRUE(db().leases().value().empty());
  request.generation = generation_;
  EXPECT_TRUE(db().open_lease(request));
}

TEST_P(BackendContract, TellsAServerWhoseLeaseIsOlderThanWhatWasConfirmedToIt) {
  const Owner a = start("a");
  renew(a, 5);
  EXPECT_EQ(outcome(db().renew({.self = a, .renewal = 9, .confirmed = 7})),
            "backend_went_back: the lease of server a is older than what was confirmed: expected "
            "renewal 7 or a later one, found renewal 5; an old copy was put in its place: put the "
            "right one back");
  EXPECT_TRUE(db().renew({.self = a, .renewal = 9, .confirmed = 5}));
}

TEST_P(BackendContract, RefusesAServerIdOfOtherCharacters) {
  EXPECT_EQ(outcome(db().open_lease({.server = {"a b"}, .journal = {}, .now_ms = 0})),
            "invalid_argument: the server's id can't be used: expected 1 to 64 characters out of "
            "[A-Za-z0-9._-], found 3 bytes");
}

TEST_P(BackendContract, KeepsWhereTheJournalLies) {
  OpenLease request{.server = {"a"}, .journal = {}, .now_ms = 99};
  request.journal = {.directory = "/j", .ring = "r", .boot_id = "b", .host = "box", .pid = 77};
  const Incarnation incarnation = db().open_lease(request).value();
  const Lease expected{.owner = {.server = {"a"}, .incarnation = incarnation},
                       .renewal = 0,
                       .state = LeaseState::open,
                       .recoverer = 0,
                       .journal = request.journal,
                       .started_ms = 99};
  EXPECT_EQ(db().leases().value(), std::vector<Lease>{expected});
}

TEST_P(BackendContract, RenewalShowsTheOthersAndNotItself) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  const Owner d = start("d");
  renew(b, 7);
  close(a, c);
  bury(a, d);
  const Renewed renewed = db().renew({.self = a, .renewal = 1}).value();
  ASSERT_EQ(renewed.others.size(), 2U);
  EXPECT_EQ(renewed.others[0].owner, b);
  EXPECT_EQ(renewed.others[0].renewal, 7U);
  EXPECT_EQ(renewed.others[1].owner, c);
  EXPECT_EQ(renewed.others[1].state, LeaseState::closed);
  EXPECT_EQ(renewed.others[1].recoverer, a.incarnation);
}

TEST_P(BackendContract, EachRenewalShowsTheOthersAsTheyAreByThen) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  const Owner d = start("d");
  const auto shown = [&](std::uint64_t renewal) {
    return db().renew({.self = a, .renewal = renewal}).value().others;
  };
  EXPECT_EQ(shown(1).size(), 3U);
  EXPECT_TRUE(db().renew({.self = b, .renewal = 7, .scrubbed = 2}));
  close(b, c);
  bury(b, d);
  start("e");
  for (const std::uint64_t renewal : {2U, 3U}) {
    std::vector<Lease> standing = db().leases().value();
    std::erase_if(standing, [&](const Lease& lease) { return lease.owner == a; });
    EXPECT_EQ(shown(renewal), standing);
    EXPECT_EQ(standing.size(), 5 - renewal);
    EXPECT_TRUE(db().end_lease({.self = b, .target = c}));
    renew(b, 7 + renewal);
  }
}

TEST_P(BackendContract, RenewalNumbersRiseOrAreResent) {
  const Owner a = start("a");
  renew(a, 5);
  renew(a, 5);
  EXPECT_EQ(outcome(db().renew({.self = a, .renewal = 4})),
            "invalid_argument: a renewal's number must rise: expected a number above 5, found 4");
  EXPECT_EQ(db().leases().value().at(0).renewal, 5U);
}

TEST_P(BackendContract, AClosedLeaseIsNeverRenewed) {
  const Owner a = start("a");
  const Owner b = start("b");
  close(b, a);
  EXPECT_EQ(outcome(db().renew({.self = a, .renewal = 1})),
            "lease_closed: the lease of server a, incarnation " + std::to_string(a.incarnation) +
                ", is closed; open a new lease and load the profiles again");
  EXPECT_TRUE(db().end_lease({.self = b, .target = a}).value());
  EXPECT_EQ(db().renew({.self = a, .renewal = 1}).error().code(), ErrorCode::lease_closed);
  const Owner stranger{.server = {"x"}, .incarnation = 4711};
  EXPECT_EQ(db().renew({.self = stranger, .renewal = 1}).error().code(), ErrorCode::lease_closed);
}

TEST_P(BackendContract, ARenewedLeaseIsNotClosedOnAnOldNumber) {
  const Owner a = start("a");
  const Owner b = start("b");
  renew(a, 1);
  EXPECT_FALSE(db().close_lease({.self = b, .target = a, .renewal = 0}).value());
  renew(a, 2);
  EXPECT_TRUE(db().close_lease({.self = b, .target = a, .renewal = 2}).value());
  EXPECT_TRUE(db().close_lease({.self = b, .target = a, .renewal = 2}).value()) << "sent again";
}

TEST_P(BackendContract, OnlyOneClosesALease) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  close(b, a);
  EXPECT_FALSE(db().close_lease({.self = c, .target = a, .renewal = 0}).value());
  EXPECT_FALSE(db().end_lease({.self = c, .target = a}).value());
  EXPECT_TRUE(db().end_lease({.self = b, .target = a}).value());
  EXPECT_TRUE(db().end_lease({.self = b, .target = a}).value()) << "sent again";
}

TEST_P(BackendContract, ARecoveryIsTakenOverOnlyFromADeadRecoverer) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  close(b, a);
  CloseLease takeover{.self = c, .target = a, .renewal = 0, .dead_recoverer = b.incarnation};
  EXPECT_FALSE(db().close_lease(takeover).value()) << "the recoverer lives";
  close(c, b);
  EXPECT_TRUE(db().close_lease(takeover).value());
  EXPECT_FALSE(db().end_lease({.self = b, .target = a}).value());
  EXPECT_TRUE(db().end_lease({.self = c, .target = a}).value());
}

TEST_P(BackendContract, ClosesAndRecoversAtOnceWhereThereIsNoJournal) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  const CloseLease request{
      .self = b, .target = a, .renewal = 0, .dead_recoverer = 0, .recovered = true};
  EXPECT_TRUE(db().close_lease(request).value());
  EXPECT_TRUE(db().close_lease(request).value()) << "sent again";
  EXPECT_EQ(take(key_, b).owner, b);
}

TEST_P(BackendContract, AClosedServerClosesNobody) {
  const Owner a = start("a");
  const Owner b = start("b");
  close(b, a);
  EXPECT_EQ(db().close_lease({.self = a, .target = b, .renewal = 0}).error().code(),
            ErrorCode::lease_closed);
  EXPECT_EQ(db().leases().value().at(1).state, LeaseState::open);
}

TEST_P(BackendContract, AStartingServerClosesAnOldLeaseOfItsOwnId) {
  const Owner old = start("a");
  const Owner starting{.server = {"a"}, .incarnation = 0};
  EXPECT_TRUE(db().close_lease({.self = starting, .target = old, .renewal = 0}).value());
  const Owner other = start("b");
  EXPECT_FALSE(db().close_lease({.self = starting, .target = other, .renewal = 0}).has_value());
  const Owner fresh = start("a");
  EXPECT_TRUE(db().close_lease({.self = fresh, .target = old, .renewal = 0}).value());
  EXPECT_TRUE(db().end_lease({.self = fresh, .target = old}).value());
}

TEST_P(BackendContract, AServerEndsItsOwnLeaseAndItsProfilesAreFree) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_TRUE(db().end_lease({.self = a, .target = a}).value());
  const Owner b = start("b");
  EXPECT_EQ(take(key_, b).owner, b);
}

TEST_P(BackendContract, NobodyEndsAnothersOpenLease) {
  const Owner a = start("a");
  const Owner b = start("b");
  EXPECT_FALSE(db().end_lease({.self = b, .target = a}).value());
  const Owner stranger{.server = {"a"}, .incarnation = 4711};
  EXPECT_FALSE(db().end_lease({.self = b, .target = stranger}).value());
  renew(a, 1);
}

TEST_P(BackendContract, ARecoveredLeaseIsListedWhileARowNamesIt) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  bury(b, a);
  ASSERT_EQ(db().leases().value().size(), 2U);
  EXPECT_EQ(db().leases().value().at(0).state, LeaseState::recovered);
  take(key_, b);
  ASSERT_EQ(db().leases().value().size(), 1U);
  EXPECT_EQ(db().leases().value().at(0).owner, b);
}

TEST_P(BackendContract, ALeaseThatEndedLongAgoIsForgotten) {
  const Owner a = start("a");
  const Owner b = start("b");
  bury(b, a);
  clock_.advance(std::chrono::hours(2));
  start("c");
  EXPECT_FALSE(db().end_lease({.self = b, .target = a}).value());
}

TEST_P(BackendContract, RenewalListsRowsOfTheLastTwoRounds) {
  const Owner a = start("a");
  take({"S", "1"}, a);
  renew(a, 1);
  take({"S", "2"}, a);
  renew(a, 2);
  take({"S", "3"}, a);
  const auto keys = [&](std::uint64_t number) {
    std::string listed;
    const Renewed renewed = db().renew({.self = a, .renewal = number}).value();
    for (const OwnedRow& owned : renewed.acquired) listed += owned.key.key;
    return listed;
  };
  EXPECT_EQ(keys(3), "23");
  EXPECT_EQ(keys(3), "23") << "sent again";
  EXPECT_EQ(keys(4), "3");
  EXPECT_EQ(keys(5), "");
}

TEST_P(BackendContract, RenewalListsWhatWasTakenSinceTheOneThatWasConfirmedLast) {
  const Owner a = start("a");
  renew(a, 1);
  take({"S", "1"}, a);
  // The answers of these are lost, however many.
  for (std::uint64_t number = 2; number < 9; ++number) {
    ASSERT_TRUE(db().renew({.self = a, .renewal = number, .confirmed = 1}));
  }
  const Renewed renewed = db().renew({.self = a, .renewal = 9, .confirmed = 1}).value();
  ASSERT_EQ(renewed.acquired.size(), 1U);
  EXPECT_EQ(renewed.acquired[0].key.key, "1");
  EXPECT_TRUE(db().renew({.self = a, .renewal = 10, .confirmed = 9}).value().acquired.empty());
}

TEST_P(BackendContract, RenewalNamesTheSessionOfEachRow) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  const Renewed renewed = db().renew({.self = a, .renewal = 1}).value();
  ASSERT_EQ(renewed.acquired.size(), 1U);
  EXPECT_EQ(renewed.acquired[0].key, key_);
  EXPECT_EQ(renewed.acquired[0].session, taken.session);
  EXPECT_EQ(renewed.acquired[0].epoch, taken.epoch);
}

}  // namespace
}  // namespace keepsake
