// History, and what erasures and exports ask of the tables.
#include <utility>

#include "backends/sqlite/sqlite_tables.h"
#include "src/backend/messages.h"
#include "src/backend/row_codec.h"

namespace keepsake {

Result<std::vector<Snapshot>> SqliteTables::history(const ProfileKey& key) {
  Query query = connection_.query(sql::kHistory);
  return (query << key).all(read_snapshot<Query>);
}

Result<void> SqliteTables::add_snapshot(const ProfileKey& key, const Snapshot& snapshot) {
  Query query = connection_.query(sql::kAddSnapshot);
  query << key;
  bind_snapshot(query, snapshot);
  return query.run();
}

Result<void> SqliteTables::erase_snapshot(const ProfileKey& key, std::uint64_t revision) {
  Query query = connection_.query(sql::kEraseSnapshot);
  return (query << key << revision).run();
}

Result<void> SqliteTables::erase_of(const sql::Text& statement, const ProfileKey& key) {
  Query query = connection_.query(statement);
  return (query << key).run();
}

Result<void> SqliteTables::erase_history(const ProfileKey& key) {
  return erase_of(sql::kEraseHistory, key);
}

Result<void> SqliteTables::erase_quarantine(const ProfileKey& key) {
  if (auto erased = erase_of(sql::kEraseQuarantine, key); !erased) return erased;
  const std::string name = sender_text(key);
  Query query = connection_.query(sql::kQuarantineNaming);
  const auto naming = (query << std::string_view(name)).all([](Query& row) {
    const std::int64_t position = row.integer();
    return std::pair(position, row.text());
  });
  if (!naming) return naming.error();
  for (const auto& [position, message] : *naming) {
    const std::string nameless = without_name(message, name);
    auto set =
        (connection_.query(sql::kSetQuarantineMessage) << std::string_view(nameless) << position)
            .run();
    if (!set) return set;
  }
  return {};
}

Result<void> SqliteTables::erase_beside(const ProfileKey& key) {
  for (const sql::Text* statement :
       {&sql::kEraseInbox, &sql::kEraseReceipts, &sql::kEraseHandled, &sql::kEraseRemoval}) {
    if (auto erased = erase_of(*statement, key); !erased) return erased;
  }
  const std::string name = sender_text(key);
  return (connection_.query(sql::kForgetSender) << std::string_view(name)).run();
}

Result<void> SqliteTables::forget_subjects(const ProfileKey& key, std::optional<UserId> user) {
  if (!user) return erase_of(sql::kErasePastUsers, key);
  Query query = connection_.query(sql::kErasePastUser);
  return (query << key << user->number).run();
}

Result<void> SqliteTables::each_key(FunctionRef<void(const ProfileKey&)> f) {
  Query query = connection_.query(sql::kEachKey);
  for (;;) {
    auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    f(read_key(query));
  }
}

Result<void> SqliteTables::each_subject(FunctionRef<void(const ProfileKey&, UserId)> f) {
  Query query = connection_.query(sql::kEachSubject);
  for (;;) {
    auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    const ProfileKey key = read_key(query);
    f(key, UserId{query.integer()});
  }
}

Result<std::string> SqliteTables::tombstone_secret() {
  Query query = connection_.query(sql::kErasures);
  auto row = query.step();
  if (!row) return row.error();
  if (*row) query.skip();
  std::string secret = *row ? query.text() : std::string();
  if (secret.empty()) return damaged_row(connection_.path(), "tombstone_secret");
  return secret;
}

Result<std::optional<Tombstone>> SqliteTables::tombstone(TombstoneKind kind,
                                                         std::string_view hash) {
  Query query = connection_.query(sql::kTombstone);
  auto row = (query << static_cast<std::int64_t>(kind) << hash).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Tombstone>();
  Tombstone found{.kind = kind, .hash = std::string(hash), .at_ms = query.integer(), .token = {}};
  found.token = query.id();
  return std::optional<Tombstone>(std::move(found));
}

Result<void> SqliteTables::put_tombstone(const Tombstone& tombstone) {
  Query query = connection_.query(sql::kPutTombstone);
  query << static_cast<std::int64_t>(tombstone.kind) << std::string_view(tombstone.hash)
        << tombstone.at_ms << tombstone.token;
  return query.run();
}

Result<std::uint64_t> SqliteTables::erasures() {
  Query query = connection_.query(sql::kErasures);
  auto row = query.step();
  if (!row) return row.error();
  if (!*row) return damaged_row(connection_.path(), "erasures");
  return query.number();
}

Result<void> SqliteTables::count_erasure() { return connection_.run(sql::kCountErasure); }

Result<void> SqliteTables::add_audit(const AuditEntry& entry) {
  Query query = connection_.query(sql::kAddAudit);
  query << entry.at_ms << std::string_view(entry.what) << std::string_view(entry.reason)
        << std::string_view(entry.by.text);
  return query.run();
}

Result<std::optional<Snapshot>> SqliteTables::snapshot(const ProfileKey& key,
                                                       std::uint64_t revision) {
  Query query = connection_.query(sql::kSnapshot);
  auto row = (query << key << revision).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Snapshot>();
  return std::optional<Snapshot>(read_snapshot(query));
}

Result<std::vector<ProfileKey>> SqliteTables::subject(UserId user) {
  Query query = connection_.query(sql::kSubject);
  return (query << user.number).all(read_key<Query>);
}

template <class Read>
auto SqliteTables::all_of(const sql::Text& statement, const ProfileKey& key, Read read) {
  Query query = connection_.query(statement);
  return (query << key).all(read);
}

Result<Belongings> SqliteTables::belongings(const ProfileKey& key) {
  Belongings all;
  auto found = record(key);
  if (!found) return std::move(found).error();
  all.record = *std::move(found);
  auto messages = inbox(key);
  if (!messages) return std::move(messages).error();
  all.inbox = *std::move(messages);
  const auto read_receipt = [](Query& row) {
    std::string id = row.text();
    return Receipt{.id = std::move(id), .at_ms = row.integer()};
  };
  auto receipts = all_of(sql::kReceipts, key, read_receipt);
  if (!receipts) return std::move(receipts).error();
  all.receipts = *std::move(receipts);
  auto handled = all_of(sql::kHandled, key, read_receipt);
  if (!handled) return std::move(handled).error();
  all.handled = *std::move(handled);
  auto history = all_of(sql::kHistoryWhole, key, read_snapshot<Query>);
  if (!history) return std::move(history).error();
  all.history = *std::move(history);
  auto quarantine = all_of(sql::kQuarantineOfKey, key, read_entry<Query>);
  if (!quarantine) return std::move(quarantine).error();
  all.quarantine = *std::move(quarantine);
  return all;
}

Result<std::vector<AuditEntry>> SqliteTables::audit(std::size_t limit) {
  Query query = connection_.query(sql::kAudit);
  return (query << std::uint64_t{limit}).all(read_audit<Query>);
}

}  // namespace keepsake
