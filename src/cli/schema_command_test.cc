#include "src/cli/command_test_fixture.h"
#include "src/cli/line_reader.h"

namespace keepsake::cli {
namespace {

const std::string kPlayers = "examples/player/players.jsonl";

class SchemaCommand : public CommandTest {
 protected:
  SchemaCommand() { catalogs_ = {example::player_catalog()}; }

  /// The program's store as a file; from then on the program knows no store by itself.
  std::string exported() {
    const std::string file = (folder_ / "players.catalog.json").string();
    const Outcome outcome = run({"schema", "export", "--out", file});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "");
    catalogs_.clear();
    return file;
  }
};

TEST_F(SchemaCommand, ExportWritesTheCatalogAsAFile) {
  const std::string text = run({"schema", "export"}).out;
  EXPECT_TRUE(
      text.starts_with("{\n  \"keepsake\": \"catalog\",\n  \"form\": 1,\n"
                       "  \"store\": \"PlayerData\",\n  \"current\": \"3\",\n"))
      << text;
  const std::string file = exported();
  EXPECT_EQ(read(file), text);
  EXPECT_EQ(run({"schema", "export", "--catalog", file}).out, text);
}

TEST_F(SchemaCommand, EveryPlayerIsTheSameThroughTheFileAndThroughTheGamesOwnTool) {
  ASSERT_EQ(on_db({"import", kPlayers}).status, 0);
  std::ifstream players(kPlayers);
  LineReader lines(players, 1'000'000);
  std::vector<std::string> keys;
  for (LineReader::Line line; lines.next(line);) {
    keys.emplace_back(parse_json(line.text)->find("key")->as_string());
  }
  ASSERT_EQ(keys.size(), 400U);
  std::vector<std::string> own;
  for (const std::string& key : keys) own.push_back(on_db({"get", key}).out);
  const std::string file = exported();
  // Imported and shown by a program that knows the file alone.
  const std::string first = on_db({"list", "--store", "PlayerData"}).out;
  db_ = folder_ / "again.db";
  const Outcome again = on_db({"import", kPlayers, "--catalog", file});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.err, "imported 400, unchanged 0, refused 0\n");
  EXPECT_EQ(on_db({"list", "--catalog", file}).out, first);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(on_db({"get", keys[i], "--catalog", file}).out, own[i]) << keys[i];
  }
}

TEST_F(SchemaCommand, BrokenPlayersAreRefusedThroughTheFileAsThroughTheGamesOwnTool) {
  const std::string broken = "examples/player/testdata/broken.jsonl";
  const Outcome own = on_db({"import", broken, "--json"});
  const std::string file = exported();
  db_ = folder_ / "again.db";
  const Outcome read = on_db({"import", broken, "--json", "--catalog", file});
  EXPECT_EQ(read.status, own.status);
  EXPECT_EQ(read.out, own.out);
  EXPECT_EQ(read.err, own.err);
}

TEST_F(SchemaCommand, FilesOfDataAreJudgedThroughTheFileAsThroughTheGamesOwnTool) {
  catalogs_ = {second_game::ship_catalog()};
  const std::string data = R"({"version":"1","name":"Ark","hull":0.5,"crew":["Ann"]})"
                           "\n"
                           R"({"version":"1","name":"Raft","hull":"new","crew":[]})"
                           "\n";
  const Outcome validated = run({"datum", "validate", "-"}, data);
  const Outcome migrated = run({"datum", "migrate", "-"}, data);
  EXPECT_EQ(validated.status, 1);
  const std::string file = exported();
  const Outcome validated_too = run({"datum", "validate", "-", "--catalog", file}, data);
  EXPECT_EQ(validated_too.out + validated_too.err, validated.out + validated.err);
  const Outcome migrated_too = run({"datum", "migrate", "-", "--catalog", file}, data);
  EXPECT_EQ(migrated_too.out + migrated_too.err, migrated.out + migrated.err);
  EXPECT_NE(migrated.out.find("\"hold\":{}"), std::string::npos) << migrated.out;
}

TEST_F(SchemaCommand, SaysWhatIsWrongWithACatalogsFile) {
  const std::string file = exported();
  const std::string bad = written("bad.json", "{\"keepsake\":\"catalog\",\"form\":2}");
  const std::string torn = written("torn.json", "{\"keepsake\":");
  const struct {
    std::vector<std::string> arguments;
    std::string error;
  } kCases[] = {
      {{"--catalog", "no.json"},
       "not_found: can't read the file \"no.json\": No such file or directory"},
      {{"--catalog", bad},
       "invalid_schema at /form: \"" + bad +
           "\": a catalog's file that isn't understood: expected 1, found integer"},
      {{"--catalog", torn},
       "malformed at /keepsake: \"" + torn +
           "\": line 1, column 13: expected a value, found the end of the text"},
      {{"--catalog", file, "--catalog", file},
       "invalid_argument: two files are of the store \"PlayerData\""},
      {{"--catalog", file, "--store", "Ships"},
       "not_found: this program does not know the store \"Ships\"; it knows: PlayerData"},
  };
  for (const auto& [arguments, error] : kCases) {
    std::vector<std::string> words{"get", "Player_1"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Outcome outcome = on_db(words);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.err, "keepsake: " + error + "\n");
  }
}

struct Boat {
  std::string name;
};

TEST_F(SchemaCommand, NamesTheStepAndThePredicatesThatAFileCannotHold) {
  const auto even = [](const Value&) { return true; };
  const auto renamed = [](Value data) -> Result<Value> {
    data.set("name", data.take("title"));
    return data;
  };
  catalogs_ = {CatalogBuilder<Boat>("Boats")
                   .version("1", schema::object({{"title", schema::refine(schema::string(),
                                                                          "a good title", even)}}))
                   .current("2")
                   .step("1", "2", renamed)
                   .lock()
                   .value()};
  const std::string line = R"({"key":"Ark","document":{"Data":{"version":"1","title":"Ark"}}})";
  ASSERT_EQ(on_db({"import", "-"}, line).status, 0);
  EXPECT_EQ(on_db({"get", "Ark"}).out, "{\"version\":\"2\",\"name\":\"Ark\"}\n");
  const std::string file = exported();
  const Outcome outcome = on_db({"get", "Ark", "--catalog", file});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err,
            "note: predicates are code, and \"" + file +
                "\" can't hold them: 1 not checked, the first at "
                "/versions/0/schema/properties/title/x-keepsake-refine\n"
                "keepsake: step_unknown: Boats/Ark: step 1 -> 2 is code of the game's program, "
                "which a catalog's file doesn't hold; use the game's own tool\n");
}

TEST_F(SchemaCommand, DiffShowsWhomEachChangeBreaksForAllPairsOfVersions) {
  catalogs_ = {second_game::ship_catalog()};
  const Outcome outcome = run({"schema", "diff"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string text = outcome.out;
  EXPECT_NE(read("docs/cli.md").find("```\n" + text + "```\n"), std::string::npos) << text;
  EXPECT_EQ(run({"schema", "diff", "1"}).out, outcome.out);
  EXPECT_EQ(run({"schema", "diff", "1", "2"}).out, outcome.out);
}

TEST_F(SchemaCommand, DiffGivesProgramsAllItKnows) {
  catalogs_ = {second_game::ship_catalog()};
  EXPECT_EQ(run({"schema", "diff", "--json"}).out,
            R"([{"before":"1","after":"2","steps":["1","2"],"declared_compatible":false,)"
            R"("compatible":false,"changes":[)"
            R"({"kind":"changed","path":"/hull","before":"number",)"
            R"("after":"number at least 0, at most 1",)"
            R"("old_reads_new":"always","new_reads_old":"not always","old_server":"spoils"},)"
            R"({"kind":"changed","path":"/crew/*","before":"string","after":"object",)"
            R"("old_reads_new":"not always","new_reads_old":"not always","old_server":"refuses"},)"
            R"({"kind":"added","path":"/hold","before":"","after":"map",)"
            R"("old_reads_new":"always","new_reads_old":"not always","old_server":"works"},)"
            R"({"kind":"added","path":"/flag","before":"","after":"optional string",)"
            R"("old_reads_new":"always","new_reads_old":"always","old_server":"works"}]}])"
            "\n");
}

TEST_F(SchemaCommand, DiffSaysWhetherADeclaredCompatibilityHolds) {
  const auto last_line = [this](const Schema& before) {
    catalogs_ = {CatalogBuilder<Boat>("Boats")
                     .version("1", before)
                     .current("2")
                     .compatible_with("1")
                     .step("1", "2", [](Value data) -> Result<Value> { return data; })
                     .lock()
                     .value()};
    const std::string text = run({"schema", "diff"}).out;
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  EXPECT_EQ(last_line(schema::object({{"name", schema::string()}, {"size", schema::integer()}})),
            "version 2 is declared compatible with 1, and is not\n");
  EXPECT_EQ(last_line(schema::object({{"name", schema::optional(schema::string())}})),
            "version 2 is declared compatible with 1, and is not\n");
  EXPECT_EQ(last_line(schema::object({{"size", schema::optional(schema::integer())}})),
            "version 2 is declared compatible with 1, and is\n");
}

TEST_F(SchemaCommand, DiffTakesVersionsAndFilesWithSchemas) {
  catalogs_.clear();
  const std::string one = written("1.json", R"({"type":"object"})");
  const std::string two =
      written("2.json", R"({"type":"object","properties":{"a":{"type":"string"}}})");
  EXPECT_EQ(run({"schema", "diff", one, two}).out,
            one + " -> " + two +
                "\n"
                "CHANGE                     OLD READS NEW  NEW READS OLD  OLD SERVER\n"
                "added /a: optional string  always         always         works\n");
  EXPECT_EQ(run({"schema", "diff", one, one}).out, one + " -> " + one + "\nthe same\n");
  EXPECT_EQ(run({"schema", "diff", "7", two}).err,
            "keepsake: not_found: \"7\" is neither a version nor a file\n");
}

}  // namespace
}  // namespace keepsake::cli
