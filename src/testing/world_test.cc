#include "keepsake/testing/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "examples/player/player_catalog.h"
#include "keepsake/player/player_data_manager.h"

namespace keepsake {
namespace {

using example::Player;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr UserId kAda{7};
const ProfileKey kAdasKey{"PlayerData", "Player_7"};

/// A game that writes down what it is told.
struct Game {
  explicit Game(Store& of)
      : store(of),
        players(of, example::player_catalog(),
                {.on_ready = [this](UserId, Profile<Player>) { told.emplace_back("ready"); },
                 .on_refused =
                     [this](UserId, const Error& error) {
                       told.push_back("refused " + std::string(name(error.code())));
                     },
                 .on_end =
                     [this](UserId, EndReason why) {
                       told.push_back("ended " + std::string(name(why)));
                     }}) {}
  Result<void> earn(std::int64_t amount) {
    return players.find(kAda).edit([&](Player& p) { p.stats.kills += amount; });
  }
  Store& store;
  PlayerDataManager<Player> players;
  std::vector<std::string> told;
};

std::int64_t kills_of(Game& game) { return game.players.find(kAda).data().stats.kills; }

Game& play(World& world, World::Server& server, UserId user = kAda) {
  Game& game = server.make<Game>();
  game.players.load(user);
  EXPECT_TRUE(world.advance_until([&] { return !game.told.empty(); }));
  return game;
}

std::optional<Record> stored(World& world) {
  return world.database().read({kAdasKey}).value().front();
}

TEST(World, PlaysAndSavesInVirtualTime) {
  World world;
  Game& game = play(world, world.server("a"));
  EXPECT_THAT(game.told, ElementsAre("ready"));
  ASSERT_TRUE(game.earn(10));
  EXPECT_EQ(stored(world)->envelope.edit_number, 0U);
  world.advance(6s);
  EXPECT_EQ(stored(world)->envelope.edit_number, game.players.find(kAda).edit_number());
}

TEST(World, IsTheSameRunForTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    World world({.seed = seed});
    Game& first = play(world, world.server("a"));
    EXPECT_TRUE(first.earn(1));
    Game& second = play(world, world.server("b"));
    EXPECT_TRUE(second.earn(1));
    const std::int64_t took = to_ms(world.clock().now().time_since_epoch());
    return std::pair(took, stored(world)->envelope);
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3).second.session, run(4).second.session);
}

TEST(World, HandsAPlayerFromServerToServer) {
  World world;
  Game& first = play(world, world.server("a"));
  ASSERT_TRUE(first.earn(10));
  const MonotonicTime asked = world.clock().now();
  Game& second = play(world, world.server("b"));
  EXPECT_LT(world.clock().now() - asked, 100ms);
  EXPECT_EQ(kills_of(second), 10);
  world.advance(20ms);  // the first server's next tick
  EXPECT_THAT(first.told, ElementsAre("ready", "ended handed_over"));
}

TEST(World, KeepsWhatWasEditedWhenAServerCrashes) {
  World world;
  Game& first = play(world, world.server("a"));
  ASSERT_TRUE(first.earn(10));
  world.server("a").crash();
  EXPECT_FALSE(world.server("a").running());
  const MonotonicTime asked = world.clock().now();
  Game& second = play(world, world.server("b"));
  EXPECT_THAT(second.told, ElementsAre("ready"));
  EXPECT_EQ(kills_of(second), 10);
  EXPECT_LT(world.clock().now() - asked, 500ms);
}

TEST(World, StartsACrashedServerAgainUnderTheSameId) {
  World world;
  ASSERT_TRUE(play(world, world.server("a")).earn(10));
  world.server("a").restart();
  Game& again = play(world, world.server("a"));
  EXPECT_EQ(kills_of(again), 10);
}

TEST(World, TakesThePlayersOfAFrozenServerAndRefusesItsEdits) {
  World world;
  Game& first = play(world, world.server("a"));
  ASSERT_TRUE(first.earn(10));
  world.server("a").freeze();
  Game& second = play(world, world.server("b"));
  EXPECT_THAT(second.told, ElementsAre("ready"));
  EXPECT_EQ(kills_of(second), 10);
  EXPECT_EQ(first.earn(1).error().code(), ErrorCode::session_lost);
  ASSERT_TRUE(second.earn(5));
  world.server("a").thaw();
  world.advance(10s);
  EXPECT_THAT(first.told, ElementsAre("ready", "ended lost"));
  EXPECT_EQ(kills_of(second), 15);
}

TEST(World, LosesWhatADiskHadNotSyncedWhenAMachineDies) {
  World world;
  World::Server& a = world.start("a", small_store(), "one");
  Game& first = play(world, a);
  ASSERT_TRUE(first.earn(10));
  world.advance(1s);
  ASSERT_TRUE(first.earn(1));
  world.crash_machine("one");
  a.restart();
  Game& again = play(world, a);
  EXPECT_EQ(kills_of(again), 10);
}

TEST(World, WaitsForTheLeaseOfAServerOnAnotherMachine) {
  World world;
  World::Server& a = world.start("a", small_store(), "one");
  ASSERT_TRUE(play(world, a).earn(10));
  world.advance(6s);  // saved
  a.crash();
  const MonotonicTime asked = world.clock().now();
  Game& second = play(world, world.start("b", small_store(), "two"));
  EXPECT_THAT(second.told, ElementsAre("ready"));
  EXPECT_EQ(kills_of(second), 10);
  EXPECT_GT(world.clock().now() - asked, 5s);
  EXPECT_LT(world.clock().now() - asked, 14s);
}

TEST(World, PlaysOnThroughAnOutage) {
  World world;
  Game& game = play(world, world.server("a"));
  world.outage(8s);
  world.advance(1s);
  ASSERT_TRUE(game.earn(10));
  world.advance(20s);
  ASSERT_TRUE(game.earn(1));
  EXPECT_EQ(game.store.state(), StoreState::ready);
  EXPECT_THAT(game.told, ElementsAre("ready"));
}

TEST(World, SettlesACommitWhoseReplyWasLost) {
  World world;
  Game& game = play(world, world.server("a"));
  ASSERT_TRUE(game.earn(10));
  world.fail_next(Call::commit, {.fault = Fault::reply_lost}, 3);
  bool durable = false;
  game.players.find(kAda).commit([&](Result<std::uint64_t> r) { durable = r.has_value(); });
  EXPECT_TRUE(world.advance_until([&] { return durable; }, 10s));
}

TEST(World, LetsACommitLandAfterItsCallerGaveUpOnIt) {
  World world;
  Game& game = play(world, world.server("a"));
  ASSERT_TRUE(game.earn(10));
  const std::uint64_t before = stored(world)->envelope.revision;
  world.fail_next(Call::commit, {.fault = Fault::request_lost, .lands_after = 3s});
  bool durable = false;
  game.players.find(kAda).commit([&](Result<std::uint64_t> r) { durable = r.has_value(); });
  EXPECT_TRUE(world.advance_until([&] { return durable; }, 10s));
  world.advance(10s);
  EXPECT_GE(stored(world)->envelope.revision, before + 1);
  ASSERT_TRUE(game.earn(1));
  EXPECT_EQ(kills_of(game), 11);
}

TEST(World, AsksAHookAboutEachCall) {
  World world;
  int acquires = 0;
  world.on_call([&](const World::Server& from, const CallInfo& info) -> Injection {
    EXPECT_EQ(from.id(), "a");
    if (info.call == Call::acquire) ++acquires;
    return {};
  });
  play(world, world.server("a"));
  EXPECT_GE(acquires, 1);
}

TEST(World, RefusesPlayersWhoseLoadCannotEndInTime) {
  World world;
  world.server("a").set_reachable(false);
  Game& game = world.server("a").make<Game>();
  game.players.load(kAda);
  EXPECT_TRUE(world.advance_until([&] { return !game.told.empty(); }, 30s));
  EXPECT_THAT(game.told, ElementsAre("refused timed_out"));
}

TEST(World, RunsABlockingShutdown) {
  World world;
  Game& game = play(world, world.server("a"));
  ASSERT_TRUE(game.earn(10));
  const ShutdownReport report = game.players.shutdown();
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.saved, 1U) << report.text();
  EXPECT_THAT(game.told, ElementsAre("ready", "ended shutdown"));
  EXPECT_EQ(stored(world)->envelope.owner, std::nullopt);
}

TEST(World, MayCrashAServerFromWithinItsOwnTick) {
  World world;
  World::Server& server = world.server("a");
  play(world, server);
  server.on_tick([&] { server.crash(); });
  world.advance(1s);
  EXPECT_FALSE(server.running());
  server.restart();
  EXPECT_THAT(play(world, server).told, ElementsAre("ready"));
}

TEST(World, HappensInTheOrderOfTimeAndOfAsking) {
  World world;
  std::string order;
  const MonotonicTime now = world.clock().now();
  world.at(now + 2ms, [&] { order += "c"; });
  world.at(now + 1ms, [&] { order += "a"; });
  world.at(now + 1ms, [&] { order += "b"; });
  world.advance(1ms);
  EXPECT_EQ(order, "ab");
  EXPECT_FALSE(world.step(500us));
  EXPECT_TRUE(world.step());
  EXPECT_EQ(order, "abc");
}

}  // namespace
}  // namespace keepsake
