// A world's database that is a real one: PostgreSQL, with a proxy before each server. Time is the
// world's, the database's time, too; what befalls a call the proxy does: it cuts the connection
// before the request, loses the request, loses the answer of a commit that was carried out, keeps a
// request until it is to land after all, and holds answers back.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "backends/postgres/postgres_test_cluster.h"
#include "backends/postgres/postgres_test_proxy.h"
#include "backends/postgres/postgres_test_sql.h"
#include "keepsake/backend/faulty.h"
#include "sim/ground.h"
#include "src/testing/world_database.h"

namespace sim {

/// What stands between a server and its backend: a safeguard taken away. Empty: nothing.
using Around = std::function<std::unique_ptr<keepsake::Backend>(keepsake::Backend& inner)>;

/// How the replay goes on its way; shared by all of one world.
struct ReplayCounts {
  std::uint64_t calls = 0;
  std::uint64_t cut = 0;            ///< before the request
  std::uint64_t requests_lost = 0;  ///< of writes, at their commit
  std::uint64_t answers_lost = 0;   ///< of commits that were carried out
  std::uint64_t landed_late = 0;
};

class ReplayWay final : public keepsake::detail::WorldWay {
 public:
  ReplayWay(const keepsake::PostgresOptions& options, const Around& around, ReplayCounts& counts,
            keepsake::detail::InjectionHook decide, keepsake::CarriedOutHook carried_out)
      : proxy_(keepsake::cluster_url()),
        counts_(counts),
        decide_(std::move(decide)),
        carried_out_(std::move(carried_out)),
        postgres_(keepsake::open_postgres(proxy_.url(), options).value()),
        around_(around ? around(*postgres_) : nullptr),
        backend_(keepsake::make_faulty_backend(
            around_ ? *around_ : *postgres_,
            [this](const keepsake::CallInfo& call) {
              before(call);
              return keepsake::Fault::none;
            },
            [this](const keepsake::CallInfo& call) { after(call); })) {}

  keepsake::Backend& backend() override { return *backend_; }
  std::function<void()> hold(const keepsake::CallInfo& call) override {
    // It is lost for good: kept at its commit it would hold the lease's row locked meanwhile, and
    // the server that has come back would be closed for what was so before.
    if (call.close != nullptr) return [] {};
    held_ = proxy_.swallow(keepsake::Swallow::late, kCommit);
    return [this, number = held_] {
      ++counts_.landed_late;
      proxy_.deliver(number);
    };
  }

 private:
  /// As it stands in the protocol, with its end: READ COMMITTED is another.
  static inline const std::string kCommit{"COMMIT\0", 7};

  void before(const keepsake::CallInfo& call) {
    using keepsake::Fault;
    be_calm();
    held_ = 0;
    const keepsake::Injection injection = decide_(call);
    ++counts_.calls;
    fault_ = injection.fault;
    // A read is lost with its connection: it is tried anew by itself as long as there is another.
    if (fault_ != Fault::none && !keepsake::writes(call.call)) fault_ = Fault::unavailable;
    using std::chrono::milliseconds;
    proxy_.delay(injection.late_by > keepsake::Duration{0} ? milliseconds(2) : milliseconds(0));
    if (fault_ == Fault::unavailable) {
      ++counts_.cut;
      proxy_.cut();
    }
    if (fault_ == Fault::reply_lost) proxy_.swallow(keepsake::Swallow::answer, kCommit);
    if (fault_ == Fault::request_lost && held_ == 0) {
      proxy_.swallow(keepsake::Swallow::request, kCommit);
    }
  }

  /// Not called where PostgreSQL couldn't be reached, or gave no answer in time.
  void after(const keepsake::CallInfo& call) {
    using keepsake::Fault;
    const Fault fault = fault_;
    // Where nothing was written there is no commit to lose, and the answer has come.
    const bool swallowed = be_calm();
    if (fault == Fault::request_lost && swallowed) ++counts_.requests_lost;
    if (fault == Fault::reply_lost && swallowed) ++counts_.answers_lost;
    if (fault != Fault::request_lost || !swallowed) carried_out_(call);
  }

  /// Whether what the last call was to lose was lost.
  bool be_calm() {
    fault_ = keepsake::Fault::none;
    (void)proxy_.statements();
    proxy_.let();
    return proxy_.calm();
  }

  keepsake::PostgresTestProxy proxy_;
  ReplayCounts& counts_;
  const keepsake::detail::InjectionHook decide_;
  const keepsake::CarriedOutHook carried_out_;
  const std::unique_ptr<keepsake::Backend> postgres_;
  const std::unique_ptr<keepsake::Backend> around_;
  const std::unique_ptr<keepsake::Backend> backend_;
  keepsake::Fault fault_ = keepsake::Fault::none;  ///< of the call that is under way
  std::size_t held_ = 0;                           ///< that call's, if it is to land late
};

class ReplayDatabase final : public keepsake::detail::WorldDatabase {
 public:
  ReplayDatabase(const keepsake::Clock& time, Around around, ReplayCounts& counts)
      : around_(std::move(around)), counts_(counts) {
    options_.schema = keepsake::fresh_schema();
    options_.clock = &time;
    options_.lock_timeout_ms = 50;
    options_.listen = keepsake::cluster_url();
    direct_ = keepsake::open_postgres(keepsake::cluster_url(), options_).value();
  }
  ~ReplayDatabase() override {
    keepsake::run_sql(keepsake::cluster_url(), "SET client_min_messages = warning; DROP SCHEMA " +
                                                   options_.schema + " CASCADE");
  }

  std::unique_ptr<keepsake::detail::WorldWay> connect(
      keepsake::detail::InjectionHook decide, keepsake::CarriedOutHook carried_out) override {
    return std::make_unique<ReplayWay>(options_, around_, counts_, std::move(decide),
                                       std::move(carried_out));
  }
  keepsake::Backend& direct() override { return *direct_; }

  void back_up() override { ADD_FAILURE() << "a replay is backed up by nobody"; }
  void restore() override { ADD_FAILURE() << "a replay is restored by nobody"; }
  void put_back() override { ADD_FAILURE() << "a replay is put back by nobody"; }

 private:
  const Around around_;
  ReplayCounts& counts_;
  keepsake::PostgresOptions options_;
  std::unique_ptr<keepsake::Backend> direct_;
};

/// Worlds that stand on PostgreSQL. `counts` outlives them.
inline Ground on_postgres(ReplayCounts& counts, const Around& around = {}) {
  return {.database =
              [&counts, around](const keepsake::Clock& time, keepsake::Random&) {
                return std::make_unique<ReplayDatabase>(time, around, counts);
              },
          .runs = 5};
}

}  // namespace sim
