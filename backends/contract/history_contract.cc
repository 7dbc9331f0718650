// History, and a person's data: what is kept, what an export sees, and what an erasure leaves.
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

constexpr KeepHistory kStart{.before = SnapshotKind::session_start, .after = {}, .at_most = 9};
constexpr KeepHistory kEnd{.before = {}, .after = SnapshotKind::session_end, .at_most = 9};

/// "5 end, 2 start": revisions, newest first.
std::string listed(const std::vector<Snapshot>& kept) {
  std::string text;
  for (const Snapshot& one : kept) {
    EXPECT_EQ(one.payload, "");
    const char* const kind = one.kind == SnapshotKind::session_start ? " start"
                             : one.kind == SnapshotKind::session_end ? " end"
                                                                     : " change";
    text += (text.empty() ? "" : ", ") + std::to_string(one.revision) + kind;
  }
  return text;
}

TEST_P(BackendContract, HistoryKeepsWhatACommitReplacesAndWhatItLeaves) {
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, "one");
  clock_.advance(std::chrono::seconds(5));
  MemberCommit second = saving(key_, row(key_), "two");
  second.history = kStart;
  EXPECT_EQ(outcome(commit(group_of(a, {second}))), "applied");
  const std::int64_t first_save = now_ms() - 5000;
  clock_.advance(std::chrono::seconds(5));
  save(key_, a, "three");
  MemberCommit last = saving(key_, row(key_), "four");
  last.history = kEnd;
  last.after = After::hand_over;
  EXPECT_EQ(outcome(commit(group_of(a, {last}))), "applied");
  EXPECT_EQ(listed(db().history(key_).value()), "4 end, 1 start");
  EXPECT_EQ(db().snapshot(key_, 1).value(),
            (Snapshot{.revision = 1,
                      .kind = SnapshotKind::session_start,
                      .kept_ms = first_save + 5000,
                      .saved_ms = first_save,
                      .edit_number = 1,
                      .schema = {.version = "3", .ordinal = 3, .last_compatible = 2},
                      .format = PayloadFormat::json,
                      .payload = "one"}));
  EXPECT_EQ(db().snapshot(key_, 4).value().payload, "four");
  EXPECT_EQ(outcome(db().snapshot(key_, 2)),
            "not_found: PlayerData/Player_1: history keeps no such revision: found revision 2; "
            "`keepsake history` lists those that it keeps");
  EXPECT_TRUE(db().history(other_key_).value().empty());
}

TEST_P(BackendContract, HistoryKeepsNoSaveTwice) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit last = saving(key_, row(key_), "one");
  last.history = kEnd;
  last.after = After::hand_over;
  EXPECT_EQ(outcome(commit(group_of(a, {last}))), "applied");
  take(key_, a);  // whose end without data raises the revision alone
  MemberCommit looked_in = saving(key_, row(key_), "");
  looked_in.data.reset();
  looked_in.history = kEnd;
  looked_in.after = After::hand_over;
  EXPECT_EQ(outcome(commit(group_of(a, {looked_in}))), "applied");
  take(key_, a);
  clock_.advance(std::chrono::seconds(1));
  MemberCommit first = saving(key_, row(key_), "two");
  first.history = kStart;
  EXPECT_EQ(outcome(commit(group_of(a, {first}))), "applied");
  EXPECT_EQ(outcome(commit(group_of(a, {first}))), "fence_refused");
  EXPECT_EQ(listed(db().history(key_).value()), "1 end");
}

TEST_P(BackendContract, HistoryIsThinnedByAgeAndNumber) {
  const Owner a = start("a");
  take(key_, a);
  KeepHistory how = kEnd;
  how.at_most = 4;
  const auto keep = [&](Duration later) {
    clock_.advance(later);
    MemberCommit member = saving(key_, row(key_), "x");
    how.since_ms = now_ms() - 1000LL * 3600 * 24 * 30;
    member.history = how;
    EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  };
  for (int i = 0; i < 4; ++i) keep(std::chrono::hours(24));
  keep(std::chrono::minutes(1));
  EXPECT_EQ(listed(db().history(key_).value()), "5 end, 4 end, 3 end, 1 end");
  keep(std::chrono::hours(24));
  EXPECT_EQ(listed(db().history(key_).value()), "6 end, 5 end, 3 end, 1 end");
  keep(std::chrono::hours(24 * 29 + 1));
  EXPECT_EQ(listed(db().history(key_).value()), "7 end, 6 end");
}

TEST_P(BackendContract, HistoryRefusesALimitThatIsNone) {
  const Owner a = start("a");
  MemberCommit member = saving(key_, take(key_, a), "x");
  member.history = KeepHistory{.before = {}, .after = SnapshotKind::change, .at_most = 0};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "invalid_argument: PlayerData/Player_1: history keeps a number of snapshots: expected "
            "1 to 1000, found 0");
}

TEST_P(BackendContract, ARemovalTakesTheHistoryAlong) {
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, "one");
  MemberCommit member = saving(key_, row(key_), "two");
  member.history = kStart;
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  remove(key_, a);
  EXPECT_TRUE(db().history(key_).value().empty());
}

TEST_P(BackendContract, ASubjectsKeysAreThoseOfNowAndOfBefore) {
  const Owner a = start("a");
  for (const ProfileKey& key : {key_, other_key_}) {
    MemberCommit member = saving(key, take(key, a), "x");
    member.user_ids = std::vector<UserId>{{7}, {8}};
    EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  }
  MemberCommit without = saving(other_key_, row(other_key_), "x");
  without.user_ids = std::vector<UserId>{{8}};
  EXPECT_EQ(outcome(commit(group_of(a, {without}))), "applied");
  remove(key_, a);
  EXPECT_TRUE(db().keys_of(UserId{7}).value().empty());
  EXPECT_EQ(db().subject(UserId{7}).value(), (std::vector<ProfileKey>{key_, other_key_}));
  EXPECT_EQ(db().subject(UserId{8}).value(), (std::vector<ProfileKey>{key_, other_key_}));
  EXPECT_TRUE(db().subject(UserId{9}).value().empty());
}

TEST_P(BackendContract, BelongingsAreAllThatIsKeptOfAKey) {
  const Owner a = start("a");
  take(key_, a);
  fill(key_, a);
  const Belongings all = db().belongings(key_).value();
  EXPECT_EQ(all.record, read(key_));
  EXPECT_EQ(all.inbox, db().inbox(key_).value());
  EXPECT_EQ(all.inbox.size(), 1U);
  EXPECT_EQ(all.receipts, (std::vector<Receipt>{{.id = "r", .at_ms = 5}}));
  ASSERT_EQ(all.handled.size(), 1U);
  EXPECT_EQ(all.handled[0].id, "m0");
  EXPECT_EQ(all.handled[0].at_ms, now_ms());
  ASSERT_EQ(all.history.size(), 1U);
  EXPECT_EQ(all.history[0], db().snapshot(key_, 1).value());
  EXPECT_EQ(all.history[0].payload, "one");
  ASSERT_EQ(all.quarantine.size(), 1U);
  EXPECT_EQ(all.quarantine[0].payload, "bytes");
  const Belongings others = db().belongings(other_key_).value();
  EXPECT_FALSE(others.record);
  EXPECT_TRUE(others.receipts.empty() && others.handled.empty() && others.history.empty());
}

TEST_P(BackendContract, AnOperatorsChangeIsAuditedWithIt) {
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, "one");
  Group group = group_of(a, {saving(key_, row(key_), "two")});
  group.audit = AuditEntry{.at_ms = now_ms(), .what = "rollback", .reason = "t 5", .by = a.server};
  EXPECT_EQ(outcome(commit(group)), "applied");
  EXPECT_EQ(read(key_)->payload, "two");
  EXPECT_EQ(db().audit(9).value(), std::vector<AuditEntry>{*group.audit});
  EXPECT_EQ(outcome(commit(group)), "applied before");
  EXPECT_EQ(db().audit(9).value().size(), 1U) << "once";
  Group refused = group;
  refused.token = new_id();
  EXPECT_EQ(outcome(commit(refused)), "fence_refused");
  EXPECT_EQ(db().audit(9).value().size(), 1U);
  refused.audit->reason.clear();
  EXPECT_EQ(outcome(commit(refused)), "invalid_argument: an operator's change has a reason");
}

}  // namespace
}  // namespace keepsake
