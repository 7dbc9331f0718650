#include "backends/sqlite/sqlite_tables.h"

#include <utility>

#include "src/backend/row_blobs.h"
#include "src/backend/row_codec.h"
#include "src/backend/rules.h"
#include "src/base/assert.h"

namespace keepsake {

std::int64_t SqliteTables::now_ms() {
  if (clock_ != nullptr) return unix_ms(clock_->wall());
  Query query = connection_.query(sql::kNow);
  auto row = query.step();
  return row && *row ? query.integer() : 0;
}

Result<Generation> SqliteTables::generation() {
  Query query = connection_.query(sql::kMeta);
  auto row = query.step();
  if (!row) return row.error();
  const Generation generation = *row ? query.id() : Generation();
  if (generation.none()) return damaged_row(connection_.path(), "generation");
  return generation;
}

Result<std::uint64_t> SqliteTables::epoch_floor() {
  Query query = connection_.query(sql::kMeta);
  auto row = query.step();
  if (!row) return row.error();
  if (!*row) return damaged_row(connection_.path(), "epoch_floor");
  query.skip();
  return query.number();
}

Result<void> SqliteTables::set_epoch_floor(std::uint64_t floor) {
  return (connection_.query(sql::kSetEpochFloor) << floor).run();
}

Result<Incarnation> SqliteTables::new_incarnation() {
  Query query = connection_.query(sql::kNewIncarnation);
  auto row = query.step();
  if (!row) return row.error();
  if (!*row) return damaged_row(connection_.path(), "last_incarnation");
  const Incarnation incarnation = query.number();
  if (auto done = query.run(); !done) return done.error();
  return incarnation;
}

Result<std::optional<StoredLease>> SqliteTables::lease(Incarnation incarnation) {
  Query query = connection_.query(sql::kLease);
  auto row = (query << incarnation).step();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredLease>();
  return std::optional<StoredLease>(read_lease(query));
}

Result<std::vector<StoredLease>> SqliteTables::leases() {
  return connection_.query(sql::kLeases).all(read_lease<Query>);
}

Result<void> SqliteTables::put_lease(const StoredLease& stored) {
  Query query = connection_.query(sql::kPutLease);
  bind_lease(query, stored);
  return query.run();
}

Result<void> SqliteTables::erase_lease(Incarnation incarnation) {
  return (connection_.query(sql::kEraseLease) << incarnation).run();
}
Result<void> SqliteTables::stamp_lease(Incarnation incarnation) {
  return (connection_.query(sql::kStampLease) << incarnation).run();
}
Result<bool> SqliteTables::owns_any(Incarnation incarnation) {
  return (connection_.query(sql::kOwnsAny) << incarnation).step();
}

Result<std::optional<Envelope>> SqliteTables::envelope(const ProfileKey& key) {
  Query query = connection_.query(sql::kEnvelope);
  auto row = (query << std::string_view(key.store) << std::string_view(key.key)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Envelope>();
  note_row(key, query.integer());
  auto envelope = read_envelope(query, connection_.path());
  if (!envelope) return envelope.error();
  return std::optional<Envelope>(*std::move(envelope));
}

Result<bool> SqliteTables::save_at_once(const MemberCommit& member, const Owner& self,
                                        const CommitToken& token, std::int64_t now_ms) {
  const Fence& fence = member.fence;
  KnownRow* const known = known_.find(member.key);
  if (known == nullptr || find_commit(known->marks, fence.epoch, token) != nullptr) return false;
  Envelope row;
  row.epoch = fence.epoch;
  row.revision = fence.revision;
  row.marks = known->marks;
  apply_commit(row, member, token, now_ms);
  SaveColumns columns(row);
  {
    Query query = connection_.query(sql::kSaveAtOnce);
    columns.bind(query);
    query.blob(member.data->payload) << known->id << fence.revision;
    query.blob(known->encoded_marks)
        << std::string_view(member.key.store) << std::string_view(member.key.key) << fence.session
        << fence.epoch << self.incarnation << std::string_view(self.server.text);
    if (auto done = query.run(); !done) return done.error();
  }
  if (sqlite3_changes(connection_.handle()) == 0) return false;
  known->marks = std::move(row.marks);
  known->encoded_marks = std::move(columns.marks);
  return true;
}

Result<std::string> SqliteTables::payload(const ProfileKey& key) {
  Query query = connection_.query(sql::kPayload);
  auto row = (query << std::string_view(key.store) << std::string_view(key.key)).step();
  if (!row) return row.error();
  require(*row, "only the payload of a row that is there is asked for");
  return query.text();
}

Result<void> SqliteTables::insert_profile(const Record& record) {
  const std::string_view store = record.key.store;
  const std::string_view key = record.key.key;
  {
    const ProfileColumns columns(record.envelope);
    Query query = connection_.query(sql::kInsertProfile);
    columns.bind(query << store << key);
    if (auto done = query.run(); !done) return done;
  }
  {
    const SaveColumns columns(record.envelope);
    Query query = connection_.query(sql::kInsertSave);
    columns.bind(query);
    query.blob(record.payload);
    if (auto done = query.run(); !done) return done;
  }
  if (record.envelope.user_ids.empty()) return {};
  return replace_users(record.key, record.envelope.user_ids);
}

Result<void> SqliteTables::update_profile(const ProfileKey& key, const Envelope& before,
                                          const Envelope& after, const std::string* payload) {
  const std::int64_t id = row_of(key);
  if (after.owner) {
    known_.note(key, {.id = id, .marks = after.marks, .encoded_marks = encode_marks(after.marks)});
  } else {
    known_.forget(key);
  }
  if (payload != nullptr) {
    const SaveColumns columns(after);
    Query query = connection_.query(sql::kUpdateSave);
    columns.bind(query);
    query.blob(*payload) << id;
    if (auto done = change_one(query); !done) return done;
  } else if (before.revision != after.revision) {
    const std::string marks = encode_marks(after.marks);
    Query query = connection_.query(sql::kMarkSave);
    (query << after.revision).blob(marks) << id;
    if (auto done = change_one(query); !done) return done;
  }
  if (beside_the_save(before) == beside_the_save(after)) return {};
  {
    const ProfileColumns columns(after);
    Query query = connection_.query(sql::kUpdateProfile);
    columns.bind(query);
    query << id;
    if (auto done = change_one(query); !done) return done;
  }
  if (before.user_ids == after.user_ids) return {};
  return replace_users(key, after.user_ids);
}

Result<void> SqliteTables::erase_profile(const ProfileKey& key) {
  const std::int64_t id = row_of(key);
  known_.forget(key);
  for (const sql::Text* text : {&sql::kEraseSave, &sql::kEraseProfile}) {
    Query query = connection_.query(*text);
    query << id;
    if (auto erased = change_one(query); !erased) return erased;
  }
  return replace_users(key, {});
}

void SqliteTables::note_row(const ProfileKey& key, std::int64_t id) { rows_.emplace_back(key, id); }

std::int64_t SqliteTables::row_of(const ProfileKey& key) const {
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
    if (row->first == key) return row->second;
  }
  fail_assertion("only a row that was read in the same transaction is written");
}

Result<void> SqliteTables::change_one(Query& query) {
  if (auto done = query.run(); !done) return done;
  if (sqlite3_changes(connection_.handle()) == 1) return {};
  return damaged_row(connection_.path(), "id");
}

Result<void> SqliteTables::replace_users(const ProfileKey& key, const std::vector<UserId>& users) {
  const std::string_view store = key.store;
  const std::string_view name = key.key;
  auto kept = (connection_.query(sql::kRememberUsers) << store << name).run();
  if (!kept) return kept;
  auto erased = (connection_.query(sql::kEraseUsers) << store << name).run();
  if (!erased) return erased;
  for (const UserId& user : users) {
    auto added = (connection_.query(sql::kAddUser) << store << name << user.number).run();
    if (!added) return added;
  }
  return {};
}

Result<std::vector<OwnedRow>> SqliteTables::owned_rows(Query& query) {
  return query.all([](Query& row) {
    return OwnedRow{.key = read_key(row), .session = row.id(), .epoch = row.number()};
  });
}

Result<std::vector<OwnedRow>> SqliteTables::owned_since(Incarnation incarnation,
                                                        std::int64_t renewal) {
  Query query = connection_.query(sql::kOwnedSince);
  query << incarnation << renewal;
  return owned_rows(query);
}

Result<std::vector<OwnedRow>> SqliteTables::owned(Incarnation incarnation, const ProfileKey& after,
                                                  std::size_t limit) {
  Query query = connection_.query(sql::kOwned);
  query << incarnation << std::string_view(after.store) << std::string_view(after.key)
        << std::uint64_t{limit};
  return owned_rows(query);
}

Result<std::vector<AskOnOurs>> SqliteTables::asks_on(Incarnation incarnation) {
  Query query = connection_.query(sql::kAsksOn);
  query << incarnation;
  std::vector<AskOnOurs> asks;
  for (;;) {
    auto row = query.step();
    if (!row) return row.error();
    if (!*row) return asks;
    AskOnOurs standing;
    standing.key = read_key(query);
    standing.session = query.id();
    auto ask = decode_ask(query.view());
    if (!ask) return damaged_row(connection_.path(), "ask");
    standing.ask = *std::move(ask);
    asks.push_back(std::move(standing));
  }
}

}  // namespace keepsake
