#include "backends/sqlite/connection.h"

#include <utility>

#include "backends/sqlite/log_vfs.h"
#include "backends/sqlite/sqlite_error.h"
#include "src/base/assert.h"

namespace keepsake {

namespace {
constexpr int kCacheKib = 16 * 1024;
constexpr std::int64_t kLogSizeLimit = 64LL << 20;
}  // namespace

Query::Query(Connection& connection, sqlite3_stmt* statement, int prepared)
    : connection_(connection), statement_(statement), code_(prepared) {}

Query::~Query() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

Query& Query::operator<<(std::int64_t number) {
  if (code_ == SQLITE_OK) code_ = sqlite3_bind_int64(statement_, ++parameter_, number);
  return *this;
}
Query& Query::operator<<(std::string_view text) {
  if (code_ != SQLITE_OK) return *this;
  // A null pointer would be bound as NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  code_ =
      sqlite3_bind_text64(statement_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}
Query& Query::operator<<(const Id128& id) {
  if (code_ != SQLITE_OK) return *this;
  const auto bytes = id.bytes();
  code_ =
      sqlite3_bind_blob64(statement_, ++parameter_, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return *this;
}
Query& Query::blob(std::string_view bytes) {
  if (code_ != SQLITE_OK) return *this;
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  code_ = sqlite3_bind_blob64(statement_, ++parameter_, data, bytes.size(), SQLITE_STATIC);
  return *this;
}
Query& Query::null() {
  if (code_ == SQLITE_OK) code_ = sqlite3_bind_null(statement_, ++parameter_);
  return *this;
}

Result<bool> Query::step() {
  if (code_ == SQLITE_OK) {
    require(parameter_ == sqlite3_bind_parameter_count(statement_),
            "every parameter of a statement is bound");
    column_ = 0;
    const int stepped = sqlite3_step(statement_);
    if (stepped == SQLITE_ROW) return true;
    if (stepped == SQLITE_DONE) return false;
    code_ = stepped;
  }
  return connection_.error(code_);
}

Result<void> Query::run() {
  for (;;) {
    auto row = step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

bool Query::next_is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }
std::int64_t Query::integer() { return sqlite3_column_int64(statement_, column_++); }
std::string_view Query::view() {
  const void* bytes = sqlite3_column_blob(statement_, column_);
  const int size = sqlite3_column_bytes(statement_, column_++);
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}
Id128 Query::id() {
  const std::string_view bytes = view();
  if (bytes.size() != 16) return {};
  return Id128::from_bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path,
                                                     const Options& options) {
  std::unique_ptr<Connection> connection(new Connection(path));
  const int mode =
      options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code =
      sqlite3_open_v2(path.c_str(), &connection->database_,
                      mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                      options.sync == Sync::full && !options.read_only ? log_vfs() : nullptr);
  if (code != SQLITE_OK) return connection->error(code);
  connection->set_busy_timeout(options.busy_timeout_ms);
  std::string settings =
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
      "PRAGMA secure_delete = FAST;"
      "PRAGMA cache_size = -" +
      std::to_string(kCacheKib) +
      "; PRAGMA synchronous = " + (options.sync == Sync::full ? "FULL" : "NORMAL") + ";";
  if (auto set = connection->script(settings.c_str()); !set) return set.error();
  // Checkpoints are the Checkpointer's, so that none falls into a player's save.
  sqlite3_wal_autocheckpoint(connection->database_, 0);
  if (!options.read_only) {
    settings = "PRAGMA journal_size_limit = " + std::to_string(kLogSizeLimit);
    if (auto set = connection->script(settings.c_str()); !set) return set.error();
  }
  if (options.max_bytes > 0) {
    auto page_bytes = connection->number("PRAGMA page_size");
    if (!page_bytes) return page_bytes.error();
    const std::int64_t pages = options.max_bytes / *page_bytes;
    settings = "PRAGMA max_page_count = " + std::to_string(pages);
    if (auto set = connection->script(settings.c_str()); !set) return set.error();
  }
  return connection;
}

Connection::~Connection() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Query Connection::query(const sql::Text& text) {
  const auto [entry, is_new] = statements_.try_emplace(&text, nullptr);
  int code = SQLITE_OK;
  if (entry->second == nullptr) {
    code = sqlite3_prepare_v3(database_, text.text, -1, SQLITE_PREPARE_PERSISTENT, &entry->second,
                              nullptr);
  }
  return Query(*this, entry->second, code);
}

Result<void> Connection::script(const char* statements) {
  const int code = sqlite3_exec(database_, statements, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

Result<std::string> Connection::word(const char* statement) {
  sqlite3_stmt* prepared = nullptr;
  int code = sqlite3_prepare_v2(database_, statement, -1, &prepared, nullptr);
  std::string word;
  if (code == SQLITE_OK) {
    code = sqlite3_step(prepared);
    if (code == SQLITE_ROW) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
      word = text == nullptr ? "" : text;
    }
  }
  const bool good = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;
  Result<std::string> result = good ? Result<std::string>(std::move(word)) : error(code);
  sqlite3_finalize(prepared);
  return result;
}

Result<std::int64_t> Connection::number(const char* statement) {
  auto text = word(statement);
  if (!text) return text.error();
  return static_cast<std::int64_t>(std::strtoll(text->c_str(), nullptr, 10));
}

Result<void> Connection::commit() {
  int code = SQLITE_ERROR;
  {
    Query committing = query(sql::kCommit);
    if (auto done = committing.run()) return {};
    code = sqlite3_extended_errcode(database_);
  }
  Error failure = error_of_commit(database_, code, path_);
  rollback();
  return failure;
}

void Connection::rollback() {
  if (sqlite3_get_autocommit(database_) != 0) return;  // SQLite has rolled back by itself
  // If this fails, too, the next BEGIN says so.
  (void)run(sql::kRollback).has_value();
}

void Connection::set_busy_timeout(std::int64_t ms) {
  sqlite3_busy_timeout(database_, static_cast<int>(ms));
}

Error Connection::error(int code) const { return error_of_sqlite(database_, code, path_); }

}  // namespace keepsake
