// One connection to the database file and its prepared statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "backends/sqlite/statements.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"

namespace keepsake {

class Connection;

/// One execution of a prepared statement. Bind all parameters in order, step, read each row's
/// columns in order; the destructor readies the statement for its next use. What is bound by view
/// must outlive the Query.
class Query {
 public:
  Query(Connection& connection, sqlite3_stmt* statement, int prepared);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& operator<<(std::int64_t number);
  Query& operator<<(std::uint64_t number) { return *this << static_cast<std::int64_t>(number); }
  Query& operator<<(bool truth) { return *this << static_cast<std::int64_t>(truth); }
  Query& operator<<(std::string_view text);
  Query& operator<<(const Id128& id);
  Query& blob(std::string_view bytes);
  Query& null();

  /// True: a row to read; false: done.
  Result<bool> step();
  /// Steps to the end.
  Result<void> run();
  /// What `read` makes of each row that is left.
  template <class Read>
  auto all(Read read) -> Result<std::vector<std::invoke_result_t<Read&, Query&>>> {
    std::vector<std::invoke_result_t<Read&, Query&>> made;
    for (;;) {
      auto row = step();
      if (!row) return row.error();
      if (!*row) return made;
      made.push_back(read(*this));
    }
  }

  [[nodiscard]] bool next_is_null() const;
  std::int64_t integer();
  std::uint64_t number() { return static_cast<std::uint64_t>(integer()); }
  std::string_view view();  ///< text or blob; valid until the next step
  std::string text() { return std::string(view()); }
  Id128 id();  ///< none if it isn't of sixteen bytes
  void skip() { ++column_; }

 private:
  Connection& connection_;
  sqlite3_stmt* const statement_;
  int code_;
  int parameter_ = 0;
  int column_ = 0;
};

enum class Sync : std::uint8_t { normal, full };

class Connection {
 public:
  struct Options {
    bool read_only = false;
    Sync sync = Sync::full;
    std::int64_t busy_timeout_ms = 0;
    std::int64_t max_bytes = 0;  ///< 0: no limit
  };
  /// Opens the file and sets what belongs to a connection; reads nothing of the file yet.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Query query(const sql::Text& text);
  Result<void> run(const sql::Text& text) { return query(text).run(); }
  /// Statements that are run once: schema, pragmas.
  Result<void> script(const char* statements);
  /// The first column of the first row.
  Result<std::int64_t> number(const char* statement);
  Result<std::string> word(const char* statement);
  /// Commits; where that fails, rolls back.
  Result<void> commit();
  void rollback();

  void set_busy_timeout(std::int64_t ms);
  [[nodiscard]] Error error(int code) const;
  [[nodiscard]] sqlite3* handle() const { return database_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Connection(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  sqlite3* database_ = nullptr;
  std::unordered_map<const sql::Text*, sqlite3_stmt*> statements_;
};

}  // namespace keepsake
