// History, and what erasures and exports ask of the tables.
#include <utility>

#include "backends/postgres/postgres_tables.h"
#include "src/backend/messages.h"
#include "src/backend/row_codec.h"

namespace keepsake::postgres {

Result<std::vector<Snapshot>> PostgresTables::history(const ProfileKey& key) {
  auto rows = of_key(sql::kHistory, key);
  if (!rows) return std::move(rows).error();
  return rows->all(read_snapshot<Row>);
}

Result<void> PostgresTables::add_snapshot(const ProfileKey& key, const Snapshot& snapshot) {
  Params params;
  bind_snapshot(params << key, snapshot);
  connection_.send(sql::kAddSnapshot, params);
  return {};
}

Result<void> PostgresTables::erase_snapshot(const ProfileKey& key, std::uint64_t revision) {
  Params params;
  connection_.send(sql::kEraseSnapshot, params << key << revision);
  return {};
}

Result<void> PostgresTables::erase_history(const ProfileKey& key) {
  send_of_key(sql::kEraseHistory, key);
  return {};
}

Result<void> PostgresTables::erase_quarantine(const ProfileKey& key) {
  send_of_key(sql::kEraseQuarantine, key);
  const std::string name = sender_text(key);
  Params named;
  auto rows = connection_.query(sql::kQuarantineNaming, named << std::string_view(name));
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->size(); ++i) {
    Row row = rows->at(i);
    const IncidentId incident = row.id();
    Params params;
    params << std::string_view(without_name(row.text(), name)) << incident;
    connection_.send(sql::kSetQuarantineMessage, params);
  }
  return {};
}

Result<void> PostgresTables::erase_beside(const ProfileKey& key) {
  send_of_key(sql::kEraseInbox, key);
  send_of_key(sql::kEraseReceipts, key);
  send_of_key(sql::kEraseHandled, key);
  if (auto erased = erase_removal(key); !erased) return erased;
  const std::string name = sender_text(key);
  Params params;
  connection_.send(sql::kForgetSender, params << std::string_view(name));
  return {};
}

Result<void> PostgresTables::forget_subjects(const ProfileKey& key, std::optional<UserId> user) {
  if (!user) {
    send_of_key(sql::kErasePastUsers, key);
    return {};
  }
  Params params;
  connection_.send(sql::kErasePastUser, params << key << user->number);
  return {};
}

Result<void> PostgresTables::each_key(FunctionRef<void(const ProfileKey&)> f) {
  auto rows = connection_.query(sql::kEachKey);
  if (!rows) return std::move(rows).error();
  for (const ProfileKey& key : rows->all(read_key<Row>)) f(key);
  return {};
}

Result<void> PostgresTables::each_subject(FunctionRef<void(const ProfileKey&, UserId)> f) {
  auto rows = connection_.query(sql::kEachSubject);
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->size(); ++i) {
    Row row = rows->at(i);
    const ProfileKey key = read_key(row);
    f(key, UserId{row.integer()});
  }
  return {};
}

Result<std::optional<Tombstone>> PostgresTables::tombstone(TombstoneKind kind,
                                                           std::string_view hash) {
  Params params;
  auto rows = connection_.query(sql::kTombstone, params << static_cast<std::int64_t>(kind) << hash);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<Tombstone>();
  Row row = rows->at(0);
  Tombstone found{.kind = kind, .hash = std::string(hash), .at_ms = row.integer(), .token = {}};
  found.token = row.id();
  return std::optional<Tombstone>(std::move(found));
}

Result<void> PostgresTables::put_tombstone(const Tombstone& tombstone) {
  Params params;
  params << static_cast<std::int64_t>(tombstone.kind) << std::string_view(tombstone.hash)
         << tombstone.at_ms << tombstone.token;
  connection_.send(sql::kPutTombstone, params);
  return {};
}

Result<void> PostgresTables::add_audit(const AuditEntry& entry) {
  Params params;
  params << entry.at_ms << std::string_view(entry.what) << std::string_view(entry.reason)
         << std::string_view(entry.by.text);
  connection_.send(sql::kAddAudit, params);
  return {};
}

Result<std::optional<Snapshot>> PostgresTables::snapshot(const ProfileKey& key,
                                                         std::uint64_t revision) {
  Params params;
  auto rows = connection_.query(sql::kSnapshot, params << key << revision);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<Snapshot>();
  Row row = rows->at(0);
  return std::optional<Snapshot>(read_snapshot(row));
}

Result<std::vector<ProfileKey>> PostgresTables::subject(UserId user) {
  Params params;
  auto rows = connection_.query(sql::kSubject, params << user.number);
  if (!rows) return std::move(rows).error();
  return rows->all(read_key<Row>);
}

Result<std::vector<Belongings>> PostgresTables::belongings_of(const std::vector<ProfileKey>& keys) {
  const Params params = keys_as_params(keys);
  for (const sql::Text* statement :
       {&sql::kInboxes, &sql::kReceipts, &sql::kHandled, &sql::kHistoriesWhole}) {
    connection_.send(*statement, params);
  }
  auto quarantine = connection_.query(sql::kQuarantineOfKeys, params);
  if (!quarantine) return std::move(quarantine).error();
  std::map<ProfileKey, Belongings> found;
  const auto each = [&](const Rows& rows, auto take) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Row row = rows.at(i);
      Belongings& all = found[read_key(row)];
      take(all, row);
    }
  };
  const auto receipt = [](Row& row) {
    std::string id = row.text();
    return Receipt{.id = std::move(id), .at_ms = row.integer()};
  };
  for (QuarantineEntry& entry : quarantine->all(read_entry<Row>)) {
    found[entry.key].quarantine.push_back(std::move(entry));
  }
  each(connection_.answer(1),
       [](Belongings& all, Row& row) { all.history.push_back(read_snapshot(row)); });
  each(connection_.answer(2),
       [&](Belongings& all, Row& row) { all.handled.push_back(receipt(row)); });
  each(connection_.answer(3),
       [&](Belongings& all, Row& row) { all.receipts.push_back(receipt(row)); });
  each(connection_.answer(4),
       [](Belongings& all, Row& row) { all.inbox.push_back(read_message(row)); });
  auto profiles = records(keys);
  if (!profiles) return std::move(profiles).error();
  std::vector<Belongings> all;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    all.push_back(std::move(found[keys[i]]));
    all.back().record = std::move((*profiles)[i]);
  }
  return all;
}

Result<Belongings> PostgresTables::belongings(const ProfileKey& key) {
  auto all = belongings_of({key});
  if (!all) return std::move(all).error();
  return std::move(all->front());
}

Result<std::vector<AuditEntry>> PostgresTables::audit(std::size_t limit) {
  Params params;
  auto rows = connection_.query(sql::kAudit, params << std::uint64_t{limit});
  if (!rows) return std::move(rows).error();
  return rows->all(read_audit<Row>);
}

}  // namespace keepsake::postgres
