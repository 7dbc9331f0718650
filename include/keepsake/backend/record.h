// What a backend keeps of a profile: the envelope and an opaque payload.
//
// These are values: copyable, comparable, without behaviour. docs/ownership.md says what each field
// is for; the rules named here ("rule 19") are the ones of docs/ownership.md and docs/journal.md.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"

namespace keepsake {

/// A profile's place: a named store and a key in it. Limits: see limits.h.
struct ProfileKey {
  std::string store;
  std::string key;
  friend auto operator<=>(const ProfileKey&, const ProfileKey&) = default;
};

/// One start of one server: whose lease something hangs on.
struct Owner {
  ServerId server;
  Incarnation incarnation = 0;
  friend auto operator<=>(const Owner&, const Owner&) = default;
};

/// What a commit is conditional on, inside the backend (rule 1).
struct Fence {
  Generation generation;
  SessionId session;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  friend bool operator==(const Fence&, const Fence&) = default;
};

/// How a payload's bytes are written (docs/payload.md). Numbers are part of the stored format.
enum class PayloadFormat : std::uint8_t {
  json = 1,        ///< text that SQL can read
  cbor = 2,        ///< datum's bytes
  compressed = 3,  ///< those as one zstd frame
};
/// "json", "cbor", "compressed"; "unknown" for a number that is none of them.
[[nodiscard]] std::string_view name(PayloadFormat format) noexcept;

/// The version that data is in. Ordinals are the catalog's (1-based, in declared order); a server
/// reads data whose `last_compatible` is not above the newest ordinal that it knows.
struct SchemaStamp {
  std::string version;
  std::uint32_t ordinal = 0;
  std::uint32_t last_compatible = 0;
  friend bool operator==(const SchemaStamp&, const SchemaStamp&) = default;
};

/// A server's standing request for a profile that another holds (rule 19). `number` orders asks of
/// one profile; the newest live one wins. `session` is the session id that a handoff will write.
struct Ask {
  AskId id;
  std::uint64_t number = 0;
  Owner asker;
  SessionId session;
  std::uint32_t readable_ordinal = 0;  ///< newest schema ordinal that the asker can read
  std::int64_t duration_ms = 0;  ///< how long it stands, counted by the owner from first sight
  friend bool operator==(const Ask&, const Ask&) = default;
};

/// The last commit made under one epoch (rules 18, 23). `recoverer` is the token of the server that
/// replayed the owner's journal, beside the owner's own.
struct EpochMark {
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  CommitToken token;
  CommitToken recoverer;
  friend bool operator==(const EpochMark&, const EpochMark&) = default;
};
inline constexpr int kEpochMarks = 8;  ///< marks kept in a row, newest last

/// All that is kept about a profile beside its data.
struct Envelope {
  std::uint64_t born = 0;         ///< the row's first epoch; data of an older epoch is scrubbed
  std::uint64_t epoch = 0;        ///< changes of owner, the fencing token; never restarts for a key
  std::uint64_t revision = 0;     ///< commits of data, 0 before the first
  std::uint64_t edit_number = 0;  ///< number of the last edit that the stored data contains

  bool has_data = false;  ///< false: known by key only (a first session, or only an inbox)
  SchemaStamp schema;
  PayloadFormat format = PayloadFormat::json;

  std::int64_t created_ms = 0;        ///< Unix ms; of the profile, kept through an import
  std::int64_t first_session_ms = 0;  ///< Unix ms of the first acquire here; 0: never loaded
  std::int64_t saved_ms = 0;          ///< Unix ms of the last commit of data
  std::uint64_t load_count = 0;

  std::optional<Owner> owner;
  SessionId session;             ///< none when no owner
  std::int64_t owned_since = 0;  ///< the owner's renewal number when it acquired

  std::vector<UserId> user_ids;
  std::string metadata;     ///< JSON object beside the data, kept as it was imported; "" if none
  std::string tags;         ///< JSON object, readable without the data; "" if none
  std::string source_hash;  ///< of the document that was imported, hex; "" if none

  std::optional<Ask> ask;
  std::uint64_t ask_sequence = 0;         ///< the highest ask number given so far
  std::vector<std::int64_t> handover_ms;  ///< database times of the last three handovers
  std::vector<EpochMark> marks;           ///< of the last kEpochMarks epochs that committed
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// The fence of a commit to that row as it stands, in the database of that generation.
[[nodiscard]] inline Fence fence_of(const Envelope& row, const Generation& generation) {
  return {.generation = generation,
          .session = row.session,
          .epoch = row.epoch,
          .revision = row.revision};
}

/// A profile as it is stored. `payload` is opaque to backend and session.
struct Record {
  ProfileKey key;
  Envelope envelope;
  std::string payload;
  friend bool operator==(const Record&, const Record&) = default;
};

/// The life of a lease (rule 4). Profiles are taken only from a recovered one.
enum class LeaseState : std::uint8_t { open = 1, closed = 2, recovered = 3 };

/// Where a server's journal lies, for those who may have to replay it (rule 14).
struct JournalPlace {
  std::string directory;  ///< absolute path of this incarnation's journal; "" if it has none
  std::string ring;       ///< name of its shared memory
  std::string boot_id;    ///< of the machine's boot that the ring belongs to
  std::string host;       ///< host name, for people only
  std::int64_t pid = 0;   ///< for people only
  friend bool operator==(const JournalPlace&, const JournalPlace&) = default;
};

/// A server's lease row.
struct Lease {
  Owner owner;
  std::uint64_t renewal = 0;  ///< the number that the server keeps raising
  LeaseState state = LeaseState::open;
  Incarnation recoverer = 0;  ///< who closed it and recovers it; 0 while open
  JournalPlace journal;
  std::int64_t started_ms = 0;  ///< Unix ms, for people only
  std::uint64_t scrubbed = 0;   ///< its journal holds nothing of the first so many erasures
  friend bool operator==(const Lease&, const Lease&) = default;
};

/// The mark that a purchase or message was applied; committed with the data it changed.
struct Receipt {
  std::string id;
  std::int64_t at_ms = 0;  ///< Unix ms of the purchase
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// A message in a profile's inbox.
struct Message {
  std::string id;               ///< the sender's; one id is handled once
  std::string body;             ///< JSON
  std::int64_t sent_ms = 0;     ///< Unix ms; 0 if unknown
  std::int64_t expires_ms = 0;  ///< Unix ms; 0: never
  std::string sender;           ///< store and key of who gets it back, as "store/key"; "" if none
  bool carries_value = false;   ///< then it is never refused at commit and never vanishes
  friend bool operator==(const Message&, const Message&) = default;
};

/// Data that can't be used, kept untouched, with the reason.
struct QuarantineEntry {
  IncidentId incident;
  ProfileKey key;
  std::string code;     ///< name of the ErrorCode
  std::string path;     ///< JSON Pointer of the fault
  std::string message;  ///< what was expected and found; no player's data
  std::string schema_version;
  std::string payload;  ///< the bytes as they were
  std::int64_t at_ms = 0;
  ServerId server;  ///< who set it aside; may be empty for a tool
  friend bool operator==(const QuarantineEntry&, const QuarantineEntry&) = default;
};

}  // namespace keepsake
