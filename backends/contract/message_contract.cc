// Value between inboxes: what is delivered, what goes back, what is set aside (rules 30, 31).
#include <variant>

#include "backends/contract/contract.h"
#include "keepsake/backend/limits.h"

namespace keepsake {
namespace {

TEST_P(BackendContract, WhatHasExpiredAtTheCommitGoesBack) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_EQ(send_value(a, {value("m", now_ms())}), "applied");
  EXPECT_TRUE(inbox_ids(other_key_).empty());
  EXPECT_EQ(came_back().size(), 1U);
  EXPECT_TRUE(knows(other_key_, "m")) << "the id stays used";
}

TEST_P(BackendContract, WithoutValueNothingGoesBack) {
  const Owner a = start("a");
  take(key_, a);
  Message note = value("m", now_ms());
  note.carries_value = false;
  EXPECT_EQ(send_value(a, {note}), "applied");
  EXPECT_TRUE(inbox_ids(other_key_).empty());
  EXPECT_TRUE(came_back().empty());
}

TEST_P(BackendContract, ValueForAProfileThatWasRemovedGoesBack) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  remove(other_key_, a);
  EXPECT_EQ(send_value(a, {value("m")}), "applied");
  EXPECT_TRUE(inbox_ids(other_key_).empty());
  EXPECT_EQ(came_back().size(), 1U);
}

TEST_P(BackendContract, ARemovalGivesBackWhatWaits) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  Message note = value("note");
  note.carries_value = false;
  EXPECT_EQ(send_value(a, {value("m1"), note, value("m2"), value("m3")}), "applied");
  MemberCommit member = saving(other_key_, row(other_key_), "gone");
  member.after = After::remove;
  member.acknowledged = {"m2"};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"note"});
  EXPECT_EQ(came_back().size(), 2U) << "what was handled is not given back";
}

TEST_P(BackendContract, ForASenderThatIsGoneItGoesToQuarantine) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_EQ(send_value(a, {value("m", now_ms() + 1000)}), "applied");
  remove(key_, a);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(send_back(a), 1U);
  EXPECT_TRUE(inbox_ids(key_).empty());
  EXPECT_TRUE(inbox_ids(other_key_).empty());
  const auto entries = db().quarantine("", 9).value();
  ASSERT_EQ(entries.size(), 1U);
  const QuarantineEntry entry = db().incident(entries[0].incident).value();
  EXPECT_EQ(entry.key, key_);
  EXPECT_EQ(entry.code, "not_found");
  EXPECT_EQ(entry.message, "a message's value came back, and its sender is gone");
  EXPECT_EQ(entry.payload, R"({"gold":5})");
}

TEST_P(BackendContract, AReturnForASenderThatIsGoneGoesToQuarantine) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "x");
  Message back = value("returned:0123");
  back.sender = "";
  member.sent = {{other_key_, back}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_TRUE(inbox_ids(other_key_).empty());
  EXPECT_EQ(db().quarantine("", 9).value().at(0).key, other_key_);
}

TEST_P(BackendContract, ASecondMessageOfOneIdGivesItsValueBack) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_EQ(send_value(a, {value("m")}), "applied");
  EXPECT_EQ(send_value(a, {value("m"), value("m")}), "applied");
  EXPECT_EQ(send_value(a, {value("m")}), "applied");
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"m"});
  EXPECT_EQ(came_back().size(), 3U) << "each under an id of its own";
}

TEST_P(BackendContract, ACommitSentAgainGivesNothingBack) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "x");
  member.sent = {{other_key_, value("m")}};
  const Group group = group_of(a, {member});
  EXPECT_EQ(outcome(commit(group)), "applied");
  EXPECT_EQ(outcome(commit(group)), "applied before");
  EXPECT_TRUE(came_back().empty());
}

TEST_P(BackendContract, ExpiredMessagesOfKeysThatNobodyHoldsGoBack) {
  const Owner a = start("a");
  take(key_, a);
  EXPECT_EQ(
      send_value(a, {value("m1", now_ms() + 1000), value("m2", now_ms() + 5000), value("m3")}),
      "applied");
  EXPECT_EQ(send_back(a), 0U);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(send_back(a), 1U);
  EXPECT_EQ(send_back(a), 0U);
  EXPECT_EQ(inbox_ids(other_key_), (std::vector<std::string>{"m2", "m3"}));
  EXPECT_EQ(came_back().size(), 1U);
  EXPECT_TRUE(knows(other_key_, "m1"));
}

TEST_P(BackendContract, OfAKeyThatSomebodyHoldsNothingGoesBack) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  const Envelope held = take(other_key_, b);
  EXPECT_EQ(send_value(a, {value("m", now_ms() + 1000)}), "applied");
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(send_back(a), 0U);
  close(a, b);
  EXPECT_EQ(send_back(a), 0U) << "its journal may have handled it";
  EXPECT_TRUE(db().end_lease({.self = a, .target = b}).value());
  EXPECT_EQ(send_back(a), 1U);
  EXPECT_EQ(came_back().size(), 1U);
  // A journal of b's that turns up now must not be applied any more.
  MemberCommit late = saving(other_key_, held, "credited");
  late.recovering = b.incarnation;
  late.acknowledged = {"m"};
  EXPECT_EQ(outcome(commit(group_of(a, {late}))), "fence_refused");
  late.fence.session = row(other_key_).session;
  EXPECT_EQ(outcome(commit(group_of(a, {late}))), "fence_refused");
}

TEST_P(BackendContract, TellsAnOwnerOfItsMail) {
  const Owner a = start("a");
  const Owner b = start("b");
  take(key_, a);
  take(other_key_, b);
  const auto mail_of = [&](const Owner& owner) {
    std::string mail;
    const auto found = db().mail(owner).value();
    for (const MailOnOurs& one : found) mail += one.key.key + ":" + one.newest + " ";
    return mail;
  };
  EXPECT_EQ(mail_of(b), "");
  EXPECT_EQ(send_value(a, {value("m2")}), "applied");
  EXPECT_EQ(send_value(a, {value("m1")}), "applied");
  EXPECT_EQ(mail_of(b), "Player_2:m1 ");
  EXPECT_EQ(mail_of(a), "");
}

TEST_P(BackendContract, WakesTheOwnerOfTheInbox) {
  const Owner a = start("a");
  const auto other = database_->connect();
  const Owner b = {
      .server = {"b"},
      .incarnation = other->open_lease({.server = {"b"}, .journal = {}, .now_ms = 1}).value()};
  take(key_, a);
  take(other_key_, b);
  (void)other->wait_for_change(b, std::chrono::milliseconds(0));
  EXPECT_EQ(send_value(a, {value("m")}), "applied");
  expect_woken(*other, b);
}

TEST_P(BackendContract, TellsHowAnInboxStands) {
  const Owner a = start("a");
  take(key_, a);
  const auto state = [&](const std::string& id) {
    const InboxState found = db().inbox_state(other_key_, id).value();
    return std::to_string(found.waiting) + (found.known ? " known" : "");
  };
  EXPECT_EQ(state("m"), "0");
  EXPECT_EQ(send_value(a, {value("m"), value("n")}), "applied");
  EXPECT_EQ(state("m"), "2 known");
  EXPECT_EQ(state("o"), "2");
  EXPECT_EQ(outcome(db().inbox_state({"S", ""}, "m")),
            "invalid_argument: S: the key can't be used: expected 1 to 256 bytes of UTF-8 without "
            "control characters, found an empty key");
}

}  // namespace
}  // namespace keepsake
