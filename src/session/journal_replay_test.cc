#include "src/session/journal_replay.h"

#include <gtest/gtest.h>

#include <map>

#include "src/session/appended_test_payload.h"

namespace keepsake {
namespace {

const Generation kGeneration{.high = 1, .low = 1};
const SessionId kSession{.high = 2, .low = 2};
const Incarnation kDead = 7;

class Replay : public testing::Test {
 protected:
  Record& row(const std::string& key, std::uint64_t edit, const std::string& payload) {
    Record& record = rows_[{"s", key}];
    record.key = {"s", key};
    record.envelope.born = 1;
    record.envelope.epoch = 5;
    record.envelope.session = kSession;
    record.envelope.revision = 40;
    record.envelope.edit_number = edit;
    record.envelope.has_data = true;
    record.envelope.schema = {.version = "3", .ordinal = 3, .last_compatible = 3};
    record.payload = payload;
    return record;
  }
  static JournalMember member(const std::string& key, std::uint64_t edit) {
    JournalMember out;
    out.key = {"s", key};
    out.generation = kGeneration;
    out.incarnation = kDead;
    out.session = kSession;
    out.epoch = 5;
    out.revision = 40;
    out.edit_number = edit;
    out.schema = {.version = "3", .ordinal = 3, .last_compatible = 3};
    return out;
  }
  static JournalMember image(const std::string& key, std::uint64_t edit, const std::string& bytes) {
    JournalMember out = member(key, edit);
    out.content = ContentKind::image;
    out.bytes = bytes;
    out.state_hash = state_hash_of_image(bytes);
    return out;
  }
  static JournalMember patch(const std::string& key, std::uint64_t edit, const std::string& bytes,
                             std::uint64_t base_hash) {
    JournalMember out = member(key, edit);
    out.content = ContentKind::patch;
    out.bytes = bytes;
    out.base_hash = base_hash;
    out.state_hash = state_hash_of_patch(bytes, base_hash);
    return out;
  }
  void record(RecordKind kind, std::vector<JournalMember> members) {
    records_.push_back({.sequence = records_.size() + 1,
                        .kind = kind,
                        .members = std::move(members),
                        .opened = {}});
  }
  void edit(JournalMember only) { record(RecordKind::edit, {std::move(only)}); }
  void tie(JournalMember one, JournalMember other) {
    one.links = other.links = 1;
    record(RecordKind::edit, {std::move(one), std::move(other)});
  }
  RecoveryPlan plan() {
    return plan_recovery(
        records_, kGeneration,
        [&](const ProfileKey& key) -> const Record* {
          const auto it = rows_.find(key);
          return it == rows_.end() ? nullptr : &it->second;
        },
        test::open_appended);
  }
  void moved_on(const std::string& key) {
    Envelope& envelope = rows_[{"s", key}].envelope;
    envelope.epoch = 6;
    envelope.session = {.high = 9, .low = 9};
  }

  std::map<ProfileKey, Record> rows_;
  std::vector<JournalRecord> records_;
};

TEST_F(Replay, AppliesImagesAndPatchesAboveTheRowsEdit) {
  row("a", 10, "saved");
  edit(image("a", 10, "saved"));
  edit(image("a", 11, "x"));
  const JournalMember one = patch("a", 12, "y", records_.back().members[0].state_hash);
  edit(one);
  edit(patch("a", 13, "z", one.state_hash));
  const RecoveryPlan out = plan();
  ASSERT_EQ(out.groups.size(), 1U);
  ASSERT_EQ(out.groups[0].size(), 1U);
  const MemberCommit& commit = out.groups[0][0];
  EXPECT_EQ(commit.data->payload, "xyz");
  EXPECT_EQ(commit.edit_number, 13U);
  EXPECT_EQ(commit.recovering, kDead);
  EXPECT_EQ(commit.after, After::keep);
  EXPECT_EQ(commit.fence, (Fence{kGeneration, kSession, 5, 40}));
  EXPECT_EQ(out.edits, 3U);
  EXPECT_TRUE(out.unrecovered.empty());
}

TEST_F(Replay, GivesDataTheFormatOfWhatItsPatchesWereAppliedTo) {
  row("a", 10, "saved").envelope.format = PayloadFormat::compressed;
  edit(patch("a", 11, "y", 77));
  row("b", 10, "saved").envelope.format = PayloadFormat::json;
  JournalMember whole = image("b", 11, "x");
  whole.format = PayloadFormat::cbor;
  edit(whole);
  edit(patch("b", 12, "y", whole.state_hash));
  row("c", 10, "saved").envelope.format = PayloadFormat::cbor;
  edit(image("c", 11, "x"));
  std::map<std::string, std::pair<PayloadFormat, std::string>> stored;
  for (const auto& group : plan().groups) {
    stored[group[0].key.key] = {group[0].data->format, group[0].data->payload};
  }
  EXPECT_EQ(stored.at("a"), std::pair(PayloadFormat::cbor, std::string("savedy")));
  EXPECT_EQ(stored.at("b"), std::pair(PayloadFormat::cbor, std::string("xy")));
  EXPECT_EQ(stored.at("c"), std::pair(PayloadFormat::json, std::string("x")));
}

TEST_F(Replay, StopsAtAGapAndGoesOnBehindAnImage) {
  row("a", 10, "saved");
  edit(image("a", 11, "x"));
  edit(patch("a", 13, "y", 77));
  RecoveryPlan out = plan();
  EXPECT_EQ(out.groups.at(0).at(0).data->payload, "x");
  ASSERT_EQ(out.unrecovered.size(), 1U);
  EXPECT_EQ(out.unrecovered[0].first_edit, 13U);
  EXPECT_EQ(out.unrecovered[0].why.text(),
            "corrupt: s/a: not recovered, edit 13: behind a gap that no whole image bridges; "
            "compare the quarantined data with the profile, and restore what is missing");
  edit(image("a", 15, "bridge"));
  out = plan();
  EXPECT_EQ(out.groups.at(0).at(0).data->payload, "bridge");
  EXPECT_TRUE(out.unrecovered.empty());
}

TEST_F(Replay, RefusesAPatchOnAnotherBaseAndAnImageThatIsNotWhatItsHashSays) {
  row("a", 10, "saved");
  edit(image("a", 11, "x"));
  edit(patch("a", 12, "y", state_hash_of_image("something else")));
  JournalMember lie = image("a", 13, "z");
  lie.bytes = "Z";
  edit(lie);
  const RecoveryPlan out = plan();
  EXPECT_EQ(out.groups.at(0).at(0).data->payload, "x");
  EXPECT_EQ(out.unrecovered.at(0).first_edit, 12U);
  EXPECT_EQ(out.unrecovered.at(0).last_edit, 13U);
}

TEST_F(Replay, APatchFollowsACompactionsImageOfTheSameEdit) {
  row("a", 10, "saved");
  edit(image("a", 11, "x"));
  edit(patch("a", 12, "y", records_.back().members[0].state_hash));
  record(RecordKind::compaction, {image("a", 12, "xy")});
  edit(patch("a", 13, "z", state_hash_of_image("xy")));
  EXPECT_EQ(plan().groups.at(0).at(0).data->payload, "xyz");
}

TEST_F(Replay, CarriesReceiptsHandledAndSentOnceAndOnlyThoseNotSavedYet) {
  row("a", 10, "saved");
  JournalMember all = image("a", 12, "x");
  all.receipts = {{9, {"old", 1}}, {11, {"r11", 2}}, {12, {"r12", 3}}};
  all.handled = {{10, "m10"}, {12, "m12"}};
  all.sent = {{11, {{"s", "b"}, {.id = "id", .body = "{}"}}}};
  all.tags = "{}";
  all.user_ids = std::vector<UserId>{{5}};
  record(RecordKind::compaction, {all});
  record(RecordKind::compaction, {all});
  const RecoveryPlan out = plan();
  const MemberCommit& commit = out.groups.at(0).at(0);
  EXPECT_EQ(commit.receipts, (std::vector<Receipt>{{"r11", 2}, {"r12", 3}}));
  EXPECT_EQ(commit.acknowledged, std::vector<std::string>{"m12"});
  ASSERT_EQ(commit.sent.size(), 1U);
  EXPECT_EQ(commit.sent[0].first, (ProfileKey{"s", "b"}));
  EXPECT_EQ(commit.tags, "{}");
  EXPECT_EQ(commit.user_ids, (std::vector<UserId>{{5}}));
}

TEST_F(Replay, TiedProfilesAreOneGroup) {
  row("a", 10, "");
  row("b", 20, "");
  row("c", 30, "");
  tie(image("a", 11, "a"), image("b", 21, "b"));
  edit(image("c", 31, "c"));
  const RecoveryPlan out = plan();
  ASSERT_EQ(out.groups.size(), 2U);
  EXPECT_EQ(out.groups[0].size(), 2U);
  EXPECT_EQ(out.groups[1].size(), 1U);
}

TEST_F(Replay, ATieWhoseOtherSideIsLostFallsAndTakesLaterOnesWithIt) {
  row("a", 10, "");
  row("b", 20, "");
  row("c", 30, "");
  edit(image("a", 11, "before"));
  tie(image("a", 12, "a"), image("b", 21, "b"));
  edit(image("a", 13, "after"));
  tie(image("a", 14, "a2"), image("c", 31, "c"));
  moved_on("b");
  const RecoveryPlan out = plan();
  ASSERT_EQ(out.groups.size(), 1U);
  EXPECT_EQ(out.groups[0].at(0).data->payload, "before");
  ASSERT_EQ(out.unrecovered.size(), 3U);
  EXPECT_EQ(out.unrecovered[0].why.code(), ErrorCode::tie_lost);
  EXPECT_EQ(out.unrecovered[0].first_edit, 12U);
  EXPECT_EQ(out.unrecovered[0].last_edit, 14U);
  EXPECT_EQ(out.unrecovered[0].payload, "a2");
  EXPECT_EQ(out.unrecovered[0].tied, (std::vector<ProfileKey>{{"s", "b"}, {"s", "c"}}));
  EXPECT_EQ(out.unrecovered[1].why.code(), ErrorCode::session_lost);
  EXPECT_EQ(out.unrecovered[2].why.code(), ErrorCode::tie_lost);
}

TEST_F(Replay, AFallBeginsAnewFromItsImages) {
  row("a", 10, "durable");
  row("b", 20, "");
  JournalMember tied = image("a", 11, "a");
  tied.receipts = {{11, {"undone", 1}}};
  tie(tied, image("b", 21, "b"));
  edit(image("a", 12, "later"));
  record(RecordKind::fall, {image("a", 13, "durable")});
  edit(image("a", 14, "again"));
  moved_on("b");
  const RecoveryPlan out = plan();
  ASSERT_EQ(out.groups.size(), 1U);
  EXPECT_EQ(out.groups[0].at(0).data->payload, "again");
  EXPECT_TRUE(out.groups[0].at(0).receipts.empty());
  ASSERT_EQ(out.unrecovered.size(), 1U);
  EXPECT_EQ(out.unrecovered[0].key.key, "b");
}

TEST_F(Replay, AnImageDoesNotBridgeAGapThatHidesATransaction) {
  row("a", 10, "");
  edit(image("a", 11, "x"));
  JournalMember later = image("a", 13, "z");
  later.links = 1;
  edit(later);
  const RecoveryPlan out = plan();
  EXPECT_EQ(out.groups.at(0).at(0).data->payload, "x");
  EXPECT_EQ(out.unrecovered.at(0).payload, "z");
}

TEST_F(Replay, AnImageDoesNotBridgeAGapThatHidesAReceipt) {
  row("a", 10, "");
  JournalMember bought = image("a", 11, "x");
  bought.receipts = {{11, {"paid", 1}}};
  bought.links = 1;
  JournalMember later = image("a", 12, "y");
  later.links = 1;
  edit(later);
  EXPECT_TRUE(plan().groups.empty());
  EXPECT_EQ(plan().unrecovered.at(0).payload, "y");
  records_.clear();
  edit(bought);
  edit(later);
  EXPECT_EQ(plan().groups.at(0).at(0).data->payload, "y");
  EXPECT_EQ(plan().groups.at(0).at(0).receipts.at(0).id, "paid");
}

TEST_F(Replay, WhatALaterOwnersRowShowsAsCommittedIsNotLost) {
  Record& a = row("a", 10, "");
  const CommitToken token{.high = 3, .low = 4};
  edit(image("a", 11, "x"));
  JournalMember saving = member("a", 11);
  saving.token = token;
  record(RecordKind::saving, {saving});
  moved_on("a");
  EXPECT_EQ(plan().unrecovered.size(), 1U);
  a.envelope.marks = {{.epoch = 5, .revision = 41, .token = token, .recoverer = {}}};
  EXPECT_TRUE(plan().unrecovered.empty());
  edit(image("a", 12, "y"));
  EXPECT_EQ(plan().unrecovered.at(0).first_edit, 12U);
}

TEST_F(Replay, LeavesOtherDatabasesAloneAndScrubsWhatIsErased) {
  JournalMember foreign = image("a", 11, "x");
  foreign.generation = {.high = 8, .low = 8};
  edit(foreign);
  edit(image("gone", 11, "x"));
  row("reborn", 10, "").envelope.born = 6;
  edit(image("reborn", 11, "x"));
  const RecoveryPlan out = plan();
  EXPECT_TRUE(out.groups.empty());
  EXPECT_TRUE(out.unrecovered.empty());
  EXPECT_EQ(out.other_databases, 1U);
  EXPECT_EQ(out.scrubbed, 2U);
}

TEST_F(Replay, ADatabaseOlderThanWhatWasConfirmedIsNamed) {
  row("a", 10, "");
  JournalMember confirmed = member("a", 12);
  confirmed.revision = 42;
  edit(image("a", 11, "x"));
  edit(image("a", 12, "y"));
  record(RecordKind::confirmed, {confirmed});
  const RecoveryPlan out = plan();
  ASSERT_EQ(out.went_back.size(), 1U);
  EXPECT_EQ(out.went_back[0].text(),
            "backend_went_back: s/a: the database is older than what was confirmed: expected at "
            "least epoch 5, revision 42, found epoch 5, revision 40");
  EXPECT_TRUE(out.groups.empty());
  EXPECT_EQ(out.unrecovered.at(0).payload, "y");
}

TEST_F(Replay, ADatabaseOlderThanWhatAnEditWasMadeOnIsNamedThoughNoConfirmationIsLeft) {
  row("a", 10, "");
  JournalMember newer = image("a", 11, "x");
  newer.revision = 42;
  edit(newer);
  const RecoveryPlan out = plan();
  ASSERT_EQ(out.went_back.size(), 1U);
  EXPECT_EQ(out.went_back[0].expected(), "at least epoch 5, revision 42");
  EXPECT_TRUE(out.groups.empty());
  EXPECT_EQ(out.unrecovered.at(0).payload, "x");
}

TEST_F(Replay, APatchThatDoesNotFitEndsItWhereItStood) {
  row("a", 10, "saved");
  edit(image("a", 11, "x"));
  const JournalMember fits = patch("a", 12, "y", records_.back().members[0].state_hash);
  edit(fits);
  const JournalMember misfit = patch("a", 13, "!", fits.state_hash);
  edit(misfit);
  edit(patch("a", 14, "z", misfit.state_hash));
  const RecoveryPlan out = plan();
  EXPECT_EQ(out.groups.at(0).at(0).data->payload, "xy");
  EXPECT_EQ(out.groups[0][0].edit_number, 12U);
  EXPECT_EQ(out.unrecovered.at(0).first_edit, 13U);
  EXPECT_EQ(out.unrecovered[0].last_edit, 14U);
}

}  // namespace
}  // namespace keepsake
