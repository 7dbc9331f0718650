#include "src/cli/parse.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace keepsake::cli {
namespace {

template <class Options>
Options parsed(const std::vector<std::string>& arguments) {
  const Parsed result = parse(arguments);
  if (const auto* misuse = std::get_if<Misuse>(&result)) ADD_FAILURE() << misuse->text;
  const auto* request = std::get_if<Request>(&result);
  if (request == nullptr || !std::holds_alternative<Options>(request->command)) {
    ADD_FAILURE() << "another command";
    return {};
  }
  return std::get<Options>(request->command);
}

std::string misuse_of(const std::vector<std::string>& arguments) {
  const Parsed result = parse(arguments);
  const auto* misuse = std::get_if<Misuse>(&result);
  return misuse == nullptr ? "understood" : misuse->text;
}

std::string answer_to(const std::vector<std::string>& arguments) {
  const Parsed result = parse(arguments);
  const auto* answer = std::get_if<Answer>(&result);
  return answer == nullptr ? "no answer" : answer->text;
}

TEST(Parse, ReadsAnImport) {
  const auto import = parsed<ImportOptions>({"import", "a.jsonl", "--from", "profilestore", "--db",
                                             "sqlite:p.db", "--store", "S", "--json"});
  EXPECT_EQ(import.file, "a.jsonl");
  EXPECT_EQ(import.from, "profilestore");
  EXPECT_EQ(import.place.db, "sqlite:p.db");
  EXPECT_EQ(import.place.store, "S");
  EXPECT_TRUE(import.json);
  EXPECT_EQ(parsed<ImportOptions>({"import", "--db", "p.db", "-"}).file, "-");
}

TEST(Parse, ReadsEveryOtherCommand) {
  const auto get = parsed<GetOptions>({"get", "Player_1", "--db", "p.db", "--raw"});
  EXPECT_EQ(get.key, "Player_1");
  EXPECT_TRUE(get.raw);
  EXPECT_FALSE(get.envelope);
  EXPECT_EQ(parsed<ListOptions>({"list", "--db", "p.db", "--limit", "3"}).limit, 3U);
  EXPECT_EQ(parsed<QuarantineOptions>({"quarantine", "--db", "p.db"}).incident, "");
  EXPECT_EQ(parsed<QuarantineOptions>({"quarantine", "ab", "--db", "p.db"}).incident, "ab");
  EXPECT_EQ(parsed<SessionsOptions>({"sessions", "--db", "p.db"}).place.db, "p.db");
  EXPECT_TRUE(parsed<ServersOptions>({"servers", "--db", "p.db", "--json"}).json);
  EXPECT_EQ(parsed<InboxOptions>({"inbox", "K", "--db", "p.db"}).key, "K");
  EXPECT_EQ(
      parsed<RecoverOptions>({"journal", "recover", "--db", "p.db", "--journal", "d"}).journal,
      "d");
  EXPECT_EQ(parsed<DatumCasesOptions>({"datum", "cases", "f.json"}).file, "f.json");
  EXPECT_EQ(parsed<DatumPathsOptions>({"datum", "paths", "f.json"}).file, "f.json");
  const auto migrate = parsed<DatumMigrateOptions>(
      {"datum", "migrate", "f", "--to", "1", "--from", "cbor", "--as", "json", "--at", "/d"});
  EXPECT_EQ(migrate.to, "1");
  EXPECT_EQ(migrate.as, "json");
  EXPECT_EQ(migrate.records.from, "cbor");
  EXPECT_EQ(migrate.records.at, "/d");
  EXPECT_TRUE(parsed<DatumValidateOptions>({"datum", "validate", "f", "--trial"}).judge.trial);
  EXPECT_EQ(parsed<DatumConvertOptions>({"datum", "convert", "f", "--to", "cbor"}).to, "cbor");
}

TEST(Parse, ReadsWhatIsPublished) {
  EXPECT_EQ(parsed<SchemaExportOptions>({"schema", "export", "--out", "f"}).out, "f");
  const auto lock = parsed<SchemaLockOptions>(
      {"schema", "lock", "--replace", "1", "--replace", "2", "--dir", "d", "--store", "S"});
  EXPECT_EQ(lock.replace, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(lock.dir, "d");
  EXPECT_EQ(lock.store, "S");
  const auto check = parsed<SchemaCheckOptions>({"schema", "check", "--strict"});
  EXPECT_EQ(check.dir, ".");
  EXPECT_TRUE(check.strict);
  EXPECT_EQ(parsed<SchemaRecordOptions>({"schema", "record", "-"}).file, "-");
  const auto diff = parsed<SchemaDiffOptions>({"schema", "diff", "1", "2", "--json"});
  EXPECT_EQ(diff.before, "1");
  EXPECT_EQ(diff.after, "2");
  EXPECT_TRUE(diff.json);
}

TEST(Parse, ReadsCatalogsFilesForEachCommandThatLooksForOne) {
  const Parsed result =
      parse({"get", "--catalog", "a.json", "K", "--db", "p.db", "--catalog", "b.json"});
  ASSERT_TRUE(std::holds_alternative<Request>(result));
  EXPECT_EQ(std::get<Request>(result).catalog_files,
            (std::vector<std::string>{"a.json", "b.json"}));
  EXPECT_EQ(misuse_of({"servers", "--db", "p.db", "--catalog", "a.json"}),
            "The following arguments were not expected: a.json --catalog");
}

TEST(Parse, SaysInOneLineWhatMakesNoSense) {
  EXPECT_EQ(misuse_of({}), "a command is required");
  EXPECT_EQ(misuse_of({"get", "K"}), "--db is required");
  EXPECT_EQ(misuse_of({"get", "--db", "p.db"}), "KEY is required");
  EXPECT_EQ(misuse_of({"get", "K", "--db", "p.db", "--raw", "--envelope"}),
            "--raw excludes --envelope");
  EXPECT_EQ(misuse_of({"quarantine", "--db", "p.db", "--raw"}), "--raw requires INCIDENT");
  EXPECT_EQ(misuse_of({"import", "f", "--db", "p.db", "--from", "other"}),
            "--from: other not in {profilestore}");
  EXPECT_EQ(misuse_of({"fetch"}), "there is no command \"fetch\"");
  EXPECT_EQ(misuse_of({"journal", "replay"}), "there is no command \"replay\"");
  EXPECT_EQ(misuse_of({"list", "--db", "p.db", "extra"}),
            "The following argument was not expected: extra");
  EXPECT_EQ(misuse_of({"journal"}), "a command is required");
}

TEST(Parse, ExplainsItself) {
  const std::string help = answer_to({"--help"});
  for (const char* command : {"import", "get", "list", "quarantine", "sessions", "servers", "inbox",
                              "journal", "datum", "schema", "--version"}) {
    EXPECT_NE(help.find(command), std::string::npos) << command;
  }
  const std::string get = answer_to({"get", "--help"});
  EXPECT_NE(get.find("Usage: keepsake get [OPTIONS] KEY"), std::string::npos) << get;
  EXPECT_NE(get.find("--envelope"), std::string::npos);
  const std::string recover = answer_to({"journal", "recover", "--help"});
  EXPECT_NE(recover.find("Usage: keepsake journal recover"), std::string::npos) << recover;
}

TEST(Parse, KnowsTheProjectsVersion) {
  EXPECT_EQ(answer_to({"--version"}), "keepsake " + std::string(kVersion) + "\n");
  std::ifstream file("CMakeLists.txt");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("project(keepsake VERSION " + std::string(kVersion) + " "),
            std::string::npos);
}

}  // namespace
}  // namespace keepsake::cli
