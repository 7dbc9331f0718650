// Two game servers on PostgreSQL, with and without notifications: what one wants of the other it
// gets within the same bounds, since everything is looked for, too.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_pooler.h"
#include "backends/postgres/postgres_test_proxy.h"
#include "keepsake/cli/steal.h"
#include "tests/game_test_server.h"

namespace keepsake {
namespace {

using namespace std::chrono_literals;
using tests::GameServer;
using tests::Gift;
using tests::TestFolder;
using Steady = std::chrono::steady_clock;

/// Asks are looked for each Timing::poll, 250 ms, by the one that is asked and by the one that
/// asks.
constexpr auto kAsked = 3s;
/// Messages are looked for after each renewal, 2 s.
constexpr auto kMessage = 6s;

enum class Way {
  told,    ///< notifications come
  off,     ///< nobody listens
  pooled,  ///< all go through a pooler, which forgets who listens
  silent,  ///< servers listen, and nothing comes any more
};

class PostgresWays : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    const Way way = GetParam();
    options_.schema = fresh_schema();
    if (way == Way::off) options_.listen = "off";
    if (way == Way::pooled) url_ = pooler_.emplace(url_, 4).url();
    if (way == Way::silent) options_.listen = proxy_.emplace(url_).url();
    a_.emplace(open(), "a", folder_of_a_.path());
    b_.emplace(open(), "b", folder_of_b_.path());
    const bool hears = way == Way::told || way == Way::silent;
    if (hears) {
      ASSERT_TRUE(both_until([&] {
        return a().backend().wake_stats().listening && b().backend().wake_stats().listening;
      }));
    }
    if (way == Way::silent) proxy_->hush();
    wakes_before_ = wakes();
  }
  void TearDown() override {
    const bool told = GetParam() == Way::told;
    EXPECT_EQ(wakes() > wakes_before_, told);
    EXPECT_TRUE(b().store().shutdown().finished);
    EXPECT_TRUE(a().store().shutdown().finished);
  }

  [[nodiscard]] GameServer& a() { return *a_; }
  [[nodiscard]] GameServer& b() { return *b_; }
  std::unique_ptr<Backend> open() { return open_postgres(url_, options_).value(); }
  std::uint64_t wakes() { return a().store().stats().wakes + b().store().stats().wakes; }

  /// Both play on until `done`.
  template <class Done>
  bool both_until(Done done, std::chrono::milliseconds at_most = GameServer::kAtMost) {
    return a().play_until(
        [&] {
          b().store().pump();
          return done();
        },
        at_most);
  }
  /// `b` asks for what `a` has, and has it in time.
  void expect_b_gets(UserId user) {
    b().join(user);
    EXPECT_TRUE(both_until([&] { return static_cast<bool>(b().find(user)); }, kAsked))
        << b().refused;
  }

 private:
  std::string url_ = cluster_url();
  PostgresOptions options_;
  std::optional<PostgresTestPooler> pooler_;
  std::optional<PostgresTestProxy> proxy_;
  const TestFolder folder_of_a_, folder_of_b_;
  std::optional<GameServer> a_, b_;
  std::uint64_t wakes_before_ = 0;
};

TEST_P(PostgresWays, APlayerIsHandedOver) {
  const UserId user{1};
  ASSERT_TRUE(a().let_in(user)) << a().refused;
  ASSERT_TRUE(a().earn(user, 1));
  expect_b_gets(user);
  ASSERT_TRUE(b().find(user));
  EXPECT_EQ(b().find(user)->currency.coins, 101);
  EXPECT_TRUE(both_until([&] { return a().ended.contains(user); })) << "a was not told";
  EXPECT_EQ(a().ended[user], EndReason::handed_over);
}

TEST_P(PostgresWays, ManyLoadsThatWaitGetTheirPlayers) {
  constexpr std::int64_t kUsers = 30;
  for (std::int64_t i = 1; i <= kUsers; ++i) ASSERT_TRUE(a().let_in(UserId{i}));
  for (std::int64_t i = 1; i <= kUsers; ++i) b().join(UserId{i});
  const auto all_there = [&] {
    for (std::int64_t i = 1; i <= kUsers; ++i) {
      if (!b().find(UserId{i})) return false;
    }
    return true;
  };
  EXPECT_TRUE(both_until(all_there, kAsked)) << b().refused;
}

TEST_P(PostgresWays, AMessageIsCreditedToAPlayerOfAnotherServer) {
  const UserId giver{1};
  const UserId taker{2};
  ASSERT_TRUE(a().let_in(giver));
  ASSERT_TRUE(b().let_in(taker));
  const auto start = Steady::now();
  std::string sent;
  a().find(giver).send(
      {"PlayerData", "Player_2"}, outgoing("gift", Gift{30}),
      [](GameServer::Player& data) -> Result<void> {
        data.currency.coins -= 30;
        return {};
      },
      [&](const auto& done) { sent = done ? "durable" : done.error().text(); });
  EXPECT_TRUE(
      both_until([&] { return b().find(taker)->currency.coins == 130 && !sent.empty(); }, kMessage))
      << sent;
  EXPECT_EQ(sent, "durable");
  EXPECT_EQ(a().find(giver)->currency.coins, 70);
  EXPECT_LT(Steady::now() - start, kMessage);
}

TEST_P(PostgresWays, APlayerWhoMovesArrives) {
  const UserId user{1};
  ASSERT_TRUE(a().let_in(user)) << a().refused;
  ASSERT_TRUE(a().earn(user, 5));
  a().players().move(user, ServerId{"b"});
  expect_b_gets(user);
  ASSERT_TRUE(b().find(user));
  EXPECT_EQ(b().find(user)->currency.coins, 105);
}

TEST_P(PostgresWays, AStealIsAnsweredByTheOwner) {
  const UserId user{1};
  ASSERT_TRUE(a().let_in(user)) << a().refused;
  ASSERT_TRUE(a().earn(user, 7));
  auto stolen = std::async(std::launch::async, [&] {
    const auto backend = open();
    return steal_profile(*backend, {"PlayerData", "Player_1"},
                         {.reason = "a test", .journals = "", .within = 10s});
  });
  EXPECT_TRUE(both_until([&] { return stolen.wait_for(0s) == std::future_status::ready; }, 8s));
  const Result<StealReport> report = stolen.get();
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->how, StealReport::How::given);
  expect_b_gets(user);
  ASSERT_TRUE(b().find(user));
  EXPECT_EQ(b().find(user)->currency.coins, 107);
}

TEST_P(PostgresWays, ALossIsToldByTheStats) {
  const UserId user{1};
  ASSERT_TRUE(a().let_in(user)) << a().refused;
  const bool found_dead = GetParam() == Way::pooled || GetParam() == Way::silent;
  if (found_dead) {
    EXPECT_TRUE(both_until([&] { return a().store().stats().wakes_lost > 0; }, 12s));
  }
  expect_b_gets(user);
  EXPECT_EQ(a().store().stats().wakes_lost > 0, found_dead);
}

std::string name_of_way(const testing::TestParamInfo<Way>& info) {
  switch (info.param) {
    case Way::told: return "WhereNotificationsCome";
    case Way::off: return "WhereNobodyListens";
    case Way::pooled: return "WhereAPoolerForgetsWhoListens";
    case Way::silent: return "WhereNothingComesAnyMore";
  }
  return "";
}
INSTANTIATE_TEST_SUITE_P(All, PostgresWays,
                         testing::Values(Way::told, Way::off, Way::pooled, Way::silent),
                         name_of_way);

}  // namespace
}  // namespace keepsake
