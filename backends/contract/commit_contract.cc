// Commits: rules 1, 18, 23, 24.
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

TEST_P(BackendContract, ACommitStoresDataUnderTheNextRevision) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  clock_.advance(std::chrono::seconds(3));
  MemberCommit member = saving(key_, taken, R"({"n":1})");
  member.edit_number = 17;
  member.user_ids = std::vector<UserId>{{5}, {4}, {5}};
  member.tags = R"({"vip":true})";
  const Group group = group_of(a, {member});
  const Applied applied = std::get<Applied>(commit(group));
  EXPECT_EQ(applied.members.at(0).revision, 1U);
  EXPECT_FALSE(applied.resent);

  Envelope expected = taken;
  expected.revision = 1;
  expected.edit_number = 17;
  expected.has_data = true;
  expected.schema = {.version = "3", .ordinal = 3, .last_compatible = 2};
  expected.saved_ms = now_ms();
  expected.user_ids = {{5}, {4}};
  expected.tags = R"({"vip":true})";
  expected.marks = {{.epoch = 1, .revision = 1, .token = group.token, .recoverer = {}}};
  EXPECT_EQ(read(key_), (Record{.key = key_, .envelope = expected, .payload = R"({"n":1})"}));
}

TEST_P(BackendContract, PayloadsComeBackAsTheyWere) {
  const Owner a = start("a");
  take(key_, a);
  std::string bytes;
  for (int i = 0; i < 70'000; ++i) bytes += static_cast<char>(i % 256);
  save(key_, a, bytes);
  EXPECT_EQ(read(key_)->payload, bytes);
  save(key_, a, "");
  EXPECT_EQ(read(key_)->payload, "");
}

TEST_P(BackendContract, ACommitWithoutDataLeavesTheData) {
  const Owner a = start("a");
  take(key_, a);
  const Envelope before = save(key_, a, "data");
  clock_.advance(std::chrono::seconds(1));
  MemberCommit member = saving(key_, before, "");
  member.data.reset();
  member.edit_number = 0;
  const Group group = group_of(a, {member});
  EXPECT_EQ(outcome(commit(group)), "applied");
  Envelope expected = before;
  expected.revision = 2;
  expected.marks = {{.epoch = 1, .revision = 2, .token = group.token, .recoverer = {}}};
  EXPECT_EQ(read(key_), (Record{.key = key_, .envelope = expected, .payload = "data"}));
}

TEST_P(BackendContract, EachPartOfTheFenceCounts) {
  const Owner a = start("a");
  take(key_, a);
  const Envelope good = save(key_, a, "good");
  for (int part = 0; part < 4; ++part) {
    MemberCommit member = saving(key_, good, "bad");
    if (part == 0) member.fence.session = new_id();
    if (part == 1) ++member.fence.epoch;
    if (part == 2) ++member.fence.revision;
    if (part == 3) --member.fence.revision;
    const GroupAnswer answer = commit(group_of(a, {member}));
    ASSERT_EQ(outcome(answer), "fence_refused") << "part " << part;
    EXPECT_EQ(std::get<FenceRefused>(answer).row, good);
  }
  const Owner b = start("b");
  EXPECT_EQ(outcome(commit(group_of(b, {saving(key_, good, "bad")}))), "fence_refused");
  EXPECT_EQ(read(key_), (Record{.key = key_, .envelope = good, .payload = "good"}));
}

TEST_P(BackendContract, ACommitOnAnotherGenerationIsRefusedAsAWhole) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  MemberCommit stale = saving(other_key_, row(other_key_), "x");
  stale.fence.generation = new_id();
  const auto answer =
      db().commit({group_of(a, {saving(key_, row(key_), "x")}), group_of(a, {stale})});
  EXPECT_EQ(answer.error().code(), ErrorCode::backend_went_back);
  EXPECT_EQ(row(key_).revision, 0U);
}

TEST_P(BackendContract, ACommitToNoRowIsRefused) {
  const Owner a = start("a");
  MemberCommit member = saving(key_, Envelope(), "x");
  const GroupAnswer answer = commit(group_of(a, {member}));
  ASSERT_EQ(outcome(answer), "fence_refused");
  EXPECT_EQ(std::get<FenceRefused>(answer).row, std::nullopt);
}

TEST_P(BackendContract, AFreeProfileTakesNoCommits) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  EXPECT_TRUE(db().withdraw({.key = key_, .self = a, .session = taken.session, .ask = {}}));
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, taken, "x")}))), "fence_refused");
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, row(key_), "x")}))), "fence_refused");
}

TEST_P(BackendContract, AGroupIsStoredTogetherOrNotAtAll) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  MemberCommit sending = saving(other_key_, row(other_key_), "x");
  sending.sent = {{key_, {.id = "m", .body = "{}"}}};
  ASSERT_EQ(outcome(commit(group_of(a, {sending}))), "applied");
  MemberCommit stale = saving(other_key_, row(other_key_), "x");
  stale.fence.revision = 9;
  Group group = group_of(a, {saving(key_, row(key_), "x"), stale});
  group.members[0].receipts = {{.id = "r", .at_ms = 1}};
  group.members[0].acknowledged = {"m"};
  group.members[0].sent = {{other_key_, {.id = "gift", .body = "{}"}}};
  group.quarantine = {{.incident = new_id(), .key = key_}};
  const GroupAnswer answer = commit(group);
  ASSERT_EQ(outcome(answer), "fence_refused");
  EXPECT_EQ(std::get<FenceRefused>(answer).member, 1U);
  EXPECT_EQ(row(key_).revision, 0U);
  EXPECT_EQ(db().receipt(key_, "r").value(), std::nullopt);
  EXPECT_TRUE(db().inbox(other_key_).value().empty());
  EXPECT_TRUE(db().quarantine("", 9).value().empty());
  group.members.pop_back();
  EXPECT_EQ(outcome(commit(group)), "applied");
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"gift"});
}

TEST_P(BackendContract, NoGroupOfABatchFailsAnother) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  MemberCommit stale = saving(key_, row(key_), "bad");
  stale.fence.epoch = 9;
  const auto answers =
      db().commit({group_of(a, {stale}), group_of(a, {saving(key_, row(key_), "good")}),
                   group_of(a, {saving(other_key_, row(other_key_), "good")})})
          .value();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(outcome(answers[0]), "fence_refused");
  EXPECT_EQ(outcome(answers[1]), "applied");
  EXPECT_EQ(outcome(answers[2]), "applied");
  EXPECT_TRUE(db().commit({}).value().empty());
}

TEST_P(BackendContract, GroupsOfABatchSeeThoseBeforeThem) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  Envelope next = taken;
  next.revision = 1;
  const auto answers = db().commit({group_of(a, {saving(key_, taken, "one")}),
                                    group_of(a, {saving(key_, next, "two")})})
                           .value();
  EXPECT_EQ(outcome(answers[0]), "applied");
  EXPECT_EQ(outcome(answers[1]), "applied");
  EXPECT_EQ(read(key_)->payload, "two");
  EXPECT_EQ(row(key_).revision, 2U);
}

TEST_P(BackendContract, ALargeBatchIsAnsweredGroupByGroup) {
  const Owner a = start("a");
  std::vector<Group> groups;
  for (int i = 0; i < 300; ++i) {
    const ProfileKey key{"S", "k" + std::to_string(i)};
    groups.push_back(group_of(a, {saving(key, take(key, a), std::string(8000, 'x'))}));
    if (i % 7 == 0) groups.back().members[0].fence.epoch = 0;
  }
  const auto answers = db().commit(groups).value();
  ASSERT_EQ(answers.size(), 300U);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(outcome(answers[i]), i % 7 == 0 ? "fence_refused" : "applied") << i;
  }
}

TEST_P(BackendContract, AResentCommitIsFoundByItsToken) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  Group group = group_of(a, {saving(key_, taken, "x")});
  group.members[0].receipts = {{.id = "r", .at_ms = 1}};
  EXPECT_EQ(outcome(commit(group)), "applied");
  const Record stored = *read(key_);
  const GroupAnswer again = commit(group);
  EXPECT_EQ(outcome(again), "applied before");
  EXPECT_EQ(std::get<Applied>(again).members.at(0).revision, 1U);
  EXPECT_EQ(read(key_), stored);
}

TEST_P(BackendContract, AResendIsFoundThoughOthersOwnedTheRowSince) {
  const Owner a = start("a");
  const Owner b = start("b");
  MemberCommit last = saving(key_, take(key_, a), "of a");
  last.after = After::hand_over;
  const Group group = group_of(a, {last});
  EXPECT_EQ(outcome(commit(group)), "applied");
  for (int i = 0; i < kEpochMarks - 1; ++i) {
    MemberCommit member = saving(key_, take(key_, b), "of b");
    member.after = After::hand_over;
    EXPECT_EQ(outcome(commit(group_of(b, {member}))), "applied");
  }
  EXPECT_EQ(row(key_).marks.size(), static_cast<std::size_t>(kEpochMarks));
  EXPECT_EQ(outcome(commit(group)), "applied before");
  MemberCommit member = saving(key_, take(key_, b), "of b");
  EXPECT_EQ(outcome(commit(group_of(b, {member}))), "applied");
  EXPECT_EQ(row(key_).marks.size(), static_cast<std::size_t>(kEpochMarks));
  EXPECT_EQ(outcome(commit(group)), "fence_refused") << "older than the marks that are kept";
}

TEST_P(BackendContract, OneMemberThatShowsTheTokenProvesTheGroup) {
  const Owner a = start("a");
  MemberCommit leaving = saving(key_, take(key_, a), "x");
  leaving.after = After::remove;
  const Group group = group_of(a, {leaving, saving(other_key_, take(other_key_, a), "y")});
  EXPECT_EQ(outcome(commit(group)), "applied");
  save(other_key_, a, "later");  // hides the token of that member
  EXPECT_EQ(outcome(commit(group)), "applied before");
  EXPECT_EQ(read(other_key_)->payload, "later");
}

TEST_P(BackendContract, ATokenCountsOnlyUnderItsEpoch) {
  const Owner a = start("a");
  const Group first = group_of(a, {saving(key_, take(key_, a), "x")});
  EXPECT_EQ(outcome(commit(first)), "applied");
  EXPECT_TRUE(db().withdraw({.key = key_, .self = a, .session = row(key_).session, .ask = {}}));
  Group second = group_of(a, {saving(key_, take(key_, a), "y")});
  second.token = first.token;
  EXPECT_EQ(outcome(commit(second)), "applied");
}

TEST_P(BackendContract, ACommitNeedsNoOpenLeaseWhileNobodyTookTheRow) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  close(b, a);
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, row(key_), "late")}))), "applied");
  EXPECT_TRUE(db().end_lease({.self = b, .target = a}).value());
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, row(key_), "later")}))), "applied");
  const Envelope before = row(key_);
  take(key_, b);
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, before, "too late")}))), "fence_refused");
}

TEST_P(BackendContract, ARecovererCommitsForADeadOwnerOnly) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "replayed");
  member.recovering = a.incarnation;
  EXPECT_EQ(outcome(commit(group_of(b, {member}))), "fence_refused") << "the owner lives";
  close(b, a);
  EXPECT_EQ(outcome(commit(group_of(c, {member}))), "fence_refused") << "another recovers it";
  EXPECT_EQ(outcome(commit(group_of(b, {saving(key_, row(key_), "x")}))), "fence_refused")
      << "not said to be a recovery";
  EXPECT_EQ(outcome(commit(group_of(b, {member}))), "applied");
  EXPECT_EQ(row(key_).owner, a) << "still the dead owner's";
  EXPECT_TRUE(db().end_lease({.self = b, .target = a}).value());
  member = saving(key_, row(key_), "more");
  member.recovering = a.incarnation;
  EXPECT_EQ(outcome(commit(group_of(b, {member}))), "applied") << "after the end, too";
}

TEST_P(BackendContract, AJournalThatTurnsUpLateIsReplayedByWhoeverBringsIt) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  take(other_key_, a);
  bury(b, a);
  MemberCommit member = saving(key_, row(key_), "found later");
  member.recovering = a.incarnation;
  EXPECT_EQ(outcome(commit(group_of(c, {member}))), "applied");
  MemberCommit late = saving(other_key_, row(other_key_), "too late");
  late.recovering = a.incarnation;
  take(other_key_, b);
  EXPECT_EQ(outcome(commit(group_of(c, {late}))), "fence_refused") << "taken since";
}

TEST_P(BackendContract, ARecoverersTokenStandsBesideTheOwners) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Group of_owner = group_of(a, {saving(key_, take(key_, a), "owner")});
  EXPECT_EQ(outcome(commit(of_owner)), "applied");
  close(b, a);
  MemberCommit member = saving(key_, row(key_), "recoverer");
  member.recovering = a.incarnation;
  const Group of_recoverer = group_of(b, {member});
  EXPECT_EQ(outcome(commit(of_recoverer)), "applied");
  const EpochMark expected{
      .epoch = 1, .revision = 2, .token = of_owner.token, .recoverer = of_recoverer.token};
  EXPECT_EQ(row(key_).marks, std::vector<EpochMark>{expected});
  EXPECT_EQ(outcome(commit(of_owner)), "applied before");
  EXPECT_EQ(outcome(commit(of_recoverer)), "applied before");
  EXPECT_EQ(read(key_)->payload, "recoverer");
}

TEST_P(BackendContract, RemovalDeletesTheRowAndEpochsGoOn) {
  const Owner a = start("a");
  take(key_, a);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(db().withdraw({.key = key_, .self = a, .session = row(key_).session, .ask = {}}));
    take(key_, a);
  }
  MemberCommit member = saving(key_, row(key_), "x");
  const std::uint64_t last_epoch = member.fence.epoch;
  member.user_ids = std::vector<UserId>{{7}};
  member.after = After::remove;
  const Group group = group_of(a, {member});
  EXPECT_EQ(outcome(commit(group)), "applied");
  EXPECT_EQ(read(key_), std::nullopt);
  EXPECT_TRUE(db().keys_of({7}).value().empty());
  EXPECT_EQ(outcome(commit(group)), "applied before");
  const Envelope again = take(key_, a);
  EXPECT_GT(again.epoch, last_epoch);
  EXPECT_EQ(again.born, again.epoch);
  EXPECT_EQ(again.revision, 0U);
  EXPECT_EQ(outcome(commit(group)), "applied before") << "found in the row that came after";
  EXPECT_GT(take(other_key_, a).epoch, last_epoch) << "one floor for all keys";
}

TEST_P(BackendContract, ARemovalWithoutDataIsRecognisedToo) {
  const Owner a = start("a");
  MemberCommit member = saving(key_, take(key_, a), "");
  member.data.reset();
  member.after = After::remove;
  const Group group = group_of(a, {member});
  EXPECT_EQ(outcome(commit(group)), "applied");
  EXPECT_EQ(outcome(commit(group)), "applied before");
}

TEST_P(BackendContract, RemovalMarksAreForgottenAfterAWhile) {
  const Owner a = start("a");
  MemberCommit member = saving(key_, take(key_, a), "");
  member.after = After::remove;
  const Group group = group_of(a, {member});
  EXPECT_EQ(outcome(commit(group)), "applied");
  clock_.advance(std::chrono::hours(2));
  start("b");
  EXPECT_EQ(outcome(commit(group)), "fence_refused");
}

}  // namespace
}  // namespace keepsake
