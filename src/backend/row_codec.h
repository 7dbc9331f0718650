// What a backend keeps, as a row's columns, in the order in which every statement of every backend
// names them. A Row gives columns one after the other (integer, number, text, view, id,
// next_is_null, skip); a Binder takes parameters likewise (<<, blob, null).
#pragma once

#include <string>
#include <tuple>
#include <utility>

#include "keepsake/backend/history.h"
#include "keepsake/backend/record.h"
#include "keepsake/base/result.h"
#include "src/backend/row_blobs.h"
#include "src/backend/tables.h"

namespace keepsake {

/// `place`: the database's file or address.
[[nodiscard]] Error damaged_row(const std::string& place, const char* column);

/// What of an envelope a commit of data leaves as it is.
[[nodiscard]] inline auto beside_the_save(const Envelope& row) {
  return std::tie(row.born, row.epoch, row.created_ms, row.first_session_ms, row.load_count,
                  row.owner, row.session, row.owned_since, row.user_ids, row.metadata, row.tags,
                  row.source_hash, row.ask, row.ask_sequence, row.handover_ms);
}

/// Reads "schema_version, schema_ordinal, last_compatible, format"; binds the same. `Data`:
/// whatever has a schema and a format.
template <class Row, class Data>
void read_form(Row& row, Data& out) {
  out.schema.version = row.text();
  out.schema.ordinal = static_cast<std::uint32_t>(row.integer());
  out.schema.last_compatible = static_cast<std::uint32_t>(row.integer());
  out.format = static_cast<PayloadFormat>(row.integer());
}
template <class Binder, class Data>
void bind_form(Binder& binder, const Data& data) {
  binder << std::string_view(data.schema.version) << std::uint64_t{data.schema.ordinal}
         << std::uint64_t{data.schema.last_compatible} << static_cast<std::int64_t>(data.format);
}

/// Reads "store, key"; binds ":store, :key".
template <class Row>
[[nodiscard]] ProfileKey read_key(Row& row) {
  ProfileKey key;
  key.store = row.text();
  key.key = row.text();
  return key;
}
template <class Binder>
  requires requires(Binder& binder) { binder.null(); }
Binder& operator<<(Binder& binder, const ProfileKey& key) {
  return binder << std::string_view(key.store) << std::string_view(key.key);
}

/// Reads "server, incarnation, …, scrubbed" of a lease; binds the same.
template <class Row>
[[nodiscard]] StoredLease read_lease(Row& row) {
  StoredLease stored;
  Lease& lease = stored.lease;
  lease.owner.server.text = row.text();
  lease.owner.incarnation = row.number();
  lease.renewal = row.number();
  stored.previous_renewal = row.number();
  lease.state = static_cast<LeaseState>(row.integer());
  lease.recoverer = row.number();
  lease.journal.directory = row.text();
  lease.journal.ring = row.text();
  lease.journal.boot_id = row.text();
  lease.journal.host = row.text();
  lease.journal.pid = row.integer();
  lease.started_ms = row.integer();
  stored.ended_ms = row.integer();
  lease.scrubbed = row.number();
  return stored;
}
template <class Binder>
void bind_lease(Binder& binder, const StoredLease& stored) {
  const Lease& lease = stored.lease;
  const JournalPlace& journal = lease.journal;
  binder << std::string_view(lease.owner.server.text) << lease.owner.incarnation << lease.renewal
         << stored.previous_renewal << static_cast<std::int64_t>(lease.state) << lease.recoverer
         << std::string_view(journal.directory) << std::string_view(journal.ring)
         << std::string_view(journal.boot_id) << std::string_view(journal.host) << journal.pid
         << lease.started_ms << stored.ended_ms << lease.scrubbed;
}

/// Reads "id, …, carries_value" of a message; binds the same.
template <class Row>
[[nodiscard]] Message read_message(Row& row) {
  Message message;
  message.id = row.text();
  message.body = row.text();
  message.sent_ms = row.integer();
  message.expires_ms = row.integer();
  message.sender = row.text();
  message.carries_value = row.integer() != 0;
  return message;
}
template <class Binder>
void bind_message(Binder& binder, const Message& message) {
  binder << std::string_view(message.id) << std::string_view(message.body) << message.sent_ms
         << message.expires_ms << std::string_view(message.sender) << message.carries_value;
}

/// Reads "store, key, incident, …, server" of an entry in quarantine; binds the same.
template <class Row>
[[nodiscard]] QuarantineEntry read_entry(Row& row) {
  QuarantineEntry entry;
  entry.key = read_key(row);
  entry.incident = row.id();
  entry.code = row.text();
  entry.path = row.text();
  entry.message = row.text();
  entry.schema_version = row.text();
  entry.payload = row.text();
  entry.at_ms = row.integer();
  entry.server.text = row.text();
  return entry;
}

/// Reads "revision, …, payload" of a snapshot; binds the same.
template <class Row>
[[nodiscard]] Snapshot read_snapshot(Row& row) {
  Snapshot kept;
  kept.revision = row.number();
  kept.kind = static_cast<SnapshotKind>(row.integer());
  kept.kept_ms = row.integer();
  kept.saved_ms = row.integer();
  kept.edit_number = row.number();
  read_form(row, kept);
  kept.payload = row.text();
  return kept;
}
template <class Binder>
void bind_snapshot(Binder& binder, const Snapshot& snapshot) {
  binder << snapshot.revision << static_cast<std::int64_t>(snapshot.kind) << snapshot.kept_ms
         << snapshot.saved_ms << snapshot.edit_number;
  bind_form(binder, snapshot);
  binder.blob(snapshot.payload);
}

/// Reads "kind, hash, at_ms, token".
template <class Row>
[[nodiscard]] Tombstone read_tombstone(Row& row) {
  Tombstone tombstone;
  tombstone.kind = static_cast<TombstoneKind>(row.integer());
  tombstone.hash = row.text();
  tombstone.at_ms = row.integer();
  tombstone.token = row.id();
  return tombstone;
}

template <class Row>
[[nodiscard]] AuditEntry read_audit(Row& row) {
  AuditEntry entry;
  entry.at_ms = row.integer();
  entry.what = row.text();
  entry.reason = row.text();
  entry.by.text = row.text();
  return entry;
}

/// Reads "owner_server, owner_incarnation, session" into an envelope.
template <class Row>
[[nodiscard]] Result<void> read_owner(Row& row, Envelope& out, const std::string& place) {
  if (row.next_is_null()) {
    row.skip(), row.skip(), row.skip();
    return {};
  }
  Owner owner{.server = {row.text()}, .incarnation = 0};
  owner.incarnation = row.number();
  out.owner = std::move(owner);
  out.session = row.id();
  if (out.session.none()) return damaged_row(place, "session");
  return {};
}

/// Reads "born, …, handovers, revision, …, marks". Error: corrupt, if a column doesn't hold what it
/// must.
template <class Row>
[[nodiscard]] Result<Envelope> read_envelope(Row& row, const std::string& place) {
  Envelope out;
  out.born = row.number();
  out.epoch = row.number();
  out.created_ms = row.integer();
  out.first_session_ms = row.integer();
  out.load_count = row.number();
  if (auto owned = read_owner(row, out, place); !owned) return std::move(owned).error();
  out.owned_since = row.integer();
  auto users = decode_users(row.view());
  if (!users) return damaged_row(place, "user_ids");
  out.user_ids = *std::move(users);
  out.metadata = row.text();
  out.tags = row.text();
  out.source_hash = row.text();
  if (row.next_is_null()) {
    row.skip();
  } else {
    out.ask = decode_ask(row.view());
    if (!out.ask) return damaged_row(place, "ask");
  }
  out.ask_sequence = row.number();
  auto handovers = decode_times(row.view());
  if (!handovers) return damaged_row(place, "handovers");
  out.handover_ms = *std::move(handovers);
  out.revision = row.number();
  out.edit_number = row.number();
  out.has_data = row.integer() != 0;
  read_form(row, out);
  out.saved_ms = row.integer();
  if (!decode_marks(row.view(), out.marks)) return damaged_row(place, "marks");
  return out;
}

/// The encoded columns of who owns a profile and what is known of it; they must live until the
/// query has run.
struct ProfileColumns {
  explicit ProfileColumns(const Envelope& row);
  /// Binds ":born, …, :handovers".
  template <class Binder>
  void bind(Binder& binder) const {
    const Envelope& row = envelope;
    binder << row.born << row.epoch << row.created_ms << row.first_session_ms << row.load_count;
    if (row.owner) {
      binder << std::string_view(row.owner->server.text) << row.owner->incarnation << row.session;
    } else {
      binder.null().null().null();
    }
    binder << row.owned_since << std::string_view(users) << std::string_view(row.metadata)
           << std::string_view(row.tags) << std::string_view(row.source_hash);
    if (row.ask) {
      binder.blob(ask);
    } else {
      binder.null();
    }
    binder << row.ask_sequence;
    binder.blob(handovers);
  }

  const Envelope& envelope;
  const std::string users, ask, handovers;
};

/// The encoded columns of a profile's save.
struct SaveColumns {
  explicit SaveColumns(const Envelope& row);
  /// Binds ":revision, …, :marks".
  template <class Binder>
  void bind(Binder& binder) const {
    const Envelope& row = envelope;
    binder << row.revision << row.edit_number << row.has_data;
    bind_form(binder, row);
    binder << row.saved_ms;
    binder.blob(marks);
  }

  const Envelope& envelope;
  std::string marks;
};

}  // namespace keepsake
