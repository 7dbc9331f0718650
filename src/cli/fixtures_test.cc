// The first example's fixtures: each line says itself what must come of it.
#include <set>

#include "src/cli/command_test_fixture.h"

namespace keepsake::cli {
namespace {

class FixtureTest : public CommandTest {
 protected:
  FixtureTest() { catalogs_ = {example::player_catalog()}; }

  static std::vector<Value> lines_of(const std::string& file) {
    std::vector<Value> lines;
    std::ifstream in(file);
    EXPECT_TRUE(in) << file;
    for (std::string line; std::getline(in, line);) lines.push_back(parse_json(line).value());
    EXPECT_FALSE(lines.empty());
    return lines;
  }
  static std::string text(const Value& object, std::string_view name) {
    return std::string(object.find(name)->as_string());
  }
};

TEST_F(FixtureTest, EveryPlayerComesOutAsExpected) {
  const Outcome imported = on_db({"import", "examples/player/players.jsonl", "--json"});
  EXPECT_EQ(imported.out, "{\"imported\":400,\"unchanged\":0,\"refused\":[]}\n") << imported.err;
  EXPECT_EQ(imported.status, 0);
  auto backend = open("sqlite:" + db_.string());
  ASSERT_TRUE(backend) << backend.error().text();
  std::size_t players = 0;
  for (const Value& line : lines_of("examples/player/testdata/expected_v3.jsonl")) {
    const std::string key = text(line, "key");
    const auto record = (*backend)->read({{"PlayerData", key}})->front();
    ASSERT_TRUE(record) << key;
    const auto upgraded = catalogs_[0].upgrade(record->payload, record->envelope.schema.version);
    ASSERT_TRUE(upgraded) << upgraded.error().text();
    EXPECT_EQ(upgraded->data, *line.find("data")) << key;
    if (++players % 20 != 0) continue;
    const Outcome got = on_db({"get", key});
    ASSERT_EQ(got.status, 0) << got.err;
    EXPECT_EQ(parse_json(got.out).value(), *line.find("data")) << key;
    EXPECT_EQ(got.out, write_json(upgraded->data) + "\n");
  }
  EXPECT_EQ(players, 400U);
  EXPECT_EQ(on_db({"import", "examples/player/players.jsonl", "--json"}).out,
            "{\"imported\":0,\"unchanged\":400,\"refused\":[]}\n");
}

TEST_F(FixtureTest, EveryFormComesOutAsItSays) {
  const std::string file = "examples/player/testdata/forms.jsonl";
  const Outcome imported = on_db({"import", file, "--json"});
  EXPECT_EQ(imported.status, 1);
  std::size_t refused = 0;
  const Value summary = parse_json(imported.out).value();
  for (const Value& line : lines_of(file)) {
    const std::string key = text(line, "key");
    const Value& expect = *line.find("expect");
    if (const Value* path = expect.find("refused"); path != nullptr) {
      const Value& refusal = summary.find("refused")->items()[refused++];
      EXPECT_EQ(text(refusal, "key"), key);
      EXPECT_EQ(text(refusal, "path"), path->as_string());
      continue;
    }
    EXPECT_EQ(parse_json(on_db({"get", key}).out).value(), *expect.find("data")) << key;
    const Value envelope = parse_json(on_db({"get", key, "--envelope"}).out).value();
    EXPECT_TRUE(envelope.find("owner")->is_null()) << key;
    const Value* inbox = expect.find("inbox");
    EXPECT_EQ(envelope.find("inbox")->size(),
              inbox == nullptr ? 0U : static_cast<std::size_t>(inbox->as_integer()))
        << key;
    if (const Value* users = expect.find("user_ids"); users != nullptr) {
      EXPECT_EQ(*envelope.find("user_ids"), *users) << key;
    }
  }
  EXPECT_EQ(summary.find("refused")->size(), refused);
  EXPECT_NE(imported.err.find("note: Form_active_session: imported free"), std::string::npos);
  const Value meta = parse_json(on_db({"get", "Form_meta", "--envelope"}).out).value();
  EXPECT_EQ(write_json(*meta.find("metadata")),
            R"({"MetaTags":{"region":"eu","vip":true},"RobloxMetaData":{"flag":"reviewed"}})");
  // The refused ones, and the fields that the steps' values displaced.
  const Value quarantine = parse_json(on_db({"quarantine", "--json"}).out).value();
  std::set<std::string> displaced;
  for (const Value& entry : quarantine.items()) {
    if (text(entry, "key") == "Form_v1_mixed_with_template") displaced.insert(text(entry, "path"));
  }
  EXPECT_EQ(displaced, (std::set<std::string>{"/currency", "/settings", "/stats"}));
  EXPECT_EQ(quarantine.size(), refused + displaced.size());
  for (const std::string& path : displaced) {
    EXPECT_NE(imported.err.find("note: Form_v1_mixed_with_template at " + path + ": a field"),
              std::string::npos)
        << imported.err;
  }
}

TEST_F(FixtureTest, EveryBrokenRecordIsRefusedAtItsPointerAndQuarantinedOnce) {
  const std::string file = "examples/player/testdata/broken.jsonl";
  for (int run = 0; run < 2; ++run) {
    const Outcome imported = on_db({"import", file, "--json"});
    EXPECT_EQ(imported.status, 1);
    const Value summary = parse_json(imported.out).value();
    const std::vector<Value> lines = lines_of(file);
    ASSERT_EQ(summary.find("refused")->size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Value& refusal = summary.find("refused")->items()[i];
      EXPECT_EQ(text(refusal, "key"), text(lines[i], "key"));
      EXPECT_EQ(text(refusal, "path"), text(lines[i], "path")) << text(refusal, "key");
    }
    EXPECT_EQ(parse_json(on_db({"quarantine", "--json"}).out)->size(), lines.size());
  }
}

}  // namespace
}  // namespace keepsake::cli
