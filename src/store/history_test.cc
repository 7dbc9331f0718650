// History of sessions, and servers that hear of an erasure.
#include <gtest/gtest.h>

#include "src/store/purse_test_game.h"

namespace keepsake::test {
namespace {

class HistoryTest : public testing::Test {
 protected:
  /// "100 start, 103 end": the gold in each snapshot, oldest first.
  std::string history(const std::string& key) {
    std::string text;
    const auto kept = world_.database().history({"Purses", key}).value();
    for (auto one = kept.rbegin(); one != kept.rend(); ++one) {
      const auto snapshot = world_.database().snapshot({"Purses", key}, one->revision).value();
      std::string room;
      const EncodedData data = data_of(snapshot.format, snapshot.payload, room);
      const auto bound = purses().decode(data, snapshot.schema.version).value();
      text += (text.empty() ? "" : ", ") +
              std::to_string(static_cast<const Purse*>(bound.data.get())->gold) +
              (snapshot.kind == SnapshotKind::session_start ? " start" : " end");
    }
    return text;
  }
  void play_once(const std::string& key, int edits) {
    Profile<Purse> p = load(world_, game_.purses, key);
    for (int i = 0; i < edits; ++i) {
      ASSERT_TRUE(give(p, 1));
      ASSERT_TRUE(commit(world_, p));
    }
    ASSERT_TRUE(end(world_, p));
    world_.advance(1s);
  }
  /// Of server "a": how many erasures its journal has forgotten.
  std::uint64_t scrubbed() { return world_.database().leases().value().at(0).scrubbed; }

  World world_;
  Game& game_ = play(world_, "a");
};

TEST_F(HistoryTest, ASessionsEndIsKeptOnceAndIsTheNextOnesStart) {
  play_once("p", 3);
  EXPECT_EQ(history("p"), "103 end");
  play_once("p", 2);
  EXPECT_EQ(history("p"), "103 end, 105 end");
  play_once("p", 0);
  EXPECT_EQ(history("p"), "103 end, 105 end");
}

TEST_F(HistoryTest, WhatNoSessionLeftIsKeptByTheFirstSave) {
  put(world_, "p", R"({"version":"2","gold":7,"things":[]})");
  Profile<Purse> p = load(world_, game_.purses, "p");
  EXPECT_EQ(history("p"), "");
  ASSERT_TRUE(give(p, 1));
  ASSERT_TRUE(commit(world_, p));
  ASSERT_TRUE(give(p, 1));
  ASSERT_TRUE(commit(world_, p));
  EXPECT_EQ(history("p"), "7 start");
  world_.server("a").crash();  // and so has no end
  Game& other = play(world_, "b");
  p = load(world_, other.purses, "p");
  ASSERT_TRUE(give(p, 1));
  ASSERT_TRUE(end(world_, p));
  EXPECT_EQ(history("p"), "7 start, 9 start, 10 end");
}

TEST_F(HistoryTest, AnUpdateIsNoSession) {
  play_once("p", 1);
  ASSERT_TRUE(wait_for<std::uint64_t>(world_, [&](auto done) {
    game_.purses.update(
        "p",
        [](Purse& purse) -> Result<void> {
          purse.gold += 5;
          return {};
        },
        std::move(done));
  }));
  EXPECT_EQ(history("p"), "101 end");
  play_once("p", 1);
  EXPECT_EQ(history("p"), "101 end, 106 start, 107 end");
}

/// Erases what a tool holds; the tool is another server.
class ErasedTest : public HistoryTest {
 protected:
  ErasedTest() : tool_({.server = {"tool"}, .incarnation = open_lease()}) {}

  Incarnation open_lease() {
    return world_.database().open_lease({.server = {"tool"}, .journal = {}, .now_ms = 1}).value();
  }
  void erase(const std::string& key) {
    Backend& db = world_.database();
    Acquire request;
    request.key = {"Purses", key};
    request.self = tool_;
    request.generation = db.info().value().generation;
    request.session = Id128::random(world_.random());
    request.readable_ordinal = 9;
    const Record record = std::get<Acquired>(db.acquire(request).value()).record;
    const Erase erase{.key = record.key,
                      .self = tool_,
                      .fence = {.generation = request.generation,
                                .session = request.session,
                                .epoch = record.envelope.epoch,
                                .revision = record.envelope.revision},
                      .token = Id128::random(world_.random()),
                      .user = {1},
                      .reason = "asked for",
                      .now_ms = 1};
    ASSERT_TRUE(std::holds_alternative<Erased>(db.erase(erase).value()));
  }
  const Owner tool_;
};

TEST_F(HistoryTest, WhoseAProfileIsOutlivesACrashBeforeItsFirstSave) {
  ASSERT_TRUE(try_load(world_, game_.purses, "p", {.user_ids = {{17}}}));
  world_.server("a").crash();
  Game& other = play(world_, "b");
  EXPECT_EQ(load(world_, other.purses, "p").info().user_ids, std::vector<UserId>{{17}});
}

TEST_F(ErasedTest, AServersJournalForgetsWhomItHeld) {
  Profile<Purse> p = load(world_, game_.purses, "Ada-Lovelace");
  ASSERT_TRUE(p.edit([](Purse& purse) { purse.things.push_back("a letter of Ada's"); }));
  ASSERT_TRUE(end(world_, p));
  Profile<Purse> q = load(world_, game_.purses, "q");
  ASSERT_TRUE(give(q, 1));
  world_.advance(1s);
  erase("Ada-Lovelace");
  EXPECT_EQ(scrubbed(), 0U);
  EXPECT_TRUE(world_.advance_until([&] { return scrubbed() == 1; }, 12s));
  ASSERT_TRUE(give(q, 1));  // and it goes on
  world_.server("a").crash();
  Game& other = play(world_, "b");
  EXPECT_EQ(load(world_, other.purses, "q")->gold, 102);
}

TEST_F(ErasedTest, AServerTellsOnlyWhatIsForgotten) {
  Profile<Purse> q = load(world_, game_.purses, "q");
  Profile<Guild> guild = load(world_, game_.guilds, "g");
  ASSERT_TRUE(give(q, 1));
  ASSERT_TRUE(commit(world_, q));
  erase("p");
  world_.on_call([](const World::Server&, const CallInfo& call) -> Injection {
    return {.fault = call.call == Call::commit ? Fault::unavailable : Fault::none};
  });
  ASSERT_TRUE(donate(game_.store, q, guild, 1));  // which may be of the erased, for all one knows
  world_.advance(30s);
  EXPECT_EQ(scrubbed(), 0U);
  world_.on_call({});
  EXPECT_TRUE(world_.advance_until([&] { return scrubbed() == 1; }, 60s));
}

TEST_F(ErasedTest, ARestoreTakesServersToTheNewGenerationAndBringsNobodyBack) {
  play_once("Ada-Lovelace", 1);
  play_once("q", 1);
  Profile<Purse> q = load(world_, game_.purses, "q");
  ASSERT_TRUE(give(q, 1));
  ASSERT_TRUE(commit(world_, q));
  world_.back_up();
  const Generation before = world_.database().info().value().generation;
  ASSERT_TRUE(give(q, 1000));
  ASSERT_TRUE(commit(world_, q));
  erase("Ada-Lovelace");
  ASSERT_TRUE(give(q, 1));  // not saved yet
  world_.restore();
  EXPECT_NE(world_.database().info().value().generation, before);
  EXPECT_FALSE(stored(world_, "Ada-Lovelace"));
  EXPECT_TRUE(world_.advance_until([&] { return !q; }, 5s));
  EXPECT_EQ(load(world_, game_.purses, "q")->gold, 102);  // as the backup has it
  EXPECT_EQ(quarantine(world_).size(), 1U);
  ASSERT_TRUE(give(load(world_, game_.purses, "Ada-Lovelace"), 1));
}

TEST(HistoryOptions, AreInTheirRanges) {
  StoreOptions options = small_store();
  options.server = "a";
  options.history.snapshots = 1001;
  EXPECT_EQ(valid_options(options).error().text(),
            "invalid_options: option history.snapshots: expected 0 to 1000, found 1001");
  options.history = {.snapshots = 0, .age = 1s};
  EXPECT_EQ(valid_options(options).error().text(),
            "invalid_options: option history.age: expected 3600000 ms to 3153600000000 ms, found "
            "1000 ms");
}

TEST(HistoryOptions, MayKeepNone) {
  World world;
  StoreOptions options = small_store();
  options.history.snapshots = 0;
  Game& game = world.start("a", options).make<Game>();
  Profile<Purse> p = load(world, game.purses, "p");
  ASSERT_TRUE(give(p, 1));
  ASSERT_TRUE(end(world, p));
  EXPECT_TRUE(world.database().history({"Purses", "p"}).value().empty());
}

}  // namespace
}  // namespace keepsake::test
