// What lies beside the profiles: removals, receipts, messages, quarantine.
#include <algorithm>
#include <utility>

#include "backends/postgres/postgres_tables.h"
#include "src/backend/row_codec.h"

namespace keepsake::postgres {

namespace {

/// PostgreSQL's text has no zero byte; names of members in a path may.
std::string without_zeros(std::string text) {
  for (std::size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at)) {
    text.replace(at, 1, "\xEF\xBF\xBD");  // U+FFFD
  }
  return text;
}

}  // namespace

Result<std::optional<EpochMark>> PostgresTables::removal(const ProfileKey& key) {
  const auto found = removals_.find(key);
  if (found != removals_.end()) return found->second;
  auto rows = of_key(sql::kRemoval, key);
  if (!rows) return std::move(rows).error();
  return read_removal(*rows);
}

Result<std::optional<EpochMark>> PostgresTables::read_removal(const Rows& rows) const {
  if (rows.empty()) return std::optional<EpochMark>();
  std::optional<EpochMark> mark = decode_mark(rows.at(0).view());
  if (!mark) return damaged_row(connection_.place(), "mark");
  return mark;
}

Result<void> PostgresTables::put_removal(const ProfileKey& key, const EpochMark& mark,
                                         std::int64_t at_ms) {
  Params params;
  params << key;
  params.blob(encode_marks({mark})) << at_ms;
  connection_.send(sql::kPutRemoval, params);
  removals_.insert_or_assign(key, mark);
  return {};
}

Result<void> PostgresTables::erase_removal(const ProfileKey& key) {
  send_of_key(sql::kEraseRemoval, key);
  removals_.insert_or_assign(key, std::nullopt);
  return {};
}

Result<void> PostgresTables::erase_removals_before(std::int64_t at_ms) {
  Params params;
  connection_.send(sql::kEraseRemovalsBefore, params << at_ms);
  removals_.clear();
  return {};
}

Result<std::optional<Receipt>> PostgresTables::receipt(const ProfileKey& key, std::string_view id) {
  Params params;
  auto rows = connection_.query(sql::kReceipt, params << key << id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<Receipt>();
  return std::optional<Receipt>(Receipt{.id = std::string(id), .at_ms = rows->at(0).integer()});
}

Result<void> PostgresTables::add_receipt(const ProfileKey& key, const Receipt& receipt) {
  Params params;
  params << key << std::string_view(receipt.id) << receipt.at_ms;
  connection_.send(sql::kAddReceipt, params);
  return {};
}

Result<bool> PostgresTables::any_before(std::int64_t at_ms) {
  Params params;
  auto rows = connection_.query(sql::kAnyBefore, params << at_ms);
  if (!rows) return std::move(rows).error();
  return rows->at(0).integer() != 0;
}

Result<std::size_t> PostgresTables::erase_some(const sql::Text& statement, std::int64_t before_ms,
                                               std::size_t limit) {
  Params params;
  auto rows = connection_.query(statement, params << before_ms << std::uint64_t{limit});
  if (!rows) return std::move(rows).error();
  connection_.note_write();
  return static_cast<std::size_t>(rows->changed());
}

Result<std::size_t> PostgresTables::erase_before(std::int64_t at_ms, std::size_t limit) {
  auto receipts = erase_some(sql::kEraseReceiptsBefore, at_ms, limit);
  if (!receipts || *receipts == limit) return receipts;
  auto handled = erase_some(sql::kEraseHandledBefore, at_ms, limit - *receipts);
  if (!handled) return handled;
  return *receipts + *handled;
}

Result<bool> PostgresTables::message_known(const ProfileKey& key, std::string_view id) {
  Params params;
  auto rows = connection_.query(sql::kMessageKnown, params << key << id);
  if (!rows) return std::move(rows).error();
  return !rows->empty();
}

Result<std::size_t> PostgresTables::inbox_count(const ProfileKey& key) {
  auto rows = of_key(sql::kInboxCount, key);
  if (!rows) return std::move(rows).error();
  return rows->empty() ? std::size_t{0} : static_cast<std::size_t>(rows->at(0).number());
}

Result<std::vector<Message>> PostgresTables::inbox(const ProfileKey& key) {
  auto rows = of_key(sql::kInbox, key);
  if (!rows) return std::move(rows).error();
  return rows->all(read_message<Row>);
}

/// What it gives is acted on as of keys that nobody holds: whoever may take one is locked out, and
/// then it is looked again.
Result<std::vector<std::pair<ProfileKey, Message>>> PostgresTables::expired_messages(
    std::int64_t now_ms, std::size_t limit) {
  Params params;
  params << now_ms << std::uint64_t{limit};
  const auto look = [&]() -> Result<std::vector<std::pair<ProfileKey, Message>>> {
    auto rows = connection_.query(sql::kExpired, params);
    if (!rows) return std::move(rows).error();
    return rows->all([](Row& row) {
      ProfileKey key = read_key(row);
      return std::pair(std::move(key), read_message(row));
    });
  };
  auto expired = look();
  if (!expired || expired->empty() || locking_ == Locking::none) return expired;
  std::vector<ProfileKey> keys;
  for (const auto& [key, message] : *expired) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (auto come = fetch({.rows = keys, .keys = keys}); !come) return std::move(come).error();
  expired = look();
  if (!expired) return expired;
  std::erase_if(*expired, [&](const auto& one) {
    return !std::binary_search(keys.begin(), keys.end(), one.first);
  });
  return expired;
}

Result<std::vector<MailOnOurs>> PostgresTables::mail_on(Incarnation incarnation) {
  Params params;
  auto rows = connection_.query(sql::kMailOn, params << incarnation);
  if (!rows) return std::move(rows).error();
  return rows->all([](Row& row) {
    ProfileKey key = read_key(row);
    return MailOnOurs{.key = std::move(key), .newest = row.text()};
  });
}

Result<void> PostgresTables::add_message(const ProfileKey& key, const Message& message) {
  Params params;
  bind_message(params << key, message);
  connection_.send(sql::kAddMessage, params);
  return {};
}

Result<void> PostgresTables::acknowledge(const ProfileKey& key, std::string_view id,
                                         std::int64_t at_ms) {
  Params message;
  connection_.send(sql::kEraseMessage, message << key << id);
  Params handled;
  connection_.send(sql::kAddHandled, handled << key << id << at_ms);
  return {};
}

Result<void> PostgresTables::add_quarantine(const QuarantineEntry& entry) {
  Params params;
  params << entry.key << entry.incident << std::string_view(entry.code)
         << std::string_view(without_zeros(entry.path))
         << std::string_view(without_zeros(entry.message))
         << std::string_view(entry.schema_version);
  params.blob(entry.payload) << entry.at_ms << std::string_view(entry.server.text);
  connection_.send(sql::kAddQuarantine, params);
  return {};
}

Result<std::vector<ProfileKey>> PostgresTables::keys_of(UserId user) {
  Params params;
  auto rows = connection_.query(sql::kKeysOf, params << user.number);
  if (!rows) return std::move(rows).error();
  return rows->all(read_key<Row>);
}

Result<std::vector<QuarantineEntry>> PostgresTables::quarantine(std::string_view store,
                                                                std::size_t limit) {
  Params params;
  auto rows = connection_.query(sql::kQuarantine, params << store << std::uint64_t{limit});
  if (!rows) return std::move(rows).error();
  return rows->all(read_entry<Row>);
}

Result<std::optional<QuarantineEntry>> PostgresTables::incident(const IncidentId& incident) {
  Params params;
  auto rows = connection_.query(sql::kIncident, params << incident);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<QuarantineEntry>();
  Row row = rows->at(0);
  return std::optional<QuarantineEntry>(read_entry(row));
}

}  // namespace keepsake::postgres
