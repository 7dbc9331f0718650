#include "keepsake/player/player_data_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "examples/player/player_catalog.h"
#include "keepsake/testing/world.h"

namespace keepsake {
namespace {

using example::Player;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr UserId kAda{1};
constexpr UserId kBob{2};

class PlayerManager : public ::testing::Test {
 protected:
  using Manager = PlayerDataManager<Player>;

  Manager& on(World::Server& server) {
    return server.make<Manager>(example::player_catalog(), hooks());
  }
  PlayerHooks<Player> hooks() {
    return {
        .on_ready = [this](UserId u, Profile<Player> p) { tell(u, p ? "ready" : "false"); },
        .on_refused = [this](UserId u,
                             const Error& e) { tell(u, "refused " + std::string(name(e.code()))); },
        .on_last_save =
            [this](UserId u, Player& p, EndReason) {
              p.stats.kills += 1;
              tell(u, "last save");
            },
        .on_end = [this](UserId u, EndReason why) { tell(u, "ended " + std::string(name(why))); },
        .on_error = [this](UserId u, const Error& e) { tell(u, std::string(name(e.code()))); }};
  }
  void tell(UserId user, const std::string& what) { told.push_back(user.text() + " " + what); }
  std::optional<Record> stored(UserId user) {
    return world.database().read({{"PlayerData", "Player_" + user.text()}}).value().front();
  }
  std::int64_t stored_kills(UserId user) {
    const auto record = stored(user);
    const auto data = example::player_catalog().upgrade(record->payload, "3");
    return data->data.find("stats")->find("kills")->as_integer();
  }
  void make_ready(Manager& manager, UserId user) {
    manager.load(user);
    ASSERT_TRUE(world.advance_until([&] { return bool(manager.find(user)); }));
    told.clear();
  }

  World world;
  std::vector<std::string> told;
};

TEST_F(PlayerManager, LoadsANewPlayerUnderTheUsersKey) {
  Manager& players = on(world.server("a"));
  players.load(kAda);
  EXPECT_FALSE(players.find(kAda));
  world.advance(100ms);
  EXPECT_THAT(told, ElementsAre("1 ready"));
  EXPECT_EQ(players.find(kAda).key(), (ProfileKey{"PlayerData", "Player_1"}));
  EXPECT_EQ(players.find(kAda)->stats.kills, 0);
  EXPECT_EQ(players.size(), 1U);
}

TEST_F(PlayerManager, IndexesTheUserOfAProfile) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  world.advance(6s);
  EXPECT_THAT(stored(kAda)->envelope.user_ids, ElementsAre(kAda));
  EXPECT_THAT(world.database().keys_of(kAda).value(),
              ElementsAre(ProfileKey{"PlayerData", "Player_1"}));
}

TEST_F(PlayerManager, TakesAKeyOfTheGames) {
  Manager& players = world.server("a").make<Manager>(
      example::player_catalog(),
      PlayerHooks<Player>{.key_of = [](UserId user) { return "hero-" + user.text(); }});
  players.load(kAda);
  world.advance(100ms);
  EXPECT_EQ(players.find(kAda).key().key, "hero-1");
}

TEST_F(PlayerManager, SavesAndFreesAPlayerWhoLeaves) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  ASSERT_TRUE(players.find(kAda).edit([](Player& p) { p.stats.kills = 7; }));
  players.unload(kAda);
  EXPECT_FALSE(players.find(kAda));
  EXPECT_EQ(players.size(), 0U);
  world.advance(100ms);
  EXPECT_THAT(told, ElementsAre("1 last save", "1 ended released"));
  EXPECT_EQ(stored(kAda)->envelope.owner, std::nullopt);
  EXPECT_EQ(stored_kills(kAda), 8);
  EXPECT_EQ(players.known(), 0U);
}

TEST_F(PlayerManager, LeavesNoSessionForAPlayerWhoLeftWhileLoading) {
  Manager& players = on(world.server("a"));
  world.advance(100ms);
  // Leaves after each number of events that a load takes.
  for (int events = 0; events < 40; ++events) {
    players.load(kAda);
    for (int i = 0; i < events && !players.find(kAda); ++i) world.step();
    const bool was_ready = static_cast<bool>(players.find(kAda));
    players.unload(kAda);
    world.advance(200ms);
    if (was_ready) break;
    EXPECT_THAT(told, IsEmpty()) << "after " << events << " events";
    EXPECT_EQ(players.known(), 0U);
    const auto record = stored(kAda);
    EXPECT_TRUE(!record || !record->envelope.owner) << "after " << events << " events";
  }
  EXPECT_THAT(told, ElementsAre("1 ready", "1 last save", "1 ended released"));
}

TEST_F(PlayerManager, WaitsForTheEndOfThePlayersLastSession) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  ASSERT_TRUE(players.find(kAda).edit([](Player& p) { p.stats.kills = 7; }));
  players.unload(kAda);
  players.load(kAda);
  world.advance(200ms);
  EXPECT_THAT(told, ElementsAre("1 last save", "1 ended released", "1 ready"));
  EXPECT_EQ(players.find(kAda)->stats.kills, 8);
}

TEST_F(PlayerManager, AnswersASecondLoadOfAReadyPlayerWithTheSameProfile) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  const Profile<Player> before = players.find(kAda);
  players.load(kAda);
  players.load(kAda);
  EXPECT_TRUE(players.find(kAda));
  world.advance(100ms);
  EXPECT_THAT(told, ElementsAre("1 ready"));
  EXPECT_EQ(players.find(kAda), before);
}

TEST_F(PlayerManager, EndsWithHandedOverWhenThePlayerIsOnAnotherServer) {
  Manager& first = on(world.server("a"));
  Manager& second = on(world.server("b"));
  make_ready(first, kAda);
  second.load(kAda);
  world.advance(200ms);
  EXPECT_THAT(told, UnorderedElementsAre("1 last save", "1 ended handed_over", "1 ready"));
  EXPECT_FALSE(first.find(kAda));
  EXPECT_EQ(second.find(kAda)->stats.kills, 1);
}

TEST_F(PlayerManager, RefusesLoadsUnderWayWhenItShutsDown) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  players.load(kBob);
  players.begin_shutdown(5s);
  players.load(UserId{3});
  world.advance(1s);
  EXPECT_THAT(told, UnorderedElementsAre("2 refused shutting_down", "3 refused shutting_down",
                                         "1 last save", "1 ended shutdown"));
  EXPECT_TRUE(players.shutdown_report().finished);
  EXPECT_EQ(players.known(), 0U);
  EXPECT_EQ(stored(kAda)->envelope.owner, std::nullopt);
  const auto bob = stored(kBob);
  EXPECT_TRUE(!bob || !bob->envelope.owner);
}

TEST_F(PlayerManager, EndsItsShutdownWhenTheDatabaseIsAway) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  ASSERT_TRUE(players.find(kAda).edit([](Player& p) { p.stats.kills = 7; }));
  world.outage(1min);
  const MonotonicTime began = world.clock().now();
  const ShutdownReport report = players.shutdown(8s);
  EXPECT_TRUE(report.finished);
  EXPECT_LT(world.clock().now() - began, 10s);
  EXPECT_THAT(report.left_in_journal, ElementsAre(ProfileKey{"PlayerData", "Player_1"}));
}

TEST_F(PlayerManager, VisitsEachReadyPlayer) {
  Manager& players = on(world.server("a"));
  make_ready(players, kAda);
  make_ready(players, kBob);
  players.load(UserId{3});
  std::vector<std::int64_t> seen;
  players.for_each([&](UserId user, Profile<Player> player) {
    EXPECT_TRUE(player);
    seen.push_back(user.number);
    players.unload(user);
  });
  EXPECT_THAT(seen, UnorderedElementsAre(1, 2));
  EXPECT_EQ(players.size(), 0U);
}

TEST_F(PlayerManager, AZoneChangeKeepsThePlayerUntilTheOtherServerAsks) {
  Manager& here = on(world.server("a"));
  Manager& there = on(world.server("b"));
  here.move(kAda, {"b"});  // who isn't here: nothing happens
  make_ready(here, kAda);
  here.move(kAda, {"b"});
  here.unload(kAda);  // the connection was closed
  world.advance(3s);
  EXPECT_EQ(stored(kAda)->envelope.owner->server.text, "a");
  EXPECT_FALSE(here.find(kAda));
  there.load(kAda);
  EXPECT_TRUE(world.advance_until([&] { return bool(there.find(kAda)); }));
  world.advance(20ms);
  EXPECT_THAT(told, UnorderedElementsAre("1 last save", "1 ready", "1 ended handed_over"));
  EXPECT_EQ(there.find(kAda)->stats.kills, 1);
  EXPECT_EQ(stored(kAda)->envelope.epoch, 2U);
  EXPECT_EQ(here.known(), 0U);
}

TEST_F(PlayerManager, WhoNeverArrivesIsUnloadedOrStays) {
  Manager& here = on(world.server("a"));
  make_ready(here, kAda);
  make_ready(here, kBob);
  here.move(kAda, {"b"});
  here.move(kBob, {"b"});
  here.unload(kBob);
  world.advance(11s);
  EXPECT_THAT(
      told, UnorderedElementsAre("1 timed_out", "2 timed_out", "2 last save", "2 ended released"));
  EXPECT_TRUE(here.find(kAda));
  here.move(kAda, {"b"});
  here.unload(kAda);
  here.load(kAda);  // back again
  told.clear();
  EXPECT_TRUE(world.advance_until([&] { return bool(here.find(kAda)); }));
}

TEST_F(PlayerManager, IsSilentOnceItIsGone) {
  World::Server& server = world.server("a");
  auto players = std::make_unique<Manager>(server.store(), example::player_catalog(), hooks());
  players->load(kAda);
  players.reset();
  world.advance(1s);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(PlayerManager, PlayersSendEachOtherValueAcrossServers) {
  const auto hooks_with = [this](std::string name, Handling handling) {
    PlayerHooks<Player> with = hooks();
    with.on_message = {[this, name, handling](UserId u, Player& p, const Message& message) {
      tell(u, name + " " + message.body);
      p.stats.kills += 30;
      return handling;
    }};
    return with;
  };
  Manager& here = world.server("a").make<Manager>(example::player_catalog(),
                                                  hooks_with("here", Handling::later));
  Manager& there = world.server("b").make<Manager>(example::player_catalog(),
                                                   hooks_with("there", Handling::handled));
  make_ready(here, kAda);
  EXPECT_EQ(there.key(kBob), (ProfileKey{"PlayerData", "Player_2"}));
  bool sent = false;
  here.find(kAda).send(
      here.key(kBob), {.id = "gift:1:1", .body = "[30]"}, [](Player& p) { p.stats.kills -= 30; },
      [&](const Result<std::uint64_t>& done) { sent = done.has_value(); });
  EXPECT_TRUE(world.advance_until([&] { return sent; }));
  EXPECT_EQ(here.find(kAda)->stats.kills, -30);
  there.load(kBob);
  EXPECT_TRUE(world.advance_until([&] { return told.size() == 2; }));
  EXPECT_THAT(told, ElementsAre("2 ready", "2 there [30]"));
  EXPECT_EQ(there.find(kBob)->stats.kills, 30);
}

}  // namespace
}  // namespace keepsake
