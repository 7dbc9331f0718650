// The connections of a fleet: 500 servers on one PostgreSQL, by themselves and through PgBouncer.
//
// What makes connections is a server's backend; so the servers here are backends, each with its
// lease and a player, in this one process. The threads of a store above it only call it: the most
// that they do at one time (a renewal, a save, a look at asks, a read) is done here by four
// threads at once, for one server after the other.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_pooler.h"
#include "backends/postgres/postgres_test_server.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr int kServers = 500;
constexpr int kCrews = 4;       ///< of threads; each takes its part of the servers
constexpr int kRounds = 3;      ///< in which each server saves
constexpr auto kAtMost = 240s;  ///< for all that the fleet does

/// The most connections that were seen at the server, of all and of one client name.
class Watch {
 public:
  explicit Watch(const std::string& url)
      : connection_(PQconnectdb((url + "?application_name=watch").c_str()), PQfinish),
        thread_([this] {
          while (!stop_) look();
        }) {}
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  int most = 0, most_of_one = 0, looks = 0;  ///< after stop()

 private:
  void look() {
    const std::unique_ptr<PGresult, decltype(&PQclear)> rows(
        PQexec(connection_.get(),
               "SELECT coalesce(sum(n), 0), coalesce(max(n), 0) FROM (SELECT count(*) AS n "
               "FROM pg_stat_activity WHERE backend_type = 'client backend' "
               "AND application_name <> 'watch' GROUP BY application_name) AS each"),
        PQclear);
    if (PQntuples(rows.get()) != 1) return;
    most = std::max(most, std::stoi(PQgetvalue(rows.get(), 0, 0)));
    most_of_one = std::max(most_of_one, std::stoi(PQgetvalue(rows.get(), 0, 1)));
    ++looks;
  }

  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class PostgresConnections : public testing::Test {
 protected:
  /// A process may have 1,024 files open, unless it asks for more.
  static void SetUpTestSuite() {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    ASSERT_GE(limit.rlim_max, rlim_t{8'000});
  }

  struct Server {
    std::unique_ptr<PostgresTestGame> game;
    Record record;
  };

  /// Each server opens, takes a player, and then saves, renews, reads and looks at asks at the
  /// same time, in every round. Gives how many saves were stored.
  int play(const std::string& url, const PostgresOptions& options) {
    std::vector<Server> servers(kServers);
    std::atomic<int> saved{0};
    std::vector<std::thread> crews;
    for (int crew = 0; crew < kCrews; ++crew) {
      crews.emplace_back([&, crew] {
        for (int i = crew; i < kServers; i += kCrews) start(servers[i], i, url, options);
        for (int round = 1; round <= kRounds; ++round) {
          for (int i = crew; i < kServers; i += kCrews) {
            if (work(servers[i], round)) ++saved;
          }
        }
      });
    }
    for (std::thread& crew : crews) crew.join();
    return saved;
  }

 private:
  static void start(Server& server, int number, const std::string& url,
                    const PostgresOptions& options) {
    const std::string name = "server-" + std::to_string(number);
    const char* more = url.find('?') == url.npos ? "?" : "&";
    server.game =
        std::make_unique<PostgresTestGame>(url + more + "application_name=" + name, options, name,
                                           static_cast<std::uint64_t>(number) + 1);
    auto record = server.game->take("Player_" + std::to_string(number));
    ASSERT_TRUE(record) << name;
    server.record = *std::move(record);
  }

  static bool work(Server& server, int round) {
    PostgresTestGame& game = *server.game;
    const ProfileKey& key = server.record.key;
    const Group save = game.saving(server.record, std::to_string(round));
    std::string outcome;
    std::barrier together(4);
    std::vector<std::thread> threads;
    const auto at_once = [&](auto call) {
      threads.emplace_back([&together, call] {
        together.arrive_and_wait();
        call();
      });
    };
    at_once([&] { outcome = game.commit(save); });
    at_once([&] {
      const auto renewal = static_cast<std::uint64_t>(round);
      EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = renewal}));
    });
    at_once([&] { EXPECT_TRUE(game.db().asks(game.self())); });
    at_once([&] { EXPECT_TRUE(game.db().read({key})); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(outcome, "applied") << key.key;
    ++server.record.envelope.revision;
    return outcome == "applied";
  }
};

/// The server lets in no more than the claim needs, and the one that counts: a server that made a
/// fourth connection would take another's place, whose calls would fail.
TEST_F(PostgresConnections, FiveHundredServersMakeTwoEachAndOneThatListens) {
  const PostgresTestServer server("connections",
                                  "fsync=off superuser_reserved_connections=0 max_connections=" +
                                      std::to_string(kServers * 3 + 1));
  ASSERT_TRUE(server.works());
  Watch watch(server.url());
  const auto start = Steady::now();
  EXPECT_EQ(play(server.url(), {}), kServers * kRounds);
  EXPECT_LT(Steady::now() - start, kAtMost);
  watch.stop();
  EXPECT_GT(watch.looks, 10);
  EXPECT_LE(watch.most, kServers * 3);
  EXPECT_LE(watch.most_of_one, 3);
  EXPECT_GT(watch.most, kServers * 2) << "they did have them all at one time";
  RecordProperty("most_connections", watch.most);
  RecordProperty("seconds", static_cast<int>((Steady::now() - start) / 1s));
}

/// As an operator does it: the address alone says all.
TEST_F(PostgresConnections, FiveHundredServersShareAFewThroughAPooler) {
  constexpr int kPool = 8;
  const PostgresTestServer server(
      "pooled_connections",
      "fsync=off superuser_reserved_connections=0 max_connections=" + std::to_string(kPool + 1));
  ASSERT_TRUE(server.works());
  const PostgresTestPooler pooler(server.url(), kPool);
  Watch watch(server.url());
  const auto start = Steady::now();
  EXPECT_EQ(play(pooler.url() + "?keepsake_listen=off", {}), kServers * kRounds);
  EXPECT_LT(Steady::now() - start, kAtMost);
  watch.stop();
  EXPECT_GT(watch.looks, 10);
  EXPECT_LE(watch.most, kPool);
  EXPECT_GE(watch.most, 2);
  RecordProperty("most_connections", watch.most);
  RecordProperty("seconds", static_cast<int>((Steady::now() - start) / 1s));
}

}  // namespace
}  // namespace keepsake
