#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/record_json.h"
#include "src/cli/table.h"
#include "src/cli/text.h"
#include "src/store/payload.h"

namespace keepsake::cli {

namespace {

Result<Record> read_one(Backend& backend, const ProfileKey& key) {
  auto records = backend.read({key});
  if (!records) return std::move(records).error();
  if (records->front()) return *std::move(records->front());
  return Error(ErrorCode::not_found, "there is no such profile").store(key.store).key(key.key);
}

/// As it was at a revision that history keeps.
Result<Record> read_kept(Backend& backend, const ProfileKey& key, std::uint64_t revision) {
  auto kept = backend.snapshot(key, revision);
  if (!kept) return std::move(kept).error();
  Record record{.key = key, .envelope = {}, .payload = std::move(kept->payload)};
  record.envelope.has_data = true;
  record.envelope.schema = std::move(kept->schema);
  record.envelope.format = kept->format;
  return record;
}

/// For people with line breaks, for programs on one line.
void write(const Context& context, const Value& json, bool for_programs) {
  const bool one_line = for_programs || !context.environment.out_is_terminal;
  context.environment.out << (one_line ? write_json(json) : write_json_indented(json)) << '\n';
}

Result<int> write_raw(const Context& context, const Record& record) {
  context.environment.out << record.payload;
  if (context.environment.out_is_terminal) context.environment.out << '\n';
  return 0;
}

Result<int> write_envelope(const Context& context, Backend& backend, const Record& record,
                           bool json) {
  auto inbox = backend.inbox(record.key);
  if (!inbox) return std::move(inbox).error();
  Value envelope = json_of(record);
  envelope.set("inbox", json_of(*inbox, true));
  write(context, envelope, json);
  return 0;
}

Result<int> write_data(const Context& context, const AnyCatalog& catalog, const Record& record,
                       bool json) {
  const auto failed = [&](Error why) {
    return std::move(why).store(record.key.store).key(record.key.key);
  };
  const Envelope& envelope = record.envelope;
  std::string room;
  const Result<EncodedData> data = PayloadCodec().open(envelope.format, record.payload, room);
  if (!data) return failed(data.error());
  Result<Upgraded> upgraded = catalog.upgrade(*data, envelope.schema.version);
  if (!upgraded) return failed(std::move(upgraded).error());
  for (const Displaced& displaced : upgraded->displaced) {
    note(context, "the field at " + displaced.pointer + " gave way to a migration's step");
  }
  write(context, upgraded->data, json);
  return 0;
}

}  // namespace

Result<int> execute(const GetOptions& options, Context& context) {
  const AnyCatalog* catalog = nullptr;
  std::string store;
  if (options.raw || options.envelope) {
    auto named = store_of(context, options.place.store);
    if (!named) return std::move(named).error();
    store = *std::move(named);
  } else {
    auto found = catalog_of(context, options.place.store);
    if (!found) return std::move(found).error();
    catalog = *found;
    store = catalog->store_name();
  }
  auto backend = open_database(options.place.db, Use::reads);
  if (!backend) return std::move(backend).error();
  auto record = options.revision == 0
                    ? read_one(**backend, {store, options.key})
                    : read_kept(**backend, {store, options.key}, options.revision);
  if (!record) return std::move(record).error();
  if (options.envelope) return write_envelope(context, **backend, *record, options.json);
  if (!record->envelope.has_data) {
    note(context, options.key + " has no data yet");
    if (!options.raw) write(context, Value(), options.json);
    return 0;
  }
  if (options.raw) return write_raw(context, *record);
  return write_data(context, *catalog, *record, options.json);
}

Result<int> execute(const InboxOptions& options, Context& context) {
  auto store = store_of(context, options.place.store);
  if (!store) return std::move(store).error();
  auto backend = open_database(options.place.db, Use::reads);
  if (!backend) return std::move(backend).error();
  if (auto there = store_is_there(context, **backend, *store); !there) {
    return std::move(there).error();
  }
  auto inbox = (*backend)->inbox({*store, options.key});
  if (!inbox) return std::move(inbox).error();
  if (options.json) {
    write(context, json_of(*inbox, options.bodies), true);
    return 0;
  }
  std::vector<Table::Column> columns{{"ID"}, {"SENT"}, {"EXPIRES"}, {"SENDER"}, {"VALUE"}};
  if (options.bodies) columns.push_back({"BODY"});
  Table table(std::move(columns));
  for (const Message& message : *inbox) {
    std::vector<std::string> row{message.id, utc_or_dash(message.sent_ms),
                                 utc_or_dash(message.expires_ms), message.sender,
                                 message.carries_value ? "yes" : "no"};
    if (options.bodies) row.push_back(message.body);
    table.add(row);
  }
  table.write(context.environment.out);
  if (inbox->empty()) note(context, "no messages wait for " + options.key);
  return 0;
}

}  // namespace keepsake::cli
