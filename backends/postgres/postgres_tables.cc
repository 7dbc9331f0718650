// The database's own row, and profiles.
#include "backends/postgres/postgres_tables.h"

#include <algorithm>

#include "src/backend/row_codec.h"
#include "src/backend/rules.h"
#include "src/base/assert.h"

namespace keepsake::postgres {

namespace {

/// An ask is kept in one column; whose it is stands beside it, for kLeasesOf.
void bind_asker(Params& params, const Envelope& row) {
  if (row.ask) {
    params << row.ask->asker.incarnation;
  } else {
    params.null();
  }
}

}  // namespace

Params keys_as_params(const std::vector<ProfileKey>& keys) {
  std::vector<std::string_view> stores;
  std::vector<std::string_view> names;
  for (const ProfileKey& key : keys) {
    stores.push_back(key.store);
    names.push_back(key.key);
  }
  Params params;
  params.texts(stores).texts(names);
  return params;
}

Result<void> PostgresTables::fetch(const Ahead& ahead) {
  const bool rows = !ahead.rows.empty();
  const bool targets = !ahead.targets.empty();
  for (const ProfileKey& key : ahead.keys) send_of_key(sql::kLockKey, key);
  for (const Incarnation incarnation : ahead.locked_leases) {
    Params params;
    connection_.send(sql::kLeaseLocked, params << incarnation);
  }
  if (rows) {
    const bool locked = locking_ == Locking::rows;
    connection_.send(locked ? sql::kRecordsLocked : sql::kRecords, keys_as_params(ahead.rows));
  }
  if (targets) connection_.send(sql::kRecordsShared, keys_as_params(ahead.targets));
  for (const ProfileKey& key : ahead.removals) send_of_key(sql::kRemoval, key);
  const bool leases = rows || !ahead.leases.empty();
  if (leases) {
    Params params;
    params.numbers({ahead.leases.begin(), ahead.leases.end()});
    connection_.send(sql::kLeasesOf, params.append(keys_as_params(ahead.rows)));
  }
  if (ahead.renewal) send_renewal(*ahead.renewal);
  connection_.send(sql::kMeta);
  if (auto come = connection_.gather(); !come) return come;
  connection_.read_ahead();

  if (auto taken = take_meta(connection_.answer(0)); !taken) return taken;
  std::size_t back = 1;
  if (ahead.renewal) {
    if (auto taken = take_renewal(ahead.renewal->incarnation, back); !taken) return taken;
  }
  if (leases) {
    for (const Incarnation incarnation : ahead.leases) leases_.emplace(incarnation, std::nullopt);
    const std::vector<StoredLease> found = connection_.answer(back++).all(read_lease<Row>);
    for (const StoredLease& stored : found) {
      leases_.insert_or_assign(stored.lease.owner.incarnation, stored);
    }
  }
  for (auto key = ahead.removals.rbegin(); key != ahead.removals.rend(); ++key) {
    auto mark = read_removal(connection_.answer(back++));
    if (!mark) return std::move(mark).error();
    removals_[*key] = *mark;
  }
  if (targets) {
    auto taken = take_rows(ahead.targets, connection_.answer(back++), false);
    if (!taken) return taken;
  }
  if (rows) {
    if (auto taken = take_rows(ahead.rows, connection_.answer(back++), true); !taken) return taken;
  }
  for (auto which = ahead.locked_leases.rbegin(); which != ahead.locked_leases.rend(); ++which) {
    const Rows found = connection_.answer(back++);
    leases_.insert_or_assign(*which, std::nullopt);
    if (found.empty()) continue;
    Row row = found.at(0);
    leases_.insert_or_assign(*which, read_lease(row));
  }
  return {};
}

Result<void> PostgresTables::take_rows(const std::vector<ProfileKey>& keys, const Rows& rows,
                                       bool with_payload) {
  for (const ProfileKey& key : keys) rows_.emplace(key, std::nullopt);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row = rows.at(i);
    const ProfileKey key = read_key(row);
    auto envelope = read_envelope(row, connection_.place());
    if (!envelope) return std::move(envelope).error();
    StoredRow stored{.envelope = *std::move(envelope), .has_payload = with_payload};
    stored.payload = row.text();
    stored.stamp = row.integer();
    rows_.insert_or_assign(key, std::move(stored));
  }
  return {};
}

// --- the database's own row ---------------------------------------------------------------------

Result<void> PostgresTables::take_meta(const Rows& rows) {
  if (rows.empty()) return damaged_row(connection_.place(), "generation");
  Row row = rows.at(0);
  Meta meta;
  meta.generation = row.id();
  meta.epoch_floor = row.number();
  meta.erasures = row.number();
  meta.secret = row.text();
  meta.now_ms = row.integer();
  if (meta.generation.none()) return damaged_row(connection_.place(), "generation");
  if (meta.secret.empty()) return damaged_row(connection_.place(), "tombstone_secret");
  meta_ = std::move(meta);
  return {};
}

Result<const PostgresTables::Meta*> PostgresTables::meta() {
  if (!meta_) {
    auto rows = connection_.query(sql::kMeta);
    if (!rows) return std::move(rows).error();
    if (auto taken = take_meta(*rows); !taken) return std::move(taken).error();
  }
  return &*meta_;
}

Result<void> PostgresTables::lock_meta() {
  auto rows = connection_.query(sql::kLockMeta);
  if (!rows) return std::move(rows).error();
  meta_.reset();
  return {};
}

void PostgresTables::need_lease_open_still(Incarnation incarnation) {
  if (!connection_.wrote()) return;
  Params params;
  connection_.send(sql::kNeedOpenLease, params << incarnation);
}

std::int64_t PostgresTables::now_ms() {
  if (clock_ != nullptr) return unix_ms(clock_->wall());
  auto known = meta();
  return known ? (*known)->now_ms : 0;
}

Result<Generation> PostgresTables::generation() {
  auto known = meta();
  if (!known) return std::move(known).error();
  return (*known)->generation;
}

Result<std::uint64_t> PostgresTables::epoch_floor() {
  auto known = meta();
  if (!known) return std::move(known).error();
  return (*known)->epoch_floor;
}

Result<void> PostgresTables::set_epoch_floor(std::uint64_t floor) {
  Params params;
  connection_.send(sql::kSetEpochFloor, params << floor);
  meta_.reset();
  return {};
}

Result<Incarnation> PostgresTables::new_incarnation() {
  auto rows = connection_.query(sql::kNewIncarnation);
  if (!rows) return std::move(rows).error();
  connection_.note_write();
  if (rows->empty()) return damaged_row(connection_.place(), "last_incarnation");
  return rows->at(0).number();
}

Result<std::string> PostgresTables::tombstone_secret() {
  auto known = meta();
  if (!known) return std::move(known).error();
  return (*known)->secret;
}

Result<std::uint64_t> PostgresTables::erasures() {
  auto known = meta();
  if (!known) return std::move(known).error();
  return (*known)->erasures;
}

Result<void> PostgresTables::count_erasure() {
  connection_.send(sql::kCountErasure);
  meta_.reset();
  return {};
}

// --- profiles -----------------------------------------------------------------------------------

Result<PostgresTables::Slot*> PostgresTables::row(const ProfileKey& key, bool with_payload) {
  const auto found = rows_.find(key);
  if (found != rows_.end()) {
    const bool enough = !with_payload || !found->second || found->second->has_payload;
    if (enough) return &found->second;
    rows_.erase(found);
  }
  const bool locked = locking_ == Locking::rows;
  auto rows =
      connection_.query(locked ? sql::kRecordsLocked : sql::kRecords, keys_as_params({key}));
  if (!rows) return std::move(rows).error();
  if (auto taken = take_rows({key}, *rows, true); !taken) return std::move(taken).error();
  return &rows_.at(key);
}

Result<std::optional<Envelope>> PostgresTables::envelope(const ProfileKey& key) {
  auto slot = row(key, false);
  if (!slot) return std::move(slot).error();
  if (!**slot) return std::optional<Envelope>();
  return std::optional<Envelope>((**slot)->envelope);
}

Result<std::string> PostgresTables::payload(const ProfileKey& key) {
  auto slot = row(key, true);
  if (!slot) return std::move(slot).error();
  return **slot ? (**slot)->payload : std::string();
}

void PostgresTables::note(const ProfileKey& key, const Envelope& row) {
  const std::scoped_lock lock(known_.mutex);
  if (row.owner) {
    known_.rows.note(key, {.marks = row.marks, .encoded_marks = encode_marks(row.marks)});
  } else {
    known_.rows.forget(key);
  }
}

Result<void> PostgresTables::insert_profile(const Record& record) {
  // Whoever acts on there being no row of that key is waited for.
  send_of_key(sql::kLockKey, record.key);
  const ProfileColumns columns(record.envelope);
  const SaveColumns save(record.envelope);
  Params params;
  columns.bind(params << record.key);
  save.bind(params);
  params.blob(record.payload);
  bind_asker(params, record.envelope);
  connection_.send(sql::kInsertProfile, params);
  rows_.insert_or_assign(
      record.key,
      StoredRow{
          .envelope = record.envelope, .payload = record.payload, .has_payload = true, .stamp = 1});
  note(record.key, record.envelope);
  if (record.envelope.user_ids.empty()) return {};
  return replace_users(record.key, record.envelope.user_ids);
}

Result<void> PostgresTables::update_profile(const ProfileKey& key, const Envelope& before,
                                            const Envelope& after, const std::string* payload) {
  const auto found = rows_.find(key);
  if (found == rows_.end() || !found->second) {
    fail_assertion("only a row that was read in the same transaction is written");
  }
  StoredRow& stored = *found->second;
  const ProfileColumns columns(after);
  const SaveColumns save(after);
  Params params;
  columns.bind(params);
  save.bind(params);
  if (payload != nullptr) params.blob(*payload);
  bind_asker(params, after);
  params << key << stored.stamp;
  connection_.send(payload != nullptr ? sql::kUpdateRecord : sql::kUpdateProfile, params);
  stored.envelope = after;
  ++stored.stamp;
  if (payload != nullptr) {
    stored.payload = *payload;
    stored.has_payload = true;
  }
  note(key, after);
  if (before.user_ids == after.user_ids) return {};
  return replace_users(key, after.user_ids);
}

Result<void> PostgresTables::erase_profile(const ProfileKey& key) {
  send_of_key(sql::kLockKey, key);
  send_of_key(sql::kEraseProfile, key);
  rows_.insert_or_assign(key, std::nullopt);
  note(key, {});
  return replace_users(key, {});
}

Result<void> PostgresTables::replace_users(const ProfileKey& key,
                                           const std::vector<UserId>& users) {
  send_of_key(sql::kRememberUsers, key);
  send_of_key(sql::kEraseUsers, key);
  if (users.empty()) return {};
  std::vector<std::int64_t> numbers;
  for (const UserId& user : users) numbers.push_back(user.number);
  Params params;
  params << key;
  connection_.send(sql::kAddUsers, params.numbers(numbers));
  return {};
}

Result<std::vector<OwnedRow>> PostgresTables::owned(Incarnation incarnation,
                                                    const ProfileKey& after, std::size_t limit) {
  Params params;
  params << incarnation << after << std::uint64_t{limit};
  auto rows = connection_.query(sql::kOwned, params);
  if (!rows) return std::move(rows).error();
  return rows->all([](Row& row) {
    ProfileKey key = read_key(row);
    const SessionId session = row.id();
    return OwnedRow{.key = std::move(key), .session = session, .epoch = row.number()};
  });
}

Result<Rows> PostgresTables::of_key(const sql::Text& statement, const ProfileKey& key) {
  Params params;
  return connection_.query(statement, params << key);
}

void PostgresTables::send_of_key(const sql::Text& statement, const ProfileKey& key) {
  Params params;
  connection_.send(statement, params << key);
}

Result<std::vector<std::optional<Record>>> PostgresTables::records(
    const std::vector<ProfileKey>& keys) {
  auto rows = connection_.query(sql::kRecords, keys_as_params(keys));
  if (!rows) return std::move(rows).error();
  if (auto taken = take_rows(keys, *rows, true); !taken) return std::move(taken).error();
  std::vector<std::optional<Record>> records;
  records.reserve(keys.size());
  for (const ProfileKey& key : keys) {
    const Slot& slot = rows_.at(key);
    records.emplace_back();
    if (!slot) continue;
    records.back() = Record{.key = key, .envelope = slot->envelope, .payload = slot->payload};
  }
  return records;
}

Result<ListPage> PostgresTables::list(std::string_view store, std::string_view after,
                                      std::size_t limit) {
  Params params;
  params << store << after << std::uint64_t{limit + 1};  // one more, to know whether this is all
  auto rows = connection_.query(sql::kList, params);
  if (!rows) return std::move(rows).error();
  ListPage page;
  for (std::size_t i = 0; i < std::min(rows->size(), limit); ++i) {
    Row row = rows->at(i);
    Record record;
    record.key = {.store = std::string(store), .key = row.text()};
    auto envelope = read_envelope(row, connection_.place());
    if (!envelope) return std::move(envelope).error();
    record.envelope = *std::move(envelope);
    page.records.push_back(std::move(record));
  }
  if (rows->size() > limit) page.next_after = page.records.back().key.key;
  return page;
}

}  // namespace keepsake::postgres
