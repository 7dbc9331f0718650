#include "src/session/commit_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr MonotonicTime kStart{1000s};

class Counting final : public Random {
 public:
  std::uint64_t next() override { return next_ += 0x9E3779B97F4A7C15U; }

 private:
  std::uint64_t next_ = 0;
};

Group group_of(std::uint64_t number, std::size_t bytes = 10) {
  Group group{.token = {.high = 1, .low = number},
              .self = {},
              .now_ms = 0,
              .members = {},
              .quarantine = {}};
  MemberCommit member;
  member.key = {"s", std::to_string(number)};
  member.data =
      NewData{.schema = {}, .format = PayloadFormat::json, .payload = std::string(bytes, 'x')};
  group.members.push_back(std::move(member));
  return group;
}

std::vector<std::uint64_t> tokens(const std::vector<Group>& groups) {
  std::vector<std::uint64_t> all;
  for (const Group& group : groups) all.push_back(group.token.low);
  return all;
}

Result<std::vector<GroupAnswer>> all_good(std::size_t count) {
  return std::vector<GroupAnswer>(count, Applied{});
}

class CommitQueueTest : public testing::Test {
 protected:
  void add(std::uint64_t number, std::size_t bytes = 10) {
    queue_.add(number, group_of(number, bytes));
  }
  Counting random_;
  CommitQueueLimits limits_{.groups = 3, .bytes = 100, .first_retry = 100ms, .last_retry = 1s};
  CommitQueue queue_{random_, limits_};
};

TEST_F(CommitQueueTest, SendsOneBatchAtATimeInOrder) {
  EXPECT_EQ(queue_.next(kStart), std::nullopt);
  add(1);
  add(2);
  const auto batch = queue_.next(kStart);
  ASSERT_TRUE(batch);
  EXPECT_THAT(tokens(**batch), ElementsAre(1, 2));
  add(3);
  EXPECT_EQ(queue_.next(kStart), std::nullopt) << "one is under way";
  EXPECT_EQ(queue_.next_due(), std::nullopt) << "it is no time that is waited for";
  const auto settled = queue_.answered(all_good(2), kStart);
  ASSERT_EQ(settled.size(), 2U);
  EXPECT_EQ(settled[0].id, 1U);
  EXPECT_EQ(settled[1].id, 2U);
  EXPECT_FALSE(settled[0].was_in_doubt);
  EXPECT_THAT(tokens(**queue_.next(kStart)), ElementsAre(3));
}

TEST_F(CommitQueueTest, BoundsABatchByGroups) {
  for (std::uint64_t i = 1; i <= 4; ++i) add(i);
  EXPECT_THAT(tokens(**queue_.next(kStart)), ElementsAre(1, 2, 3));
}

TEST_F(CommitQueueTest, BoundsABatchByBytes) {
  add(1, 60);
  add(2, 60);
  EXPECT_THAT(tokens(**queue_.next(kStart)), ElementsAre(1));
}

TEST_F(CommitQueueTest, SendsALargeGroupAlone) {
  add(1, 1000);
  add(2);
  EXPECT_THAT(tokens(**queue_.next(kStart)), ElementsAre(1));
}

TEST_F(CommitQueueTest, SendsTheSameAgainUnchangedAndBeforeWhatCameLater) {
  add(1);
  add(2);
  const auto first = queue_.next(kStart);
  const std::vector<std::uint64_t> sent = tokens(**first);
  add(3);
  EXPECT_THAT(queue_.answered(Error(ErrorCode::unavailable), kStart), IsEmpty());
  ASSERT_TRUE(queue_.next_due());
  const auto second = queue_.next(*queue_.next_due());
  ASSERT_TRUE(second);
  EXPECT_THAT(tokens(**second), ElementsAre(1, 2, 3));
  EXPECT_EQ((**second)[0].members[0].data->payload, (**first)[0].members[0].data->payload)
      << "a worker may still read the first one";
  EXPECT_EQ(tokens(**first), sent);
}

TEST_F(CommitQueueTest, RemembersThatAReplyWasLost) {
  add(1);
  (void)queue_.next(kStart);
  (void)queue_.answered(Error(ErrorCode::in_doubt), kStart);
  MonotonicTime now = *queue_.next_due();
  (void)queue_.next(now);
  (void)queue_.answered(Error(ErrorCode::unavailable), now);
  now = *queue_.next_due();
  (void)queue_.next(now);
  const auto settled = queue_.answered(
      std::vector<GroupAnswer>{FenceRefused{.member = 0, .row = std::nullopt}}, now);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_TRUE(settled[0].was_in_doubt);
}

TEST_F(CommitQueueTest, IsInNoDoubtWhenNothingWasChanged) {
  add(1);
  (void)queue_.next(kStart);
  (void)queue_.answered(Error(ErrorCode::storage_full), kStart);
  const MonotonicTime now = *queue_.next_due();
  (void)queue_.next(now);
  EXPECT_FALSE(queue_.answered(all_good(1), now)[0].was_in_doubt);
}

TEST_F(CommitQueueTest, BacksOffWithinBounds) {
  add(1);
  MonotonicTime now = kStart;
  Duration expected = 100ms;
  for (int failure = 1; failure <= 12; ++failure) {
    ASSERT_TRUE(queue_.next(now));
    (void)queue_.answered(Error(ErrorCode::unavailable), now);
    EXPECT_EQ(queue_.failures(), failure);
    const Duration wait = *queue_.next_due() - now;
    EXPECT_GE(wait, expected / 2) << failure;
    EXPECT_LT(wait, expected) << failure;
    EXPECT_EQ(queue_.next(*queue_.next_due() - 1ns), std::nullopt);
    now = *queue_.next_due();
    expected = std::min<Duration>(expected * 2, 1s);
  }
  (void)queue_.next(now);
  (void)queue_.answered(all_good(1), now);
  EXPECT_EQ(queue_.failures(), 0);
  add(2);
  EXPECT_TRUE(queue_.next(now)) << "after a success nothing waits";
}

TEST_F(CommitQueueTest, SettlesEachGroupWithItsOwnAnswer) {
  for (std::uint64_t i = 1; i <= 3; ++i) add(i);
  (void)queue_.next(kStart);
  const auto settled = queue_.answered(
      std::vector<GroupAnswer>{
          Applied{}, FenceRefused{},
          GroupRefused{.member = 0, .error = Error(ErrorCode::limit_exceeded)}},
      kStart);
  ASSERT_EQ(settled.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<Applied>(*settled[0].answer));
  EXPECT_TRUE(std::holds_alternative<FenceRefused>(*settled[1].answer));
  EXPECT_TRUE(std::holds_alternative<GroupRefused>(*settled[2].answer));
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(CommitQueueTest, GivesUpOnlyWhenTheDatabaseIsAnother) {
  add(1);
  (void)queue_.next(kStart);
  const auto settled = queue_.answered(Error(ErrorCode::backend_went_back), kStart);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].answer.error().code(), ErrorCode::backend_went_back);
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(CommitQueueTest, DropsOnlyWhatIsNotUnderWay) {
  for (std::uint64_t i = 1; i <= 5; ++i) add(i);
  (void)queue_.next(kStart);
  EXPECT_THAT(queue_.drop_waiting(), ElementsAre(4, 5));
  EXPECT_EQ(queue_.size(), 3U);
  EXPECT_EQ(queue_.answered(all_good(3), kStart).size(), 3U);
}

TEST_F(CommitQueueTest, SendsNothingOfALostLeaseAgainBesideWhatComesLater) {
  add(1);
  (void)queue_.next(kStart);
  EXPECT_TRUE(queue_.drop_waiting().empty());
  EXPECT_TRUE(queue_.answered(Error(ErrorCode::in_doubt), kStart).empty());
  add(2);
  const auto batch = queue_.next(kStart + 1h);
  ASSERT_TRUE(batch);
  EXPECT_EQ((*batch)->size(), 1U);
  const auto settled = queue_.answered(all_good(1), kStart + 1h);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].id, 2U);
}

/// Each of these is applied, or held up.
Result<std::vector<GroupAnswer>> answers(const std::vector<bool>& good) {
  std::vector<GroupAnswer> all;
  for (const bool one : good) {
    if (one) all.emplace_back(Applied{});
    if (!one) all.emplace_back(GroupHeldUp{.error = Error(ErrorCode::unavailable, "locked")});
  }
  return all;
}

TEST_F(CommitQueueTest, WhatIsHeldUpComesAgainByItselfAndTheOthersGoOn) {
  for (std::uint64_t i = 1; i <= 3; ++i) add(i);
  ASSERT_TRUE(queue_.next(kStart));
  const auto settled = queue_.answered(answers({true, false, true}), kStart);
  ASSERT_EQ(settled.size(), 2U);
  EXPECT_EQ(settled[1].id, 3U);
  EXPECT_EQ(queue_.held_up()->text(), "unavailable: locked");
  EXPECT_EQ(queue_.size(), 1U);
  EXPECT_EQ(queue_.failures(), 0) << "the database answers";
  add(4);
  add(5);
  EXPECT_THAT(tokens(**queue_.next(kStart)), ElementsAre(4, 5)) << "it waits, and nobody else";
  EXPECT_EQ(queue_.answered(answers({true, true}), kStart).size(), 2U);
  EXPECT_EQ(queue_.held_up(), std::nullopt);
  EXPECT_EQ(queue_.next(kStart), std::nullopt);
  EXPECT_GE(queue_.next_due(), kStart + 50ms);
  EXPECT_LE(queue_.next_due(), kStart + 100ms);
  add(6);
  EXPECT_EQ(queue_.next_due(), kStart) << "others wait for no time";
  EXPECT_THAT(tokens(**queue_.next(kStart + 100ms)), ElementsAre(2)) << "by itself";
  EXPECT_TRUE(queue_.answered(answers({false}), kStart + 100ms).empty());
  EXPECT_THAT(tokens(**queue_.next(kStart + 1h)), ElementsAre(6)) << "in turns";
  EXPECT_EQ(queue_.answered(answers({true}), kStart + 1h).size(), 1U);
  EXPECT_THAT(tokens(**queue_.next(kStart + 1h)), ElementsAre(2));
  EXPECT_EQ(queue_.answered(answers({true}), kStart + 1h).at(0).id, 2U);
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(CommitQueueTest, WhatIsHeldUpGoesWithItsLease) {
  add(1);
  add(2);
  ASSERT_TRUE(queue_.next(kStart));
  EXPECT_TRUE(queue_.answered(answers({false, false}), kStart).empty());
  EXPECT_THAT(queue_.drop_waiting(), ElementsAre(1, 2));
  EXPECT_EQ(queue_.next(kStart + 1h), std::nullopt);
  add(3);
  ASSERT_TRUE(queue_.next(kStart));
  EXPECT_THAT(queue_.drop_waiting(), IsEmpty());
  EXPECT_TRUE(queue_.answered(answers({false}), kStart).empty());
  EXPECT_EQ(queue_.size(), 0U) << "it is for a lease that is lost";
}

}  // namespace
}  // namespace keepsake
