// A PostgreSQL server of the torture's own (script/postgres), that it may kill.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "keepsake/base/result.h"

namespace torture {

class PostgresServer {
 public:
  /// `program`: this program's own path; the script lies with its sources. `folder`: for the
  /// server's files, of a path that no other server has.
  [[nodiscard]] static keepsake::Result<std::unique_ptr<PostgresServer>> start(
      const std::string& program, const std::string& folder);
  /// Ends it, and removes its files; but for its log, if that is to be kept.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// A new, empty database; its address.
  [[nodiscard]] keepsake::Result<std::string> new_database();
  /// Ends all connections to it, and it.
  [[nodiscard]] keepsake::Result<void> drop(const std::string& url);

  /// Where the log stays.
  [[nodiscard]] std::string keep_log();

  /// As a failure of power ends it, but for what the system has still to write.
  [[nodiscard]] keepsake::Result<void> kill();
  [[nodiscard]] keepsake::Result<void> resume();

  /// A copy of a database as it is at one moment, in that file; and an empty database filled of
  /// one.
  [[nodiscard]] keepsake::Result<void> dump(const std::string& url, const std::string& file);
  [[nodiscard]] keepsake::Result<void> load(const std::string& file, const std::string& url);
  /// In the place of the database that bears that address, whoever has it open.
  [[nodiscard]] keepsake::Result<void> put_in_place(const std::string& file,
                                                    const std::string& url);

 private:
  PostgresServer(std::string script, std::string folder)
      : script_(std::move(script)), folder_(std::move(folder)) {}
  [[nodiscard]] keepsake::Result<void> run(const std::string& verb,
                                           const std::string& more = "") const;
  /// Of the database that is always there.
  [[nodiscard]] std::string url() const;

  const std::string script_;
  const std::string folder_;
  int databases_ = 0;
  bool keeps_log_ = false;
};

/// By the first column of a row its last.
using SqlRows = std::map<std::string, std::string>;
/// One statement on a connection of its own.
[[nodiscard]] keepsake::Result<SqlRows> run_sql(const std::string& url,
                                                const std::string& statement);

}  // namespace torture
