#include "backends/sqlite/row_codec.h"

#include <utility>

#include "backends/sqlite/blobs.h"

namespace keepsake {

Error damaged_row(const std::string& path, const char* column) {
  return Error(ErrorCode::corrupt,
               "a row of the database " + path + " is damaged: column " + column)
      .remedy("stop the servers, keep a copy of the file, and restore the last backup");
}

Result<void> read_owner(Query& row, Envelope& out, const std::string& path) {
  if (row.next_is_null()) {
    row.skip(), row.skip(), row.skip();
    return {};
  }
  Owner owner{.server = {row.text()}, .incarnation = 0};
  owner.incarnation = row.number();
  out.owner = std::move(owner);
  out.session = row.id();
  if (out.session.none()) return damaged_row(path, "session");
  return {};
}

namespace {

Result<void> read_profile(Query& row, Envelope& out, const std::string& path) {
  out.born = row.number();
  out.epoch = row.number();
  out.created_ms = row.integer();
  out.first_session_ms = row.integer();
  out.load_count = row.number();
  if (auto owned = read_owner(row, out, path); !owned) return owned;
  out.owned_since = row.integer();
  auto users = decode_users(row.view());
  if (!users) return damaged_row(path, "user_ids");
  out.user_ids = *std::move(users);
  out.metadata = row.text();
  out.tags = row.text();
  out.source_hash = row.text();
  if (row.next_is_null()) {
    row.skip();
  } else {
    out.ask = decode_ask(row.view());
    if (!out.ask) return damaged_row(path, "ask");
  }
  out.ask_sequence = row.number();
  auto handovers = decode_times(row.view());
  if (!handovers) return damaged_row(path, "handovers");
  out.handover_ms = *std::move(handovers);
  return {};
}

Result<void> read_save(Query& row, Envelope& out, const std::string& path) {
  out.revision = row.number();
  out.edit_number = row.number();
  out.has_data = row.integer() != 0;
  out.schema.version = row.text();
  out.schema.ordinal = static_cast<std::uint32_t>(row.integer());
  out.schema.last_compatible = static_cast<std::uint32_t>(row.integer());
  out.format = static_cast<PayloadFormat>(row.integer());
  out.saved_ms = row.integer();
  if (!decode_marks(row.view(), out.marks)) return damaged_row(path, "marks");
  return {};
}

}  // namespace

ProfileKey read_key(Query& row) {
  ProfileKey key;
  key.store = row.text();
  key.key = row.text();
  return key;
}

Query& operator<<(Query& query, const ProfileKey& key) {
  return query << std::string_view(key.store) << std::string_view(key.key);
}

Message read_message(Query& row) {
  Message message;
  message.id = row.text();
  message.body = row.text();
  message.sent_ms = row.integer();
  message.expires_ms = row.integer();
  message.sender = row.text();
  message.carries_value = row.integer() != 0;
  return message;
}

QuarantineEntry read_entry(Query& row) {
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

Snapshot read_snapshot(Query& row) {
  Snapshot kept;
  kept.revision = row.number();
  kept.kind = static_cast<SnapshotKind>(row.integer());
  kept.kept_ms = row.integer();
  kept.saved_ms = row.integer();
  kept.edit_number = row.number();
  kept.schema.version = row.text();
  kept.schema.ordinal = static_cast<std::uint32_t>(row.integer());
  kept.schema.last_compatible = static_cast<std::uint32_t>(row.integer());
  kept.format = static_cast<PayloadFormat>(row.integer());
  kept.payload = row.text();
  return kept;
}

Result<Envelope> read_envelope(Query& row, const std::string& path) {
  Envelope out;
  if (auto read = read_profile(row, out, path); !read) return read.error();
  if (auto read = read_save(row, out, path); !read) return read.error();
  return out;
}

ProfileColumns::ProfileColumns(const Envelope& row)
    : envelope(row),
      users(encode_users(row.user_ids)),
      ask(row.ask ? encode_ask(*row.ask) : std::string()),
      handovers(encode_times(row.handover_ms)) {}

void ProfileColumns::bind(Query& query) const {
  const Envelope& row = envelope;
  query << row.born << row.epoch << row.created_ms << row.first_session_ms << row.load_count;
  if (row.owner) {
    query << std::string_view(row.owner->server.text) << row.owner->incarnation << row.session;
  } else {
    query.null().null().null();
  }
  query << row.owned_since << std::string_view(users) << std::string_view(row.metadata)
        << std::string_view(row.tags) << std::string_view(row.source_hash);
  if (row.ask) {
    query.blob(ask);
  } else {
    query.null();
  }
  query << row.ask_sequence;
  query.blob(handovers);
}

SaveColumns::SaveColumns(const Envelope& row) : envelope(row), marks(encode_marks(row.marks)) {}

void SaveColumns::bind(Query& query) const {
  const Envelope& row = envelope;
  query << row.revision << row.edit_number << row.has_data << std::string_view(row.schema.version)
        << std::uint64_t{row.schema.ordinal} << std::uint64_t{row.schema.last_compatible}
        << static_cast<std::int64_t>(row.format) << row.saved_ms;
  query.blob(marks);
}

}  // namespace keepsake
