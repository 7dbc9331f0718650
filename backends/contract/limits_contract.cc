// The limits of limits.h, each at its edge.
#include <variant>

#include "backends/contract/contract.h"
#include "keepsake/backend/limits.h"

namespace keepsake {
namespace {

TEST_P(BackendContract, KeysAtTheLimitAreGood) {
  const Owner a = start("a");
  const ProfileKey longest{std::string(kMaxStoreNameBytes, 's'), std::string(kMaxKeyBytes, 'k')};
  take(longest, a);
  EXPECT_TRUE(read(longest).has_value());
  const ProfileKey odd{"S", "a b/\xf0\x9f\x8e\xae'\";--"};
  take(odd, a);
  EXPECT_EQ(read(odd)->key, odd);
  const ProfileKey longer{"S", std::string(kMaxKeyBytes + 1, 'k')};
  EXPECT_EQ(outcome(db().acquire(acquiring(longer, a))),
            "invalid_argument: S: the key can't be used: expected 1 to 256 bytes of UTF-8 without "
            "control characters, found 257 bytes");
}

TEST_P(BackendContract, PayloadsHaveALimit) {
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, std::string(kMaxPayloadBytes, 'x'));
  EXPECT_EQ(read(key_)->payload.size(), kMaxPayloadBytes);
  const Envelope before = row(key_);
  const Group group = group_of(a, {saving(key_, before, std::string(kMaxPayloadBytes + 1, 'x'))});
  EXPECT_EQ(outcome(commit(group)),
            "limit_exceeded: PlayerData/Player_1: the profile's data is too large: expected at "
            "most 4194304 bytes, found 4194305 bytes");
  EXPECT_EQ(row(key_), before);
}

TEST_P(BackendContract, TagsUsersAndReceiptIdsHaveLimits) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "x");
  member.tags = std::string(kMaxTagsBytes, 't');
  member.user_ids = std::vector<UserId>();
  for (int i = 0; i < static_cast<int>(kMaxUserIds); ++i) member.user_ids->push_back({i});
  member.receipts = {{.id = std::string(kMaxReceiptIdBytes, 'r'), .at_ms = 1}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  const Envelope good = row(key_);

  member = saving(key_, good, "y");
  member.tags = std::string(kMaxTagsBytes + 1, 't');
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "limit_exceeded: PlayerData/Player_1: the profile's tags are too large: expected at "
            "most 1024 bytes, found 1025 bytes");
  member = saving(key_, good, "y");
  member.user_ids = std::vector<UserId>(kMaxUserIds + 1);
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "limit_exceeded: PlayerData/Player_1: too many user ids for one profile: expected at "
            "most 64, found 65");
  member = saving(key_, good, "y");
  member.receipts = {{.id = std::string(kMaxReceiptIdBytes + 1, 'r'), .at_ms = 1}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "invalid_argument: PlayerData/Player_1: the receipt's id can't be used: expected 1 to "
            "256 bytes, found 257 bytes");
  member = saving(key_, good, "y");
  member.acknowledged = {""};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "invalid_argument: PlayerData/Player_1: the message's id can't be used: expected 1 to "
            "256 bytes, found 0 bytes");
  EXPECT_EQ(row(key_), good);
}

TEST_P(BackendContract, MessagesHaveALimit) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "x");
  member.sent = {{other_key_, {.id = "m", .body = std::string(kMaxMessageBytes, 'b')}}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  member = saving(key_, row(key_), "x");
  member.sent = {{other_key_, {.id = "n", .body = std::string(kMaxMessageBytes + 1, 'b')}}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "limit_exceeded: PlayerData/Player_2: the message is too large: expected at most 65536 "
            "bytes, found 65537 bytes");
}

TEST_P(BackendContract, AFullInboxRefusesAllButValue) {
  const Owner a = start("a");
  take(key_, a);
  MemberCommit member = saving(key_, row(key_), "x");
  for (std::size_t i = 0; i < kMaxInboxMessages; ++i) {
    member.sent.push_back({other_key_, {.id = std::to_string(i), .body = "{}"}});
  }
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  member = saving(key_, row(key_), "x");
  member.sent = {{other_key_, {.id = "more", .body = "{}"}}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))),
            "limit_exceeded: PlayerData/Player_2: too many messages in one inbox: expected at most "
            "1000, found 1001");
  EXPECT_EQ(row(key_).revision, 1U);
  member.sent[0].second.carries_value = true;
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_EQ(db().inbox(other_key_).value().size(), kMaxInboxMessages + 1);
}

TEST_P(BackendContract, GroupsAndBatchesHaveLimits) {
  const Owner a = start("a");
  std::vector<MemberCommit> members;
  for (std::size_t i = 0; i < kMaxGroupMembers + 1; ++i) {
    const ProfileKey key{"S", std::to_string(i)};
    members.push_back(saving(key, take(key, a), "x"));
  }
  EXPECT_EQ(outcome(commit(group_of(a, members))),
            "limit_exceeded: too many profiles in one group: expected at most 64, found 65");
  members.pop_back();
  EXPECT_EQ(outcome(commit(group_of(a, members))), "applied");
  EXPECT_EQ(db().commit(std::vector<Group>(kMaxBatchGroups)).value().size(), kMaxBatchGroups);
  EXPECT_EQ(outcome(db().commit(std::vector<Group>(kMaxBatchGroups + 1))),
            "limit_exceeded: too many groups in one batch: expected at most 512, found 513");
}

TEST_P(BackendContract, AGroupNamesEachProfileOnceAndBearsAToken) {
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  EXPECT_EQ(outcome(commit(group_of(a, {saving(key_, taken, "x"), saving(key_, taken, "y")}))),
            "invalid_argument: PlayerData/Player_1: a group names each profile once");
  Group group = group_of(a, {saving(key_, taken, "x")});
  group.token = {};
  EXPECT_EQ(outcome(commit(group)),
            "invalid_argument: PlayerData/Player_1: a commit bears a token");
  EXPECT_EQ(row(key_), taken);
}

TEST_P(BackendContract, CreateHoldsTheLimitsToo) {
  Create request;
  request.record.key = key_;
  request.record.envelope.metadata = std::string(kMaxMetadataBytes + 1, 'm');
  EXPECT_EQ(outcome(db().create(request)),
            "limit_exceeded: PlayerData/Player_1: the profile's metadata is too large: expected at "
            "most 65536 bytes, found 65537 bytes");
  request.record.envelope.metadata.pop_back();
  request.inbox = std::vector<Message>(kMaxInboxMessages + 1);
  for (std::size_t i = 0; i < request.inbox.size(); ++i) request.inbox[i].id = std::to_string(i);
  EXPECT_EQ(db().create(request).error().code(), ErrorCode::limit_exceeded);
  EXPECT_EQ(read(key_), std::nullopt);
  EXPECT_TRUE(db().inbox(key_).value().empty());
  request.inbox.pop_back();
  EXPECT_TRUE(db().create(request));
  EXPECT_EQ(db().inbox(key_).value().size(), kMaxInboxMessages);
}

}  // namespace
}  // namespace keepsake
