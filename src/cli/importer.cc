#include "src/cli/importer.h"

#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/source.h"

namespace keepsake::cli {

namespace {

constexpr std::size_t kBatchLines = 64;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr int kResends = 5;

Result<ExportedLine> parse(const LineReader::Line& line, std::string_view store) {
  if (!line.too_long) return parse_exported_line(store, line.text);
  return Error(ErrorCode::limit_exceeded, "the line is too long; its beginning alone is kept")
      .store(store)
      .key(key_of_broken_line(store, line.text));
}

/// Whether the record is at fault, and not the database.
bool is_of_the_record(ErrorCode code) {
  return code == ErrorCode::limit_exceeded || code == ErrorCode::invalid_argument ||
         code == ErrorCode::invalid_data;
}

Error already_there() {
  return Error(ErrorCode::already_exists,
               "a profile of this key exists, and is not of this document; it stays as it is");
}

}  // namespace

Importer::Importer(Backend& backend, const AnyCatalog& catalog, const Clock& clock,
                   std::function<void(std::string_view)> report, PayloadFormat payload)
    : backend_(backend),
      catalog_(catalog),
      clock_(clock),
      report_(std::move(report)),
      payload_(payload) {}

Result<void> Importer::add(LineReader::Line line) {
  batch_bytes_ += line.text.size();
  Result<ExportedLine> parsed = parse(line, catalog_.store_name());
  batch_.push_back({std::move(line), std::move(parsed)});
  if (batch_.size() < kBatchLines && batch_bytes_ < kBatchBytes) return {};
  return finish();
}

Result<void> Importer::finish() {
  if (auto found = find_existing(); !found) return found;
  for (const Waiting& waiting : batch_) {
    if (auto taken = take(waiting); !taken) return taken;
    ++lines_done_;
  }
  batch_.clear();
  batch_bytes_ = 0;
  return {};
}

Result<void> Importer::find_existing() {
  existing_.clear();
  std::vector<ProfileKey> keys;
  for (const Waiting& waiting : batch_) {
    if (waiting.parsed) keys.push_back({catalog_.store_name(), waiting.parsed->key});
  }
  if (keys.empty()) return {};
  auto records = backend_.read(keys);
  if (!records) return std::move(records).error();
  for (const auto& record : *records) {
    if (record) existing_[record->key.key] = record->envelope.source_hash;
  }
  return {};
}

Result<void> Importer::take(const Waiting& waiting) {
  if (!waiting.parsed) return refuse(waiting, waiting.parsed.error());
  const auto there = existing_.find(waiting.parsed->key);
  if (there != existing_.end()) {
    return settle_existing(waiting, there->second, source_hash(waiting.parsed->document));
  }
  Result<ImportedProfile> profile =
      import_document(catalog_, *waiting.parsed, clock_.wall(), payload_);
  if (!profile) return refuse(waiting, profile.error());
  return create(waiting, *profile);
}

Result<void> Importer::settle_existing(const Waiting& waiting, std::string_view stored_hash,
                                       std::string_view hash) {
  if (stored_hash != hash) return refuse(waiting, already_there());
  ++summary_.unchanged;
  return {};
}

Result<void> Importer::create(const Waiting& waiting, const ImportedProfile& profile) {
  const Record& record = profile.request.record;
  if (auto noted = note_displaced(profile); !noted) return noted;
  Result<CreateAnswer> answer = create_for_sure(profile.request);
  if (!answer) {
    if (!is_of_the_record(answer.error().code())) return std::move(answer).error();
    return refuse(waiting, answer.error());
  }
  const std::string& hash = record.envelope.source_hash;
  if (const auto* exists = std::get_if<Exists>(&*answer)) {
    return settle_existing(waiting, exists->envelope.source_hash, hash);
  }
  existing_[record.key.key] = hash;
  ++summary_.imported;
  if (!profile.stale_session.empty()) {
    ++summary_.in_session;
    report_("note: " + record.key.key +
            ": imported free; when it was exported it was in the session of " +
            profile.stale_session);
  }
  return {};
}

// A lost reply is settled by sending the same again: what is there then is of this document.
Result<CreateAnswer> Importer::create_for_sure(const Create& request) {
  Result<CreateAnswer> answer = backend_.create(request);
  for (int i = 0; i < kResends && !answer && answer.error().code() == ErrorCode::in_doubt; ++i) {
    answer = backend_.create(request);
    if (!answer) continue;
    const auto* exists = std::get_if<Exists>(&*answer);
    if (exists != nullptr && exists->envelope.source_hash == request.record.envelope.source_hash) {
      return CreateAnswer(Created{});
    }
  }
  return answer;
}

Result<void> Importer::note_displaced(const ImportedProfile& profile) {
  const Record& record = profile.request.record;
  for (const Displaced& displaced : profile.displaced) {
    QuarantineEntry entry;
    entry.incident = incident_of(record.key, record.envelope.source_hash, displaced.pointer);
    entry.key = record.key;
    entry.code = "displaced";
    entry.path = displaced.pointer;
    entry.message =
        "an unknown field that a migration's step displaced; the data has the step's value";
    entry.schema_version = record.envelope.schema.version;
    entry.payload = write_json(displaced.value);
    entry.at_ms = unix_ms(clock_.wall());
    if (auto set_aside = backend_.set_aside(entry); !set_aside) return set_aside;
    ++summary_.displaced;
    report_("note: " + record.key.key + " at " + displaced.pointer +
            ": a field that a migration's step displaced is in quarantine (incident " +
            entry.incident.text() + ")");
  }
  return {};
}

Result<void> Importer::refuse(const Waiting& waiting, const Error& error) {
  const std::string key = waiting.parsed ? waiting.parsed->key : error.key();
  const std::string line = "line " + std::to_string(waiting.line.number);
  QuarantineEntry entry;
  entry.key = {catalog_.store_name(), key};
  if (waiting.parsed) {
    entry.incident = incident_of(entry.key, source_hash(waiting.parsed->document));
  } else if (waiting.line.too_long) {
    // Only the beginning is known; its place tells it from others.
    entry.incident = incident_of(entry.key, source_hash_of_text(waiting.line.text + line));
  } else {
    entry.incident = incident_of(entry.key, source_hash_of_text(waiting.line.text));
  }
  entry.code = name(error.code());
  entry.path = error.path();
  entry.message = error.message();
  if (waiting.parsed) {
    const Value* data = waiting.parsed->document.find("Data");
    const Value* version = data == nullptr ? nullptr : data->find("version");
    if (version != nullptr && version->kind() == Value::Kind::string &&
        catalog_.find(version->as_string()) != nullptr) {
      entry.schema_version = version->as_string();
    }
  }
  entry.payload = waiting.line.text;
  entry.at_ms = unix_ms(clock_.wall());
  if (auto set_aside = backend_.set_aside(entry); !set_aside) return set_aside;

  std::string message = entry.code + ": " + entry.message;
  if (key.empty()) message = line + ": " + message;
  std::string text = "refused: " + line + (key.empty() ? "" : ", " + key);
  if (!entry.path.empty()) text += " at " + entry.path;
  report_(text + ": " + entry.code + ": " + entry.message + " (incident " + entry.incident.text() +
          ")");
  summary_.refused.push_back({key, entry.path, std::move(message)});
  return {};
}

}  // namespace keepsake::cli
