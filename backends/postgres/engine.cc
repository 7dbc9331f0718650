#include "backends/postgres/engine.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "backends/postgres/postgres_error.h"
#include "backends/postgres/schema.h"

namespace keepsake::postgres {

namespace {

using std::chrono::milliseconds;

constexpr int kTries = 8;
/// The database ends a statement before we ask it to end whatever it does, and hang up after that.
constexpr milliseconds kBeyondStatement{500};
constexpr milliseconds kAfterCancel{500};
constexpr std::chrono::minutes kVacuumAtMost{30};

/// Two that were in each other's way don't meet again at once.
void step_back(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto most = static_cast<unsigned>(1U << attempt);
  std::this_thread::sleep_for(std::chrono::microseconds(200) * (random() % most));
}

}  // namespace

Engine::Engine(Address address, const PostgresOptions& options)
    : address_(std::move(address)), options_(options), brief_(options) {
  brief_.lock_timeout_ms = std::min<std::int64_t>(brief_.lock_timeout_ms, kBriefLock.count());
}

Result<std::unique_ptr<Engine>> Engine::open(Address address, const PostgresOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(std::move(address), options));
  auto lent = engine->lend(Urgency::ordinary);
  if (!lent) return std::move(lent).error();
  engine->place_ = lent->connection().place();
  lent->connection().use_names(false);  // nothing here is tried anew
  auto ready = prepare_schema(lent->connection(), options);
  if (!ready) return std::move(ready).error();
  return engine;
}

Result<Engine::Lent> Engine::lend(Urgency urgency) {
  std::unique_lock lock(mutex_);
  const bool urgent = urgency == Urgency::urgent;
  if (urgent) ++urgent_waiting_;
  const auto free = [&] {
    return (urgent || urgent_waiting_ == 0) && (!idle_.empty() || made_ < options_.connections);
  };
  const bool came = came_back_.wait_for(lock, milliseconds(options_.statement_timeout_ms), free);
  if (urgent) --urgent_waiting_;
  if (!came) {
    came_back_.notify_all();
    return Error(ErrorCode::unavailable, "all connections to the database " + place_ + " are busy")
        .remedy("nothing was changed; look for slow statements, or allow more connections");
  }
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    connection->use_names(names_);
    return Lent(*this, std::move(connection));
  }
  ++made_;
  const bool names = names_;
  lock.unlock();
  auto connection = Connection::open(address_, milliseconds(options_.connect_timeout_ms));
  if (connection) {
    (*connection)->set_patience(milliseconds(options_.statement_timeout_ms) + kBeyondStatement);
    (*connection)->use_names(names);
    (*connection)->cancel_with(canceller_, kAfterCancel);
    return Lent(*this, *std::move(connection));
  }
  lock.lock();
  --made_;
  came_back_.notify_all();
  return std::move(connection).error();
}

void Engine::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::scoped_lock lock(mutex_);
    names_ = names_ && !connection->names_failed();
    if (connection->good()) {
      idle_.push_back(std::move(connection));
    } else {
      --made_;
    }
  }
  came_back_.notify_all();
}

namespace {

void send_settings(Connection& connection, const PostgresOptions& options, Sync sync) {
  const std::string lock_timeout = std::to_string(options.lock_timeout_ms);
  const std::string statement_timeout = std::to_string(options.statement_timeout_ms);
  Params params;
  constexpr std::string_view kCommits[] = {"off", "local", "on"};
  params << std::string_view(options.schema) << kCommits[static_cast<std::size_t>(sync)]
         << std::string_view(lock_timeout) << std::string_view(statement_timeout);
  connection.send(sql::kSettings, params);
}

}  // namespace

void begin_transaction(Connection& connection, const PostgresOptions& options, Sync sync) {
  connection.begin_anew();
  connection.send(sql::kBegin);
  send_settings(connection, options, sync);
}

void Engine::begin_reading(Connection& connection) {
  connection.begin_anew();
  connection.send(sql::kBeginRead);
  send_settings(connection, options_, Sync::later);
}

Result<void> Engine::commit(Connection& connection) {
  if (!connection.wrote()) {
    connection.end_reading();
    return {};
  }
  connection.send(sql::kCommit);
  auto done = connection.gather();
  if (!done && connection.broke()) {
    return commit_in_doubt(connection.place(), done.error().cause());
  }
  if (!done) return done;
  if (connection.unreplicated()) {
    return commit_unreplicated(connection.place());
  }
  return {};
}

void Engine::begin_renewals() {
  constexpr std::uint64_t kMostOfOneLease = std::uint64_t{1} << 40;
  first_ = first_ + kMostOfOneLease;
  raise(renewed_, first_);
  raise(renewed_for_good_, first_);
}

void Engine::raise(std::atomic<std::uint64_t>& to, std::uint64_t value) {
  std::uint64_t known = to;
  while (known < value && !to.compare_exchange_weak(known, value)) {
  }
}

bool Engine::may_try_again(Connection& connection, int attempt) {
  const bool in_the_way = connection.try_again();
  // A connection that had been idle may have been cut since: nothing was committed on it.
  const bool was_cut = connection.broke() && attempt == 1;
  connection.rollback();
  if (attempt >= kTries || (!in_the_way && !was_cut)) return false;
  step_back(attempt);
  return true;
}

bool Engine::notify(const std::vector<std::string>& channels, std::string_view payload) {
  if (channels.empty()) return true;
  auto lent = lend(Urgency::urgent);
  if (!lent) return false;
  Connection& connection = lent->connection();
  connection.begin_anew();
  Params params;
  connection.send(sql::kNotify, params.texts({channels.begin(), channels.end()}) << payload);
  connection.finish_later();
  return true;
}

Result<void> Engine::vacuum() {
  auto lent = lend(Urgency::ordinary);
  if (!lent) return std::move(lent).error();
  Connection& connection = lent->connection();
  connection.begin_anew();
  std::string tables;
  for (const char* table : {"profiles", "users", "past_users", "removals", "receipts", "handled",
                            "inbox", "quarantine", "history"}) {
    tables += (tables.empty() ? "" : ", ") + options_.schema + "." + table;
  }
  connection.set_patience(kVacuumAtMost);
  auto done = connection.script("VACUUM (FULL) " + tables);
  connection.set_patience(milliseconds(options_.statement_timeout_ms) + kBeyondStatement);
  return done;
}

bool Engine::knows(const ProfileKey& key) {
  const std::scoped_lock lock(known_.mutex);
  return known_.rows.find(key) != nullptr;
}

}  // namespace keepsake::postgres
