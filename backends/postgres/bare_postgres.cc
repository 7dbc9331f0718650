#include "backends/postgres/bare_postgres.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "backends/postgres/engine.h"
#include "backends/postgres/schema.h"
#include "src/backend/row_blobs.h"

namespace keepsake::postgres {

namespace {

constexpr std::uint64_t kFilledTogether = 10'000;
constexpr std::chrono::milliseconds kPatience{60'000};

/// As kSaveMany, without what makes it a fence: rows are stored whatever stands there.
constexpr sql::Text kSaveBare{
    "INSERT INTO profiles(store, key, born, epoch, created_ms, first_session_ms, load_count, "
    "owner_server, owner_incarnation, session, owned_since, user_ids, metadata, tags, source_hash, "
    "ask_sequence, handovers, revision, edit_number, has_data, schema_version, schema_ordinal, "
    "last_compatible, format, saved_ms, marks, payload) "
    "SELECT 'bare', n.key, 1, 1, 1, 1, 1, 'bare', 1, decode(md5('bare'), 'hex'), 0, '', '', '', "
    "'', 0, '', 1, 1, 1, '1', 1, 1, 1, 1, $3, n.payload "
    "FROM unnest($1, $2) AS n(key, payload) ORDER BY 2 "
    "ON CONFLICT (store, key) DO UPDATE SET revision = profiles.revision + 1, "
    "edit_number = excluded.edit_number, has_data = 1, schema_version = excluded.schema_version, "
    "schema_ordinal = excluded.schema_ordinal, last_compatible = excluded.last_compatible, "
    "format = excluded.format, saved_ms = excluded.saved_ms, marks = excluded.marks, "
    "payload = excluded.payload, stamp = profiles.stamp + 1"};
constexpr sql::Text kFill{
    "INSERT INTO profiles(store, key, born, epoch, created_ms, first_session_ms, load_count, "
    "owned_since, user_ids, metadata, tags, source_hash, ask_sequence, handovers, revision, "
    "edit_number, has_data, schema_version, schema_ordinal, last_compatible, format, saved_ms, "
    "marks, payload) "
    "SELECT $1, 'p' || lpad(n::text, 10, '0'), 1, 1, 1, 0, 0, 0, '', '', '', '', 0, '', 1, 1, 1, "
    "$2, $3, $4, $5, 1, '', $6 FROM generate_series($7, $8) AS n ON CONFLICT DO NOTHING"};
constexpr sql::Text kBytes{
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = $1 AND c.relkind = 'r'"};

/// One connection whose transactions are in one schema.
class Schema {
 public:
  static Result<std::unique_ptr<Schema>> open(const Address& address, std::string name) {
    PostgresOptions options;
    options.schema = std::move(name);
    options.statement_timeout_ms = kPatience.count();
    auto connection =
        Connection::open(address, std::chrono::milliseconds(options.connect_timeout_ms));
    if (!connection) return std::move(connection).error();
    (*connection)->set_patience(kPatience);
    (*connection)->use_names(true);
    auto ready = prepare_schema(**connection, options);
    if (!ready) return std::move(ready).error();
    return std::unique_ptr<Schema>(new Schema(*std::move(connection), std::move(options)));
  }

  /// One statement in a transaction of its own, in one round trip.
  Result<void> run(const sql::Text& statement, const Params& params, Sync sync) {
    begin_transaction(*connection_, options_, sync);
    connection_->send(statement, params);
    connection_->send(sql::kCommit);
    auto done = connection_->gather();
    if (!done) connection_->rollback();
    return done;
  }
  [[nodiscard]] Connection& connection() { return *connection_; }
  [[nodiscard]] const std::string& name() const { return options_.schema; }

 private:
  Schema(std::unique_ptr<Connection> connection, PostgresOptions options)
      : connection_(std::move(connection)), options_(std::move(options)) {}

  std::unique_ptr<Connection> connection_;
  PostgresOptions options_;
};

class BarePostgres final : public BareDatabase {
 public:
  explicit BarePostgres(Address address) : address_(std::move(address)) {}

  Result<void> save(const std::vector<BareRow>& rows) override {
    auto schema = opened(bare_, "keepsake_bare");
    if (!schema) return std::move(schema).error();
    std::vector<std::string_view> keys;
    std::vector<std::string_view> payloads;
    for (const BareRow& row : rows) {
      keys.push_back(row.key);
      payloads.push_back(row.payload);
    }
    Params params;
    params.texts(keys).blobs(payloads).blob(marks_);
    return (*schema)->run(kSaveBare, params, Sync::full);
  }

  Result<void> fill(const Filling& filling) override {
    auto schema = opened(product_, PostgresOptions().schema);
    if (!schema) return std::move(schema).error();
    for (std::uint64_t done = 0; done < filling.count;) {
      const std::uint64_t until = std::min(filling.count, done + kFilledTogether);
      Params params;
      params << std::string_view(filling.store) << std::string_view(filling.data.schema.version)
             << std::uint64_t{filling.data.schema.ordinal}
             << std::uint64_t{filling.data.schema.last_compatible}
             << static_cast<std::int64_t>(filling.data.format);
      params.blob(filling.data.payload) << filling.first + done << filling.first + until - 1;
      if (auto stored = (*schema)->run(kFill, params, Sync::later); !stored) return stored;
      done = until;
    }
    return {};
  }

  Result<std::uint64_t> bytes() override {
    auto schema = opened(product_, PostgresOptions().schema);
    if (!schema) return std::move(schema).error();
    Params params;
    auto rows =
        (*schema)->connection().query(kBytes, params << std::string_view((*schema)->name()));
    if (!rows) return std::move(rows).error();
    return rows->at(0).number();
  }

  Result<void> drop() override {
    auto schema = opened(product_, PostgresOptions().schema);
    if (!schema) return std::move(schema).error();
    bare_.reset();
    return (*schema)->connection().script(
        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS keepsake_bare CASCADE");
  }

 private:
  Result<Schema*> opened(std::unique_ptr<Schema>& schema, const std::string& name) {
    if (!schema) {
      auto made = Schema::open(address_, name);
      if (!made) return std::move(made).error();
      schema = *std::move(made);
    }
    return schema.get();
  }

  const Address address_;
  const std::string marks_ = encode_marks({EpochMark{}});  // as long as those of a saved profile
  std::unique_ptr<Schema> bare_;
  std::unique_ptr<Schema> product_;
};

}  // namespace

Result<std::unique_ptr<BareDatabase>> open_bare_postgres(const std::string& url) {
  auto address = Address::parse(url);
  if (!address) return std::move(address).error();
  return std::unique_ptr<BareDatabase>(std::make_unique<BarePostgres>(*std::move(address)));
}

}  // namespace keepsake::postgres
