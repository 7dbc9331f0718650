// An operator's override: whom it robs, and what is left to the robbed (rule 27).
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

Steal stealing(const ProfileKey& key, const Envelope& row, const Owner& self,
               const Generation& generation, const CommitToken& token) {
  return {.key = key,
          .self = self,
          .generation = generation,
          .session = row.session,
          .epoch = row.epoch,
          .token = token,
          .reason = "ticket 5",
          .now_ms = 5};
}

/// "stolen", "stolen before", "fence_refused", or the error's text.
std::string steal(Backend& backend, const Steal& request) {
  const auto answer = backend.steal(request);
  if (!answer) return answer.error().text();
  if (const auto* stolen = std::get_if<Stolen>(&*answer)) {
    return stolen->resent ? "stolen before" : "stolen";
  }
  return "fence_refused";
}

TEST_P(BackendContract, TheRobbedCommitsNothingMoreAndTheNextGetsWhatWasSaved) {
  const Owner robbed = start("robbed");
  const Owner thief = start("thief");
  take(key_, robbed);
  const Envelope before = save(key_, robbed, "one");
  EXPECT_EQ(steal(db(), stealing(key_, before, thief, generation_, new_id())), "stolen");
  EXPECT_EQ(outcome(commit(group_of(robbed, {saving(key_, before, "two")}))), "fence_refused");
  EXPECT_EQ(read(key_)->payload, "one");
  EXPECT_EQ(take(key_, thief).epoch, before.epoch + 1);
  EXPECT_EQ(db().audit(9).value(),
            (std::vector<AuditEntry>{
                {.at_ms = 5, .what = "steal, taken", .reason = "ticket 5", .by = {"thief"}}}));
}

TEST_P(BackendContract, ASaveWhoseReplyWasLostIsFoundAfterASteal) {
  const Owner robbed = start("robbed");
  const Owner thief = start("thief");
  take(key_, robbed);
  const Group last = group_of(robbed, {saving(key_, row(key_), "one")});
  EXPECT_EQ(outcome(commit(last)), "applied");
  EXPECT_EQ(steal(db(), stealing(key_, row(key_), thief, generation_, new_id())), "stolen");
  const GroupAnswer again = commit(last);
  ASSERT_TRUE(std::holds_alternative<Applied>(again)) << outcome(again);
  EXPECT_TRUE(std::get<Applied>(again).resent);
}

TEST_P(BackendContract, AStealSentAgainRobsNobodyElse) {
  const Owner a = start("a");
  const Owner thief = start("thief");
  const Steal request = stealing(key_, take(key_, a), thief, generation_, new_id());
  EXPECT_EQ(steal(db(), request), "stolen");
  EXPECT_EQ(steal(db(), request), "stolen before");
  const Envelope next = take(key_, a);
  EXPECT_EQ(steal(db(), request), "stolen before");
  Steal other = request;  // of a session that is over
  other.token = new_id();
  EXPECT_EQ(steal(db(), other), "fence_refused");
  EXPECT_EQ(row(key_).session, next.session);
  EXPECT_EQ(db().audit(9).value().size(), 1U);
}

TEST_P(BackendContract, WhatTheOwnerGaveIsFreedAndToldApart) {
  const Owner tool = start("tool");
  const Envelope own = take(key_, tool);
  EXPECT_EQ(steal(db(), stealing(key_, own, tool, generation_, new_id())), "stolen");
  EXPECT_FALSE(row(key_).owner);
  EXPECT_EQ(db().audit(9).value().at(0).what, "steal, given");
}

TEST_P(BackendContract, AStealWakesWhoWaitsAndTakesItsOwnAskAway) {
  const Owner robbed = start("robbed");
  const Owner waiting = start("waiting");
  const Owner thief = start("thief");
  const Envelope before = take(key_, robbed);
  const Acquire ask = ask_for(key_, waiting);
  EXPECT_EQ(steal(db(), stealing(key_, before, thief, generation_, new_id())), "stolen");
  EXPECT_EQ(row(key_).ask->id, ask.ask);
  EXPECT_TRUE(std::holds_alternative<Acquired>(acquire(ask)));

  const Envelope again = row(key_);
  ask_for(key_, thief);
  EXPECT_EQ(steal(db(), stealing(key_, again, thief, generation_, new_id())), "stolen");
  EXPECT_FALSE(row(key_).ask);
}

TEST_P(BackendContract, AStealNeedsAnOpenLeaseAReasonAndTheSameDatabase) {
  const Owner a = start("a");
  const Owner thief = start("thief");
  const Envelope before = take(key_, a);
  const Steal good = stealing(key_, before, thief, generation_, new_id());
  Steal bad = good;
  bad.reason.clear();
  EXPECT_EQ(steal(db(), bad), "invalid_argument: a steal has a reason");
  bad = good;
  bad.session = {};
  EXPECT_TRUE(steal(db(), bad).starts_with("invalid_argument: a steal names the session"));
  bad = good;
  bad.generation = new_id();
  EXPECT_TRUE(steal(db(), bad).starts_with("backend_went_back: "));
  bad = good;
  bad.key.key.clear();
  EXPECT_TRUE(steal(db(), bad).starts_with("invalid_argument: "));
  bad = good;
  bad.key = other_key_;
  EXPECT_EQ(steal(db(), bad), "fence_refused");
  bury(a, thief);
  EXPECT_TRUE(steal(db(), good).starts_with("lease_closed: "));
  EXPECT_EQ(row(key_), before);
  EXPECT_TRUE(db().audit(9).value().empty());
}

}  // namespace
}  // namespace keepsake
