// The journal's record: what it says (views to write, values as read) and its bytes.
//
// A record is one frame: a header of kFrameBytes and a body. docs/journal.md has the grammar and a
// worked example. Writing allocates nothing once the encoder's buffers have grown; reading trusts
// nothing that a checksum doesn't cover.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/result.h"

namespace keepsake {

/// Numbers are part of the stored format.
enum class RecordKind : std::uint16_t {
  opened = 1,      ///< first of each segment: whose journal it is
  edit = 2,        ///< one member: an edit; several: a transaction, one tie
  fall = 3,        ///< a tie fell: each survivor begins again from the image here
  compaction = 4,  ///< the newest image of a profile, or of all profiles of one tie, and all
                   ///< receipts, acknowledgements and messages that aren't saved yet
  saving = 5,      ///< before a commit is sent: its token, and how far each member goes
  confirmed = 6,   ///< after it: revision and edit number that are durable now
  sync_mark = 7,   ///< all before it was synced; written by the drain
};

/// Numbers are part of the stored format.
enum class ContentKind : std::uint8_t {
  none = 0,   ///< the data didn't change
  image = 1,  ///< the whole payload
  patch = 2,  ///< RFC 6902, as JSON, onto the state that `base_hash` names
};

/// The state hash of a whole payload, and of a patch onto a state. A patch costs its own size only.
[[nodiscard]] std::uint64_t state_hash_of_image(std::string_view payload) noexcept;
[[nodiscard]] std::uint64_t state_hash_of_patch(std::string_view patch,
                                                std::uint64_t base_hash) noexcept;

// `edit` in the next three: number of the edit that it belongs to, 0 for the member's own. Only a
// compaction gathers those of several edits.
struct ReceiptView {
  std::string_view id;
  std::int64_t at_ms = 0;
  std::uint64_t edit = 0;
};
struct HandledView {  ///< a message that the edit acknowledges
  std::string_view id;
  std::uint64_t edit = 0;
};
struct SentView {
  const ProfileKey* to = nullptr;
  const Message* message = nullptr;
  std::uint64_t edit = 0;
};

/// One profile's part of a record; everything is borrowed for the length of the call.
struct MemberView {
  std::string_view store;
  std::string_view key;
  Generation generation;
  Incarnation incarnation = 0;
  SessionId session;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;     ///< last known durable; for `confirmed` the one confirmed
  std::uint64_t edit_number = 0;  ///< edits and falls count up by one; for `compaction`, `saving`
                                  ///< and `confirmed` the last edit that they cover
  std::uint32_t links = 0;  ///< edits of this session up to here, this one counted, whose loss
                            ///< no later image makes good: transactions, and those with
                            ///< receipts, acknowledgements or messages
  std::string_view schema_version;
  std::uint32_t schema_ordinal = 0;
  std::uint32_t last_compatible = 0;
  PayloadFormat format = PayloadFormat::json;  ///< of images: json or cbor
  ContentKind content = ContentKind::none;
  std::uint64_t base_hash = 0;                    ///< patches only
  std::uint64_t state_hash = 0;                   ///< of the state that this member leaves
  std::string_view bytes;                         ///< image or patch
  CommitToken token;                              ///< `saving` only
  std::optional<std::string_view> tags;           ///< JSON object, if this edit changed them
  const std::vector<UserId>* user_ids = nullptr;  ///< if this edit changed them
  std::span<const ReceiptView> receipts;
  std::span<const HandledView> handled;
  std::span<const SentView> sent;
};
struct RecordView {
  RecordKind kind = RecordKind::edit;
  std::span<const MemberView> members;
};

/// Whose journal, and where its ring is: the body of `opened`.
struct JournalIdentity {
  Generation generation;
  Owner owner;  ///< incarnation 0: not started, nothing was ever acknowledged from it
  Id128 journal;
  Id128 ring_id;
  JournalPlace place;  ///< without the directory
  friend bool operator==(const JournalIdentity&, const JournalIdentity&) = default;
};

// As read.
struct JournalMember {
  ProfileKey key;
  Generation generation;
  Incarnation incarnation = 0;
  SessionId session;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  std::uint64_t edit_number = 0;
  std::uint32_t links = 0;
  SchemaStamp schema;
  PayloadFormat format = PayloadFormat::json;
  ContentKind content = ContentKind::none;
  std::uint64_t base_hash = 0;
  std::uint64_t state_hash = 0;
  std::string bytes;
  CommitToken token;
  std::optional<std::string> tags;
  std::optional<std::vector<UserId>> user_ids;
  // Each with its edit number, never 0.
  std::vector<std::pair<std::uint64_t, Receipt>> receipts;
  std::vector<std::pair<std::uint64_t, std::string>> handled;
  std::vector<std::pair<std::uint64_t, std::pair<ProfileKey, Message>>> sent;
  friend bool operator==(const JournalMember&, const JournalMember&) = default;
};
struct JournalRecord {
  std::uint64_t sequence = 0;
  RecordKind kind = RecordKind::edit;
  std::vector<JournalMember> members;
  std::optional<JournalIdentity> opened;
  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

inline constexpr std::size_t kFrameBytes = 40;
inline constexpr std::string_view kFrameMagic = "KSJ\xF5";  ///< no part of any UTF-8 text
inline constexpr std::uint32_t kJournalFormat = 1;

struct FrameHeader {
  std::uint64_t tag = 0;       ///< random per journal: bytes of another are never taken for ours
  std::uint64_t sequence = 0;  ///< counts records from 1; a mark or `opened` bears the last one's
  std::uint32_t segment = 0;   ///< 0 in the ring
  std::uint32_t length = 0;    ///< of the body
  std::uint32_t body_crc = 0;
  RecordKind kind = RecordKind::edit;
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};
void write_frame_header(char* to_40_bytes, const FrameHeader& header) noexcept;
/// Nothing if it isn't whole, bears another tag, or its checksum is wrong.
[[nodiscard]] std::optional<FrameHeader> read_frame_header(std::string_view bytes,
                                                           std::uint64_t tag) noexcept;

/// Makes a record's bytes in buffers that it keeps. One thread.
class RecordEncoder {
 public:
  /// The frame in parts, to be written one after the other; valid until the next call and while
  /// the record's own bytes are. Error limit_exceeded: a name, list or body that the format can't
  /// hold.
  [[nodiscard]] Result<std::span<const std::string_view>> encode(std::uint64_t tag,
                                                                 std::uint64_t sequence,
                                                                 const RecordView& record);
  [[nodiscard]] static std::string frame_of_opened(std::uint64_t tag, std::uint64_t sequence,
                                                   std::uint32_t segment,
                                                   const JournalIdentity& identity);
  [[nodiscard]] static std::string frame_of_sync_mark(std::uint64_t tag, std::uint64_t sequence,
                                                      std::uint32_t segment);

 private:
  std::string small_;              // the header and all but the members' bytes
  std::vector<std::size_t> ends_;  // where in small_ each member's bytes belong
  std::vector<std::string_view> parts_;
};

/// Reads a body whose checksum is right. Error corrupt: it isn't of this format all the same.
[[nodiscard]] Result<JournalRecord> decode_record(const FrameHeader& header, std::string_view body);

}  // namespace keepsake
