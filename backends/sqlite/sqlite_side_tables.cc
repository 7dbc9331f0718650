// What lies beside the profiles: removals, receipts, messages, quarantine; and the reads.
#include <utility>

#include "backends/sqlite/sqlite_tables.h"
#include "src/backend/row_blobs.h"
#include "src/backend/row_codec.h"

namespace keepsake {

Result<std::optional<EpochMark>> SqliteTables::removal(const ProfileKey& key) {
  Query query = connection_.query(sql::kRemoval);
  auto row = (query << key).step();
  if (!row) return row.error();
  if (!*row) return std::optional<EpochMark>();
  std::optional<EpochMark> mark = decode_mark(query.view());
  if (!mark) return damaged_row(connection_.path(), "mark");
  return mark;
}

Result<void> SqliteTables::put_removal(const ProfileKey& key, const EpochMark& mark,
                                       std::int64_t at_ms) {
  const std::string bytes = encode_marks({mark});
  Query query = connection_.query(sql::kPutRemoval);
  (query << key).blob(bytes) << at_ms;
  return query.run();
}

Result<void> SqliteTables::erase_removal(const ProfileKey& key) {
  Query query = connection_.query(sql::kEraseRemoval);
  return (query << key).run();
}

Result<void> SqliteTables::erase_removals_before(std::int64_t at_ms) {
  return (connection_.query(sql::kEraseRemovalsBefore) << at_ms).run();
}

Result<std::optional<Receipt>> SqliteTables::receipt(const ProfileKey& key, std::string_view id) {
  Query query = connection_.query(sql::kReceipt);
  auto row = (query << key << id).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Receipt>();
  return std::optional<Receipt>(Receipt{.id = std::string(id), .at_ms = query.integer()});
}

Result<void> SqliteTables::add_receipt(const ProfileKey& key, const Receipt& receipt) {
  Query query = connection_.query(sql::kAddReceipt);
  return (query << key << std::string_view(receipt.id) << receipt.at_ms).run();
}

Result<bool> SqliteTables::any_before(std::int64_t at_ms) {
  Query query = connection_.query(sql::kAnyBefore);
  auto row = (query << at_ms).step();
  if (!row) return row.error();
  return *row && query.integer() != 0;
}

Result<std::size_t> SqliteTables::erase_some(const sql::Text& statement, std::int64_t before_ms,
                                             std::size_t limit) {
  auto erased = (connection_.query(statement) << before_ms << std::uint64_t{limit}).run();
  if (!erased) return erased.error();
  return static_cast<std::size_t>(sqlite3_changes(connection_.handle()));
}

Result<std::size_t> SqliteTables::erase_before(std::int64_t at_ms, std::size_t limit) {
  auto receipts = erase_some(sql::kEraseReceiptsBefore, at_ms, limit);
  if (!receipts || *receipts == limit) return receipts;
  auto handled = erase_some(sql::kEraseHandledBefore, at_ms, limit - *receipts);
  if (!handled) return handled;
  return *receipts + *handled;
}

Result<bool> SqliteTables::message_known(const ProfileKey& key, std::string_view id) {
  Query query = connection_.query(sql::kMessageKnown);
  auto row = (query << key << id).step();
  if (!row) return row.error();
  return *row && query.integer() != 0;
}

Result<std::size_t> SqliteTables::inbox_count(const ProfileKey& key) {
  Query query = connection_.query(sql::kInboxCount);
  auto row = (query << key).step();
  if (!row) return row.error();
  return *row ? static_cast<std::size_t>(query.number()) : std::size_t{0};
}

Result<void> SqliteTables::add_message(const ProfileKey& key, const Message& message) {
  Query query = connection_.query(sql::kAddMessage);
  query << key;
  bind_message(query, message);
  return query.run();
}

Result<void> SqliteTables::acknowledge(const ProfileKey& key, std::string_view id,
                                       std::int64_t at_ms) {
  Query erase = connection_.query(sql::kEraseMessage);
  if (auto erased = (erase << key << id).run(); !erased) return erased;
  Query remember = connection_.query(sql::kAddHandled);
  return (remember << key << id << at_ms).run();
}

Result<void> SqliteTables::add_quarantine(const QuarantineEntry& entry) {
  Query query = connection_.query(sql::kAddQuarantine);
  query << entry.key << entry.incident << std::string_view(entry.code)
        << std::string_view(entry.path) << std::string_view(entry.message)
        << std::string_view(entry.schema_version);
  query.blob(entry.payload) << entry.at_ms << std::string_view(entry.server.text);
  return query.run();
}

Result<std::optional<Record>> SqliteTables::record(const ProfileKey& key) {
  Query query = connection_.query(sql::kRecord);
  auto row = (query << key).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Record>();
  auto envelope = read_envelope(query, connection_.path());
  if (!envelope) return envelope.error();
  return std::optional<Record>(
      Record{.key = key, .envelope = *std::move(envelope), .payload = query.text()});
}

Result<ListPage> SqliteTables::list(std::string_view store, std::string_view after,
                                    std::size_t limit) {
  Query query = connection_.query(sql::kList);
  query << store << after << std::uint64_t{limit + 1};  // one more, to know whether this is all
  ListPage page;
  for (;;) {
    auto row = query.step();
    if (!row) return row.error();
    if (!*row) return page;
    if (page.records.size() == limit) {
      page.next_after = page.records.back().key.key;
      return page;
    }
    Record record;
    record.key = {.store = std::string(store), .key = query.text()};
    auto envelope = read_envelope(query, connection_.path());
    if (!envelope) return envelope.error();
    record.envelope = *std::move(envelope);
    page.records.push_back(std::move(record));
  }
}

Result<std::vector<ProfileKey>> SqliteTables::keys_of(UserId user) {
  Query query = connection_.query(sql::kKeysOf);
  return (query << user.number).all(read_key<Query>);
}

Result<std::vector<Message>> SqliteTables::inbox(const ProfileKey& key) {
  Query query = connection_.query(sql::kInbox);
  return (query << key).all(read_message<Query>);
}

Result<std::vector<std::pair<ProfileKey, Message>>> SqliteTables::expired_messages(
    std::int64_t now_ms, std::size_t limit) {
  Query query = connection_.query(sql::kExpired);
  return (query << now_ms << std::uint64_t{limit}).all([](Query& row) {
    ProfileKey key = read_key(row);
    return std::pair(std::move(key), read_message(row));
  });
}

Result<std::vector<MailOnOurs>> SqliteTables::mail_on(Incarnation incarnation) {
  Query query = connection_.query(sql::kMailOn);
  return (query << incarnation).all([](Query& row) {
    return MailOnOurs{.key = read_key(row), .newest = row.text()};
  });
}

Result<std::vector<QuarantineEntry>> SqliteTables::quarantine(std::string_view store,
                                                              std::size_t limit) {
  Query query = connection_.query(sql::kQuarantine);
  return (query << store << std::uint64_t{limit}).all(read_entry<Query>);
}

Result<std::optional<QuarantineEntry>> SqliteTables::incident(const IncidentId& incident) {
  Query query = connection_.query(sql::kIncident);
  auto row = (query << incident).step();
  if (!row) return row.error();
  if (!*row) return std::optional<QuarantineEntry>();
  return std::optional<QuarantineEntry>(read_entry(query));
}

}  // namespace keepsake
