#include "src/cli/publication.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "keepsake/datum/catalog_file.h"
#include "keepsake/datum/fingerprint.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "src/cli/places.h"

namespace keepsake::cli {

namespace {

constexpr std::string_view kLock = "catalog.lock";

/// A file's text, nothing if there is no such file.
Result<std::optional<std::string>> text_of(const Context& context,
                                           const std::filesystem::path& file) {
  Result<std::string> text = read_file(context, file.string());
  if (text) return std::optional(*std::move(text));
  if (text.error().code() == ErrorCode::not_found) return std::optional<std::string>();
  return std::move(text).error();
}

std::string raw_literal(const std::string& text) {
  std::string mark = "json";
  while (text.find(")" + mark + "\"") != std::string::npos) mark += "_";
  return "R\"" + mark + "(" + text + ")" + mark + "\"";
}

/// The header of what is locked; the schemas' files as they are to be.
std::string header_of(const AnyCatalog& catalog, const LockFile& lock,
                      const std::map<std::string, std::string>& schemas) {
  std::string text =
      "// Written by \"keepsake schema lock\"; not edited by hand.\n#pragma once\n\n"
      "#include \"keepsake/datum/catalog.h\"\n\nnamespace published {\n\n"
      "inline constexpr keepsake::PublishedVersion " +
      header_name(catalog.store_name()) + "[] = {\n";
  for (const LockedSchema& schema : lock.schemas) {
    const auto file = schemas.find(schema.version);
    if (schema.store != catalog.store_name() || file == schemas.end()) continue;
    const Result<Value> document = parse_json(file->second);
    if (!document) continue;
    text += "    {\"" + schema.version + "\", \"" + schema.compatible_with + "\",\n     " +
            raw_literal(write_json(*document)) + "},\n";
  }
  return text + "};\n\n}  // namespace published\n";
}

/// Whether the file holds the schema of that fingerprint.
bool holds(const std::string& text, const std::string& print) {
  const Result<Value> document = parse_json(text);
  if (!document) return false;
  const Result<Schema> schema = from_json_schema(*document);
  return schema && fingerprint(*schema) == print;
}

/// The records with what today's catalog makes of them, and its examples beside them.
Result<std::vector<GoldenRecord>> recorded_anew(const AnyCatalog& catalog,
                                                const std::string& version,
                                                std::vector<GoldenRecord> records) {
  for (const CatalogExample& example : catalog.examples()) {
    if (example.version != version) continue;
    const Value input = parse_json(example.json_text).value();
    if (!is_recorded(records, input)) records.push_back({input, Value::object()});
  }
  for (GoldenRecord& one : records) {
    Result<GoldenRecord> now = record(catalog, one.input);
    if (!now) return in_file(golden_file(catalog, version).string(), now.error());
    // What steps over another program's step stays as it was.
    for (const Member& output : now->outputs.members()) one.outputs.set(output.name, output.value);
  }
  return records;
}

}  // namespace

std::filesystem::path schema_file(const AnyCatalog& catalog, std::string_view version) {
  return std::filesystem::path("schemas") /
         (file_word(catalog.store_name()) + ".v" + file_word(version) + ".json");
}

std::filesystem::path header_file(const AnyCatalog& catalog) {
  return std::filesystem::path("schemas") / (file_word(catalog.store_name()) + ".gen.h");
}

std::filesystem::path golden_file(const AnyCatalog& catalog, std::string_view version) {
  return std::filesystem::path("golden") /
         (file_word(catalog.store_name()) + ".v" + file_word(version) + ".jsonl");
}

std::string header_name(std::string_view store) {
  std::string name;
  for (const char c : store) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (digit && name.empty()) name += '_';
    name += letter || digit ? c : '_';
  }
  return name;
}

Result<Publication> read_publication(const Context& context, const std::filesystem::path& folder,
                                     const AnyCatalog& catalog) {
  Publication publication;
  const auto lock_text = text_of(context, folder / kLock);
  if (!lock_text) return lock_text.error();
  if (*lock_text) {
    Result<LockFile> lock = LockFile::parse(**lock_text);
    if (!lock) return in_file((folder / kLock).string(), lock.error());
    publication.lock = *std::move(lock);
    publication.has_lock = true;
  }
  auto header = text_of(context, folder / header_file(catalog));
  if (!header) return std::move(header).error();
  publication.header = (*header).value_or("");
  std::vector<std::string> versions;
  for (const VersionInfo& version : catalog.versions()) versions.push_back(version.name);
  for (const LockedSchema& schema : publication.lock.schemas) {
    if (schema.store == catalog.store_name()) versions.push_back(schema.version);
  }
  for (const std::string& version : versions) {
    auto schema = text_of(context, folder / schema_file(catalog, version));
    if (!schema) return std::move(schema).error();
    if (*schema) publication.schemas[version] = **std::move(schema);
    const std::filesystem::path file = folder / golden_file(catalog, version);
    const auto golden = text_of(context, file);
    if (!golden) return golden.error();
    if (!*golden) continue;
    Result<std::vector<GoldenRecord>> records = parse_golden(**golden);
    if (!records) return in_file(file.string(), records.error());
    publication.golden[version] = *std::move(records);
  }
  return publication;
}

std::vector<Finding> check_files(const AnyCatalog& catalog, const Publication& publication) {
  std::vector<Finding> found;
  const std::string head = catalog.store_name() + ": ";
  const std::string remedy = "; \"keepsake schema lock\" writes it anew.\n";
  for (const LockedSchema& schema : publication.lock.schemas) {
    if (schema.store != catalog.store_name()) continue;
    const auto file = publication.schemas.find(schema.version);
    if (file != publication.schemas.end() && holds(file->second, schema.fingerprint)) continue;
    const std::string what = file == publication.schemas.end()
                                 ? " is missing"
                                 : " is not what was published as version " + schema.version;
    found.push_back({head + schema_file(catalog, schema.version).string() + what + remedy, ""});
  }
  if (found.empty() &&
      publication.header != header_of(catalog, publication.lock, publication.schemas)) {
    found.push_back({head + header_file(catalog).string() +
                         " is not what belongs to the published versions" + remedy,
                     ""});
  }
  return found;
}

Result<std::vector<std::pair<std::filesystem::path, std::string>>> files_to_write(
    const AnyCatalog& catalog, const Publication& publication) {
  std::vector<std::pair<std::filesystem::path, std::string>> files;
  const LockFile now = LockFile::of(catalog);
  std::map<std::string, std::string> schemas;
  for (const VersionInfo& version : catalog.versions()) {
    const std::string& name = version.name;
    const auto golden = publication.golden.find(name);
    auto records = recorded_anew(
        catalog, name,
        golden == publication.golden.end() ? std::vector<GoldenRecord>() : golden->second);
    if (!records) return std::move(records).error();
    if (!records->empty()) files.emplace_back(golden_file(catalog, name), golden_text(*records));
    const auto file = publication.schemas.find(name);
    const bool stays = &version != &catalog.current() && file != publication.schemas.end() &&
                       holds(file->second, now.schema(catalog.store_name(), name)->fingerprint);
    schemas[name] =
        stays ? file->second : write_json_indented(to_json_schema(version.schema)) + "\n";
    files.emplace_back(schema_file(catalog, name), schemas[name]);
  }
  LockFile lock = publication.lock;
  lock.replace(catalog.store_name(), now);
  files.emplace_back(header_file(catalog), header_of(catalog, lock, schemas));
  files.emplace_back(kLock, lock.text());
  return files;
}

}  // namespace keepsake::cli
