// Receipts, messages, quarantine: rules 29 to 31.
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

Message message(const std::string& id, std::int64_t expires_ms = 0) {
  return {.id = id,
          .body = R"({"gift":1})",
          .sent_ms = 5,
          .expires_ms = expires_ms,
          .sender = "PlayerData/Player_9",
          .carries_value = false};
}

TEST_P(BackendContract, AReceiptIsCommittedOnce) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "paid");
  member.receipts = {{.id = "7F3A", .at_ms = 123}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_EQ(db().receipt(key_, "7F3A").value(), (Receipt{.id = "7F3A", .at_ms = 123}));
  EXPECT_EQ(db().receipt(key_, "7F3B").value(), std::nullopt);
  EXPECT_EQ(db().receipt(other_key_, "7F3A").value(), std::nullopt);

  const Envelope before = row(key_);
  member = saving(key_, before, "paid twice");
  member.receipts = {{.id = "new", .at_ms = 1}, {.id = "7F3A", .at_ms = 124}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "already_exists: PlayerData/Player_1: the receipt was applied before: found 7F3A");
  EXPECT_EQ(row(key_), before);
  EXPECT_EQ(db().receipt(key_, "new").value(), std::nullopt);
  member.receipts = {{.id = "new", .at_ms = 1}, {.id = "new", .at_ms = 1}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "already_exists: PlayerData/Player_1: the receipt was applied before: found new");
}

TEST_P(BackendContract, ReceiptsOutliveTheProfile) {
  const Owner a = start("a");
  MemberCommit member = saving(key_, take(key_, a), "paid");
  member.receipts = {{.id = "7F3A", .at_ms = 123}};
  member.after = After::remove;
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_TRUE(db().receipt(key_, "7F3A").value().has_value());
}

TEST_P(BackendContract, AMessageWaitsForAKeyThatNobodyHasLoaded) {
  const Owner a = start("a");
  MemberCommit member = saving(key_, take(key_, a), "x");
  Message valuable = message("two");
  valuable.carries_value = true;
  const Message until = message("one", now_ms() + 99);
  member.sent = {{other_key_, until}, {other_key_, valuable}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_EQ(db().inbox(other_key_).value(), (std::vector<Message>{until, valuable}));
  EXPECT_EQ(read(other_key_), std::nullopt);
}

TEST_P(BackendContract, AMessageSentTwiceIsThereOnce) {
  const Owner a = start("a");
  take(key_, a);
  for (int i = 0; i < 2; ++i) {
    MemberCommit member = saving(key_, row(key_), "x");
    member.sent = {{other_key_, message("m")}, {other_key_, message("m")}};
    EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  }
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"m"});
}

TEST_P(BackendContract, AHandledMessageNeverComesAgain) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  MemberCommit sending = saving(key_, row(key_), "x");
  sending.sent = {{other_key_, message("m1")}, {other_key_, message("m2")}};
  EXPECT_EQ(outcome(commit(group_of(a, {sending}))), "applied");
  MemberCommit handling = saving(other_key_, row(other_key_), "handled");
  handling.acknowledged = {"m1"};
  EXPECT_EQ(outcome(commit(group_of(a, {handling}))), "applied");
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"m2"});
  sending = saving(key_, row(key_), "x");
  sending.sent = {{other_key_, message("m1")}};
  EXPECT_EQ(outcome(commit(group_of(a, {sending}))), "applied");
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"m2"});
  handling = saving(other_key_, row(other_key_), "handled");
  handling.acknowledged = {"m1", "m2"};
  EXPECT_EQ(outcome(commit(group_of(a, {handling}))), "applied") << "also what is known as handled";
}

TEST_P(BackendContract, WhatNeverCameCannotHaveBeenHandled) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  ASSERT_EQ(send_value(a, {value("m1")}), "applied");
  const Envelope before = row(other_key_);
  MemberCommit handling = saving(other_key_, before, "credited");
  handling.acknowledged = {"m1", "m2"};
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, row(key_), "y"), handling}))),
            "backend_went_back: PlayerData/Player_2: a message that was handled was never sent in "
            "this database: found m2; an old copy was put in its place: put the right one back");
  EXPECT_EQ(row(other_key_), before);
  EXPECT_EQ(row(key_).revision, 1U);
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"m1"});
}

TEST_P(BackendContract, MessagesKeepTheirOrder) {
  const Owner a = start("a");
  take(key_, a);
  std::vector<std::string> expected;
  for (const char* id : {"b", "z", "a", "m"}) {
    MemberCommit member = saving(key_, row(key_), "x");
    member.sent = {{other_key_, message(id)}};
    EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
    expected.emplace_back(id);
  }
  EXPECT_EQ(inbox_ids(other_key_), expected);
}

TEST_P(BackendContract, SetsAsideOnceUnderAnIncident) {
  QuarantineEntry entry{.incident = new_id(),
                        .key = key_,
                        .code = "invalid_data",
                        .path = "/gold",
                        .message = "expected integer, found string",
                        .schema_version = "3",
                        .payload = std::string("\0\xff", 2),
                        .at_ms = 10,
                        .server = {"a"}};
  EXPECT_TRUE(db().set_aside(entry));
  QuarantineEntry changed = entry;
  changed.payload = "other";
  EXPECT_TRUE(db().set_aside(changed));
  EXPECT_EQ(db().incident(entry.incident).value(), entry);
  const Id128 nobody = new_id();
  EXPECT_EQ(
      outcome(db().incident(nobody)),
      "not_found: nothing lies in quarantine under that incident (incident " + nobody.text() + ")");
}

TEST_P(BackendContract, ListsTheQuarantineNewestFirstWithoutPayloads) {
  const auto set_aside = [&](const std::string& store, const std::string& key, std::int64_t at) {
    EXPECT_TRUE(db().set_aside(
        {.incident = new_id(), .key = {store, key}, .payload = "bytes", .at_ms = at}));
  };
  set_aside("A", "1", 10);
  set_aside("B", "2", 30);
  set_aside("A", "3", 20);
  set_aside("A", "4", 20);
  const auto listed = [&](const std::string& store, std::size_t limit) {
    std::string keys;
    const std::vector<QuarantineEntry> entries = db().quarantine(store, limit).value();
    for (const QuarantineEntry& entry : entries) {
      EXPECT_EQ(entry.payload, "");
      keys += entry.key.key;
    }
    return keys;
  };
  EXPECT_EQ(listed("", 10), "2431");
  EXPECT_EQ(listed("A", 10), "431");
  EXPECT_EQ(listed("A", 2), "43");
  EXPECT_EQ(listed("C", 2), "");
}

TEST_P(BackendContract, AGroupSetsAsideWithItsCommit) {
  const Owner a = start("a");
  Group group = group_of(a, {saving(key_, take(key_, a), "x")});
  group.quarantine = {{.incident = new_id(), .key = key_, .code = "tie_lost", .payload = "p"}};
  EXPECT_EQ(outcome(commit(group)), "applied");
  EXPECT_EQ(db().incident(group.quarantine[0].incident).value(), group.quarantine[0]);
  EXPECT_EQ(outcome(commit(group)), "applied before");
}

}  // namespace
}  // namespace keepsake
