// A server with a lease and profiles, for the tests of what can go wrong on the way to PostgreSQL.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <random>
#include <string>

#include "backends/postgres/postgres_test_cluster.h"

namespace keepsake {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

/// One statement on a connection of its own; the first column of its first row.
inline std::string run_sql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> rows(PQexec(connection.get(), sql.c_str()),
                                                           PQclear);
  EXPECT_NE(PQresultStatus(rows.get()), PGRES_FATAL_ERROR) << PQerrorMessage(connection.get());
  return PQntuples(rows.get()) > 0 ? PQgetvalue(rows.get(), 0, 0) : "";
}

/// A server process, as far as the backend sees it.
class PostgresTestGame {
 public:
  PostgresTestGame(const std::string& url, PostgresOptions options, const std::string& server,
                   std::uint64_t seed = 1)
      : random_(seed), backend_(open_postgres(url, options).value()) {
    generation_ = backend_->info().value().generation;
    self_ = {.server = {server},
             .incarnation = backend_->open_lease({.server = {server}, .journal = {}}).value()};
  }

  [[nodiscard]] Backend& db() { return *backend_; }
  [[nodiscard]] const Owner& self() const { return self_; }

  Acquire acquiring(const std::string& key) {
    return {.key = {"PlayerData", key},
            .self = self_,
            .generation = generation_,
            .session = Id128::random(random_),
            .readable_ordinal = 1};
  }
  /// Takes a profile that is free; none if it isn't.
  std::optional<Record> take(const std::string& key) {
    auto answer = backend_->acquire(acquiring(key));
    if (!answer || !std::holds_alternative<Acquired>(*answer)) return std::nullopt;
    return std::get<Acquired>(*answer).record;
  }
  Group saving(const Record& record, const std::string& payload, After after = After::keep) {
    const Envelope& row = record.envelope;
    MemberCommit member{.key = record.key,
                        .fence = {.generation = generation_,
                                  .session = row.session,
                                  .epoch = row.epoch,
                                  .revision = row.revision},
                        .data = NewData{.schema = {"1", 1, 1}, .payload = payload},
                        .after = after};
    Group group{.token = Id128::random(random_), .self = self_, .now_ms = 1, .members = {}};
    group.members.push_back(std::move(member));
    return group;
  }
  /// "applied", "resent", "fence_refused", "refused", or the error's name.
  std::string commit(const Group& group) {
    auto answers = backend_->commit({group});
    if (!answers) return std::string(name(answers.error().code()));
    const GroupAnswer& answer = answers->front();
    if (const auto* applied = std::get_if<Applied>(&answer)) {
      return applied->resent ? "resent" : "applied";
    }
    return std::holds_alternative<FenceRefused>(answer) ? "fence_refused" : "refused";
  }
  std::string payload(const std::string& key) {
    auto records = backend_->read({{"PlayerData", key}});
    if (!records) return std::string(name(records.error().code()));
    return records->front() ? records->front()->payload : "";
  }

 private:
  SeededRandom random_;
  std::unique_ptr<Backend> backend_;
  Generation generation_;
  Owner self_;
};

}  // namespace keepsake
