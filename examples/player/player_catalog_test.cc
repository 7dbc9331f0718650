#include "examples/player/player_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "keepsake/datum/json.h"

namespace example {
namespace {

using keepsake::AnyCatalog;
using keepsake::Displaced;
using keepsake::ErasedBound;
using keepsake::ErrorCode;
using keepsake::parse_json;
using keepsake::Result;
using keepsake::Upgraded;
using keepsake::Value;
using keepsake::WallTime;
using ::testing::IsEmpty;

std::vector<Value> lines_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::vector<Value> lines;
  for (std::string line; std::getline(file, line);) {
    Result<Value> value = parse_json(line);
    EXPECT_TRUE(value.has_value()) << value.error().text();
    lines.push_back(*std::move(value));
  }
  return lines;
}

std::string key_of(const Value& line) { return std::string(line.find("key")->as_string()); }
const Value& data_of(const Value& line) { return *line.find("document")->find("Data"); }

TEST(PlayerCatalog, BringsEveryExportedPlayerToVersion3) {
  const AnyCatalog catalog = player_catalog();
  std::map<std::string, Value> expected;
  for (const Value& line : lines_of("examples/player/testdata/expected_v3.jsonl")) {
    expected.emplace(key_of(line), *line.find("data"));
  }
  std::size_t compared = 0;
  for (const Value& line : lines_of("examples/player/players.jsonl")) {
    const Result<Upgraded> upgraded = catalog.import_data(data_of(line));
    ASSERT_TRUE(upgraded.has_value()) << key_of(line) << ": " << upgraded.error().text();
    EXPECT_EQ(upgraded->data, expected.at(key_of(line))) << key_of(line);
    EXPECT_EQ(catalog.encode(upgraded->data), write_json(expected.at(key_of(line))));
    EXPECT_THAT(upgraded->displaced, IsEmpty());
    ++compared;
  }
  EXPECT_EQ(compared, 400U);
}

TEST(PlayerCatalog, GivesTheSameBytesThroughTheStructAndThroughTheTree) {
  const AnyCatalog catalog = player_catalog();
  for (const Value& line : lines_of("examples/player/players.jsonl")) {
    const Value& data = data_of(line);
    const std::string version(data.find("version")->as_string());
    const Result<ErasedBound> bound = catalog.decode(write_json(data), version);
    ASSERT_TRUE(bound.has_value()) << bound.error().text();
    EXPECT_EQ(bound->migrated, version != "3");
    std::string typed;
    catalog.ops().encode(bound->data.get(), bound->extras, bound->version, typed);
    EXPECT_EQ(typed, catalog.encode(catalog.upgrade(write_json(data), version)->data));
    const Result<ErasedBound> again = catalog.decode(typed, "3");
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(catalog.ops().equal(again->data.get(), bound->data.get()));
  }
}

TEST(PlayerCatalog, BringsEveryOldPlayerBackFromVersion3AsItWas) {
  const AnyCatalog catalog = player_catalog();
  std::size_t compared = 0;
  for (const Value& line : lines_of("examples/player/players.jsonl")) {
    const Value& data = data_of(line);
    const auto upgraded = catalog.import_data(data);
    ASSERT_TRUE(upgraded.has_value()) << key_of(line) << ": " << upgraded.error().text();
    const auto back = catalog.downgrade(upgraded->data, data.find("version")->as_string());
    ASSERT_TRUE(back.has_value()) << key_of(line) << ": " << back.error().text();
    EXPECT_EQ(back->data, data) << key_of(line);
    EXPECT_THAT(back->displaced, IsEmpty());
    ++compared;
  }
  EXPECT_EQ(compared, 400U);
}

TEST(PlayerCatalog, RefusesBrokenPlayersWithTheirPointers) {
  const AnyCatalog catalog = player_catalog();
  for (const Value& line : lines_of("examples/player/testdata/broken.jsonl")) {
    const Result<Upgraded> upgraded = catalog.import_data(data_of(line));
    ASSERT_FALSE(upgraded.has_value()) << key_of(line);
    EXPECT_EQ(upgraded.error().path(), line.find("path")->as_string()) << key_of(line);
    EXPECT_EQ(upgraded.error().code(), upgraded.error().path() == "/version"
                                           ? ErrorCode::version_unknown
                                           : ErrorCode::invalid_data);
  }
}

TEST(PlayerCatalog, BringsTheRarerFormsOutAsTheyAreRecorded) {
  const AnyCatalog catalog = player_catalog();
  std::size_t judged = 0;
  for (const Value& line : lines_of("examples/player/testdata/forms.jsonl")) {
    const Value* data = line.find("document")->find("Data");
    if (data == nullptr) continue;
    const Value& expect = *line.find("expect");
    const Result<Upgraded> upgraded = catalog.import_data(*data);
    if (const Value* wanted = expect.find("data")) {
      ASSERT_TRUE(upgraded.has_value()) << key_of(line) << ": " << upgraded.error().text();
      EXPECT_EQ(upgraded->data, *wanted) << key_of(line);
      ++judged;
    } else if (expect.find("refused")->as_string() == "/currency/coins") {
      ASSERT_FALSE(upgraded.has_value()) << key_of(line);
      EXPECT_EQ(upgraded.error().text(),
                "invalid_data at /currency/coins: expected integer, found number with a fraction");
      ++judged;
    }
  }
  EXPECT_GE(judged, 9U);
}

TEST(PlayerCatalog, ReportsWhatTheStepsDisplaceInDataMixedWithTheTemplate) {
  const AnyCatalog catalog = player_catalog();
  for (const Value& line : lines_of("examples/player/testdata/forms.jsonl")) {
    if (key_of(line) != "Form_v1_mixed_with_template") continue;
    const Value& data = data_of(line);
    const Result<Upgraded> upgraded = catalog.import_data(data);
    ASSERT_TRUE(upgraded.has_value()) << upgraded.error().text();
    const std::vector<Displaced> expected{{"/stats", *data.find("stats")},
                                          {"/currency", *data.find("currency")},
                                          {"/settings", *data.find("settings")}};
    EXPECT_EQ(upgraded->displaced, expected);
    return;
  }
  FAIL() << "the form is not in the file";
}

TEST(PlayerCatalog, KeepsUnknownFieldsThroughLoadEditAndSave) {
  const AnyCatalog catalog = player_catalog();
  const std::string text =
      R"({"version":"2","coins":5,"gems":1,"guildId":"G-77","joinedAt":1,)"
      R"("inventory":[{"id":"axe","quantity":1},{"id":"bow","quantity":2,"gem":"ruby"}],)"
      R"("stats":{"kills":1,"deaths":2,"playtime":3.5,"duels":9}})";
  Result<ErasedBound> bound = catalog.decode(text, "2");
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  auto& player = *static_cast<Player*>(bound->data.get());
  player.currency.coins += 10;
  player.inventory.erase(player.inventory.begin());
  player.inventory.push_back({"map", 1, false});
  std::string out;
  catalog.ops().encode(&player, bound->extras, bound->version, out);
  EXPECT_EQ(out, R"({"version":"3","currency":{"coins":15,"gems":1,"premium":0},)"
                 R"("inventory":[{"id":"bow","quantity":2,"equipped":false,"gem":"ruby"},)"
                 R"({"id":"map","quantity":1,"equipped":false}],"joinedAt":1,)"
                 R"("stats":{"kills":1,"deaths":2,"playtime":3.5,"wins":0,"duels":9},)"
                 R"("settings":{"music":true,"sfx":true,"notifications":true},"guildId":"G-77"})");
}

TEST(PlayerCatalog, ANewPlayerHasTheTemplateAndTheTimeOfCreation) {
  const AnyCatalog catalog = player_catalog();
  const auto data = catalog.make_new(keepsake::wall_from_unix_ms(1'700'000'000'999));
  ASSERT_TRUE(data.has_value());
  std::string out;
  catalog.ops().encode(data->get(), {}, catalog.current_version(), out);
  EXPECT_EQ(out, R"({"version":"3","currency":{"coins":100,"gems":0,"premium":0},"inventory":[],)"
                 R"("joinedAt":1700000000,"stats":{"kills":0,"deaths":0,"playtime":0,"wins":0},)"
                 R"("settings":{"music":true,"sfx":true,"notifications":true}})");
}

TEST(PlayerCatalog, NamesItsStoreAndItsVersions) {
  const AnyCatalog catalog = player_catalog();
  EXPECT_EQ(catalog.store_name(), "PlayerData");
  EXPECT_EQ(catalog.current_version(), "3");
  ASSERT_EQ(catalog.versions().size(), 3U);
  EXPECT_EQ(catalog.versions()[0].name, "1");
  EXPECT_EQ(catalog.find("2")->ordinal, 2);
  EXPECT_EQ(catalog.find("2")->last_compatible, 2);
}

}  // namespace
}  // namespace example
