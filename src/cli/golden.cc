#include "src/cli/golden.h"

#include <algorithm>
#include <utility>

#include "keepsake/datum/diff.h"
#include "keepsake/datum/json.h"

namespace keepsake::cli {

namespace {

Result<GoldenRecord> record_of(const Value& line, std::size_t number) {
  const Value* input = line.find("input");
  const Value* outputs = line.find("outputs");
  if (input != nullptr && outputs != nullptr && outputs->kind() == Value::Kind::object) {
    return GoldenRecord{*input, *outputs};
  }
  return Error(ErrorCode::invalid_data, "line " + std::to_string(number))
      .expected("an object with \"input\" and \"outputs\"")
      .found("another value");
}

/// The input under its own version's schema, and the data that it becomes.
Result<Value> output_of(const AnyCatalog& catalog, const Value& input, const VersionInfo& from,
                        const VersionInfo& to) {
  Result<Validated> valid = from.schema.validate(input);
  if (!valid) return std::move(valid).error();
  std::vector<Displaced> displaced;
  return catalog.plan().migrate(
      (*std::move(valid)).take(), from.name, to.name,
      [&catalog](std::string_view version) { return &catalog.find(version)->schema; }, displaced);
}

std::string where_they_differ(const Value& recorded, const Value& now) {
  std::string text;
  for (const Difference& difference : diff(recorded, now)) {
    text += (text.empty() ? "" : ", ") + std::string(name(difference.kind)) + " " +
            (difference.path.empty() ? "the whole" : difference.path);
  }
  return text.empty() ? "the order of its members" : text;
}

}  // namespace

Result<std::vector<GoldenRecord>> parse_golden(std::string_view text) {
  std::vector<GoldenRecord> records;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Result<Value> line = parse_json(text.substr(0, end));
    if (!line) {
      return Error(line.error().code(),
                   "line " + std::to_string(number) + ": " + line.error().cause());
    }
    Result<GoldenRecord> record = record_of(*line, number);
    if (!record) return std::move(record).error();
    records.push_back(*std::move(record));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return records;
}

std::string golden_text(const std::vector<GoldenRecord>& records) {
  std::string text;
  for (const GoldenRecord& record : records) {
    write_json(Value::object({{"input", record.input}, {"outputs", record.outputs}}), text);
    text += '\n';
  }
  return text;
}

bool is_recorded(const std::vector<GoldenRecord>& records, const Value& input) {
  return std::any_of(records.begin(), records.end(),
                     [&input](const GoldenRecord& record) { return record.input == input; });
}

Result<const VersionInfo*> version_of(const AnyCatalog& catalog, const Value& input) {
  const Value* version = input.find("version");
  const bool is_text = version != nullptr && version->kind() == Value::Kind::string;
  const VersionInfo* found = is_text ? catalog.find(version->as_string()) : nullptr;
  if (found != nullptr) return found;
  return Error(ErrorCode::version_unknown)
      .path("/version")
      .expected("a version of " + catalog.store_name())
      .found(is_text ? write_json(*version) : "nothing of the kind");
}

Result<GoldenRecord> record(const AnyCatalog& catalog, const Value& input) {
  const Result<const VersionInfo*> from = version_of(catalog, input);
  if (!from) return from.error();
  GoldenRecord record{input, Value::object()};
  for (const VersionInfo& to : catalog.versions()) {
    if (!catalog.plan().path((*from)->name, to.name)) continue;
    Result<Value> output = output_of(catalog, input, **from, to);
    if (!output && output.error().code() == ErrorCode::step_unknown) continue;
    if (!output) return std::move(output).error();
    record.outputs.set(to.name, *std::move(output));
  }
  return record;
}

std::vector<GoldenDifference> differences(const AnyCatalog& catalog, const GoldenRecord& recorded) {
  const Result<const VersionInfo*> from = version_of(catalog, recorded.input);
  if (!from) return {{"", from.error().text()}};
  std::vector<GoldenDifference> found;
  for (const Member& output : recorded.outputs.members()) {
    const std::string head = "version " + std::string(output.name) + " of it ";
    const VersionInfo* to = catalog.find(output.name);
    if (to == nullptr) {
      found.push_back(
          {std::string(output.name), head + "can't be made: the catalog has no such version"});
      continue;
    }
    const Result<Value> now = output_of(catalog, recorded.input, **from, *to);
    if (!now && now.error().code() == ErrorCode::step_unknown) continue;
    if (!now) {
      found.push_back({std::string(output.name), head + "can't be made: " + now.error().text()});
    } else if (catalog.encode(*now) != catalog.encode(output.value)) {
      found.push_back({std::string(output.name),
                       head + "is another one: " + where_they_differ(output.value, *now)});
    }
  }
  return found;
}

}  // namespace keepsake::cli
