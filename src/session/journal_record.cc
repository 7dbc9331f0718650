#include "src/session/journal_record.h"

#include <limits>

#include "src/base/bytes.h"
#include "src/base/crc32c.h"
#include "src/base/hash64.h"

namespace keepsake {

namespace {

constexpr std::uint8_t kHasToken = 1;
constexpr std::uint8_t kHasTags = 2;
constexpr std::uint8_t kHasUserIds = 4;

constexpr std::size_t kMax16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t kMax32 = std::numeric_limits<std::uint32_t>::max();

bool fits(const MemberView& m) {
  if (m.store.size() > kMax16 || m.key.size() > kMax16 || m.schema_version.size() > kMax16 ||
      m.bytes.size() > kMax32 || (m.tags && m.tags->size() > kMax16) ||
      (m.user_ids != nullptr && m.user_ids->size() > kMax16)) {
    return false;
  }
  for (const ReceiptView& receipt : m.receipts) {
    if (receipt.id.size() > kMax16) return false;
  }
  for (const HandledView& handled : m.handled) {
    if (handled.id.size() > kMax16) return false;
  }
  for (const SentView& sent : m.sent) {
    if (sent.to->store.size() > kMax16 || sent.to->key.size() > kMax16 ||
        sent.message->id.size() > kMax16 || sent.message->sender.size() > kMax16 ||
        sent.message->body.size() > kMax32) {
      return false;
    }
  }
  return m.receipts.size() <= kMax16 && m.handled.size() <= kMax16 && m.sent.size() <= kMax16;
}

[[gnu::hot]] void write_lists(ByteWriter& out, const MemberView& m) {
  if (m.receipts.empty() && m.handled.empty() && m.sent.empty()) {
    constexpr std::uint16_t kNone = 0;
    return out.fields(kNone, kNone, kNone);
  }
  const auto edit_of = [&](std::uint64_t edit) { return edit != 0 ? edit : m.edit_number; };
  out.number(static_cast<std::uint16_t>(m.receipts.size()));
  for (const ReceiptView& receipt : m.receipts) {
    out.number(edit_of(receipt.edit));
    out.number(receipt.at_ms);
    out.text<std::uint16_t>(receipt.id);
  }
  out.number(static_cast<std::uint16_t>(m.handled.size()));
  for (const HandledView& handled : m.handled) {
    out.number(edit_of(handled.edit));
    out.text<std::uint16_t>(handled.id);
  }
  out.number(static_cast<std::uint16_t>(m.sent.size()));
  for (const SentView& sent : m.sent) {
    out.number(edit_of(sent.edit));
    out.text<std::uint16_t>(sent.to->store);
    out.text<std::uint16_t>(sent.to->key);
    out.text<std::uint16_t>(sent.message->id);
    out.text<std::uint16_t>(sent.message->sender);
    out.number(sent.message->sent_ms);
    out.number(sent.message->expires_ms);
    out.number(static_cast<std::uint8_t>(sent.message->carries_value ? 1 : 0));
    out.text<std::uint32_t>(sent.message->body);
  }
}

// All but the member's bytes, which come right behind.
[[gnu::hot]] void write_member(ByteWriter& out, const MemberView& m) {
  const int flags = (m.token.none() ? 0 : kHasToken) | (m.tags ? kHasTags : 0) |
                    (m.user_ids != nullptr ? kHasUserIds : 0);
  out.fields(static_cast<std::uint8_t>(m.content), static_cast<std::uint8_t>(m.format),
             static_cast<std::uint8_t>(flags));
  out.text<std::uint16_t>(m.store);
  out.text<std::uint16_t>(m.key);
  out.fields(m.generation, m.incarnation, m.session, m.epoch, m.revision, m.edit_number, m.links);
  out.text<std::uint16_t>(m.schema_version);
  out.fields(m.schema_ordinal, m.last_compatible, m.base_hash, m.state_hash);
  if (!m.token.none()) out.id(m.token);
  if (m.tags) out.text<std::uint16_t>(*m.tags);
  if (m.user_ids != nullptr) {
    out.number(static_cast<std::uint16_t>(m.user_ids->size()));
    for (const UserId user : *m.user_ids) out.number(user.number);
  }
  write_lists(out, m);
  out.number(static_cast<std::uint32_t>(m.bytes.size()));
}

void read_lists(ByteReader& in, JournalMember& m) {
  for (auto count = in.number<std::uint16_t>(); count > 0 && in.ok(); --count) {
    auto& [edit, receipt] = m.receipts.emplace_back();
    edit = in.number<std::uint64_t>();
    receipt.at_ms = in.number<std::int64_t>();
    receipt.id = in.text<std::uint16_t>();
  }
  for (auto count = in.number<std::uint16_t>(); count > 0 && in.ok(); --count) {
    auto& [edit, id] = m.handled.emplace_back();
    edit = in.number<std::uint64_t>();
    id = in.text<std::uint16_t>();
  }
  for (auto count = in.number<std::uint16_t>(); count > 0 && in.ok(); --count) {
    auto& [edit, sent] = m.sent.emplace_back();
    auto& [to, message] = sent;
    edit = in.number<std::uint64_t>();
    to.store = in.text<std::uint16_t>();
    to.key = in.text<std::uint16_t>();
    message.id = in.text<std::uint16_t>();
    message.sender = in.text<std::uint16_t>();
    message.sent_ms = in.number<std::int64_t>();
    message.expires_ms = in.number<std::int64_t>();
    message.carries_value = in.number<std::uint8_t>() != 0;
    message.body = in.text<std::uint32_t>();
  }
}

bool read_member(ByteReader& in, JournalMember& m) {
  const auto content = in.number<std::uint8_t>();
  const auto format = in.number<std::uint8_t>();
  const auto flags = in.number<std::uint8_t>();
  if (content > static_cast<std::uint8_t>(ContentKind::patch) || format < 1 || format > 2 ||
      flags > (kHasToken | kHasTags | kHasUserIds)) {
    return false;
  }
  m.content = static_cast<ContentKind>(content);
  m.format = static_cast<PayloadFormat>(format);
  m.key.store = in.text<std::uint16_t>();
  m.key.key = in.text<std::uint16_t>();
  m.generation = in.id();
  m.incarnation = in.number<std::uint64_t>();
  m.session = in.id();
  m.epoch = in.number<std::uint64_t>();
  m.revision = in.number<std::uint64_t>();
  m.edit_number = in.number<std::uint64_t>();
  m.links = in.number<std::uint32_t>();
  m.schema.version = in.text<std::uint16_t>();
  m.schema.ordinal = in.number<std::uint32_t>();
  m.schema.last_compatible = in.number<std::uint32_t>();
  m.base_hash = in.number<std::uint64_t>();
  m.state_hash = in.number<std::uint64_t>();
  if ((flags & kHasToken) != 0) m.token = in.id();
  if ((flags & kHasTags) != 0) m.tags = std::string(in.text<std::uint16_t>());
  if ((flags & kHasUserIds) != 0) {
    auto& users = m.user_ids.emplace();
    for (auto count = in.number<std::uint16_t>(); count > 0 && in.ok(); --count) {
      users.push_back({in.number<std::int64_t>()});
    }
  }
  read_lists(in, m);
  m.bytes = in.text<std::uint32_t>();
  return in.ok();
}

bool read_identity(ByteReader& in, JournalIdentity& identity) {
  if (in.number<std::uint32_t>() != kJournalFormat) return false;
  identity.generation = in.id();
  identity.owner.server.text = in.text<std::uint16_t>();
  identity.owner.incarnation = in.number<std::uint64_t>();
  identity.journal = in.id();
  identity.ring_id = in.id();
  identity.place.ring = in.text<std::uint16_t>();
  identity.place.boot_id = in.text<std::uint16_t>();
  identity.place.host = in.text<std::uint16_t>();
  identity.place.pid = in.number<std::int64_t>();
  return in.at_end();
}

}  // namespace

std::uint64_t state_hash_of_image(std::string_view payload) noexcept { return hash64(payload); }

[[gnu::hot]] std::uint64_t state_hash_of_patch(std::string_view patch,
                                               std::uint64_t base_hash) noexcept {
  return hash64(patch, base_hash);
}

[[gnu::hot]] void write_frame_header(char* to, const FrameHeader& header) noexcept {
  std::memcpy(to, kFrameMagic.data(), 4);
  store_le(to + 8, header.tag);
  store_le(to + 16, header.sequence);
  store_le(to + 24, header.segment);
  store_le(to + 28, header.length);
  store_le(to + 32, header.body_crc);
  store_le(to + 36, static_cast<std::uint16_t>(header.kind));
  store_le(to + 38, std::uint16_t{0});
  store_le(to + 4, crc32c({to + 8, kFrameBytes - 8}));
}

std::optional<FrameHeader> read_frame_header(std::string_view bytes, std::uint64_t tag) noexcept {
  if (bytes.size() < kFrameBytes || !bytes.starts_with(kFrameMagic)) return std::nullopt;
  const char* const from = bytes.data();
  if (load_le<std::uint64_t>(from + 8) != tag) return std::nullopt;
  if (load_le<std::uint32_t>(from + 4) != crc32c({from + 8, kFrameBytes - 8})) return std::nullopt;
  const auto kind = load_le<std::uint16_t>(from + 36);
  if (kind < 1 || kind > static_cast<std::uint16_t>(RecordKind::sync_mark)) return std::nullopt;
  return FrameHeader{.tag = tag,
                     .sequence = load_le<std::uint64_t>(from + 16),
                     .segment = load_le<std::uint32_t>(from + 24),
                     .length = load_le<std::uint32_t>(from + 28),
                     .body_crc = load_le<std::uint32_t>(from + 32),
                     .kind = static_cast<RecordKind>(kind)};
}

[[gnu::hot]] Result<std::span<const std::string_view>> RecordEncoder::encode(
    std::uint64_t tag, std::uint64_t sequence, const RecordView& record) {
  small_.assign(kFrameBytes, '\0');
  ends_.clear();
  parts_.clear();
  ByteWriter out(small_);
  std::uint64_t length = sizeof(std::uint16_t);
  bool good = record.members.size() <= kMax16;
  out.number(static_cast<std::uint16_t>(record.members.size()));
  for (const MemberView& member : record.members) {
    if (!good || !fits(member)) return Error(ErrorCode::limit_exceeded, "too long for a record");
    write_member(out, member);
    ends_.push_back(small_.size());
    length += member.bytes.size();
  }
  length += small_.size() - kFrameBytes - sizeof(std::uint16_t);
  if (length > kMax32) return Error(ErrorCode::limit_exceeded, "too long for a record");

  const std::string_view small = small_;
  std::size_t begin = 0;
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const std::string_view part = small.substr(begin, ends_[i] - begin);
    const std::string_view bytes = record.members[i].bytes;
    crc = crc32c(begin == 0 ? part.substr(kFrameBytes) : part, crc);
    crc = crc32c(bytes, crc);
    parts_.push_back(part);
    if (!bytes.empty()) parts_.push_back(bytes);
    begin = ends_[i];
  }
  if (ends_.empty()) {
    parts_.push_back(small);
    crc = crc32c(small.substr(kFrameBytes));
  }
  write_frame_header(small_.data(), {.tag = tag,
                                     .sequence = sequence,
                                     .segment = 0,
                                     .length = static_cast<std::uint32_t>(length),
                                     .body_crc = crc,
                                     .kind = record.kind});
  return std::span<const std::string_view>(parts_);
}

std::string RecordEncoder::frame_of_opened(std::uint64_t tag, std::uint64_t sequence,
                                           std::uint32_t segment, const JournalIdentity& identity) {
  std::string frame(kFrameBytes, '\0');
  ByteWriter out(frame);
  out.number(kJournalFormat);
  out.id(identity.generation);
  out.text<std::uint16_t>(identity.owner.server.text);
  out.number(identity.owner.incarnation);
  out.id(identity.journal);
  out.id(identity.ring_id);
  out.text<std::uint16_t>(identity.place.ring);
  out.text<std::uint16_t>(identity.place.boot_id);
  out.text<std::uint16_t>(identity.place.host);
  out.number(identity.place.pid);
  const std::string_view body = std::string_view(frame).substr(kFrameBytes);
  write_frame_header(frame.data(), {.tag = tag,
                                    .sequence = sequence,
                                    .segment = segment,
                                    .length = static_cast<std::uint32_t>(body.size()),
                                    .body_crc = crc32c(body),
                                    .kind = RecordKind::opened});
  return frame;
}

std::string RecordEncoder::frame_of_sync_mark(std::uint64_t tag, std::uint64_t sequence,
                                              std::uint32_t segment) {
  std::string frame(kFrameBytes, '\0');
  write_frame_header(frame.data(), {.tag = tag,
                                    .sequence = sequence,
                                    .segment = segment,
                                    .length = 0,
                                    .body_crc = crc32c({}),
                                    .kind = RecordKind::sync_mark});
  return frame;
}

Result<JournalRecord> decode_record(const FrameHeader& header, std::string_view body) {
  const auto corrupt = [&] {
    return Error(ErrorCode::corrupt, "journal record " + std::to_string(header.sequence) +
                                         " isn't of this journal's format");
  };
  JournalRecord record{
      .sequence = header.sequence, .kind = header.kind, .members = {}, .opened = {}};
  ByteReader in(body);
  if (header.kind == RecordKind::sync_mark) {
    if (!body.empty()) return corrupt();
    return record;
  }
  if (header.kind == RecordKind::opened) {
    if (!read_identity(in, record.opened.emplace())) return corrupt();
    return record;
  }
  const auto count = in.number<std::uint16_t>();
  for (int i = 0; i < count; ++i) {
    if (!read_member(in, record.members.emplace_back())) return corrupt();
  }
  if (!in.at_end()) return corrupt();
  return record;
}

}  // namespace keepsake
