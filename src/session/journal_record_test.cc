#include "src/session/journal_record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "src/base/crc32c.h"
#include "src/session/journal_reader.h"

namespace keepsake {
namespace {

std::string join(std::span<const std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 16 == 0 && i > 0) out += '\n';
    out += kDigits[static_cast<unsigned char>(bytes[i]) >> 4];
    out += kDigits[static_cast<unsigned char>(bytes[i]) & 15];
  }
  return out;
}

MemberView simple_member() {
  MemberView member;
  member.store = "PlayerData";
  member.key = "Player_1";
  member.generation = {.high = 0x0102030405060708, .low = 0x090a0b0c0d0e0f10};
  member.incarnation = 7;
  member.session = {.high = 0x1112131415161718, .low = 0x191a1b1c1d1e1f20};
  member.epoch = 3;
  member.revision = 12;
  member.edit_number = 41;
  member.schema_version = "3";
  member.schema_ordinal = 3;
  member.last_compatible = 3;
  member.content = ContentKind::image;
  member.bytes = R"({"a":1})";
  member.state_hash = state_hash_of_image(member.bytes);
  return member;
}

/// The examples in the order in which they stand there.
std::string example_in_document(int number) {
  std::ifstream file("docs/journal.md");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::size_t begin = 0;
  for (int i = 0; i < number; ++i) {
    begin = text.find("```hex\n", begin);
    if (begin == std::string::npos) return "no example";
    begin += 7;
  }
  return text.substr(begin, text.find("\n```", begin) - begin);
}

TEST(JournalRecord, IsWrittenAsTheDocumentSays) {
  const ReceiptView receipts[] = {{.id = "r1", .at_ms = 1700000000000}};
  MemberView member = simple_member();
  member.receipts = receipts;
  RecordEncoder encoder;
  const auto frame = encoder.encode(0x2122232425262728, 99, {RecordKind::edit, {&member, 1}});
  EXPECT_EQ(hex(join(*frame)), example_in_document(1));
}

TEST(JournalRecord, OfAPatchIsWrittenAsTheDocumentSays) {
  MemberView member = simple_member();
  member.edit_number = 42;
  member.content = ContentKind::patch;
  member.base_hash = member.state_hash;
  member.bytes = R"([{"op":"replace","path":"/a","value":2}])";
  member.state_hash = state_hash_of_patch(member.bytes, member.base_hash);
  RecordEncoder encoder;
  const auto frame = encoder.encode(0x2122232425262728, 100, {RecordKind::edit, {&member, 1}});
  EXPECT_EQ(hex(join(*frame)), example_in_document(2));
}

// Views of a member's parts, kept where the member's own view can point to them.
struct Views {
  explicit Views(const JournalMember& m) {
    for (const auto& [edit, receipt] : m.receipts) {
      receipts.push_back({receipt.id, receipt.at_ms, edit});
    }
    for (const auto& [edit, id] : m.handled) handled.push_back({id, edit});
    for (const auto& [edit, message] : m.sent) {
      sent.push_back({&message.first, &message.second, edit});
    }
  }
  std::vector<ReceiptView> receipts;
  std::vector<HandledView> handled;
  std::vector<SentView> sent;
};

MemberView view_of(const JournalMember& m, const Views& views) {
  MemberView v;
  v.store = m.key.store;
  v.key = m.key.key;
  v.generation = m.generation;
  v.incarnation = m.incarnation;
  v.session = m.session;
  v.epoch = m.epoch;
  v.revision = m.revision;
  v.edit_number = m.edit_number;
  v.links = m.links;
  v.schema_version = m.schema.version;
  v.schema_ordinal = m.schema.ordinal;
  v.last_compatible = m.schema.last_compatible;
  v.format = m.format;
  v.content = m.content;
  v.base_hash = m.base_hash;
  v.state_hash = m.state_hash;
  v.bytes = m.bytes;
  v.token = m.token;
  if (m.tags) v.tags = *m.tags;
  if (m.user_ids) v.user_ids = &*m.user_ids;
  v.receipts = views.receipts;
  v.handled = views.handled;
  v.sent = views.sent;
  return v;
}

JournalMember random_member(std::mt19937_64& random) {
  const auto text = [&](std::size_t most) {
    std::string out(random() % (most + 1), '\0');
    for (char& c : out) c = static_cast<char>(random());
    return out;
  };
  JournalMember m;
  m.key = {text(20), text(60)};
  m.generation = {random(), random()};
  m.incarnation = random();
  m.session = {random(), random()};
  m.epoch = random();
  m.revision = random();
  m.edit_number = random();
  m.links = static_cast<std::uint32_t>(random());
  m.schema = {text(9), static_cast<std::uint32_t>(random()), 1};
  m.format = random() % 2 == 0 ? PayloadFormat::json : PayloadFormat::cbor;
  m.content = static_cast<ContentKind>(random() % 3);
  m.base_hash = random();
  m.state_hash = random();
  m.bytes = text(3000);
  if (random() % 2 == 0) m.token = {random(), 1};
  if (random() % 2 == 0) m.tags = text(40);
  if (random() % 2 == 0) m.user_ids = std::vector<UserId>{{-4}, {static_cast<int>(random())}};
  for (std::size_t n = random() % 3; n > 0; --n) m.receipts.push_back({n, {text(9), -1}});
  for (std::size_t n = random() % 3; n > 0; --n) m.handled.emplace_back(n, text(9));
  for (std::size_t n = random() % 3; n > 0; --n) {
    m.sent.push_back({n, {{text(5), text(5)}, {text(9), text(99), 3, 4, text(7), n == 1}}});
  }
  return m;
}

TEST(JournalRecord, ComesBackAsItWasWritten) {
  RecordEncoder encoder;
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<JournalMember> expected;
    for (std::size_t n = random() % 4; n > 0; --n) expected.push_back(random_member(random));
    std::vector<Views> parts(expected.begin(), expected.end());
    std::vector<MemberView> views;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      views.push_back(view_of(expected[i], parts[i]));
    }
    const std::string frame = join(*encoder.encode(5, 77, {RecordKind::compaction, views}));
    const auto header = read_frame_header(frame, 5);
    ASSERT_TRUE(header.has_value());
    const std::string_view body = std::string_view(frame).substr(kFrameBytes);
    ASSERT_EQ(header->length, body.size());
    ASSERT_EQ(header->body_crc, crc32c(body));
    const auto back = decode_record(*header, body);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->sequence, 77U);
    EXPECT_EQ(back->members, expected);
    // Cut short anywhere, it is no record.
    const std::size_t cut = random() % body.size();
    EXPECT_FALSE(decode_record(*header, body.substr(0, cut)).has_value());
  }
}

TEST(JournalRecord, ANumberOfAnEditIsTheMembersUnlessSaid) {
  const HandledView handled[] = {{.id = "m"}, {.id = "n", .edit = 40}};
  MemberView member = simple_member();
  member.handled = handled;
  RecordEncoder encoder;
  const std::string frame = join(*encoder.encode(5, 1, {RecordKind::edit, {&member, 1}}));
  const auto record = decode_record(*read_frame_header(frame, 5), frame.substr(kFrameBytes));
  EXPECT_EQ(record->members[0].handled[0].first, 41U);
  EXPECT_EQ(record->members[0].handled[1].first, 40U);
}

TEST(JournalRecord, AHeaderOfAnotherJournalOrWithAnyBitTurnedIsNone) {
  RecordEncoder encoder;
  const MemberView member = simple_member();
  std::string frame = join(*encoder.encode(5, 1, {RecordKind::edit, {&member, 1}}));
  ASSERT_TRUE(read_frame_header(frame, 5).has_value());
  EXPECT_FALSE(read_frame_header(frame, 6).has_value());
  for (std::size_t bit = 0; bit < kFrameBytes * 8; ++bit) {
    frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(read_frame_header(frame, 5).has_value()) << bit;
    frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(JournalRecord, ANameThatTheFormatCannotHoldIsRefused) {
  const std::string huge(70000, 'k');
  MemberView member = simple_member();
  member.key = huge;
  RecordEncoder encoder;
  const auto refused = encoder.encode(5, 1, {RecordKind::edit, {&member, 1}});
  EXPECT_EQ(refused.error().code(), ErrorCode::limit_exceeded);
}

// --- reading segments --------------------------------------------------------------------------

constexpr std::uint64_t kTag = 5;

class Reader : public testing::Test {
 protected:
  static std::string record(std::uint64_t sequence, std::uint32_t segment,
                            const std::string& bytes = "payload") {
    RecordEncoder encoder;
    MemberView member = simple_member();
    member.edit_number = sequence;
    member.bytes = bytes;
    std::string frame = join(*encoder.encode(kTag, sequence, {RecordKind::edit, {&member, 1}}));
    FrameHeader header = *read_frame_header(frame, kTag);
    header.segment = segment;
    write_frame_header(frame.data(), header);
    return frame;
  }
  static std::string opened(std::uint64_t before, std::uint32_t segment) {
    JournalIdentity identity;
    identity.owner = {.server = {"s"}, .incarnation = 7};
    return write_segment_header({.tag = kTag, .number = segment}) +
           RecordEncoder::frame_of_opened(kTag, before, segment, identity);
  }
  static std::string mark(std::uint64_t sequence, std::uint32_t segment) {
    return RecordEncoder::frame_of_sync_mark(kTag, sequence, segment);
  }
  static std::vector<std::uint64_t> sequences(const JournalContents& contents) {
    std::vector<std::uint64_t> out;
    for (const JournalRecord& r : contents.records) out.push_back(r.sequence);
    return out;
  }
  static JournalContents read(const std::vector<SegmentBytes>& segments,
                              const std::vector<std::string>& rings = {}) {
    return read_journal(kTag, segments, rings);
  }
  using Numbers = std::vector<std::uint64_t>;
  const std::string zeros_ = std::string(500, '\0');
};

TEST_F(Reader, ReadsSegmentsAndTheRingInOrder) {
  const auto contents = read({{1, opened(0, 1) + record(1, 1) + mark(1, 1) + record(2, 1) + zeros_},
                              {2, opened(2, 2) + record(3, 2) + zeros_}},
                             {record(3, 0, "from the ring") + record(4, 0)});
  EXPECT_EQ(sequences(contents), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(contents.records[2].members[0].bytes, "from the ring");
  EXPECT_EQ(contents.identity.owner.incarnation, 7U);
  EXPECT_TRUE(contents.damage.empty());
  EXPECT_EQ(contents.torn_bytes, 0U);
}

TEST_F(Reader, CutsATornTailAtTheFirstBadRecordBehindTheLastMark) {
  std::string torn = record(3, 1);
  torn[60] = '!';
  const auto contents = read({{1, opened(0, 1) + record(1, 1) + mark(1, 1) + record(2, 1) + torn +
                                      record(4, 1) + zeros_}});
  EXPECT_EQ(sequences(contents), (Numbers{1, 2}));
  EXPECT_EQ(contents.torn_bytes, torn.size() + record(4, 1).size());
  EXPECT_TRUE(contents.damage.empty());
}

TEST_F(Reader, WithARingNothingIsTornAndWhatIsMissingIsDamage) {
  std::string bad = record(3, 1);
  bad[60] = '!';
  const auto contents = read(
      {{1, opened(0, 1) + record(1, 1) + mark(1, 1) + record(2, 1) + bad + record(4, 1) + zeros_}},
      {record(6, 0)});
  EXPECT_EQ(sequences(contents), (Numbers{1, 2, 4, 6}));
  EXPECT_EQ(contents.torn_bytes, 0U);
  ASSERT_EQ(contents.damage.size(), 2U);
  EXPECT_EQ(contents.damage[0].cause(), "the journal lost records 3 to 3");
  EXPECT_EQ(contents.damage[1].cause(), "the journal lost records 5 to 5");
}

TEST_F(Reader, WhatASegmentLostIsTakenFromWhatTheRingStillShows) {
  const std::vector<SegmentBytes> segments{{2, opened(1, 2) + record(2, 2) + mark(2, 2) + zeros_}};
  const std::string shown = record(1, 0).substr(30) + record(2, 0) + record(3, 0) + record(4, 0);
  const auto contents = read_journal(kTag, segments, {{std::string()}}, {{shown}});
  EXPECT_EQ(sequences(contents), (Numbers{2, 3, 4}));
  EXPECT_TRUE(contents.damage.empty());
  const std::string older = record(1, 0) + shown;
  EXPECT_EQ(sequences(read_journal(kTag, segments, {{std::string()}}, {{older}})),
            (Numbers{2, 3, 4}))
      << "what lies before the segments that are left was dropped";
}

TEST_F(Reader, WhatAnAppendLeftThatLostToTheSealIsNoRecord) {
  const std::vector<SegmentBytes> segments{{1, opened(0, 1) + record(1, 1) + mark(1, 1) + zeros_}};
  const std::string lost = record(4, 0, "returned session_lost");
  const std::string shown = lost + record(2, 0).substr(30) + record(3, 0);
  const auto contents = read_journal(kTag, segments, {{std::string()}}, {{shown}});
  EXPECT_EQ(sequences(contents), (Numbers{1, 3}));
  // It has overwritten all that would be whole.
  const std::string nothing = lost + record(3, 0).substr(30);
  EXPECT_EQ(sequences(read_journal(kTag, segments, {{std::string()}}, {{nothing}})), (Numbers{1}));
}

TEST_F(Reader, ReportsDamageBeforeTheLastMarkAndGoesOnBehindIt) {
  std::string bad = record(2, 1);
  bad[60] = '!';
  std::string worse = record(4, 1);
  worse[5] = '!';
  const auto contents = read({{1, opened(0, 1) + record(1, 1) + bad + record(3, 1) + worse +
                                      record(5, 1) + mark(5, 1) + zeros_}});
  EXPECT_EQ(sequences(contents), (Numbers{1, 3, 5}));
  ASSERT_EQ(contents.damage.size(), 2U);
  EXPECT_EQ(contents.damage[0].code(), ErrorCode::corrupt);
  EXPECT_EQ(contents.damage[0].cause(), "the journal lost records 2 to 2");
  EXPECT_EQ(contents.damage[1].cause(), "the journal lost records 4 to 4");
}

TEST_F(Reader, ZerosInTheMiddleAreDamageAndNotTheEnd) {
  std::string all = opened(0, 1) + record(1, 1);
  all += std::string(record(2, 1).size(), '\0') + record(3, 1) + mark(3, 1) + zeros_;
  const auto contents = read({{1, all}});
  EXPECT_EQ(sequences(contents), (Numbers{1, 3}));
  EXPECT_EQ(contents.damage.size(), 1U);
}

TEST_F(Reader, WhatWasWrittenAnewAfterAFailedSyncIsNoDamage) {
  std::string bad = record(3, 1);
  bad[60] = '!';
  const auto contents =
      read({{1, opened(0, 1) + record(1, 1) + mark(1, 1) + record(2, 1) + bad + zeros_},
            {2, opened(1, 2) + record(2, 2) + record(3, 2) + mark(3, 2) + zeros_}});
  EXPECT_EQ(sequences(contents), (Numbers{1, 2, 3}));
  EXPECT_TRUE(contents.damage.empty());
}

TEST_F(Reader, SegmentsDroppedAtTheFrontAreNoDamageAndOneInTheMiddleIs) {
  const std::string second = opened(2, 2) + record(3, 2) + zeros_;
  const std::string fourth = opened(4, 4) + record(5, 4) + mark(5, 4) + zeros_;
  EXPECT_TRUE(read({{2, second}}).damage.empty());
  const auto contents = read({{2, second}, {4, fourth}});
  EXPECT_EQ(sequences(contents), (Numbers{3, 5}));
  EXPECT_EQ(contents.damage.size(), 1U);
}

TEST_F(Reader, AFrameInsideAPlayersDataIsNotTakenForARecord) {
  const std::string inner = record(9, 1);
  std::string outer = record(2, 1, inner);
  outer[outer.size() - 1] = '!';
  const auto contents =
      read({{1, opened(0, 1) + record(1, 1) + outer + record(3, 1) + mark(3, 1) + zeros_}});
  EXPECT_EQ(sequences(contents), (Numbers{1, 3}));
}

// Every byte of a small journal, with every bit, and every length: never a crash, never a record
// that wasn't written.
TEST_F(Reader, NoDamageEverMakesAWrongRecord) {
  const std::string whole = opened(0, 1) + record(1, 1) + mark(1, 1) + record(2, 1, "abc") +
                            mark(2, 1) + record(3, 1) + std::string(60, '\0');
  const auto good = read({{1, whole}}).records;
  ASSERT_EQ(good.size(), 3U);
  const auto only_good = [&](const JournalContents& contents) {
    std::uint64_t last = 0;
    for (const JournalRecord& r : contents.records) {
      ASSERT_GT(r.sequence, last);
      ASSERT_LE(r.sequence, good.size());
      ASSERT_EQ(r, good[r.sequence - 1]);
      last = r.sequence;
    }
    ASSERT_GE(contents.records.size() + contents.damage.size() + (contents.torn_bytes > 0), 2U);
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      only_good(read({{1, damaged}}));
    }
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto contents = read({{1, whole.substr(0, length)}});
    for (std::size_t i = 0; i < contents.records.size(); ++i) {
      ASSERT_EQ(contents.records[i], good[i]);
    }
  }
}

TEST_F(Reader, ASegmentOfANewerFormatIsRefusedByName) {
  std::string header = write_segment_header({.tag = kTag, .number = 3});
  ASSERT_EQ(read_segment_header(header).value(), (SegmentHeader{kTag, 3}));
  header[8] = 2;
  const std::uint32_t crc = crc32c(std::string_view(header).substr(0, 24));
  std::memcpy(header.data() + 24, &crc, 4);
  EXPECT_EQ(read_segment_header(header).error().text(),
            "wrong_format: a journal segment of a newer Keepsake: expected format 1, found format "
            "2; recover it with the version that wrote it");
}

}  // namespace
}  // namespace keepsake
