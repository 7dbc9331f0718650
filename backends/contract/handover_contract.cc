// Handoff: rules 19, 20, 21.
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

MemberCommit leaving(MemberCommit member, std::uint64_t asks_expired = 0) {
  member.after = After::hand_over;
  member.asks_expired = asks_expired;
  return member;
}

TEST_P(BackendContract, AHandoffStoresTheDataAndNamesTheNewOwner) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Envelope taken = take(key_, a);
  renew(b, 4);
  const Acquire asking = ask_for(key_, b);
  clock_.advance(std::chrono::seconds(1));
  const Group group = group_of(a, {leaving(saving(key_, taken, "last"))});
  const Applied applied = std::get<Applied>(commit(group));
  EXPECT_EQ(applied.members.at(0).handed_to, b);

  const Record record = std::get<Acquired>(acquire(asking)).record;
  EXPECT_EQ(record.payload, "last");
  Envelope expected = taken;
  expected.epoch = 2;
  expected.revision = 1;
  expected.edit_number = 1;
  expected.has_data = true;
  expected.schema = {.version = "3", .ordinal = 3, .last_compatible = 2};
  expected.saved_ms = now_ms();
  expected.load_count = 2;
  expected.owner = b;
  expected.session = asking.session;
  expected.owned_since = 4;
  expected.ask_sequence = 1;
  expected.handover_ms = {now_ms()};
  expected.marks = {{.epoch = 1, .revision = 1, .token = group.token, .recoverer = {}}};
  EXPECT_EQ(record.envelope, expected);

  const GroupAnswer again = commit(group);
  EXPECT_EQ(outcome(again), "applied before");
  EXPECT_EQ(std::get<Applied>(again).members.at(0).handed_to, b);
}

TEST_P(BackendContract, WithoutAnAskAHandoffFreesTheProfile) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  const Group group = group_of(a, {leaving(saving(key_, taken, "last"))});
  EXPECT_EQ(std::get<Applied>(commit(group)).members.at(0).handed_to, std::nullopt);
  EXPECT_EQ(row(key_).owner, std::nullopt);
  EXPECT_TRUE(row(key_).session.none());
  EXPECT_EQ(row(key_).epoch, taken.epoch);
  EXPECT_TRUE(row(key_).handover_ms.empty());
  EXPECT_EQ(std::get<Applied>(commit(group)).members.at(0).handed_to, std::nullopt);
}

TEST_P(BackendContract, AReleaseWithoutDataHandsOverToo) {
  const Owner a = start("a");
  const Owner b = start("b");
  MemberCommit member = leaving(saving(key_, take(key_, a), ""));
  member.data.reset();
  ask_for(key_, b);
  EXPECT_EQ(std::get<Applied>(commit(group_of(a, {member}))).members.at(0).handed_to, b);
  EXPECT_FALSE(row(key_).has_data);
}

TEST_P(BackendContract, TheNewestAskGetsTheProfile) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  const Acquire older = ask_for(key_, b);
  ask_for(key_, c);
  EXPECT_EQ(outcome(commit(group_of(a, {leaving(saving(key_, row(key_), "x"))}))), "applied");
  EXPECT_EQ(row(key_).owner, c);
  const Held held = std::get<Held>(acquire(older));
  EXPECT_EQ(held.owner, c);
  EXPECT_EQ(held.ask, AskStanding::newer);
}

TEST_P(BackendContract, AnExpiredAskIsPassedOver) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  const Acquire asking = ask_for(key_, b);
  const Group group = group_of(a, {leaving(saving(key_, row(key_), "x"), asking.ask_number)});
  EXPECT_EQ(std::get<Applied>(commit(group)).members.at(0).handed_to, std::nullopt);
  EXPECT_EQ(row(key_).ask, std::nullopt);
  EXPECT_EQ(row(key_).owner, std::nullopt);
}

TEST_P(BackendContract, AnAskOfADeadServerIsPassedOver) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  ask_for(key_, b);
  close(a, b);
  EXPECT_EQ(outcome(commit(group_of(a, {leaving(saving(key_, row(key_), "x"))}))), "applied");
  EXPECT_EQ(row(key_).owner, std::nullopt);
}

TEST_P(BackendContract, AProfileIsNotHandedToWhoCannotReadIt) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  Acquire old_server = acquiring(key_, b);
  old_server.ask = new_id();
  old_server.ask_number = 1;
  old_server.readable_ordinal = 1;
  EXPECT_EQ(std::get<Held>(acquire(old_server)).ask, AskStanding::ours) << "no data yet";
  EXPECT_EQ(outcome(commit(group_of(a, {leaving(saving(key_, row(key_), "x"))}))), "applied");
  EXPECT_EQ(row(key_).owner, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<TooNew>(acquire(old_server)));
}

TEST_P(BackendContract, AServerMayHandAProfileToItself) {
  const Owner a = start("a");
  take(key_, a);
  const Acquire asking = ask_for(key_, a);
  EXPECT_EQ(outcome(commit(group_of(a, {leaving(saving(key_, row(key_), "x"))}))), "applied");
  EXPECT_EQ(std::get<Acquired>(acquire(asking)).record.envelope.epoch, 2U);
}

TEST_P(BackendContract, ARecovererHandsADeadOwnersProfileOn) {
  const Owner a = start("a");
  const Owner b = start("b");
  const Owner c = start("c");
  take(key_, a);
  ask_for(key_, c);
  close(b, a);
  MemberCommit member = leaving(saving(key_, row(key_), "replayed"));
  member.recovering = a.incarnation;
  EXPECT_EQ(std::get<Applied>(commit(group_of(b, {member}))).members.at(0).handed_to, c);
  EXPECT_EQ(read(key_)->payload, "replayed");
}

TEST_P(BackendContract, TheLastThreeHandoversAreRemembered) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  std::vector<std::int64_t> times;
  Owner owner = a;
  for (int i = 0; i < 5; ++i) {
    clock_.advance(std::chrono::seconds(5));
    const Owner next = owner == a ? b : a;
    hand_to(owner, next);
    times.push_back(now_ms());
    owner = next;
  }
  EXPECT_EQ(row(key_).handover_ms, std::vector<std::int64_t>(times.end() - 3, times.end()));
}

TEST_P(BackendContract, AfterThreeHandoversInTenSecondsAnAskHasToWait) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  hand_to(a, b);
  clock_.advance(std::chrono::seconds(3));
  hand_to(b, a);
  clock_.advance(std::chrono::seconds(3));
  hand_to(a, b);
  const Envelope before = row(key_);
  Acquire request = acquiring(key_, a);
  request.ask = new_id();
  request.ask_duration_ms = 5000;
  const Held looked = std::get<Held>(acquire(request));
  EXPECT_EQ(looked.contended_ms, 4000);
  request.ask_number = looked.offered_number;
  const Held refused = std::get<Held>(acquire(request));
  EXPECT_EQ(refused.contended_ms, 4000);
  EXPECT_EQ(refused.ask, AskStanding::none) << "it was not written, and so is not superseded";
  EXPECT_EQ(row(key_), before);

  clock_.advance(std::chrono::milliseconds(3999));
  EXPECT_EQ(std::get<Held>(acquire(request)).contended_ms, 1);
  clock_.advance(std::chrono::milliseconds(1));
  const Held taken = std::get<Held>(acquire(request));
  EXPECT_EQ(taken.contended_ms, 0);
  EXPECT_EQ(taken.ask, AskStanding::ours);
}

TEST_P(BackendContract, AContendedProfileThatIsFreeIsTaken) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  hand_to(a, b);
  hand_to(b, a);
  hand_to(a, b);
  EXPECT_EQ(outcome(commit(group_of(b, {leaving(saving(key_, row(key_), "x"))}))), "applied");
  EXPECT_EQ(take(key_, a).owner, a);
}

TEST_P(BackendContract, ADatabaseClockThatIsSetBackContendsNothing) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  hand_to(a, b);
  hand_to(b, a);
  hand_to(a, b);
  clock_.advance(-std::chrono::hours(1));
  ask_for(key_, a);
}

TEST_P(BackendContract, TheOldOwnerCommitsNoMoreAfterAHandoff) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  ask_for(key_, b);
  EXPECT_EQ(outcome(commit(group_of(a, {leaving(saving(key_, row(key_), "last"))}))), "applied");
  MemberCommit late = saving(key_, row(key_), "late");
  EXPECT_EQ(outcome(commit(group_of(a, {late}))), "fence_refused");
  EXPECT_EQ(outcome(commit(group_of(b, {saving(key_, row(key_), "b")}))), "applied");
}

}  // namespace
}  // namespace keepsake
