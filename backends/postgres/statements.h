// Every SQL statement of the PostgreSQL backend. docs/postgres.md describes tables and columns.
//
// Those of the hot path name store and key, so that an engine that splits tables by them sends each
// to one part. All integers are bigint. Each transaction sets the schema as its search path.
#pragma once

namespace keepsake::postgres::sql {

struct Text {
  const char* text;
};

inline constexpr int kSchemaVersion = 2;

inline constexpr const char* kCreateSchema = R"(
CREATE TABLE meta(
  id bigint PRIMARY KEY CHECK (id = 1),
  generation bytea NOT NULL,
  epoch_floor bigint NOT NULL,
  last_incarnation bigint NOT NULL,
  tombstone_secret bytea NOT NULL,
  erasures bigint NOT NULL);
CREATE TABLE schema_versions(version bigint PRIMARY KEY, applied_at timestamptz NOT NULL);
CREATE TABLE leases(
  incarnation bigint PRIMARY KEY,
  server text COLLATE "C" NOT NULL,
  renewal bigint NOT NULL,
  previous_renewal bigint NOT NULL,
  state bigint NOT NULL,
  recoverer bigint NOT NULL,
  journal_directory text NOT NULL,
  journal_ring text NOT NULL,
  journal_boot_id text NOT NULL,
  journal_host text NOT NULL,
  journal_pid bigint NOT NULL,
  started_ms bigint NOT NULL,
  ended_ms bigint NOT NULL,
  scrubbed bigint NOT NULL,
  stamps bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE profiles(
  store text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  born bigint NOT NULL,
  epoch bigint NOT NULL,
  created_ms bigint NOT NULL,
  first_session_ms bigint NOT NULL,
  load_count bigint NOT NULL,
  owner_server text,
  owner_incarnation bigint,
  session bytea,
  owned_since bigint NOT NULL,
  user_ids text NOT NULL,
  metadata text NOT NULL,
  tags text NOT NULL,
  source_hash text NOT NULL,
  ask bytea,
  ask_sequence bigint NOT NULL,
  handovers bytea NOT NULL,
  revision bigint NOT NULL,
  edit_number bigint NOT NULL,
  has_data bigint NOT NULL,
  schema_version text NOT NULL,
  schema_ordinal bigint NOT NULL,
  last_compatible bigint NOT NULL,
  format bigint NOT NULL,
  saved_ms bigint NOT NULL,
  marks bytea NOT NULL,
  payload bytea NOT NULL,
  asker bigint,
  stamp bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (store, key)) WITH (fillfactor = 70);
ALTER TABLE profiles ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX profiles_owned ON profiles(owner_incarnation, owned_since)
  WHERE owner_incarnation IS NOT NULL;
CREATE INDEX profiles_asked ON profiles(owner_incarnation) WHERE ask IS NOT NULL;
CREATE TABLE users(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, user_id bigint NOT NULL,
  PRIMARY KEY (store, key, user_id));
CREATE INDEX users_by_id ON users(user_id);
CREATE TABLE past_users(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, user_id bigint NOT NULL,
  PRIMARY KEY (store, key, user_id));
CREATE INDEX past_users_by_id ON past_users(user_id);
CREATE TABLE removals(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, mark bytea NOT NULL,
  at_ms bigint NOT NULL, PRIMARY KEY (store, key));
CREATE TABLE receipts(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL, PRIMARY KEY (store, key, id));
CREATE INDEX receipts_by_time ON receipts(at_ms);
CREATE TABLE handled(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL, PRIMARY KEY (store, key, id));
CREATE INDEX handled_by_time ON handled(at_ms);
CREATE TABLE inbox(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  body text NOT NULL, sent_ms bigint NOT NULL, expires_ms bigint NOT NULL,
  sender text COLLATE "C" NOT NULL, carries_value bigint NOT NULL,
  PRIMARY KEY (store, key, id));
CREATE INDEX inbox_by_expiry ON inbox(expires_ms) WHERE expires_ms > 0;
CREATE INDEX inbox_by_sender ON inbox(sender) WHERE sender <> '';
CREATE TABLE quarantine(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, incident bytea NOT NULL,
  code text NOT NULL, path text NOT NULL, message text NOT NULL, schema_version text NOT NULL,
  payload bytea NOT NULL, at_ms bigint NOT NULL, server text NOT NULL, position bigint NOT NULL,
  PRIMARY KEY (store, key, incident));
CREATE INDEX quarantine_by_time ON quarantine(at_ms, position);
CREATE INDEX quarantine_by_incident ON quarantine(incident);
CREATE TABLE history(
  store text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, revision bigint NOT NULL,
  kind bigint NOT NULL, kept_ms bigint NOT NULL, saved_ms bigint NOT NULL,
  edit_number bigint NOT NULL, schema_version text NOT NULL, schema_ordinal bigint NOT NULL,
  last_compatible bigint NOT NULL, format bigint NOT NULL, payload bytea NOT NULL,
  PRIMARY KEY (store, key, revision));
ALTER TABLE history ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE TABLE tombstones(
  kind bigint NOT NULL, hash text COLLATE "C" NOT NULL, at_ms bigint NOT NULL,
  token bytea NOT NULL, PRIMARY KEY (kind, hash));
CREATE TABLE audit(
  position bigint NOT NULL, at_ms bigint NOT NULL, what text NOT NULL, reason text NOT NULL,
  by_server text NOT NULL);
CREATE INDEX audit_by_position ON audit(position);
CREATE VIEW profiles_json AS
  SELECT store, key, revision, schema_version, to_timestamp(saved_ms / 1000.0) AS saved_at,
         owner_server, tags, convert_from(payload, 'UTF8')::jsonb AS data
  FROM profiles WHERE has_data = 1 AND format = 1;
INSERT INTO meta VALUES (1, uuid_send(gen_random_uuid()), 0, 0,
  uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 0);
INSERT INTO schema_versions VALUES (1, now());
)";
/// From schema version 1, which kCreateSchema makes: the view shows profiles of every format, and
/// casts no text that jsonb refuses (a NUL character).
inline constexpr const char* kUpgradeTo2 = R"(
DROP VIEW profiles_json;
CREATE VIEW profiles_json AS
  SELECT store, key, revision, schema_version, to_timestamp(saved_ms / 1000.0) AS saved_at,
         owner_server,
         CASE WHEN tags = '' THEN NULL WHEN strpos(tags, chr(92) || 'u0000') > 0 THEN NULL
           ELSE tags::jsonb END AS tags,
         CASE format WHEN 1 THEN 'json' WHEN 2 THEN 'cbor' WHEN 3 THEN 'compressed'
           ELSE 'unknown' END AS format,
         CASE WHEN format <> 1 THEN NULL
           WHEN strpos(convert_from(payload, 'UTF8'), chr(92) || 'u0000') > 0 THEN NULL
           ELSE convert_from(payload, 'UTF8')::jsonb END AS data,
         CASE WHEN format = 1 THEN convert_from(payload, 'UTF8') END AS data_text
  FROM profiles WHERE has_data = 1;
INSERT INTO schema_versions VALUES (2, now());
)";

inline constexpr Text kBegin{"BEGIN ISOLATION LEVEL READ COMMITTED"};
inline constexpr Text kBeginRead{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
/// What holds for one transaction: a pooler's next client finds nothing of it. A server that stands
/// still in the middle of one keeps its rows locked for no longer than a statement may take. Small
/// tables without statistics must not be read whole; a plan is made once for all values.
inline constexpr Text kSettings{
    "SELECT set_config('search_path', $1, true), set_config('synchronous_commit', $2, true), "
    "set_config('lock_timeout', $3, true), set_config('statement_timeout', $4, true), "
    "set_config('idle_in_transaction_session_timeout', $4, true), "
    "set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true)"};
inline constexpr Text kCommit{"COMMIT"};
inline constexpr Text kRollback{"ROLLBACK"};

inline constexpr Text kMeta{
    "SELECT generation, epoch_floor, erasures, tombstone_secret, "
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM meta WHERE id = 1"};
/// Servers that start take turns: of two with one id, the second sees the first.
inline constexpr Text kLockMeta{"SELECT id FROM meta WHERE id = 1 FOR UPDATE"};
inline constexpr Text kSetEpochFloor{
    "UPDATE meta SET epoch_floor = greatest(epoch_floor, $1) WHERE id = 1"};
inline constexpr Text kNewIncarnation{
    "UPDATE meta SET last_incarnation = last_incarnation + 1 WHERE id = 1 "
    "RETURNING last_incarnation"};
inline constexpr Text kCountErasure{"UPDATE meta SET erasures = erasures + 1 WHERE id = 1"};
/// Another life of the database, after an older state was put in place (restored.cc). Numbers that
/// were given since then are not given again.
inline constexpr Text kBeginAnew{
    "UPDATE meta SET generation = uuid_send(gen_random_uuid()), "
    "last_incarnation = last_incarnation + $1, epoch_floor = epoch_floor + $1 WHERE id = 1"};
inline constexpr Text kForgetLeases{"DELETE FROM leases"};
inline constexpr Text kFreeAll{
    "UPDATE profiles SET owner_server = NULL, owner_incarnation = NULL, session = NULL, "
    "owned_since = 0, ask = NULL, asker = NULL, stamp = stamp + 1 "
    "WHERE owner_incarnation IS NOT NULL"};
/// Held until the transaction ends, by whoever makes a key's first row and whoever acts on there
/// being none.
inline constexpr Text kLockKey{
    "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))::text"};

// --- leases -------------------------------------------------------------------------------------

#define KEEPSAKE_LEASE_COLUMNS                                                            \
  "server, incarnation, renewal, previous_renewal, state, recoverer, journal_directory, " \
  "journal_ring, journal_boot_id, journal_host, journal_pid, started_ms, ended_ms, scrubbed"
inline constexpr Text kLease{"SELECT " KEEPSAKE_LEASE_COLUMNS
                             " FROM leases WHERE incarnation = $1"};
inline constexpr Text kLeaseLocked{"SELECT " KEEPSAKE_LEASE_COLUMNS
                                   " FROM leases WHERE incarnation = $1 FOR UPDATE"};
inline constexpr Text kLeases{"SELECT " KEEPSAKE_LEASE_COLUMNS " FROM leases ORDER BY incarnation"};
/// What a renewal may change in those that aren't recovered, and which start of a server each is
/// of; that is NULL where the lease isn't open.
inline constexpr Text kStandingLeases{
    "SELECT incarnation, renewal, scrubbed, CASE WHEN state = 1 THEN started_ms END "
    "FROM leases WHERE state <> 3 ORDER BY incarnation"};
/// Those of $1, and those of the owners and askers of the keys $2, $3.
inline constexpr Text kLeasesOf{
    "SELECT " KEEPSAKE_LEASE_COLUMNS
    " FROM leases WHERE incarnation = ANY ($1 || ARRAY("
    "SELECT unnest(ARRAY[p.owner_incarnation, p.asker]) "
    "FROM unnest($2, $3) AS n(store, key) JOIN profiles p ON p.store = n.store AND p.key = "
    "n.key))"};
inline constexpr Text kPutLease{
    "INSERT INTO leases(" KEEPSAKE_LEASE_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
    "ON CONFLICT (incarnation) DO UPDATE SET renewal = excluded.renewal, "
    "previous_renewal = excluded.previous_renewal, state = excluded.state, "
    "recoverer = excluded.recoverer, ended_ms = excluded.ended_ms, "
    "scrubbed = excluded.scrubbed, stamps = leases.stamps + 1"};
inline constexpr Text kEraseLease{"DELETE FROM leases WHERE incarnation = $1"};
inline constexpr Text kStampLease{"UPDATE leases SET stamps = stamps + 1 WHERE incarnation = $1"};

// --- profiles -----------------------------------------------------------------------------------

#define KEEPSAKE_ENVELOPE_COLUMNS                                                            \
  "born, epoch, created_ms, first_session_ms, load_count, owner_server, owner_incarnation, " \
  "session, owned_since, user_ids, metadata, tags, source_hash, ask, ask_sequence, "         \
  "handovers, revision, edit_number, has_data, schema_version, schema_ordinal, "             \
  "last_compatible, format, saved_ms, marks"

inline constexpr Text kRecords{"SELECT store, key, " KEEPSAKE_ENVELOPE_COLUMNS
                               ", payload, stamp FROM profiles "
                               "WHERE (store, key) IN (SELECT * FROM unnest($1, $2))"};
/// In order of key, so that two transactions don't wait for each other in a circle.
inline constexpr Text kRecordsLocked{
    "SELECT store, key, " KEEPSAKE_ENVELOPE_COLUMNS
    ", payload, stamp FROM profiles "
    "WHERE (store, key) IN (SELECT * FROM unnest($1, $2)) ORDER BY store, key FOR UPDATE"};
/// Against a removal alone: its owner goes on saving.
inline constexpr Text kRecordsShared{
    "SELECT store, key, " KEEPSAKE_ENVELOPE_COLUMNS
    ", ''::bytea, stamp FROM profiles "
    "WHERE (store, key) IN (SELECT * FROM unnest($1, $2)) ORDER BY store, key FOR KEY SHARE"};
inline constexpr Text kList{"SELECT key, " KEEPSAKE_ENVELOPE_COLUMNS
                            " FROM profiles WHERE store = $1 AND key > $2 "
                            "ORDER BY key LIMIT $3"};
inline constexpr Text kInsertProfile{
    "INSERT INTO profiles(store, key, " KEEPSAKE_ENVELOPE_COLUMNS
    ", payload, asker) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
    "$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)"};
// A row that isn't as it was read: the division by zero ends the transaction, and it is tried anew.
#define KEEPSAKE_ONE_CHANGED "RETURNING 1) SELECT 1 / count(*) FROM changed"
inline constexpr Text kUpdateRecord{
    "WITH changed AS (UPDATE profiles SET born = $1, epoch = $2, created_ms = $3, "
    "first_session_ms = $4, load_count = $5, owner_server = $6, owner_incarnation = $7, "
    "session = $8, owned_since = $9, user_ids = $10, metadata = $11, tags = $12, "
    "source_hash = $13, ask = $14, ask_sequence = $15, handovers = $16, revision = $17, "
    "edit_number = $18, has_data = $19, schema_version = $20, schema_ordinal = $21, "
    "last_compatible = $22, format = $23, saved_ms = $24, marks = $25, payload = $26, asker = $27, "
    "stamp = stamp + 1 WHERE store = $28 AND key = $29 AND stamp = $30 " KEEPSAKE_ONE_CHANGED};
inline constexpr Text kUpdateProfile{
    "WITH changed AS (UPDATE profiles SET born = $1, epoch = $2, created_ms = $3, "
    "first_session_ms = $4, load_count = $5, owner_server = $6, owner_incarnation = $7, "
    "session = $8, owned_since = $9, user_ids = $10, metadata = $11, tags = $12, "
    "source_hash = $13, ask = $14, ask_sequence = $15, handovers = $16, revision = $17, "
    "edit_number = $18, has_data = $19, schema_version = $20, schema_ordinal = $21, "
    "last_compatible = $22, format = $23, saved_ms = $24, marks = $25, asker = $26, "
    "stamp = stamp + 1 WHERE store = $27 AND key = $28 AND stamp = $29 " KEEPSAKE_ONE_CHANGED};
/// Only as long as the lease of whoever takes it is open.
inline constexpr Text kNeedOpenLease{
    "SELECT 1 / count(*) FROM leases WHERE incarnation = $1 AND state = 1"};
/// Saves whose fences are tested by the statement itself, many at once. What is inserted in place
/// of a row that is gone has `born` 0: the division ends the transaction.
inline constexpr Text kSaveMany{
    "INSERT INTO profiles(store, key, born, epoch, created_ms, first_session_ms, load_count, "
    "owner_server, owner_incarnation, session, owned_since, user_ids, metadata, tags, source_hash, "
    "ask_sequence, handovers, revision, edit_number, has_data, schema_version, schema_ordinal, "
    "last_compatible, format, saved_ms, marks, payload) "
    "SELECT n.store, n.key, 0, n.epoch, 0, 0, 0, n.owner_server, n.owner_incarnation, n.session, "
    "0, "
    "'', '', '', '', 0, n.marks_before, n.revision, n.edit_number, 1, n.schema_version, "
    "n.schema_ordinal, n.last_compatible, n.format, n.saved_ms, n.marks, n.payload "
    "FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
    "AS n(store, key, owner_server, owner_incarnation, session, epoch, revision, edit_number, "
    "schema_version, schema_ordinal, last_compatible, format, saved_ms, marks_before, marks, "
    "payload) WHERE (SELECT generation FROM meta WHERE id = 1) = $17 ORDER BY 1, 2 "
    "ON CONFLICT (store, key) DO UPDATE SET revision = excluded.revision, "
    "edit_number = excluded.edit_number, has_data = 1, schema_version = excluded.schema_version, "
    "schema_ordinal = excluded.schema_ordinal, last_compatible = excluded.last_compatible, "
    "format = excluded.format, saved_ms = excluded.saved_ms, marks = excluded.marks, "
    "payload = excluded.payload, stamp = profiles.stamp + 1 "
    "WHERE profiles.session = excluded.session AND profiles.epoch = excluded.epoch "
    "AND profiles.revision = excluded.revision - 1 "
    "AND profiles.owner_incarnation = excluded.owner_incarnation "
    "AND profiles.owner_server = excluded.owner_server AND profiles.marks = excluded.handovers "
    "RETURNING store, key, 1 / least(born, 1)"};
inline constexpr Text kEraseProfile{
    "WITH changed AS (DELETE FROM profiles WHERE store = $1 AND key = $2 " KEEPSAKE_ONE_CHANGED};

inline constexpr Text kOwnsAny{
    "SELECT owned_since FROM profiles WHERE owner_incarnation = $1 LIMIT 1"};
/// Since the renewal before the one that stands there, at the latest, so that it can be asked
/// before the lease's row has been seen.
inline constexpr Text kOwnedSince{
    "SELECT store, key, session, epoch, owned_since FROM profiles "
    "WHERE owner_incarnation = $1 AND owned_since >= least($2, "
    "(SELECT previous_renewal - 1 FROM leases WHERE incarnation = $1)) ORDER BY store, key"};
inline constexpr Text kOwned{
    "SELECT store, key, session, epoch FROM profiles "
    "WHERE owner_incarnation = $1 AND (store, key) > ($2, $3) ORDER BY store, key LIMIT $4"};
inline constexpr Text kAsksOn{
    "SELECT store, key, session, ask FROM profiles "
    "WHERE owner_incarnation = $1 AND ask IS NOT NULL ORDER BY store, key"};

inline constexpr Text kAddUsers{"INSERT INTO users(store, key, user_id) SELECT $1, $2, unnest($3)"};
/// Before kEraseUsers: whose it was is remembered until it is erased.
inline constexpr Text kRememberUsers{
    "INSERT INTO past_users(store, key, user_id) "
    "SELECT store, key, user_id FROM users WHERE store = $1 AND key = $2 ON CONFLICT DO NOTHING"};
inline constexpr Text kEraseUsers{"DELETE FROM users WHERE store = $1 AND key = $2"};
inline constexpr Text kKeysOf{
    "SELECT store, key FROM users WHERE user_id = $1 ORDER BY store, key"};

inline constexpr Text kRemoval{"SELECT mark FROM removals WHERE store = $1 AND key = $2"};
inline constexpr Text kPutRemoval{
    "INSERT INTO removals(store, key, mark, at_ms) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (store, key) DO UPDATE SET mark = excluded.mark, at_ms = excluded.at_ms"};
inline constexpr Text kEraseRemoval{"DELETE FROM removals WHERE store = $1 AND key = $2"};
inline constexpr Text kEraseRemovalsBefore{"DELETE FROM removals WHERE at_ms < $1"};

// --- receipts, messages, quarantine -------------------------------------------------------------

inline constexpr Text kReceipt{
    "SELECT at_ms FROM receipts WHERE store = $1 AND key = $2 AND id = $3"};
inline constexpr Text kAddReceipt{
    "INSERT INTO receipts(store, key, id, at_ms) VALUES ($1, $2, $3, $4)"};

inline constexpr Text kAnyBefore{
    "SELECT (EXISTS (SELECT 1 FROM receipts WHERE at_ms < $1) "
    "OR EXISTS (SELECT 1 FROM handled WHERE at_ms < $1))::int::bigint"};
inline constexpr Text kEraseReceiptsBefore{
    "DELETE FROM receipts WHERE (store, key, id) IN (SELECT store, key, id FROM receipts "
    "WHERE at_ms < $1 ORDER BY at_ms, store, key, id LIMIT $2)"};
inline constexpr Text kEraseHandledBefore{
    "DELETE FROM handled WHERE (store, key, id) IN (SELECT store, key, id FROM handled "
    "WHERE at_ms < $1 ORDER BY at_ms, store, key, id LIMIT $2)"};

inline constexpr Text kMessageKnown{
    "SELECT id FROM inbox WHERE store = $1 AND key = $2 AND id = $3 "
    "UNION ALL SELECT id FROM handled WHERE store = $1 AND key = $2 AND id = $3"};
inline constexpr Text kInboxCount{"SELECT count(*) FROM inbox WHERE store = $1 AND key = $2"};
inline constexpr Text kAddMessage{
    "INSERT INTO inbox(store, key, id, body, sent_ms, expires_ms, sender, carries_value, position) "
    "SELECT $1, $2, $3, $4, $5, $6, $7, $8, coalesce(max(position), 0) + 1 "
    "FROM inbox WHERE store = $1 AND key = $2"};
inline constexpr Text kInbox{
    "SELECT id, body, sent_ms, expires_ms, sender, carries_value FROM inbox "
    "WHERE store = $1 AND key = $2 ORDER BY position, id"};
/// Of keys without a row, or whose row is free: no owner, or one of a recovered or forgotten lease
/// (state 3). As is_expired() has it.
inline constexpr Text kExpired{
    "SELECT i.store, i.key, i.id, i.body, i.sent_ms, i.expires_ms, i.sender, i.carries_value "
    "FROM inbox i LEFT JOIN profiles p ON p.store = i.store AND p.key = i.key "
    "LEFT JOIN leases l ON l.incarnation = p.owner_incarnation "
    "WHERE i.expires_ms > 0 AND i.expires_ms <= $1 "
    "AND (i.carries_value = 0 OR i.sender <> '') "
    "AND (p.owner_incarnation IS NULL OR l.incarnation IS NULL OR l.state = 3) "
    "ORDER BY i.expires_ms, i.store, i.key, i.position LIMIT $2"};
/// From the rows that are owned to their inboxes: the cost grows with those rows.
inline constexpr Text kMailOn{
    "SELECT p.store, p.key, newest.id FROM profiles p CROSS JOIN LATERAL "
    "(SELECT id FROM inbox WHERE store = p.store AND key = p.key "
    "ORDER BY position DESC, id DESC LIMIT 1) newest "
    "WHERE p.owner_incarnation = $1 ORDER BY p.store, p.key"};
inline constexpr Text kEraseMessage{"DELETE FROM inbox WHERE store = $1 AND key = $2 AND id = $3"};
inline constexpr Text kAddHandled{
    "INSERT INTO handled(store, key, id, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"};

#define KEEPSAKE_CLOCK "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
inline constexpr Text kAddQuarantine{
    "INSERT INTO quarantine(store, key, incident, code, path, message, schema_version, payload, "
    "at_ms, server, position) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, " KEEPSAKE_CLOCK
    " WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE incident = $3) ON CONFLICT DO NOTHING"};
#define KEEPSAKE_ENTRY_COLUMNS(payload) \
  "store, key, incident, code, path, message, schema_version, " payload ", at_ms, server"
inline constexpr Text kQuarantine{"SELECT " KEEPSAKE_ENTRY_COLUMNS(
    "''::bytea") " "
                 "FROM quarantine WHERE $1 = '' OR store = $1 ORDER BY at_ms DESC, position DESC "
                 "LIMIT $2"};
inline constexpr Text kIncident{"SELECT " KEEPSAKE_ENTRY_COLUMNS(
    "payload") " "
               "FROM quarantine WHERE incident = $1"};

// --- history, and a person's data --------------------------------------------------------------

#define KEEPSAKE_SNAPSHOT_COLUMNS                                                    \
  "revision, kind, kept_ms, saved_ms, edit_number, schema_version, schema_ordinal, " \
  "last_compatible, format, "
inline constexpr Text kHistory{"SELECT " KEEPSAKE_SNAPSHOT_COLUMNS
                               "''::bytea FROM history WHERE store = $1 AND key = $2 "
                               "ORDER BY revision DESC"};
/// All that is kept of many keys at once, table by table.
#define KEEPSAKE_OF_KEYS " WHERE (store, key) IN (SELECT * FROM unnest($1, $2)) ORDER BY "
inline constexpr Text kHistoriesWhole{"SELECT store, key, " KEEPSAKE_SNAPSHOT_COLUMNS
                                      "payload FROM history" KEEPSAKE_OF_KEYS "revision DESC"};
inline constexpr Text kInboxes{
    "SELECT store, key, id, body, sent_ms, expires_ms, sender, carries_value "
    "FROM inbox" KEEPSAKE_OF_KEYS "position, id"};
inline constexpr Text kReceipts{"SELECT store, key, id, at_ms FROM receipts" KEEPSAKE_OF_KEYS "id"};
inline constexpr Text kHandled{"SELECT store, key, id, at_ms FROM handled" KEEPSAKE_OF_KEYS "id"};
inline constexpr Text kQuarantineOfKeys{"SELECT " KEEPSAKE_ENTRY_COLUMNS(
    "payload") " FROM quarantine" KEEPSAKE_OF_KEYS "at_ms DESC, position DESC"};
inline constexpr Text kPastUsers{"SELECT store, key, user_id FROM past_users" KEEPSAKE_OF_KEYS
                                 "user_id"};
inline constexpr Text kSnapshot{"SELECT " KEEPSAKE_SNAPSHOT_COLUMNS
                                "payload FROM history "
                                "WHERE store = $1 AND key = $2 AND revision = $3"};
inline constexpr Text kAddSnapshot{"INSERT INTO history(store, key, " KEEPSAKE_SNAPSHOT_COLUMNS
                                   "payload) "
                                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"};
inline constexpr Text kEraseSnapshot{
    "DELETE FROM history WHERE store = $1 AND key = $2 AND revision = $3"};
inline constexpr Text kEraseHistory{"DELETE FROM history WHERE store = $1 AND key = $2"};

inline constexpr Text kSubject{
    "SELECT store, key FROM users WHERE user_id = $1 "
    "UNION SELECT store, key FROM past_users WHERE user_id = $1 ORDER BY 1, 2"};

inline constexpr Text kEraseQuarantine{"DELETE FROM quarantine WHERE store = $1 AND key = $2"};
inline constexpr Text kQuarantineNaming{
    "SELECT incident, message FROM quarantine WHERE strpos(message, $1) > 0"};
inline constexpr Text kSetQuarantineMessage{
    "UPDATE quarantine SET message = $1 WHERE incident = $2"};
inline constexpr Text kEraseInbox{"DELETE FROM inbox WHERE store = $1 AND key = $2"};
inline constexpr Text kEraseReceipts{"DELETE FROM receipts WHERE store = $1 AND key = $2"};
inline constexpr Text kEraseHandled{"DELETE FROM handled WHERE store = $1 AND key = $2"};
inline constexpr Text kForgetSender{
    "UPDATE inbox SET sender = '' WHERE sender = $1 AND sender <> ''"};
inline constexpr Text kErasePastUsers{"DELETE FROM past_users WHERE store = $1 AND key = $2"};
inline constexpr Text kErasePastUser{
    "DELETE FROM past_users WHERE store = $1 AND key = $2 AND user_id = $3"};

/// Every key of which anything is kept, some more than once.
inline constexpr Text kEachKey{
    "SELECT store, key FROM profiles UNION SELECT store, key FROM inbox "
    "UNION SELECT store, key FROM receipts UNION SELECT store, key FROM handled "
    "UNION SELECT store, key FROM history UNION SELECT store, key FROM quarantine "
    "UNION SELECT store, key FROM removals UNION SELECT store, key FROM past_users"};
/// A page of these, each once, in order.
#define KEEPSAKE_PAGE(table)                \
  "(SELECT DISTINCT store, key FROM " table \
  " WHERE (store, key) > ($1, $2) "         \
  "ORDER BY store, key LIMIT $3)"
inline constexpr Text kKeysAfter{
    KEEPSAKE_PAGE("profiles") " UNION " KEEPSAKE_PAGE("inbox") " UNION " KEEPSAKE_PAGE(
        "receipts") " UNION " KEEPSAKE_PAGE("handled") " UNION " KEEPSAKE_PAGE("history") " UNION "
    KEEPSAKE_PAGE("quarantine") " UNION " KEEPSAKE_PAGE("past_users") " ORDER BY 1, 2 LIMIT $3"};
inline constexpr Text kEachSubject{
    "SELECT store, key, user_id FROM users UNION SELECT store, key, user_id FROM past_users"};

inline constexpr Text kAddPastUser{
    "INSERT INTO past_users(store, key, user_id) VALUES ($1, $2, $3)"};
inline constexpr Text kTombstones{"SELECT kind, hash, at_ms, token FROM tombstones"};
inline constexpr Text kSetTombstoneSecret{"UPDATE meta SET tombstone_secret = $1 WHERE id = 1"};

inline constexpr Text kTombstone{
    "SELECT at_ms, token FROM tombstones WHERE kind = $1 AND hash = $2"};
inline constexpr Text kPutTombstone{
    "INSERT INTO tombstones(kind, hash, at_ms, token) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (kind, hash) DO UPDATE SET at_ms = excluded.at_ms, token = excluded.token"};
inline constexpr Text kAddAudit{
    "INSERT INTO audit(position, at_ms, what, reason, by_server) "
    "SELECT " KEEPSAKE_CLOCK ", $1, $2, $3, $4"};
inline constexpr Text kAudit{
    "SELECT at_ms, what, reason, by_server FROM audit ORDER BY position DESC LIMIT $1"};

/// A transaction by itself, for whose commit nobody waits.
inline constexpr Text kNotify{
    "SELECT set_config('synchronous_commit', 'off', true), pg_notify(channel, $2) "
    "FROM unnest($1::text[]) AS n(channel)"};

}  // namespace keepsake::postgres::sql
