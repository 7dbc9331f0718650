// The requests and answers of a backend's operations. Values only; backend.h says what each does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keepsake/backend/audit.h"
#include "keepsake/backend/history.h"
#include "keepsake/backend/record.h"
#include "keepsake/base/error.h"

namespace keepsake {

/// Opens a server's lease (rule 8).
struct OpenLease {
  ServerId server;
  JournalPlace journal;
  std::int64_t now_ms = 0;
  Generation generation;  ///< that the server believes in; none: whichever it is
};

/// One renewal: raises our number if our lease is open, and tells what we have to know.
struct Renew {
  static constexpr std::uint64_t kNotTold = ~std::uint64_t{0};
  Owner self;
  std::uint64_t renewal = 0;  ///< the number to write; the row must hold a lower one
  /// The last one whose answer has come: what was acquired since is listed, however many answers
  /// were lost between. kNotTold: the renewal before this one.
  std::uint64_t confirmed = kNotTold;
  std::uint64_t scrubbed = 0;  ///< see Lease::scrubbed; never lowers what stands there
};
/// A row that the backend says we own.
struct OwnedRow {
  ProfileKey key;
  SessionId session;
  std::uint64_t epoch = 0;
};
/// A standing ask on one of our profiles.
struct AskOnOurs {
  ProfileKey key;
  SessionId session;  ///< ours, the one being asked for
  Ask ask;
};
struct Renewed {
  std::vector<Lease> others;       ///< every lease but ours that isn't recovered
  std::vector<OwnedRow> acquired;  ///< rows of ours acquired since the renewal before the one that
                                   ///< was confirmed last: lost replies hide none
  std::vector<AskOnOurs> asks;     ///< all asks that stand on our rows
  std::uint64_t erasures = 0;      ///< of persons in this database so far
};

/// Closes another server's lease, or takes over a recovery whose recoverer has died (rules 4, 5).
struct CloseLease {
  Owner self;
  Owner target;
  std::uint64_t renewal = 0;       ///< applies to an open lease only while it stands at this number
  Incarnation dead_recoverer = 0;  ///< applies to a closed lease only while this one recovers it
  bool recovered = false;          ///< the journal can't be reached: closed and recovered at once
};
/// Marks a lease that `self` closed as recovered; a server may also end its own open lease so.
struct EndLease {
  Owner self;
  Owner target;
};

/// Takes a profile, or asks for it, or looks how an ask stands (rule 19).
struct Acquire {
  ProfileKey key;
  Owner self;
  Generation generation;
  SessionId session;  ///< the id that the session will have; the same in each resend
  std::uint32_t readable_ordinal = 0;
  std::int64_t now_ms = 0;
  AskId ask;                     ///< none: take it if it is free, never ask
  std::uint64_t ask_number = 0;  ///< 0: don't write the ask; else the number a Held answer offered
  std::int64_t ask_duration_ms = 0;
};
/// The profile is ours, under the session id proposed.
struct Acquired {
  Record record;
};
enum class AskStanding : std::uint8_t { none, ours, newer };
/// Another holds it (or we ourselves do, under another session id).
struct Held {
  Owner owner;
  LeaseState owner_state = LeaseState::open;
  AskStanding ask = AskStanding::none;  ///< `newer`: our ask was superseded
  std::uint64_t offered_number = 0;     ///< what ask_number to write an ask with
  std::int64_t contended_ms = 0;  ///< no ask is written for so long: too many handovers (rule 19)
};
/// The stored data is of a version that we can't read; the owner was not disturbed.
struct TooNew {
  SchemaStamp schema;
};
using AcquireAnswer = std::variant<Acquired, Held, TooNew>;

/// Gives up an ask or an acquire: frees the row if it is owned under `session`, removes `ask`.
struct Withdraw {
  ProfileKey key;
  Owner self;
  SessionId session;
  AskId ask;
};

/// What becomes of the session with a commit.
enum class After : std::uint8_t {
  keep,       ///< we go on owning it
  hand_over,  ///< to the newest live ask in the row, or to nobody
  remove,     ///< the row is deleted; its epoch is remembered
};

/// New data for a profile.
struct NewData {
  SchemaStamp schema;
  PayloadFormat format = PayloadFormat::json;
  std::string payload;
};

/// One profile's part of a group.
struct MemberCommit {
  ProfileKey key;
  Fence fence;
  /// Not 0: a commit for this dead owner (rule 18), by who recovers its closed lease; of a
  /// recovered one by anyone, while nobody has taken the profile since.
  Incarnation recovering = 0;
  std::optional<NewData> data;  ///< none: the data stays as it is
  std::uint64_t edit_number = 0;
  std::optional<std::vector<UserId>> user_ids;
  std::optional<std::string> tags;
  After after = After::keep;
  std::uint64_t asks_expired = 0;  ///< hand_over passes over asks with numbers up to this one
  std::vector<Receipt> receipts;
  std::vector<std::string> acknowledged;             ///< message ids handled
  std::vector<std::pair<ProfileKey, Message>> sent;  ///< messages into other inboxes
  std::optional<KeepHistory> history;
};

/// Commits together or not at all; none fails another (rule 24).
struct Group {
  CommitToken token;
  Owner self;
  std::int64_t now_ms = 0;
  std::vector<MemberCommit> members;
  std::vector<QuarantineEntry> quarantine;  ///< written with the group; known incidents are kept
  std::optional<AuditEntry> audit;          ///< of an operator's change; entered with the group
};

struct MemberResult {
  std::uint64_t revision = 0;
  std::optional<Owner> handed_to;  ///< with After::hand_over, whom the row belongs to now
};
/// Stored. `resent`: it was there already, found by its token.
struct Applied {
  std::vector<MemberResult> members;
  bool resent = false;
};
/// Nothing of the group was stored: `member`'s row is not as its fence says.
struct FenceRefused {
  std::size_t member = 0;
  std::optional<Envelope> row;  ///< as it stands; none if there is no row
};
/// Nothing of the group was stored, for another reason than a fence (a limit, a used receipt).
struct GroupRefused {
  std::size_t member = 0;
  Error error;
};
/// Nothing of the group was stored, and nothing is known against it: somebody else's transaction
/// holds a row of it. It is to be sent again, unchanged and by itself, after a while.
struct GroupHeldUp {
  Error error;
};
using GroupAnswer = std::variant<Applied, FenceRefused, GroupRefused, GroupHeldUp>;

/// Puts a whole profile where there is none; for imports and tests.
struct Create {
  Record record;  ///< key, payload and envelope; born, epoch, owner and asks are the backend's
  std::vector<Message> inbox;
};
/// There is a row already; `source_hash` tells whether it came of the same document.
struct Exists {
  Envelope envelope;
};
struct Created {};
using CreateAnswer = std::variant<Created, Exists>;

/// A page of a listing, in key order.
struct ListPage {
  std::vector<Record> records;  ///< without payloads
  std::string next_after;       ///< "" when this was the last page
};

}  // namespace keepsake
