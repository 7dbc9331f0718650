// Receipts and handled ids are kept by age (rule 29).
#include <string>
#include <vector>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr Duration kDay = std::chrono::hours(24);

}  // namespace

/// Two saves of key_: that message is sent to itself; with that purchase, made now, it is handled.
void BackendContract::save_with(const Owner& self, const std::string& receipt,
                                const std::string& message) {
  MemberCommit sending = saving(key_, row(key_), "x");
  sending.sent = {{key_, {.id = message, .body = "{}"}}};
  EXPECT_EQ(outcome(commit(group_of(self, {sending}))), "applied");
  MemberCommit member = saving(key_, row(key_), "x");
  member.receipts = {{.id = receipt, .at_ms = now_ms()}};
  member.acknowledged = {message};
  EXPECT_EQ(outcome(commit(group_of(self, {member}))), "applied");
}

std::size_t BackendContract::forget(std::int64_t age_ms, std::size_t limit) {
  return db().forget({.age_ms = age_ms, .limit = limit}).value();
}

std::string BackendContract::ids_kept() {
  const Belongings all = db().belongings(key_).value();
  std::string ids;
  for (const Receipt& receipt : all.receipts) ids += receipt.id + " ";
  ids += "/";
  for (const Receipt& handled : all.handled) ids += " " + handled.id;
  return ids;
}

namespace {

TEST_P(BackendContract, DeletesWhatIsOlderAndNothingElse) {
  const Owner a = start("a");
  take(key_, a);
  save_with(a, "paid:1", "m1");
  clock_.advance(kDay);
  save_with(a, "paid:2", "m2");
  EXPECT_EQ(forget(kDayMs), 0U) << "as old as that is not older";
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(forget(kDayMs), 2U);
  EXPECT_EQ(ids_kept(), "paid:2 / m2");
  EXPECT_EQ(forget(kDayMs), 0U);
  EXPECT_EQ(row(key_).revision, 4U) << "the profile is as it was";
}

TEST_P(BackendContract, ReceiptsGoFirstAndTheOldestFirst) {
  const Owner a = start("a");
  take(key_, a);
  for (int i = 0; i < 3; ++i) {
    save_with(a, "paid:" + std::to_string(9 - i), "m" + std::to_string(9 - i));
    clock_.advance(std::chrono::seconds(1));
  }
  clock_.advance(kDay);
  EXPECT_EQ(forget(kDayMs, 2), 2U);
  EXPECT_EQ(ids_kept(), "paid:7 / m7 m8 m9");
  EXPECT_EQ(forget(kDayMs, 2), 2U);
  EXPECT_EQ(ids_kept(), "/ m7 m8");
  EXPECT_EQ(forget(kDayMs, 2), 2U);
  EXPECT_EQ(ids_kept(), "/");
}

TEST_P(BackendContract, AReceiptIsAsOldAsItsPurchase) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "x");
  member.receipts = {{.id = "late", .at_ms = now_ms() - 2 * kDayMs},
                     {.id = "ahead", .at_ms = now_ms() + 2 * kDayMs}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_EQ(forget(kDayMs), 1U);
  EXPECT_EQ(ids_kept(), "ahead /");
}

TEST_P(BackendContract, WhatIsForgottenMayComeAgain) {
  const Owner a = start("a");
  take(key_, a);
  take(other_key_, a);
  save_with(a, "paid:1", "m1");
  ASSERT_EQ(send_value(a, {value("m")}), "applied");
  MemberCommit handling = saving(other_key_, row(other_key_), "x");
  handling.acknowledged = {"m"};
  ASSERT_EQ(outcome(commit(group_of(a, {handling}))), "applied");
  EXPECT_TRUE(knows(other_key_, "m"));
  ASSERT_EQ(send_value(a, {value("waits")}), "applied");
  clock_.advance(kDay * 2);
  EXPECT_EQ(forget(kDayMs), 3U);
  EXPECT_FALSE(knows(other_key_, "m"));
  EXPECT_EQ(db().receipt(key_, "paid:1").value(), std::nullopt);
  EXPECT_EQ(inbox_ids(other_key_), std::vector<std::string>{"waits"}) << "a message waits on";
  save_with(a, "paid:1", "m1");
}

TEST_P(BackendContract, AsksForAnAge) {
  EXPECT_EQ(outcome(db().forget({.age_ms = 0, .limit = 9})),
            "invalid_argument: what is forgotten has an age: expected at least 1 ms, found 0 ms");
}

}  // namespace
}  // namespace keepsake
