// Erasure: what goes, what stays of it, and what comes after (rules 2, 27, 30, 32).
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

constexpr UserId kPerson{7};

}  // namespace

/// An erasure of `key`, which `self` holds.
Erase BackendContract::erasing(const ProfileKey& key, const Owner& self) {
  const Envelope now = row(key);
  return {.key = key,
          .self = self,
          .fence = fence_of(now, generation_),
          .token = new_id(),
          .user = kPerson,
          .what = Erase::What::profile,
          .reason = "asked for",
          .now_ms = now_ms()};
}

std::string BackendContract::erase(const Erase& request) {
  const auto answer = db().erase(request);
  if (!answer) return answer.error().text();
  if (const auto* erased = std::get_if<Erased>(&*answer)) {
    return (erased->resent ? "erased before, " : "erased, ") + std::to_string(erased->number);
  }
  return "fence_refused";
}

/// `key`, which `self` holds, gets something of every kind.
void BackendContract::fill(const ProfileKey& key, const Owner& self) {
  MemberCommit first = saving(key, row(key), "one");
  first.sent = {{key, {.id = "m0", .body = "{}"}}};
  EXPECT_EQ(outcome(commit(group_of(self, {first}))), "applied");
  MemberCommit member = saving(key, row(key), "two");
  member.user_ids = std::vector<UserId>{kPerson};
  member.receipts = {{.id = "r", .at_ms = 5}};
  member.acknowledged = {"m0"};
  member.history = KeepHistory{.before = SnapshotKind::session_start, .after = {}, .at_most = 9};
  member.sent = {{key, {.id = "m1", .body = "{}"}}, {other_key_, value("gift")}};
  Group group = group_of(self, {member});
  group.quarantine = {{.incident = new_id(), .key = key, .payload = "bytes", .at_ms = now_ms()},
                      {.incident = new_id(),
                       .key = other_key_,
                       .message = "not applied; tied to " + key.store + "/" + key.key +
                                  "0; tied to " + key.store + "/" + key.key,
                       .at_ms = now_ms()}};
  EXPECT_EQ(outcome(commit(group)), "applied");
}

namespace {

TEST_P(BackendContract, AnErasureLeavesNothingOfTheProfile) {
  const Owner a = start("a");
  take(key_, a);
  fill(key_, a);
  EXPECT_EQ(erase(erasing(key_, a)), "erased, 1");
  const Belongings left = db().belongings(key_).value();
  EXPECT_FALSE(left.record);
  EXPECT_TRUE(left.inbox.empty());
  EXPECT_TRUE(left.receipts.empty());
  EXPECT_TRUE(left.handled.empty());
  EXPECT_TRUE(left.history.empty());
  EXPECT_TRUE(left.quarantine.empty());
  EXPECT_TRUE(db().subject(kPerson).value().empty());
  EXPECT_TRUE(db().keys_of(kPerson).value().empty());
  // Others keep what they were given, and don't know of whom.
  const std::vector<Message> given = db().inbox(other_key_).value();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].sender, "");
  const auto quarantine = db().quarantine("", 9).value();
  ASSERT_EQ(quarantine.size(), 1U);
  EXPECT_EQ(quarantine[0].message, "not applied; tied to PlayerData/Player_10");
  EXPECT_EQ(db().audit(9).value(),
            (std::vector<AuditEntry>{
                {.at_ms = now_ms(), .what = "erase", .reason = "asked for", .by = {"a"}}}));
}

TEST_P(BackendContract, AnErasureSentAgainIsKnown) {
  const Owner a = start("a");
  take(key_, a);
  const Erase request = erasing(key_, a);
  EXPECT_EQ(erase(request), "erased, 1");
  EXPECT_EQ(erase(request), "erased before, 1");
  const Envelope back = take(key_, a);  // the person is here again
  EXPECT_EQ(erase(request), "erased before, 1");
  EXPECT_EQ(row(key_), back);
  EXPECT_EQ(erase(erasing(key_, a)), "erased, 2");
  EXPECT_EQ(db().audit(9).value().size(), 2U);
}

TEST_P(BackendContract, OnlyTheHolderErases) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  const Envelope before = save(key_, a, "one");
  Erase request = erasing(key_, b);
  EXPECT_EQ(erase(request), "fence_refused");
  request = erasing(key_, a);
  ++request.fence.revision;
  EXPECT_EQ(erase(request), "fence_refused");
  request = erasing(key_, a);
  request.key = other_key_;
  EXPECT_EQ(erase(request), "fence_refused");
  request = erasing(key_, a);
  request.fence.generation = new_id();
  EXPECT_TRUE(erase(request).starts_with("backend_went_back: "));
  request = erasing(key_, a);
  request.reason.clear();
  EXPECT_EQ(erase(request), "invalid_argument: an erasure has a reason");
  request.reason = std::string(kMaxReasonBytes + 1, 'x');
  EXPECT_TRUE(erase(request).starts_with("limit_exceeded: the reason is too long"));
  EXPECT_EQ(row(key_), before);
  EXPECT_TRUE(db().audit(9).value().empty());
}

TEST_P(BackendContract, EpochsGoOnAfterAnErasure) {
  const Owner a = start("a");
  take(key_, a);
  for (int i = 0; i < 3; ++i) {
    MemberCommit last = saving(key_, row(key_), "x");
    last.after = After::hand_over;
    EXPECT_EQ(outcome(commit(group_of(a, {last}))), "applied");
    take(key_, a);
  }
  const Envelope before = row(key_);
  EXPECT_EQ(erase(erasing(key_, a)), "erased, 1");
  EXPECT_GT(take(key_, a).born, before.epoch);
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, before, "late")}))), "fence_refused");
}

TEST_P(BackendContract, WhatIsSentToAnErasedKeyGoesBack) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  EXPECT_EQ(erase(erasing(other_key_, a)), "erased, 1");
  clock_.advance(std::chrono::hours(3));  // when a removal has long been forgotten
  EXPECT_EQ(send_value(a, {value("gift")}), "applied");
  EXPECT_EQ(came_back().size(), 1U);
  EXPECT_TRUE(db().inbox(other_key_).value().empty());
  take(other_key_, a);  // until somebody is there again
  EXPECT_EQ(send_value(a, {value("another")}), "applied");
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"another"});
}

TEST_P(BackendContract, ValueThatWaitsForAnErasedKeyGoesBack) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_EQ(send_value(a, {value("gift")}), "applied");
  take(other_key_, a);
  EXPECT_EQ(erase(erasing(other_key_, a)), "erased, 1");
  EXPECT_EQ(came_back().size(), 1U);
  EXPECT_FALSE(knows(other_key_, "gift"));
}

TEST_P(BackendContract, NothingOlderThanAnErasureIsSetAside) {
  const Owner a = start("a");
  take(key_, a);
  QuarantineEntry entry{.incident = new_id(), .key = key_, .payload = "late", .at_ms = now_ms()};
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(erase(erasing(key_, a)), "erased, 1");
  EXPECT_EQ(outcome(db().set_aside(entry)), "good");
  entry.at_ms = now_ms() + 1;
  EXPECT_EQ(outcome(db().set_aside(entry)), "good");
  EXPECT_TRUE(db().quarantine("", 9).value().empty());
  take(key_, a);
  EXPECT_EQ(outcome(db().set_aside(entry)), "good");
  EXPECT_EQ(db().quarantine("", 9).value().size(), 1U);
}

TEST_P(BackendContract, UnlinkingLeavesAProfileToItsOthers) {
  const Owner a = start("a");
  take(key_, a);
  fill(key_, a);
  MemberCommit member = saving(key_, row(key_), "of two");
  member.user_ids = std::vector<UserId>{kPerson, {8}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  Erase request = erasing(key_, a);
  request.what = Erase::What::link;
  EXPECT_EQ(erase(request), "erased, 1");
  EXPECT_EQ(erase(request), "erased before, 1");
  const Belongings left = db().belongings(key_).value();
  ASSERT_TRUE(left.record);
  EXPECT_EQ(left.record->payload, "of two");
  EXPECT_EQ(left.record->envelope.user_ids, std::vector<UserId>{{8}});
  EXPECT_FALSE(left.record->envelope.owner);
  EXPECT_EQ(left.receipts.size(), 1U);
  EXPECT_TRUE(left.history.empty());
  EXPECT_TRUE(left.quarantine.empty());
  EXPECT_TRUE(db().subject(kPerson).value().empty());
  EXPECT_EQ(db().subject(UserId{8}).value(), std::vector<ProfileKey>{key_});
}

TEST_P(BackendContract, ServersLearnOfErasuresAndTellWhatTheyHaveScrubbed) {
  const Owner a = start("a");
  EXPECT_EQ(db().renew({.self = a, .renewal = 1}).value().erasures, 0U);
  take(key_, a);
  EXPECT_EQ(erase(erasing(key_, a)), "erased, 1");
  EXPECT_EQ(db().renew({.self = a, .renewal = 2}).value().erasures, 1U);
  const auto scrubbed = [&] {
    std::string all;
    const std::vector<Lease> leases = db().leases().value();
    for (const Lease& lease : leases) all += std::to_string(lease.scrubbed);
    return all;
  };
  EXPECT_EQ(scrubbed(), "0");
  EXPECT_TRUE(db().renew({.self = a, .renewal = 3, .scrubbed = 1}));
  renew(a, 4);
  EXPECT_EQ(scrubbed(), "1");
  start("b");  // its journal holds nothing yet
  EXPECT_EQ(scrubbed(), "11");
  EXPECT_EQ(outcome(db().scrub()), "good");
}

}  // namespace
}  // namespace keepsake
