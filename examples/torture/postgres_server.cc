#include "examples/torture/postgres_server.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "examples/demo/stage.h"

namespace torture {

using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::Result;

namespace {

namespace fs = std::filesystem;

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* rows) const { PQclear(rows); }
};

Result<void> run_command(const std::string& command, const std::string& what) {
  if (std::system(command.c_str()) == 0) return {};
  return Error(ErrorCode::io_error, what + " failed").found(command);
}

Result<std::string> server_program(const std::string& name) {
  std::string newest;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const fs::path path = version.path() / "bin" / name;
    if (fs::exists(path, ignored)) newest = std::max(newest, path.string());
  }
  if (!newest.empty()) return newest;
  return Error(ErrorCode::not_found, name + " is not installed")
      .remedy("apt install postgresql-15");
}

std::string name_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

}  // namespace

Result<SqlRows> run_sql(const std::string& url, const std::string& statement) {
  const std::unique_ptr<PGconn, CloseConnection> connection(PQconnectdb(url.c_str()));
  const std::unique_ptr<PGresult, ClearResult> result(PQexec(connection.get(), statement.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    return Error(ErrorCode::io_error, PQerrorMessage(connection.get())).found(statement);
  }
  SqlRows rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    rows[PQgetvalue(result.get(), row, 0)] =
        PQgetvalue(result.get(), row, PQnfields(result.get()) - 1);
  }
  return rows;
}

Result<std::unique_ptr<PostgresServer>> PostgresServer::start(const std::string& program,
                                                              const std::string& folder) {
  const std::string script = demo::find_source(program, "script/postgres");
  if (script.empty()) {
    return Error(ErrorCode::not_found, "script/postgres lies nowhere above this program")
        .remedy("run it where it was built, by script/torture");
  }
  std::unique_ptr<PostgresServer> server(new PostgresServer(script, folder));
  // A process dies here, no machine: what it has written stays written, synced or not.
  if (auto started = server->run("start", "fsync=off dynamic_shared_memory_type=mmap"); !started) {
    return std::move(started).error();
  }
  return server;
}

PostgresServer::~PostgresServer() {
  (void)run("stop").has_value();
  std::error_code ignored;
  if (!keeps_log_) fs::remove_all(folder_, ignored);
}

std::string PostgresServer::keep_log() {
  keeps_log_ = true;
  return folder_ + "/server.log";
}

Result<void> PostgresServer::run(const std::string& verb, const std::string& more) const {
  return run_command("'" + script_ + "' " + verb + " '" + folder_ + "' " + more + " >&2",
                     "script/postgres " + verb);
}

std::string PostgresServer::url() const {
  std::ifstream file(folder_ + "/url");
  std::string line;
  std::getline(file, line);
  return line;
}

Result<std::string> PostgresServer::new_database() {
  const std::string name = "torture_" + std::to_string(++databases_);
  const std::string maintenance = url();
  auto made = run_sql(maintenance, "CREATE DATABASE " + name);
  if (!made) return std::move(made).error();
  return maintenance.substr(0, maintenance.rfind('/') + 1) + name;
}

Result<void> PostgresServer::drop(const std::string& of) {
  auto gone = run_sql(url(), "DROP DATABASE " + name_of(of) + " WITH (FORCE)");
  return gone ? Result<void>() : Result<void>(std::move(gone).error());
}

Result<void> PostgresServer::kill() { return run("crash"); }
Result<void> PostgresServer::resume() { return run("resume"); }

Result<void> PostgresServer::dump(const std::string& of, const std::string& file) {
  auto program = server_program("pg_dump");
  if (!program) return std::move(program).error();
  return run_command("'" + *program + "' -Fc -f '" + file + "' -d '" + of + "' >&2", "pg_dump");
}

Result<void> PostgresServer::load(const std::string& file, const std::string& into) {
  auto program = server_program("pg_restore");
  if (!program) return std::move(program).error();
  return run_command("'" + *program + "' -d '" + into + "' '" + file + "' >&2", "pg_restore");
}

/// Loaded under another name first: servers that run must not see half of it.
Result<void> PostgresServer::put_in_place(const std::string& file, const std::string& of) {
  auto beside = new_database();
  if (!beside) return std::move(beside).error();
  if (auto loaded = load(file, *beside); !loaded) return loaded;
  if (auto gone = drop(of); !gone) return gone;
  auto named = run_sql(url(), "ALTER DATABASE " + name_of(*beside) + " RENAME TO " + name_of(of));
  return named ? Result<void>() : Result<void>(std::move(named).error());
}

}  // namespace torture
