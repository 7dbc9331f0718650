#include "src/cli/record_json.h"

#include <limits>
#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/text.h"
#include "src/store/payload.h"

namespace keepsake::cli {

namespace {

Value text_or_null(std::string_view text) { return text.empty() ? Value() : Value(text); }

Value id_or_null(const Id128& id) { return id.none() ? Value() : Value(id.text()); }

/// JSON that is kept as text; as a string if it is no JSON after all.
Value parsed_or_text(std::string_view json) {
  if (json.empty()) return {};
  Result<Value> parsed = parse_json(json);
  return parsed ? *std::move(parsed) : Value(json);
}

Value owner_json(const Owner& owner) {
  return Value::object(
      {{"server", owner.server.text}, {"incarnation", json_of(owner.incarnation)}});
}

Value owner_json(const std::optional<Owner>& owner) { return owner ? owner_json(*owner) : Value(); }

Value schema_json(const SchemaStamp& schema) {
  return Value::object({{"version", schema.version},
                        {"ordinal", schema.ordinal},
                        {"last_compatible", schema.last_compatible}});
}

Value ask_json(const std::optional<Ask>& ask) {
  if (!ask) return {};
  return Value::object({{"id", ask->id.text()},
                        {"number", json_of(ask->number)},
                        {"asker", owner_json(ask->asker)},
                        {"readable_ordinal", ask->readable_ordinal},
                        {"duration_ms", ask->duration_ms}});
}

Value marks_json(const std::vector<EpochMark>& marks) {
  std::vector<Value> items;
  for (const EpochMark& mark : marks) {
    items.push_back(Value::object({{"epoch", json_of(mark.epoch)},
                                   {"revision", json_of(mark.revision)},
                                   {"token", id_or_null(mark.token)},
                                   {"recoverer", id_or_null(mark.recoverer)}}));
  }
  return Value::array(std::move(items));
}

Value users_json(const std::vector<UserId>& users) {
  std::vector<Value> items;
  for (const UserId user : users) items.emplace_back(user.number);
  return Value::array(std::move(items));
}

void set_bytes(Value& object, std::string_view bytes) {
  if (is_utf8(bytes)) {
    object.set("payload", bytes);
  } else {
    object.set("payload_base64", Value::bytes(bytes));
  }
}

}  // namespace

Value json_of(std::uint64_t number) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number > kMost) return std::to_string(number);
  return static_cast<std::int64_t>(number);
}

Value json_time(std::int64_t unix_ms) {
  return unix_ms == 0 ? Value() : Value(utc_rfc3339(unix_ms));
}

Value json_of(const Record& record) {
  const Envelope& envelope = record.envelope;
  return Value::object({{"store", record.key.store},
                        {"key", record.key.key},
                        {"has_data", envelope.has_data},
                        {"schema", envelope.has_data ? schema_json(envelope.schema) : Value()},
                        {"format", keepsake::name(envelope.format)},
                        {"born", json_of(envelope.born)},
                        {"epoch", json_of(envelope.epoch)},
                        {"revision", json_of(envelope.revision)},
                        {"edit_number", json_of(envelope.edit_number)},
                        {"created_ms", envelope.created_ms},
                        {"created", utc_rfc3339(envelope.created_ms)},
                        {"first_session_ms", envelope.first_session_ms},
                        {"first_session", json_time(envelope.first_session_ms)},
                        {"saved_ms", envelope.saved_ms},
                        {"saved", json_time(envelope.saved_ms)},
                        {"load_count", json_of(envelope.load_count)},
                        {"owner", owner_json(envelope.owner)},
                        {"session", id_or_null(envelope.session)},
                        {"owned_since", envelope.owned_since},
                        {"user_ids", users_json(envelope.user_ids)},
                        {"metadata", parsed_or_text(envelope.metadata)},
                        {"tags", parsed_or_text(envelope.tags)},
                        {"source_hash", text_or_null(envelope.source_hash)},
                        {"ask", ask_json(envelope.ask)},
                        {"ask_sequence", json_of(envelope.ask_sequence)},
                        {"marks", marks_json(envelope.marks)}});
}

Value json_of(const std::vector<Message>& inbox, bool with_bodies) {
  std::vector<Value> items;
  for (const Message& message : inbox) {
    Value& item = items.emplace_back(Value::object({{"id", message.id}}));
    if (with_bodies) item.set("body", parsed_or_text(message.body));
    item.set("sent_ms", message.sent_ms);
    item.set("expires_ms", message.expires_ms);
    item.set("sender", text_or_null(message.sender));
    item.set("carries_value", message.carries_value);
  }
  return Value::array(std::move(items));
}

Value json_of(const std::vector<Receipt>& receipts) {
  std::vector<Value> items;
  for (const Receipt& receipt : receipts) {
    items.push_back(Value::object(
        {{"id", receipt.id}, {"at_ms", receipt.at_ms}, {"at", json_time(receipt.at_ms)}}));
  }
  return Value::array(std::move(items));
}

Value json_of(const Lease& lease) {
  return Value::object({{"server", lease.owner.server.text},
                        {"incarnation", json_of(lease.owner.incarnation)},
                        {"state", name(lease.state)},
                        {"renewal", json_of(lease.renewal)},
                        {"recoverer", lease.recoverer == 0 ? Value() : json_of(lease.recoverer)},
                        {"started_ms", lease.started_ms},
                        {"started", json_time(lease.started_ms)},
                        {"host", text_or_null(lease.journal.host)},
                        {"pid", lease.journal.pid == 0 ? Value() : Value(lease.journal.pid)},
                        {"journal", text_or_null(lease.journal.directory)}});
}

Value json_of(const QuarantineEntry& entry, bool with_payload) {
  Value json = Value::object({{"incident", entry.incident.text()},
                              {"store", entry.key.store},
                              {"key", entry.key.key},
                              {"code", entry.code},
                              {"path", entry.path},
                              {"message", entry.message},
                              {"version", text_or_null(entry.schema_version)},
                              {"at_ms", entry.at_ms},
                              {"at", utc_rfc3339(entry.at_ms)},
                              {"server", text_or_null(entry.server.text)}});
  if (!with_payload) return json;
  set_bytes(json, entry.payload);
  if (is_utf8(entry.payload)) return json;
  if (Result<Value> data = data_of(entry)) json.set("data", *std::move(data));
  return json;
}

Value json_of(const Snapshot& snapshot, bool with_data) {
  Value json = Value::object({{"revision", json_of(snapshot.revision)},
                              {"kind", name(snapshot.kind)},
                              {"kept_ms", snapshot.kept_ms},
                              {"kept", json_time(snapshot.kept_ms)},
                              {"saved_ms", snapshot.saved_ms},
                              {"saved", json_time(snapshot.saved_ms)},
                              {"edit_number", json_of(snapshot.edit_number)},
                              {"schema", schema_json(snapshot.schema)}});
  if (with_data) set_payload(json, snapshot.format, snapshot.payload);
  return json;
}

Result<Value> data_of(PayloadFormat format, std::string_view payload) {
  std::string room;
  const Result<EncodedData> data = PayloadCodec().open(format, payload, room);
  return data ? read_data(*data) : data.error();
}

Result<Value> data_of(const QuarantineEntry& entry) {
  if (is_compressed(entry.payload)) return data_of(PayloadFormat::compressed, entry.payload);
  return data_of(is_utf8(entry.payload) ? PayloadFormat::json : PayloadFormat::cbor, entry.payload);
}

void set_payload(Value& object, PayloadFormat format, std::string_view payload) {
  Result<Value> data = data_of(format, payload);
  if (!data) return set_bytes(object, payload);
  object.set("data", *std::move(data));
}

std::string text_of(const std::optional<Owner>& owner) {
  if (!owner) return {};
  return owner->server.text + " (incarnation " + std::to_string(owner->incarnation) + ")";
}

std::string_view name(SnapshotKind kind) noexcept {
  switch (kind) {
    case SnapshotKind::session_start: return "start";
    case SnapshotKind::session_end: return "end";
    case SnapshotKind::change: return "change";
  }
  return "?";
}

std::string_view name(LeaseState state) noexcept {
  switch (state) {
    case LeaseState::open: return "open";
    case LeaseState::closed: return "closed";
    case LeaseState::recovered: return "recovered";
  }
  return "?";
}

}  // namespace keepsake::cli
