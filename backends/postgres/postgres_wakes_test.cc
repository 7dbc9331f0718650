// Wake-ups, and how their loss is found: a listening connection that is dead without a sign.
#include <functional>
#include <thread>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_pooler.h"
#include "backends/postgres/postgres_test_proxy.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

class PostgresWakes : public testing::Test {
 protected:
  PostgresWakes() { options_.schema = fresh_schema(); }

  /// What a server does all the time, sooner than it has to: it renews its lease, and waits in
  /// turns. False: `done` didn't come about in time.
  bool live_until(PostgresTestGame& game, const std::function<bool()>& done,
                  std::chrono::seconds at_most = 20s) {
    const auto last = Steady::now() + at_most;
    while (!done()) {
      if (Steady::now() > last) return false;
      EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = ++renewals_}));
      (void)game.db().wait_for_change(game.self(), 20ms);
    }
    return true;
  }
  bool listens(PostgresTestGame& game) {
    return live_until(game, [&] { return game.db().wake_stats().listening; });
  }
  /// A server with a player.
  PostgresTestGame listening_through(const PostgresTestProxy& proxy) {
    options_.listen = proxy.url();
    PostgresTestGame game(url_, options_, "a");
    EXPECT_TRUE(game.take("Player_1"));
    EXPECT_TRUE(listens(game));
    return game;
  }
  /// Another server asks for what `game` has.
  void ask(const std::string& key) {
    ++asks_;
    PostgresTestGame asker(url_, options_, "asker-" + std::to_string(asks_));
    Acquire asking = asker.acquiring(key);
    asking.ask = {1, asks_};
    asking.ask_number = asks_;
    EXPECT_TRUE(asker.db().acquire(asking));
  }

  const std::string url_ = cluster_url();
  PostgresOptions options_;
  std::uint64_t renewals_ = 0, asks_ = 0;
};

TEST_F(PostgresWakes, AServerKnowsThatItHearsWhatIsTold) {
  PostgresTestGame game(url_, options_, "a");
  ASSERT_TRUE(game.take("Player_1"));
  EXPECT_TRUE(listens(game));
  ask("Player_1");
  EXPECT_TRUE(game.db().wait_for_change(game.self(), 20s));
  EXPECT_EQ(game.db().wake_stats().heard, 1U) << "the trial is no change";
  EXPECT_EQ(game.db().wake_stats().lost, 0U);
}

TEST_F(PostgresWakes, ASilentLossIsFoundWithinALeaseAndMended) {
  PostgresTestProxy proxy(url_);
  PostgresTestGame game = listening_through(proxy);
  proxy.hush();
  EXPECT_TRUE(live_until(game, [&] { return game.db().wake_stats().lost > 0; }, 10s));
  EXPECT_FALSE(game.db().wake_stats().listening);
  ask("Player_1");
  EXPECT_EQ(game.db().asks(game.self()).value().size(), 1U) << "whoever looks finds it";
  proxy.let();
  EXPECT_TRUE(listens(game));
  const std::uint64_t heard = game.db().wake_stats().heard;
  ask("Player_1");
  EXPECT_TRUE(live_until(game, [&] { return game.db().wake_stats().heard > heard; }));
}

TEST_F(PostgresWakes, ACutConnectionIsMadeAnewAndWhatWasMissedIsLookedFor) {
  PostgresTestProxy proxy(url_);
  PostgresTestGame game = listening_through(proxy);
  proxy.cut();
  EXPECT_TRUE(live_until(game, [&] { return game.db().wake_stats().lost == 1; }));
  ask("Player_1");
  proxy.let();
  EXPECT_TRUE(game.db().wait_for_change(game.self(), 20s)) << "something may have been missed";
  EXPECT_TRUE(listens(game));
}

TEST_F(PostgresWakes, APoolerThatForgetsWhoListensIsFound) {
  const PostgresTestPooler pooler(url_, 3);
  options_.listen = pooler.url();
  PostgresTestGame game(pooler.url(), options_, "a");
  EXPECT_TRUE(live_until(game, [&] { return game.db().wake_stats().lost == 1; }));
  EXPECT_FALSE(game.db().wake_stats().listening);
}

/// A machine that takes connections and says nothing: connecting to it ends by a deadline alone.
class Silence {
 public:
  Silence() {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    EXPECT_EQ(::listen(socket_, 16), 0);
    socklen_t size = sizeof any;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
  }
  ~Silence() { ::close(socket_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  [[nodiscard]] std::string url() const {
    return "postgres://keepsake@127.0.0.1:" + std::to_string(port_) + "/postgres";
  }

 private:
  const int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
};

TEST_F(PostgresWakes, AWaitLastsNoLongerThanItMayWhereNobodyAnswers) {
  const Silence silence;
  options_.listen = silence.url();
  PostgresTestGame game(url_, options_, "a");
  const auto start = Steady::now();
  for (int turn = 0; turn < 5; ++turn) {
    EXPECT_FALSE(game.db().wait_for_change(game.self(), 20ms));
  }
  EXPECT_LT(Steady::now() - start, 2s) << "connecting may take five";
  std::thread stopper([&] { game.db().stop_waiting(); });
  EXPECT_FALSE(game.db().wait_for_change(game.self(), 1h));
  stopper.join();
  EXPECT_LT(Steady::now() - start, 4s);
}

TEST_F(PostgresWakes, WhereItListensIsSaidByTheAddressToo) {
  PostgresTestGame deaf(url_ + "?keepsake_listen=off", options_, "a");
  EXPECT_TRUE(deaf.db().renew({.self = deaf.self(), .renewal = ++renewals_}));
  EXPECT_FALSE(deaf.db().wait_for_change(deaf.self(), 20ms));
  EXPECT_FALSE(deaf.db().wake_stats().listening);
  PostgresTestProxy proxy(url_);
  std::string coded;
  for (const char c : proxy.url()) coded += c == ':' ? "%3A" : c == '/' ? "%2F" : std::string(1, c);
  PostgresTestGame game(url_ + "?keepsake_listen=" + coded, options_, "b");
  EXPECT_TRUE(listens(game));
  proxy.cut();
  EXPECT_TRUE(live_until(game, [&] { return game.db().wake_stats().lost == 1; }));
}

}  // namespace
}  // namespace keepsake
