// A server with a lease and profiles, for the tests of what can go wrong on the way to PostgreSQL.
#pragma once

#include <memory>
#include <string>

#include "backends/contract/test_game.h"
#include "backends/postgres/postgres_test_cluster.h"
#include "backends/postgres/postgres_test_sql.h"

namespace keepsake {

/// A server process, as far as the backend sees it.
class PostgresTestGame {
 public:
  PostgresTestGame(const std::string& url, const PostgresOptions& options,
                   const std::string& server, std::uint64_t seed = 1)
      : backend_(open_postgres(url, options).value()), game_(*backend_, server, seed) {}

  [[nodiscard]] Backend& db() { return *backend_; }
  [[nodiscard]] const Owner& self() const { return game_.self(); }

  Acquire acquiring(const std::string& key) { return game_.acquiring({"PlayerData", key}); }
  /// Takes a profile that is free; none if it isn't.
  std::optional<Record> take(const std::string& key) {
    auto answer = game_.acquire({"PlayerData", key});
    if (!answer || !std::holds_alternative<Acquired>(*answer)) return std::nullopt;
    return std::get<Acquired>(*answer).record;
  }
  Group saving(const Record& record, const std::string& payload, After after = After::keep) {
    Group group = game_.saving(record.key, record.envelope, payload);
    group.members[0].after = after;
    return group;
  }
  /// "applied", "resent", "fence_refused", "held_up", "refused", or the error's name.
  std::string commit(const Group& group) {
    auto answers = backend_->commit({group});
    if (!answers) return std::string(name(answers.error().code()));
    return outcome_of(answers->front());
  }
  static std::string outcome_of(const GroupAnswer& answer) {
    if (const auto* applied = std::get_if<Applied>(&answer)) {
      return applied->resent ? "resent" : "applied";
    }
    if (std::holds_alternative<GroupHeldUp>(answer)) return "held_up";
    return std::holds_alternative<FenceRefused>(answer) ? "fence_refused" : "refused";
  }
  std::string payload(const std::string& key) {
    auto records = backend_->read({{"PlayerData", key}});
    if (!records) return std::string(name(records.error().code()));
    return records->front() ? records->front()->payload : "";
  }

 private:
  std::unique_ptr<Backend> backend_;
  TestGame game_;
};

}  // namespace keepsake
