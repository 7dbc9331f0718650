#include "src/cli/command_test_fixture.h"

namespace keepsake::cli {
namespace {

struct Hero {
  std::string name;
  std::int64_t level = 1;
};
struct TitledHero {
  std::string name;
  std::int64_t level = 1;
  std::string title;
};
struct RenamedHero {
  std::string name;
  std::int64_t rank = 1;
};

const Schema kFirst = schema::object({{"name", schema::string()}});

template <class T>
CatalogBuilder<T> builder(const Schema& first = kFirst) {
  return CatalogBuilder<T>("Heroes").version("1", first).current("2");
}
AnyCatalog heroes() {
  return builder<Hero>()
      .step("1", "2", {change::add("/level", 1)})
      .example("1", R"({"version":"1","name":"Ada"})")
      .lock()
      .value();
}

class PublishCommand : public CommandTest {
 protected:
  PublishCommand() { catalogs_ = {heroes()}; }

  Outcome schema(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "schema");
    arguments.insert(arguments.end(), {"--dir", folder_.string()});
    return run(arguments, input);
  }
  /// What the catalog's check says once heroes() are published.
  Outcome check_of(AnyCatalog catalog) {
    EXPECT_EQ(schema({"lock"}).status, 0);
    catalogs_ = {std::move(catalog)};
    return schema({"check"});
  }
};

TEST_F(PublishCommand, LockWritesWhatCheckHolds) {
  const Outcome locked = schema({"lock"});
  EXPECT_EQ(locked.status, 0) << locked.err;
  EXPECT_EQ(locked.out, "Heroes: locked version 1, version 2, step 1 -> 2\n");
  const std::string text = read(folder_ / "catalog.lock");
  std::istringstream lines(text);
  std::vector<std::string> heads;
  for (std::string line; std::getline(lines, line);) heads.push_back(line.substr(0, 23));
  EXPECT_EQ(heads, (std::vector<std::string>{"# What is published. Wr", "keepsake-catalog-lock 1",
                                             "schema Heroes 1 sha256:", "schema Heroes 2 sha256:",
                                             "step Heroes 1 2 sha256:"}))
      << text;
  EXPECT_EQ(read(folder_ / "golden/Heroes.v1.jsonl"),
            R"({"input":{"version":"1","name":"Ada"},"outputs":{"1":{"version":"1","name":"Ada"},)"
            R"("2":{"version":"2","name":"Ada","level":1}}})"
            "\n");
  EXPECT_TRUE(read(folder_ / "schemas/Heroes.v2.json").starts_with("{\n  \"$schema\": "));
  const std::string header = read(folder_ / "schemas/Heroes.gen.h");
  EXPECT_NE(header.find("inline constexpr keepsake::PublishedVersion Heroes[] = {\n"
                        "    {\"1\", \"\",\n     R\"json({\"$schema\":"),
            std::string::npos)
      << header;
  const Outcome checked = schema({"check", "--strict"});
  EXPECT_EQ(checked.status, 0);
  EXPECT_EQ(checked.out, "Heroes: 2 versions, 1 step and 1 golden record are as published\n");
  EXPECT_EQ(checked.err, "");
  EXPECT_EQ(schema({"lock"}).out, "Heroes: nothing new\n");
  EXPECT_EQ(read(folder_ / "catalog.lock"), text);
}

TEST_F(PublishCommand, CheckNamesTheLinesForAStructThatWasChanged) {
  const Outcome outcome =
      check_of(builder<TitledHero>()
                   .step("1", "2", {change::add("/level", 1), change::add("/title", "")})
                   .lock()
                   .value());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "Heroes: version 2 is published, and the struct is another one now:\n"
            "  added /title: string\n"
            "Give it a version of its own: in the catalog, in place of .current(\"2\"), write\n"
            "      .published(published::Heroes)  // of \"schemas/Heroes.gen.h\", for each "
            ".version\n"
            "      .current(\"3\")\n"
            "      .step(\"2\", \"3\", {change::add(\"/title\", \"\")})\n"
            "  Servers of version 2 can go on with such data: say so by "
            ".compatible_with(\"2\") behind .current(\"3\"), if they may.\n"
            "If no data of version 2 was ever stored, \"keepsake schema lock --replace 2\" "
            "publishes it anew.\n"
            "Heroes: step 1 -> 2 is not the one that was published: the same data would become "
            "something else than they did.\n"
            "Bring it back, and put what is new into a step of its own.\n"
            "If no data of version 2 was ever stored, \"keepsake schema lock --replace 2\" "
            "publishes it anew.\n");
}

TEST_F(PublishCommand, CheckSuggestsBothWhereAMemberMayHaveBeenRenamed) {
  const Outcome outcome =
      check_of(builder<RenamedHero>().step("1", "2", {change::add("/rank", 1)}).lock().value());
  EXPECT_NE(outcome.out.find("  removed /level: integer\n"
                             "  added /rank: integer\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("      .step(\"2\", \"3\", {change::remove(\"/level\", 0), "
                             "change::add(\"/rank\", 0)})\n"
                             "  /level: if it is /rank under its old name, write "
                             "change::rename(\"/level\", \"rank\") in place of both.\n"),
            std::string::npos)
      << outcome.out;
}

TEST_F(PublishCommand, CheckRefusesAnOldSchemaThatWasChanged) {
  const Outcome outcome =
      check_of(builder<Hero>(schema::object({{"name", schema::string().within(size_at_most(9))}}))
                   .step("1", "2", {change::add("/level", 1)})
                   .lock()
                   .value());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out,
            "Heroes: the schema of version 1 is not the one that was published:\n"
            "  changed /name: string -> string of size at most 9\n"
            "Bring it back: .published(published::Heroes) has it as it was.\n"
            "If no data of version 1 was ever stored, \"keepsake schema lock --replace 1\" "
            "publishes it anew.\n");
}

TEST_F(PublishCommand, CheckRefusesWhatIsGoneAndWhatIsCompatibleInAnotherWay) {
  EXPECT_EQ(check_of(CatalogBuilder<Hero>("Heroes").current("2").lock().value()).out,
            "Heroes: version 1 is published, and gone from the catalog.\n"
            "Put it back: .published(published::Heroes)\n"
            "Heroes: step 1 -> 2 is published, and gone from the catalog.\n"
            "Put it back.\n");
  catalogs_ = {builder<Hero>()
                   .compatible_with("1")
                   .step("1", "2", {change::add("/level", 1)})
                   .lock()
                   .value()};
  EXPECT_EQ(schema({"check"}).err, "");
  EXPECT_EQ(schema({"check"}).out,
            "Heroes: version 2 was published as compatible with none before it, and now is so "
            "with version 1.\n"
            "Bring compatible_with() back.\n"
            "If no data of version 2 was ever stored, \"keepsake schema lock --replace 2\" "
            "publishes it anew.\n");
}

TEST_F(PublishCommand, LockOverwritesNothingThatIsPublishedUnlessItIsNamed) {
  const AnyCatalog changed =
      builder<Hero>().step("1", "2", {change::add("/level", 7)}).lock().value();
  ASSERT_EQ(check_of(changed).status, 1);
  const std::string before = read(folder_ / "catalog.lock");
  const Outcome refused = schema({"lock"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(refused.out.starts_with(
      "Heroes: step 1 -> 2 is not the one that was published: the same data would become "
      "something else than they did.\n"));
  EXPECT_NE(refused.out.find("Heroes: golden/Heroes.v1.jsonl, line 1: version 2 of it is another "
                             "one: changed /level.\n"
                             "Bring the steps on its way back as they were.\n"),
            std::string::npos)
      << refused.out;
  EXPECT_EQ(refused.err,
            "keepsake: already_exists: what is published is not as it was, and is not "
            "overwritten; mend it, or name the versions by --replace\n");
  EXPECT_EQ(read(folder_ / "catalog.lock"), before);
  const Outcome replaced = schema({"lock", "--replace", "2"});
  EXPECT_EQ(replaced.status, 0) << replaced.out;
  EXPECT_EQ(replaced.out, "Heroes: locked version 2 anew\n");
  EXPECT_EQ(schema({"check", "--strict"}).status, 0);
  EXPECT_NE(read(folder_ / "golden/Heroes.v1.jsonl").find("\"level\":7"), std::string::npos);
}

Result<Value> level_of_ten(Value data) {
  data.set("level", 10);
  return data;
}
Result<Value> level_of_twenty(Value data) {
  data.set("level", 20);
  return data;
}

TEST_F(PublishCommand, RecordedDataTellThatAFunctionWasChanged) {
  catalogs_ = {builder<Hero>().step("1", "2", level_of_ten).lock().value()};
  EXPECT_EQ(schema({"lock"}).status, 0);
  EXPECT_NE(read(folder_ / "catalog.lock").find("\nstep Heroes 1 2 function\n"), std::string::npos);
  EXPECT_EQ(schema({"check"}).err,
            "note: Heroes: step 1 -> 2 is a function, and nothing recorded goes through it; "
            "record data by \"keepsake schema record\"\n");
  const std::string data = "{\"version\":\"1\",\"name\":\"Ada\"}\n";
  EXPECT_EQ(
      schema({"record", "-"}, data + data + "{\"version\":\"1\",\"name\":\"Bob\",\"x\":1}\n").out,
      "recorded 2, there already 1\n");
  EXPECT_EQ(schema({"check"}).err, "");
  EXPECT_EQ(schema({"check"}).out,
            "Heroes: 2 versions, 1 step and 2 golden records are as published\n");
  catalogs_ = {builder<Hero>().step("1", "2", level_of_twenty).lock().value()};
  const Outcome outcome = schema({"check"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out,
            "Heroes: golden/Heroes.v1.jsonl, line 1: version 2 of it is another one: changed "
            "/level.\n"
            "Bring the steps on its way back as they were.\n"
            "Heroes: golden/Heroes.v1.jsonl, line 2: version 2 of it is another one: changed "
            "/level.\n"
            "Bring the steps on its way back as they were.\n");
}

TEST_F(PublishCommand, RecordRefusesWhatIsNoDataByItsLine) {
  const std::string good = "{\"version\":\"1\",\"name\":\"Ada\"}\n";
  EXPECT_EQ(schema({"record", "-"}, good + "{").err,
            "keepsake: malformed: \"-:2\": line 1, column 2: expected a name in quotes\n");
  EXPECT_EQ(schema({"record", "-"}, "{\"version\":\"9\"}").err,
            "keepsake: version_unknown at /version: \"-:1\": expected a version of Heroes, found "
            "\"9\"\n");
  EXPECT_EQ(schema({"record", "-"}, "{\"version\":\"1\",\"name\":7}").err,
            "keepsake: invalid_data at /name: \"-:1\": expected string, found integer\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "golden"));
}

TEST_F(PublishCommand, CheckSaysWhichFilesAreNotWhatWasPublished) {
  EXPECT_EQ(schema({"check"}).err, "keepsake: not_found: there is no catalog.lock in \"" +
                                       folder_.string() +
                                       "\"; \"keepsake schema lock\" writes it\n");
  ASSERT_EQ(schema({"lock"}).status, 0);
  const std::string header = read(folder_ / "schemas/Heroes.gen.h");
  written("schemas/Heroes.gen.h", header + " ");
  EXPECT_EQ(schema({"check"}).out,
            "Heroes: schemas/Heroes.gen.h is not what belongs to the published versions; "
            "\"keepsake schema lock\" writes it anew.\n");
  written("schemas/Heroes.v1.json", "{\"type\":\"object\"}");
  std::filesystem::remove(folder_ / "schemas/Heroes.v2.json");
  const Outcome outcome = schema({"check"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out,
            "Heroes: schemas/Heroes.v1.json is not what was published as version 1; \"keepsake "
            "schema lock\" writes it anew.\n"
            "Heroes: schemas/Heroes.v2.json is missing; \"keepsake schema lock\" writes it "
            "anew.\n");
  EXPECT_EQ(schema({"lock"}).status, 0);
  EXPECT_EQ(schema({"check"}).status, 0);
  EXPECT_EQ(read(folder_ / "schemas/Heroes.gen.h"), header);
}

TEST_F(PublishCommand, ALockThatCannotBeReadIsRefusedByItsLine) {
  ASSERT_EQ(schema({"lock"}).status, 0);
  const std::string file = (folder_ / "catalog.lock").string();
  const std::string text = read(file);
  written("catalog.lock", text + "<<<<<<< HEAD\n");
  EXPECT_EQ(schema({"check"}).err,
            "keepsake: malformed: \"" + file +
                "\": line 6: expected a schema or a step, once, found another line; bring the file "
                "back as it was last published\n");
  written("catalog.lock", text + text.substr(text.find("step")));
  EXPECT_EQ(schema({"check"}).status, 1);
  written("catalog.lock", "keepsake-catalog-lock 2\n");
  EXPECT_EQ(schema({"lock"}).err,
            "keepsake: wrong_format: \"" + file +
                "\": line 1: expected \"keepsake-catalog-lock 1\", found another line; bring the "
                "file back as it was last published\n");
}

TEST_F(PublishCommand, ANewVersionIsWorthANoteAndWithStrictAFailure) {
  catalogs_ = {CatalogBuilder<Hero>("Heroes").current("2").lock().value()};
  ASSERT_EQ(schema({"lock"}).status, 0);
  catalogs_ = {CatalogBuilder<TitledHero>("Heroes")
                   .version("2", schema_of<Hero>())
                   .current("3")
                   .step("2", "3", {change::add("/title", "")})
                   .lock()
                   .value()};
  const std::string text =
      "Heroes: not locked yet: version 3, step 2 -> 3; \"keepsake schema lock\" does, once this "
      "is published\n";
  const Outcome lenient = schema({"check"});
  EXPECT_EQ(lenient.status, 0);
  EXPECT_EQ(lenient.err, "note: " + text);
  const Outcome strict = schema({"check", "--strict"});
  EXPECT_EQ(strict.status, 1);
  EXPECT_EQ(strict.out, text);
}

TEST_F(PublishCommand, NotesACompatibilityThatTheSchemasSpeakAgainst) {
  catalogs_ = {CatalogBuilder<RenamedHero>("Heroes")
                   .version("1", schema_of<Hero>())
                   .current("2")
                   .compatible_with("1")
                   .step("1", "2", {change::rename("/level", "rank")})
                   .lock()
                   .value()};
  ASSERT_EQ(schema({"lock"}).status, 0);
  const Outcome outcome = schema({"check", "--strict"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err,
            "note: Heroes: version 2 is declared compatible with 1, but servers of that may refuse "
            "it: removed /level: integer\n");
}

TEST_F(PublishCommand, KeepsSeveralStoresInOneFolder) {
  catalogs_ = {second_game::ship_catalog(), second_game::guild_bank_catalog()};
  EXPECT_EQ(schema({"lock", "--store", "Ships"}).out,
            "Ships: locked version 1, version 2, step 1 -> 2\n");
  EXPECT_EQ(schema({"lock"}).out, "Ships: nothing new\nGuildBanks: locked version 1\n");
  EXPECT_EQ(schema({"check", "--strict"}).out,
            "Ships: 2 versions, 1 step and 0 golden records are as published\n"
            "GuildBanks: 1 version, 0 steps and 0 golden records are as published\n");
  EXPECT_EQ(schema({"lock", "--replace", "1"}).err,
            "keepsake: invalid_argument: a version of which store is to be published anew?; name "
            "it by --store\n");
}

TEST_F(PublishCommand, ACatalogsFileIsHeldAgainstWhatIsPublished) {
  ASSERT_EQ(schema({"lock"}).status, 0);
  const std::string file = written("catalog.json", run({"schema", "export"}).out);
  catalogs_.clear();
  EXPECT_EQ(schema({"check"}).err,
            "keepsake: invalid_argument: this program knows no store; name a catalog's file by "
            "--catalog\n");
  EXPECT_EQ(schema({"check", "--strict", "--catalog", file}).status, 0);
  EXPECT_EQ(schema({"lock", "--catalog", file}).out, "Heroes: nothing new\n");
}

}  // namespace
}  // namespace keepsake::cli
