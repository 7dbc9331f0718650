#include "src/cli/profilestore.h"

#include <cmath>
#include <unordered_set>
#include <utility>

#include "keepsake/backend/limits.h"
#include "keepsake/datum/json.h"
#include "src/cli/json_line.h"
#include "src/cli/lua_tables.h"
#include "src/cli/source.h"
#include "src/store/payload.h"

namespace keepsake::cli {

namespace {

constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999

Error fault(std::string_view path, std::string_view expected, const Value* found) {
  Error error(ErrorCode::invalid_data);
  error.path(path).expected(expected);
  error.found(found == nullptr ? std::string_view("nothing") : name(found->kind()));
  return error;
}

/// The member, unless it is missing or null.
const Value* part_of(const Value& object, std::string_view name) {
  const Value* part = object.find(name);
  return part == nullptr || part->is_null() ? nullptr : part;
}

bool is_number(const Value& value) {
  return value.kind() == Value::Kind::integer || value.kind() == Value::Kind::number;
}

/// Seconds since 1970 as milliseconds; `missing` if there is no such part.
Result<std::int64_t> time_of(const Value* seconds, std::string_view path, std::int64_t missing) {
  if (seconds == nullptr) return missing;
  if (!is_number(*seconds)) return fault(path, "a time in Unix seconds", seconds);
  const double value = seconds->as_number();
  if (!(value >= 0 && value <= static_cast<double>(kLastSecond))) {
    return fault(path, "a time in Unix seconds between 1970 and 9999", seconds)
        .found("a number out of that range");
  }
  if (seconds->kind() == Value::Kind::integer) return seconds->as_integer() * 1000;
  return static_cast<std::int64_t>(std::llround(value * 1000));
}

Result<void> read_session(const Value* session, std::string& text) {
  if (session == nullptr || is_empty_table(*session)) return {};
  if (session->kind() != Value::Kind::array) {
    return fault("/MetaData/ActiveSession", "array of place, job and session", session);
  }
  constexpr std::string_view kNames[] = {"place", "job", "session"};
  for (std::size_t i = 0; i < session->size() && i < std::size(kNames); ++i) {
    if (i != 0) text += ", ";
    text += std::string(kNames[i]) + " " + write_json(session->items()[i]);
  }
  return {};
}

Result<void> read_metadata(const Value& document, ImportedProfile& profile, Value& kept) {
  const Value* meta = part_of(document, "MetaData");
  if (meta == nullptr || is_empty_table(*meta)) return {};
  if (meta->kind() != Value::Kind::object) return fault("/MetaData", "object", meta);
  Envelope& envelope = profile.request.record.envelope;

  auto created = time_of(part_of(*meta, "ProfileCreateTime"), "/MetaData/ProfileCreateTime",
                         envelope.created_ms);
  if (!created) return std::move(created).error();
  envelope.created_ms = *created;
  auto saved = time_of(part_of(*meta, "LastUpdate"), "/MetaData/LastUpdate", 0);
  if (!saved) return std::move(saved).error();
  envelope.saved_ms = *saved;

  if (const Value* count = part_of(*meta, "SessionLoadCount"); count != nullptr) {
    const bool whole = count->kind() == Value::Kind::integer;
    if (!whole || count->as_integer() < 0) {
      Error error = fault("/MetaData/SessionLoadCount", "integer of 0 or more", count);
      if (whole) error.found("a negative one");
      return error;
    }
    envelope.load_count = static_cast<std::uint64_t>(count->as_integer());
  }
  if (const Value* tags = part_of(*meta, "MetaTags"); tags != nullptr && !is_empty_table(*tags)) {
    if (!is_table(*tags)) return fault("/MetaData/MetaTags", "object", tags);
    kept.set("MetaTags", *tags);
  }
  return read_session(part_of(*meta, "ActiveSession"), profile.stale_session);
}

Result<void> read_roblox_metadata(const Value& document, Value& kept) {
  const Value* part = part_of(document, "RobloxMetaData");
  if (part == nullptr || is_empty_table(*part)) return {};
  if (!is_table(*part)) return fault("/RobloxMetaData", "object", part);
  kept.set("RobloxMetaData", *part);
  return {};
}

Result<void> read_user_ids(const Value& document, std::vector<UserId>& users) {
  const Value* part = part_of(document, "UserIds");
  if (part == nullptr || is_empty_table(*part)) return {};
  if (part->kind() != Value::Kind::array) return fault("/UserIds", "array of integers", part);
  for (std::size_t i = 0; i < part->size(); ++i) {
    const Value& user = part->items()[i];
    if (user.kind() != Value::Kind::integer) {
      return fault("/UserIds/" + std::to_string(i), "integer", &user);
    }
    users.push_back({user.as_integer()});
  }
  if (users.size() <= kMaxUserIds) return {};
  return Error(ErrorCode::limit_exceeded, "too many user ids")
      .path("/UserIds")
      .expected("at most " + std::to_string(kMaxUserIds))
      .found(std::to_string(users.size()));
}

Result<void> read_messages(const Value& document, const ProfileKey& to,
                           std::vector<Message>& inbox) {
  const Value* part = part_of(document, "GlobalUpdates");
  if (part == nullptr || is_empty_table(*part)) return {};
  if (part->kind() != Value::Kind::array) {
    return fault("/GlobalUpdates", "array of the last index and the messages", part);
  }
  if (part->items()[0].kind() != Value::Kind::integer) {
    return fault("/GlobalUpdates/0", "integer, the last index", &part->items()[0]);
  }
  const Value* messages = part->size() > 1 ? &part->items()[1] : nullptr;
  if (messages == nullptr) return fault("/GlobalUpdates/1", "array of messages", nullptr);
  if (is_empty_table(*messages)) return {};
  if (messages->kind() != Value::Kind::array) {
    return fault("/GlobalUpdates/1", "array of messages", messages);
  }
  std::unordered_set<std::int64_t> seen;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const Value& entry = messages->items()[i];
    const std::string path = "/GlobalUpdates/1/" + std::to_string(i);
    if (entry.kind() != Value::Kind::array || entry.size() != 2) {
      return fault(path, "array of an index and a message", &entry);
    }
    const Value& index = entry.items()[0];
    if (index.kind() != Value::Kind::integer) return fault(path + "/0", "integer", &index);
    if (!seen.insert(index.as_integer()).second) {
      return fault(path + "/0", "an index of its own", &index).found("an index used before");
    }
    Message message;
    message.id = "profilestore:" + std::to_string(index.as_integer());
    message.body = write_json(entry.items()[1]);
    if (auto valid = valid_message(to, message); !valid) {
      return std::move(valid).error().path(path + "/1");
    }
    inbox.push_back(std::move(message));
  }
  if (inbox.size() <= kMaxInboxMessages) return {};
  return Error(ErrorCode::limit_exceeded, "too many messages in one inbox")
      .path("/GlobalUpdates/1")
      .expected("at most " + std::to_string(kMaxInboxMessages))
      .found(std::to_string(inbox.size()));
}

Result<void> read_player_data(const AnyCatalog& catalog, const Value* part, DataForm form,
                              ImportedProfile& profile) {
  if (part == nullptr) return {};
  const Value data = is_empty_table(*part) ? Value::object() : *part;
  if (data.kind() != Value::Kind::object) return fault("/Data", "object", part);

  const Value* version = data.find("version");
  const VersionInfo* recorded = nullptr;
  if (version != nullptr && version->kind() == Value::Kind::string) {
    recorded = catalog.find(version->as_string());
  }
  const Value tidy = recorded == nullptr ? data : with_tables_told_apart(data, recorded->schema);
  Result<Upgraded> upgraded = catalog.import_data(tidy);
  if (!upgraded) return std::move(upgraded).error();
  Record& record = profile.request.record;
  if (upgraded->migrated) {
    Result<Validated> as_it_is = recorded->schema.validate(tidy);
    if (!as_it_is) return std::move(as_it_is).error();
    record.payload = write_data(as_it_is->value(), form);
  } else {
    record.payload = catalog.encode(upgraded->data, form);
  }
  if (auto fits = valid_payload(record.key, record.payload); !fits) return fits;
  record.envelope.has_data = true;
  record.envelope.format = format_of(form);
  record.envelope.schema.version = recorded->name;
  record.envelope.schema.ordinal = static_cast<std::uint32_t>(recorded->ordinal);
  record.envelope.schema.last_compatible = static_cast<std::uint32_t>(recorded->last_compatible);
  profile.displaced = std::move(upgraded->displaced);
  return {};
}

Result<void> read_document(const AnyCatalog& catalog, const Value& document, DataForm form,
                           ImportedProfile& profile) {
  if (document.kind() != Value::Kind::object) return fault("", "object", &document);
  const Value* data = part_of(document, "Data");
  if (data == nullptr && part_of(document, "GlobalUpdates") == nullptr) {
    return Error(ErrorCode::invalid_data, "this is no profile")
        .expected("Data or GlobalUpdates")
        .found("neither");
  }
  Record& record = profile.request.record;
  if (auto read = read_player_data(catalog, data, form, profile); !read) return read;
  Value kept = Value::object();
  if (auto read = read_metadata(document, profile, kept); !read) return read;
  if (auto read = read_roblox_metadata(document, kept); !read) return read;
  if (auto read = read_user_ids(document, record.envelope.user_ids); !read) return read;
  if (auto read = read_messages(document, record.key, profile.request.inbox); !read) return read;
  if (kept.size() != 0) record.envelope.metadata = write_json(kept);
  return valid_metadata(record.key, record.envelope.metadata);
}

/// Where in the line, as where in the data or, outside of that, in the document.
std::string_view below_document(std::string_view path) {
  constexpr std::string_view kDocument = "/document/";
  constexpr std::string_view kData = "/document/Data/";
  if (path.starts_with(kData)) return path.substr(kData.size() - 1);
  return path.starts_with(kDocument) ? path.substr(kDocument.size() - 1) : std::string_view();
}

}  // namespace

std::string key_of_broken_line(std::string_view store, std::string_view line) {
  ProfileKey key{std::string(store), text_member_of_broken_line(line, "key").value_or("")};
  return valid_key(key) ? std::move(key.key) : std::string();
}

Result<ExportedLine> parse_exported_line(std::string_view store, std::string_view line) {
  Result<Value> parsed = parse_json_line(line);
  if (!parsed) {
    const std::string path(below_document(parsed.error().path()));
    const std::string key = key_of_broken_line(store, line);
    return std::move(parsed).error().store(store).key(key).path(path);
  }
  if (parsed->kind() != Value::Kind::object) {
    return Error(ErrorCode::invalid_data, "the line is no export")
        .store(store)
        .expected("object of key and document")
        .found(name(parsed->kind()));
  }
  const Value* key = parsed->find("key");
  if (key == nullptr || key->kind() != Value::Kind::string) {
    return fault("", "string as the line's member \"key\"", key).store(store);
  }
  ProfileKey profile{std::string(store), std::string(key->as_string())};
  if (auto valid = valid_key(profile); !valid) return std::move(valid).error().key(profile.key);
  const Value* document = parsed->find("document");
  if (document == nullptr) {
    return fault("", "a profile as the line's member \"document\"", nullptr)
        .store(store)
        .key(profile.key);
  }
  return ExportedLine{std::move(profile.key), *document};
}

Result<ImportedProfile> import_document(const AnyCatalog& catalog, const ExportedLine& line,
                                        WallTime now, PayloadFormat payload) {
  ImportedProfile profile;
  Record& record = profile.request.record;
  record.key = {catalog.store_name(), line.key};
  record.envelope.created_ms = unix_ms(now);
  record.envelope.source_hash = source_hash(line.document);
  if (auto read = read_document(catalog, line.document, form_of(payload), profile); !read) {
    return std::move(read).error().store(record.key.store).key(record.key.key);
  }
  PayloadCodec().pack(payload, record.envelope.format, record.payload);
  return profile;
}

}  // namespace keepsake::cli
