// Every SQL statement of the SQLite backend. Parameters are named for the reader and bound in the
// order of their first appearance. docs/storage.md describes tables and columns.
#pragma once

namespace keepsake::sql {

/// A statement's text; its address is its identity, so each is prepared once per connection.
struct Text {
  const char* text;
};

inline constexpr int kApplicationId = 0x4B454550;  // "KEEP"
inline constexpr int kSchemaVersion = 4;

// --- the file -----------------------------------------------------------------------------------

inline constexpr const char* kCreateSchema = R"(
CREATE TABLE meta(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  generation BLOB NOT NULL,
  epoch_floor INTEGER NOT NULL,
  last_incarnation INTEGER NOT NULL);
CREATE TABLE schema_versions(version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL);
CREATE TABLE leases(
  incarnation INTEGER PRIMARY KEY,
  server TEXT NOT NULL,
  renewal INTEGER NOT NULL,
  previous_renewal INTEGER NOT NULL,
  state INTEGER NOT NULL,
  recoverer INTEGER NOT NULL,
  journal_directory TEXT NOT NULL,
  journal_ring TEXT NOT NULL,
  journal_boot_id TEXT NOT NULL,
  journal_host TEXT NOT NULL,
  journal_pid INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  stamps INTEGER NOT NULL DEFAULT 0);
CREATE TABLE profiles(
  id INTEGER PRIMARY KEY,
  store TEXT NOT NULL,
  key TEXT NOT NULL,
  born INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  first_session_ms INTEGER NOT NULL,
  load_count INTEGER NOT NULL,
  owner_server TEXT,
  owner_incarnation INTEGER,
  session BLOB,
  owned_since INTEGER NOT NULL,
  user_ids TEXT NOT NULL,
  metadata TEXT NOT NULL,
  tags TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  ask BLOB,
  ask_sequence INTEGER NOT NULL,
  handovers BLOB NOT NULL,
  UNIQUE (store, key));
CREATE TABLE saves(
  id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  edit_number INTEGER NOT NULL,
  has_data INTEGER NOT NULL,
  schema_version TEXT NOT NULL,
  schema_ordinal INTEGER NOT NULL,
  last_compatible INTEGER NOT NULL,
  format INTEGER NOT NULL,
  saved_ms INTEGER NOT NULL,
  marks BLOB NOT NULL,
  payload BLOB NOT NULL);
CREATE INDEX profiles_owned ON profiles(owner_incarnation, owned_since)
  WHERE owner_incarnation IS NOT NULL;
CREATE INDEX profiles_asked ON profiles(owner_incarnation) WHERE ask IS NOT NULL;
CREATE TABLE users(
  store TEXT NOT NULL, key TEXT NOT NULL, user_id INTEGER NOT NULL,
  UNIQUE (store, key, user_id));
CREATE INDEX users_by_id ON users(user_id, store, key);
CREATE TABLE removals(
  store TEXT NOT NULL, key TEXT NOT NULL, mark BLOB NOT NULL, at_ms INTEGER NOT NULL,
  UNIQUE (store, key));
CREATE TABLE receipts(
  store TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL,
  UNIQUE (store, key, id));
CREATE TABLE handled(
  store TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL,
  UNIQUE (store, key, id));
CREATE TABLE inbox(
  position INTEGER PRIMARY KEY,
  store TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
  body TEXT NOT NULL, sent_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
  sender TEXT NOT NULL, carries_value INTEGER NOT NULL,
  UNIQUE (store, key, id));
CREATE INDEX inbox_by_expiry ON inbox(expires_ms, store, key) WHERE expires_ms > 0;
CREATE TABLE quarantine(
  position INTEGER PRIMARY KEY,
  store TEXT NOT NULL, key TEXT NOT NULL, incident BLOB NOT NULL UNIQUE,
  code TEXT NOT NULL, path TEXT NOT NULL, message TEXT NOT NULL, schema_version TEXT NOT NULL,
  payload BLOB NOT NULL, at_ms INTEGER NOT NULL, server TEXT NOT NULL);
CREATE INDEX quarantine_by_time ON quarantine(at_ms, position);
INSERT INTO meta VALUES (1, randomblob(16), 0, 0);
INSERT INTO schema_versions VALUES (1, datetime('now'));
PRAGMA application_id = 1262830928;
PRAGMA user_version = 1;
)";
/// From schema version 1, which kCreateSchema makes.
inline constexpr const char* kUpgradeTo2 = R"(
ALTER TABLE meta ADD COLUMN tombstone_secret BLOB NOT NULL DEFAULT x'';
ALTER TABLE meta ADD COLUMN erasures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN scrubbed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE history(
  store TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, kind INTEGER NOT NULL,
  kept_ms INTEGER NOT NULL, saved_ms INTEGER NOT NULL, edit_number INTEGER NOT NULL,
  schema_version TEXT NOT NULL, schema_ordinal INTEGER NOT NULL, last_compatible INTEGER NOT NULL,
  format INTEGER NOT NULL, payload BLOB NOT NULL,
  UNIQUE (store, key, revision));
CREATE TABLE past_users(
  store TEXT NOT NULL, key TEXT NOT NULL, user_id INTEGER NOT NULL,
  UNIQUE (store, key, user_id));
CREATE INDEX past_users_by_id ON past_users(user_id, store, key);
CREATE INDEX inbox_by_sender ON inbox(sender) WHERE sender <> '';
CREATE INDEX quarantine_by_key ON quarantine(store, key);
CREATE TABLE tombstones(
  kind INTEGER NOT NULL, hash TEXT NOT NULL, at_ms INTEGER NOT NULL, token BLOB NOT NULL,
  UNIQUE (kind, hash));
CREATE TABLE audit(
  position INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL, by_server TEXT NOT NULL);
UPDATE meta SET tombstone_secret = randomblob(32) WHERE id = 1;
INSERT INTO schema_versions VALUES (2, datetime('now'));
PRAGMA user_version = 2;
)";
/// From schema version 2: receipts and handled ids are deleted by age.
inline constexpr const char* kUpgradeTo3 = R"(
CREATE INDEX receipts_by_time ON receipts(at_ms);
CREATE INDEX handled_by_time ON handled(at_ms);
INSERT INTO schema_versions VALUES (3, datetime('now'));
PRAGMA user_version = 3;
)";
/// From schema version 3: profiles as JSON, for analysts. json_extract() would cut a text short at
/// a NUL character.
inline constexpr const char* kUpgradeTo4 = R"(
CREATE VIEW profiles_json AS
  WITH texts AS (
    SELECT p.store, p.key, s.revision, s.schema_version, s.saved_ms, p.owner_server, p.tags,
           s.format, CASE s.format WHEN 1 THEN CAST(s.payload AS TEXT) END AS data_text
    FROM profiles p JOIN saves s ON s.id = p.id WHERE s.has_data = 1)
  SELECT store, key, revision, schema_version,
         strftime('%Y-%m-%dT%H:%M:%fZ', saved_ms / 1000.0, 'unixepoch') AS saved_at, owner_server,
         CASE WHEN tags <> '' AND instr(tags, '\u0000') = 0 THEN tags END AS tags,
         CASE format WHEN 1 THEN 'json' WHEN 2 THEN 'cbor' WHEN 3 THEN 'compressed'
           ELSE 'unknown' END AS format,
         CASE instr(data_text, '\u0000') WHEN 0 THEN data_text END AS data, data_text
  FROM texts;
INSERT INTO schema_versions VALUES (4, datetime('now'));
PRAGMA user_version = 4;
)";
static_assert(kApplicationId == 1262830928 && kSchemaVersion == 4, "as these write them");

inline constexpr Text kBeginRead{"BEGIN DEFERRED"};
inline constexpr Text kBeginWrite{"BEGIN IMMEDIATE"};
inline constexpr Text kCommit{"COMMIT"};
inline constexpr Text kRollback{"ROLLBACK"};

inline constexpr Text kNow{
    "SELECT CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)"};
inline constexpr Text kMeta{"SELECT generation, epoch_floor FROM meta WHERE id = 1"};
inline constexpr Text kSetEpochFloor{"UPDATE meta SET epoch_floor = :floor WHERE id = 1"};
inline constexpr Text kNewIncarnation{
    "UPDATE meta SET last_incarnation = last_incarnation + 1 WHERE id = 1 "
    "RETURNING last_incarnation"};

// --- leases -------------------------------------------------------------------------------------

inline constexpr Text kLease{
    "SELECT server, incarnation, renewal, previous_renewal, state, recoverer, journal_directory, "
    "journal_ring, journal_boot_id, journal_host, journal_pid, started_ms, ended_ms, scrubbed "
    "FROM leases WHERE incarnation = :incarnation"};
inline constexpr Text kLeases{
    "SELECT server, incarnation, renewal, previous_renewal, state, recoverer, journal_directory, "
    "journal_ring, journal_boot_id, journal_host, journal_pid, started_ms, ended_ms, scrubbed "
    "FROM leases ORDER BY incarnation"};
inline constexpr Text kPutLease{
    "INSERT INTO leases(server, incarnation, renewal, previous_renewal, state, recoverer, "
    "journal_directory, journal_ring, journal_boot_id, journal_host, journal_pid, started_ms, "
    "ended_ms, scrubbed) VALUES (:server, :incarnation, :renewal, :previous_renewal, :state, "
    ":recoverer, "
    ":journal_directory, :journal_ring, :journal_boot_id, :journal_host, :journal_pid, "
    ":started_ms, :ended_ms, :scrubbed) "
    "ON CONFLICT (incarnation) DO UPDATE SET renewal = excluded.renewal, "
    "previous_renewal = excluded.previous_renewal, state = excluded.state, "
    "recoverer = excluded.recoverer, ended_ms = excluded.ended_ms, "
    "scrubbed = excluded.scrubbed, stamps = stamps + 1"};
inline constexpr Text kEraseLease{"DELETE FROM leases WHERE incarnation = :incarnation"};
inline constexpr Text kStampLease{
    "UPDATE leases SET stamps = stamps + 1 WHERE incarnation = :incarnation"};

// --- profiles -----------------------------------------------------------------------------------

// A profile is a row of `profiles` (who owns it, what is known of it) and the row of `saves` of the
// same id (its data): a save doesn't rewrite the one, an ask or an acquire doesn't rewrite the
// other.

inline constexpr Text kEnvelope{
    "SELECT id, born, epoch, created_ms, first_session_ms, load_count, owner_server, "
    "owner_incarnation, session, owned_since, user_ids, metadata, tags, source_hash, ask, "
    "ask_sequence, handovers, revision, edit_number, has_data, schema_version, schema_ordinal, "
    "last_compatible, format, saved_ms, marks "
    "FROM profiles JOIN saves USING (id) WHERE store = :store AND key = :key"};
inline constexpr Text kRecord{
    "SELECT born, epoch, created_ms, first_session_ms, load_count, owner_server, "
    "owner_incarnation, session, owned_since, user_ids, metadata, tags, source_hash, ask, "
    "ask_sequence, handovers, revision, edit_number, has_data, schema_version, schema_ordinal, "
    "last_compatible, format, saved_ms, marks, payload "
    "FROM profiles JOIN saves USING (id) WHERE store = :store AND key = :key"};
inline constexpr Text kList{
    "SELECT key, born, epoch, created_ms, first_session_ms, load_count, owner_server, "
    "owner_incarnation, session, owned_since, user_ids, metadata, tags, source_hash, ask, "
    "ask_sequence, handovers, revision, edit_number, has_data, schema_version, schema_ordinal, "
    "last_compatible, format, saved_ms, marks "
    "FROM profiles JOIN saves USING (id) WHERE store = :store AND key > :after "
    "ORDER BY key LIMIT :limit"};
inline constexpr Text kPayload{
    "SELECT payload FROM saves "
    "WHERE id = (SELECT id FROM profiles WHERE store = :store AND key = :key)"};
inline constexpr Text kInsertProfile{
    "INSERT INTO profiles(store, key, born, epoch, created_ms, first_session_ms, load_count, "
    "owner_server, owner_incarnation, session, owned_since, user_ids, metadata, tags, "
    "source_hash, ask, ask_sequence, handovers) "
    "VALUES (:store, :key, :born, :epoch, :created_ms, :first_session_ms, :load_count, "
    ":owner_server, :owner_incarnation, :session, :owned_since, :user_ids, :metadata, :tags, "
    ":source_hash, :ask, :ask_sequence, :handovers)"};
inline constexpr Text kInsertSave{
    "INSERT INTO saves(revision, edit_number, has_data, schema_version, schema_ordinal, "
    "last_compatible, format, saved_ms, marks, payload, id) "
    "VALUES (:revision, :edit_number, :has_data, :schema_version, :schema_ordinal, "
    ":last_compatible, :format, :saved_ms, :marks, :payload, last_insert_rowid())"};
inline constexpr Text kUpdateProfile{
    "UPDATE profiles SET born = :born, epoch = :epoch, created_ms = :created_ms, "
    "first_session_ms = :first_session_ms, load_count = :load_count, "
    "owner_server = :owner_server, owner_incarnation = :owner_incarnation, session = :session, "
    "owned_since = :owned_since, user_ids = :user_ids, metadata = :metadata, tags = :tags, "
    "source_hash = :source_hash, ask = :ask, ask_sequence = :ask_sequence, "
    "handovers = :handovers WHERE id = :id"};
inline constexpr Text kUpdateSave{
    "UPDATE saves SET revision = :revision, edit_number = :edit_number, has_data = :has_data, "
    "schema_version = :schema_version, schema_ordinal = :schema_ordinal, "
    "last_compatible = :last_compatible, format = :format, saved_ms = :saved_ms, marks = :marks, "
    "payload = :payload WHERE id = :id"};
/// A save whose fence is tested by the statement itself: nothing is changed unless the row is that
/// key's, is owned under that session and epoch, and stands at that revision with those marks.
inline constexpr Text kSaveAtOnce{
    "UPDATE saves SET revision = :revision, edit_number = :edit_number, has_data = :has_data, "
    "schema_version = :schema_version, schema_ordinal = :schema_ordinal, "
    "last_compatible = :last_compatible, format = :format, saved_ms = :saved_ms, marks = :marks, "
    "payload = :payload WHERE id = :id AND revision = :revision_before AND marks = :marks_before "
    "AND EXISTS (SELECT 1 FROM profiles WHERE id = :id AND store = :store AND key = :key "
    "AND session = :session AND epoch = :epoch AND owner_incarnation = :owner_incarnation "
    "AND owner_server = :owner_server)"};
/// A commit without data.
inline constexpr Text kMarkSave{
    "UPDATE saves SET revision = :revision, marks = :marks WHERE id = :id"};
inline constexpr Text kEraseSave{"DELETE FROM saves WHERE id = :id"};
inline constexpr Text kEraseProfile{"DELETE FROM profiles WHERE id = :id"};

inline constexpr Text kOwnsAny{
    "SELECT 1 FROM profiles WHERE owner_incarnation = :incarnation LIMIT 1"};
inline constexpr Text kOwnedSince{
    "SELECT store, key, session, epoch FROM profiles INDEXED BY profiles_owned "
    "WHERE owner_incarnation = :incarnation AND owned_since >= :renewal ORDER BY store, key"};
inline constexpr Text kOwned{
    "SELECT store, key, session, epoch FROM profiles INDEXED BY profiles_owned "
    "WHERE owner_incarnation = :incarnation AND (store, key) > (:store, :key) ORDER BY store, key "
    "LIMIT :limit"};
/// By the index of standing asks: the cost grows with asks, not with rows.
inline constexpr Text kAsksOn{
    "SELECT store, key, session, ask FROM profiles INDEXED BY profiles_asked "
    "WHERE owner_incarnation = :incarnation AND ask IS NOT NULL ORDER BY store, key"};

inline constexpr Text kAddUser{
    "INSERT INTO users(store, key, user_id) VALUES (:store, :key, :user_id)"};
/// Before kEraseUsers: whose it was is remembered until it is erased.
inline constexpr Text kRememberUsers{
    "INSERT OR IGNORE INTO past_users(store, key, user_id) "
    "SELECT store, key, user_id FROM users WHERE store = :store AND key = :key"};
inline constexpr Text kEraseUsers{"DELETE FROM users WHERE store = :store AND key = :key"};
inline constexpr Text kKeysOf{
    "SELECT store, key FROM users WHERE user_id = :user_id ORDER BY store, key"};

inline constexpr Text kRemoval{"SELECT mark FROM removals WHERE store = :store AND key = :key"};
inline constexpr Text kPutRemoval{
    "INSERT OR REPLACE INTO removals(store, key, mark, at_ms) "
    "VALUES (:store, :key, :mark, :at_ms)"};
inline constexpr Text kEraseRemoval{"DELETE FROM removals WHERE store = :store AND key = :key"};
inline constexpr Text kEraseRemovalsBefore{"DELETE FROM removals WHERE at_ms < :at_ms"};

// --- receipts, messages, quarantine -------------------------------------------------------------

inline constexpr Text kReceipt{
    "SELECT at_ms FROM receipts WHERE store = :store AND key = :key AND id = :id"};
inline constexpr Text kAddReceipt{
    "INSERT INTO receipts(store, key, id, at_ms) VALUES (:store, :key, :id, :at_ms)"};

inline constexpr Text kAnyBefore{
    "SELECT EXISTS (SELECT 1 FROM receipts WHERE at_ms < :at_ms) "
    "OR EXISTS (SELECT 1 FROM handled WHERE at_ms < :at_ms)"};
inline constexpr Text kEraseReceiptsBefore{
    "DELETE FROM receipts WHERE rowid IN (SELECT rowid FROM receipts WHERE at_ms < :at_ms "
    "ORDER BY at_ms, store, key, id LIMIT :limit)"};
inline constexpr Text kEraseHandledBefore{
    "DELETE FROM handled WHERE rowid IN (SELECT rowid FROM handled WHERE at_ms < :at_ms "
    "ORDER BY at_ms, store, key, id LIMIT :limit)"};

inline constexpr Text kMessageKnown{
    "SELECT EXISTS (SELECT 1 FROM inbox WHERE store = :store AND key = :key AND id = :id) "
    "OR EXISTS (SELECT 1 FROM handled WHERE store = :store AND key = :key AND id = :id)"};
inline constexpr Text kInboxCount{"SELECT count(*) FROM inbox WHERE store = :store AND key = :key"};
inline constexpr Text kAddMessage{
    "INSERT INTO inbox(store, key, id, body, sent_ms, expires_ms, sender, carries_value) "
    "VALUES (:store, :key, :id, :body, :sent_ms, :expires_ms, :sender, :carries_value)"};
inline constexpr Text kInbox{
    "SELECT id, body, sent_ms, expires_ms, sender, carries_value FROM inbox "
    "WHERE store = :store AND key = :key ORDER BY position"};
/// Of keys without a row, or whose row is free: no owner, or one of a recovered or forgotten lease
/// (state 3). As is_expired() has it.
inline constexpr Text kExpired{
    "SELECT i.store, i.key, i.id, i.body, i.sent_ms, i.expires_ms, i.sender, i.carries_value "
    "FROM inbox i LEFT JOIN profiles p ON p.store = i.store AND p.key = i.key "
    "LEFT JOIN leases l ON l.incarnation = p.owner_incarnation "
    "WHERE i.expires_ms > 0 AND i.expires_ms <= :now_ms "
    "AND (i.carries_value = 0 OR i.sender <> '') "
    "AND (p.owner_incarnation IS NULL OR l.incarnation IS NULL OR l.state = 3) "
    "ORDER BY i.expires_ms, i.store, i.key, i.position LIMIT :limit"};
/// From the rows that are owned to their inboxes: the cost grows with those rows.
inline constexpr Text kMailOn{
    "SELECT p.store, p.key, i.id FROM profiles p INDEXED BY profiles_owned CROSS JOIN inbox i "
    "WHERE p.owner_incarnation = :incarnation AND i.position = "
    "(SELECT max(position) FROM inbox WHERE store = p.store AND key = p.key) "
    "ORDER BY p.store, p.key"};
inline constexpr Text kEraseMessage{
    "DELETE FROM inbox WHERE store = :store AND key = :key AND id = :id"};
inline constexpr Text kAddHandled{
    "INSERT OR IGNORE INTO handled(store, key, id, at_ms) VALUES (:store, :key, :id, :at_ms)"};

inline constexpr Text kAddQuarantine{
    "INSERT OR IGNORE INTO quarantine(store, key, incident, code, path, message, schema_version, "
    "payload, at_ms, server) VALUES (:store, :key, :incident, :code, :path, :message, "
    ":schema_version, :payload, :at_ms, :server)"};
inline constexpr Text kQuarantine{
    "SELECT store, key, incident, code, path, message, schema_version, x'', at_ms, server "
    "FROM quarantine WHERE :store = '' OR store = :store "
    "ORDER BY at_ms DESC, position DESC LIMIT :limit"};
inline constexpr Text kIncident{
    "SELECT store, key, incident, code, path, message, schema_version, payload, at_ms, server "
    "FROM quarantine WHERE incident = :incident"};

// --- history, and a person's data --------------------------------------------------------------

inline constexpr Text kHistory{
    "SELECT revision, kind, kept_ms, saved_ms, edit_number, schema_version, schema_ordinal, "
    "last_compatible, format, x'' FROM history WHERE store = :store AND key = :key "
    "ORDER BY revision DESC"};
inline constexpr Text kHistoryWhole{
    "SELECT revision, kind, kept_ms, saved_ms, edit_number, schema_version, schema_ordinal, "
    "last_compatible, format, payload FROM history WHERE store = :store AND key = :key "
    "ORDER BY revision DESC"};
inline constexpr Text kSnapshot{
    "SELECT revision, kind, kept_ms, saved_ms, edit_number, schema_version, schema_ordinal, "
    "last_compatible, format, payload FROM history WHERE store = :store AND key = :key "
    "AND revision = :revision"};
inline constexpr Text kAddSnapshot{
    "INSERT INTO history(store, key, revision, kind, kept_ms, saved_ms, edit_number, "
    "schema_version, schema_ordinal, last_compatible, format, payload) VALUES (:store, :key, "
    ":revision, :kind, :kept_ms, :saved_ms, :edit_number, :schema_version, :schema_ordinal, "
    ":last_compatible, :format, :payload)"};
inline constexpr Text kEraseSnapshot{
    "DELETE FROM history WHERE store = :store AND key = :key AND revision = :revision"};
inline constexpr Text kEraseHistory{"DELETE FROM history WHERE store = :store AND key = :key"};

inline constexpr Text kSubject{
    "SELECT store, key FROM users WHERE user_id = :user_id "
    "UNION SELECT store, key FROM past_users WHERE user_id = :user_id ORDER BY 1, 2"};
inline constexpr Text kReceipts{
    "SELECT id, at_ms FROM receipts WHERE store = :store AND key = :key ORDER BY id"};
inline constexpr Text kHandled{
    "SELECT id, at_ms FROM handled WHERE store = :store AND key = :key ORDER BY id"};
inline constexpr Text kQuarantineOfKey{
    "SELECT store, key, incident, code, path, message, schema_version, payload, at_ms, server "
    "FROM quarantine WHERE store = :store AND key = :key ORDER BY at_ms DESC, position DESC"};

inline constexpr Text kEraseQuarantine{
    "DELETE FROM quarantine WHERE store = :store AND key = :key"};
inline constexpr Text kQuarantineNaming{
    "SELECT position, message FROM quarantine WHERE instr(message, :name) > 0"};
inline constexpr Text kSetQuarantineMessage{
    "UPDATE quarantine SET message = :message WHERE position = :position"};
inline constexpr Text kEraseInbox{"DELETE FROM inbox WHERE store = :store AND key = :key"};
inline constexpr Text kEraseReceipts{"DELETE FROM receipts WHERE store = :store AND key = :key"};
inline constexpr Text kEraseHandled{"DELETE FROM handled WHERE store = :store AND key = :key"};
inline constexpr Text kForgetSender{
    "UPDATE inbox SET sender = '' WHERE sender = :sender AND sender <> ''"};
inline constexpr Text kErasePastUsers{"DELETE FROM past_users WHERE store = :store AND key = :key"};
inline constexpr Text kErasePastUser{
    "DELETE FROM past_users WHERE store = :store AND key = :key AND user_id = :user_id"};

/// Every key of which anything is kept, some more than once.
inline constexpr Text kEachKey{
    "SELECT store, key FROM profiles UNION ALL SELECT store, key FROM inbox "
    "UNION ALL SELECT store, key FROM receipts UNION ALL SELECT store, key FROM handled "
    "UNION ALL SELECT store, key FROM history UNION ALL SELECT store, key FROM quarantine "
    "UNION ALL SELECT store, key FROM removals UNION ALL SELECT store, key FROM past_users"};
/// A page of these, each once, in order.
#define KEEPSAKE_PAGE(table)                              \
  "SELECT * FROM (SELECT DISTINCT store, key FROM " table \
  " WHERE (store, key) > (:store, :key) "                 \
  "ORDER BY store, key LIMIT :limit)"
inline constexpr Text kKeysAfter{
    KEEPSAKE_PAGE("profiles") " UNION " KEEPSAKE_PAGE("inbox") " UNION " KEEPSAKE_PAGE(
        "receipts") " UNION " KEEPSAKE_PAGE("handled") " UNION " KEEPSAKE_PAGE("history") " UNION "
    KEEPSAKE_PAGE("quarantine") " UNION " KEEPSAKE_PAGE(
        "past_users") " ORDER BY 1, 2 LIMIT :limit"};
inline constexpr Text kEachSubject{
    "SELECT store, key, user_id FROM users UNION ALL SELECT store, key, user_id FROM past_users"};

inline constexpr Text kPastUsers{
    "SELECT user_id FROM past_users WHERE store = :store AND key = :key"};
inline constexpr Text kAddPastUser{
    "INSERT INTO past_users(store, key, user_id) VALUES (:store, :key, :user_id)"};
inline constexpr Text kTombstones{"SELECT kind, hash, at_ms, token FROM tombstones"};

inline constexpr Text kErasures{"SELECT erasures, tombstone_secret FROM meta WHERE id = 1"};
inline constexpr Text kCountErasure{"UPDATE meta SET erasures = erasures + 1 WHERE id = 1"};
inline constexpr Text kTombstone{
    "SELECT at_ms, token FROM tombstones WHERE kind = :kind AND hash = :hash"};
inline constexpr Text kPutTombstone{
    "INSERT OR REPLACE INTO tombstones(kind, hash, at_ms, token) "
    "VALUES (:kind, :hash, :at_ms, :token)"};
// --- restore ------------------------------------------------------------------------------------

inline constexpr Text kKnown{
    "SELECT last_incarnation, epoch_floor, tombstone_secret FROM meta WHERE id = 1"};
inline constexpr Text kSetSecret{"UPDATE meta SET tombstone_secret = :secret WHERE id = 1"};
inline constexpr Text kNewGeneration{"UPDATE meta SET generation = randomblob(16) WHERE id = 1"};
inline constexpr Text kForgetLeases{"DELETE FROM leases"};
inline constexpr Text kFreeAll{
    "UPDATE profiles SET owner_server = NULL, owner_incarnation = NULL, session = NULL, "
    "owned_since = 0, ask = NULL WHERE owner_incarnation IS NOT NULL OR ask IS NOT NULL"};
/// Numbers that were given since the backup was made are not given again.
inline constexpr Text kRaiseCounters{
    "UPDATE meta SET last_incarnation = last_incarnation + :incarnation, "
    "epoch_floor = max(epoch_floor, :epoch_floor) WHERE id = 1"};

inline constexpr Text kAddAudit{
    "INSERT INTO audit(at_ms, what, reason, by_server) VALUES (:at_ms, :what, :reason, :by)"};
inline constexpr Text kAudit{
    "SELECT at_ms, what, reason, by_server FROM audit ORDER BY position DESC LIMIT :limit"};

}  // namespace keepsake::sql
