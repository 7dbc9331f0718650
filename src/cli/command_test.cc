// Whole commands, as a person types them.
#include "src/cli/command_test_fixture.h"

namespace keepsake::cli {
namespace {

const std::string kArk =
    R"({"key":"Ark","document":{"Data":{"version":"1","name":"Ark","hull":0.5,"crew":["Ann"],)"
    R"("sails":2},"MetaData":{"ProfileCreateTime":1600000000,"SessionLoadCount":12,)"
    R"("LastUpdate":1650000000,"MetaTags":{"region":"eu"}},"RobloxMetaData":{},"UserIds":[31,7],)"
    R"("GlobalUpdates":[9,[[9,{"type":"gift"}]]]}})"
    "\n";
const std::string kRaft = R"({"key":"Raft","document":{"GlobalUpdates":[1,[[1,"hello"]]]}})"
                          "\n";

TEST_F(CommandTest, ImportPrintsOneObjectForPrograms) {
  const std::string file =
      written("export.jsonl",
              kArk + kRaft +
                  R"({"key":"Wreck","document":{"Data":{"version":"1","name":"Wreck"}}})" + "\n");
  const Outcome first =
      on_db({"import", file, "--from", "profilestore", "--store", "Ships", "--json"});
  EXPECT_EQ(first.status, 1);
  EXPECT_EQ(first.out, R"({"imported":2,"unchanged":0,"refused":[{"key":"Wreck","path":"/hull",)"
                       R"("message":"invalid_data: expected number, found nothing"}]})"
                       "\n");
  EXPECT_NE(first.err.find("imported 2, unchanged 0, refused 1\n"), std::string::npos);
  const Outcome second = on_db({"import", file, "--store", "Ships", "--json"});
  EXPECT_EQ(second.status, 1);
  EXPECT_TRUE(second.out.starts_with(R"({"imported":0,"unchanged":2,"refused":[{)"));
  const Outcome quarantine = on_db({"quarantine", "--json"});
  EXPECT_EQ(parse_json(quarantine.out)->size(), 1U);
}

TEST_F(CommandTest, AnImportThatEndsEarlySaysInItsObjectWhatItHadDone) {
  const Outcome outcome = on_db({"import", "/proc/self/mem", "--store", "Ships", "--json"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out,
            R"({"imported":0,"unchanged":0,"refused":[],"error":"io_error: reading )"
            R"(\"/proc/self/mem\" failed; mend that and run the import again: what is there )"
            R"(already counts as unchanged"})"
            "\n");
  EXPECT_NE(outcome.err.find("io_error"), std::string::npos);
}

TEST_F(CommandTest, ImportReadsStandardInputAndLeavesStdoutToPrograms) {
  const Outcome outcome = on_db({"import", "-", "--store", "Ships"}, kArk + kRaft);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "imported 2, unchanged 0, refused 0\n");
}

TEST_F(CommandTest, GetMigratesInMemoryAndKeepsUnknownFields) {
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kArk).status, 0);
  EXPECT_EQ(on_db({"get", "Ark", "--store", "Ships"}).out,
            R"({"version":"2","name":"Ark","hull":0.5,"hold":{},"crew":[{"name":"Ann","rank":1}],)"
            R"("sails":2})"
            "\n");
  const std::string raw = R"({"version":"1","name":"Ark","hull":0.5,"crew":["Ann"],"sails":2})";
  EXPECT_EQ(on_db({"get", "Ark", "--store", "Ships", "--raw"}).out, raw);
  terminal_ = true;
  EXPECT_EQ(on_db({"get", "Ark", "--store", "Ships", "--raw"}).out, raw + "\n");
  EXPECT_TRUE(on_db({"get", "Ark", "--store", "Ships"}).out.starts_with("{\n  \"version\": \"2\""));
}

TEST_F(CommandTest, GetEnvelopePrintsAllBesideTheData) {
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kArk).status, 0);
  const Outcome outcome = on_db({"get", "Ark", "--store", "Ships", "--envelope"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Value envelope = parse_json(outcome.out).value();
  const auto text = [&](std::string_view name) { return write_json(*envelope.find(name)); };
  EXPECT_EQ(text("store"), R"("Ships")");
  EXPECT_EQ(text("key"), R"("Ark")");
  EXPECT_EQ(text("has_data"), "true");
  EXPECT_EQ(text("schema"), R"({"version":"1","ordinal":1,"last_compatible":1})");
  EXPECT_EQ(text("created_ms"), "1600000000000");
  EXPECT_EQ(text("created"), R"("2020-09-13T12:26:40.000Z")");
  EXPECT_EQ(text("saved"), R"("2022-04-15T05:20:00.000Z")");
  EXPECT_EQ(text("load_count"), "12");
  EXPECT_EQ(text("owner"), "null");
  EXPECT_EQ(text("user_ids"), "[31,7]");
  EXPECT_EQ(text("metadata"), R"({"MetaTags":{"region":"eu"}})");
  EXPECT_EQ(envelope.find("source_hash")->as_string().size(), 64U);
  EXPECT_EQ(write_json(*envelope.find("inbox")->items()[0].find("body")), R"({"type":"gift"})");
}

TEST_F(CommandTest, GetOfAnInboxAloneIsNull) {
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kRaft).status, 0);
  const Outcome outcome = on_db({"get", "Raft", "--store", "Ships"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "null\n");
  EXPECT_EQ(outcome.err, "note: Raft has no data yet\n");
  EXPECT_EQ(on_db({"get", "Raft", "--store", "Ships", "--raw"}).out, "");
  const Outcome inbox = on_db({"inbox", "Raft", "--store", "Ships"});
  EXPECT_EQ(inbox.out,
            "ID              SENT  EXPIRES  SENDER  VALUE\n"
            "profilestore:1  -     -        -       no\n");
  EXPECT_EQ(on_db({"inbox", "Raft", "--store", "Ships", "--bodies"}).out,
            "ID              SENT  EXPIRES  SENDER  VALUE  BODY\n"
            "profilestore:1  -     -        -       no     \"hello\"\n");
  EXPECT_EQ(on_db({"inbox", "Raft", "--store", "Ships", "--json"}).out,
            R"([{"id":"profilestore:1","sent_ms":0,"expires_ms":0,"sender":null,)"
            R"("carries_value":false}])"
            "\n");
  EXPECT_EQ(on_db({"inbox", "Raft", "--store", "Ships", "--json", "--bodies"}).out,
            R"([{"id":"profilestore:1","body":"hello","sent_ms":0,"expires_ms":0,"sender":null,)"
            R"("carries_value":false}])"
            "\n");
}

TEST_F(CommandTest, ListAlignsAndPages) {
  std::string lines = kArk;
  for (int i = 100; i < 610; ++i) {
    lines +=
        R"({"key":"K)" + std::to_string(i) + R"(","document":{"GlobalUpdates":[0,[]]}})" + "\n";
  }
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, lines).status, 0);
  const Outcome some = on_db({"list", "--store", "Ships", "--limit", "2"});
  EXPECT_EQ(
      some.out,
      "KEY   VERSION  REVISION  LOADS  CREATED               SAVED                 OWNER  "
      "USERS\n"
      "Ark   1               0     12  2020-09-13 12:26:40Z  2022-04-15 05:20:00Z  -      "
      "31,7\n"
      "K100  -               0      0  2023-11-14 22:13:20Z  -                     -      -\n");
  EXPECT_EQ(some.err, "note: there may be more; go on with --after 'K100'\n");
  const Outcome all = on_db({"list", "--store", "Ships", "--json"});
  const Value list = parse_json(all.out).value();
  ASSERT_EQ(list.size(), 511U);
  EXPECT_EQ(list.items()[510].find("key")->as_string(), "K609");
  const Outcome rest = on_db({"list", "--store", "Ships", "--after", "K608", "--json"});
  EXPECT_EQ(parse_json(rest.out)->size(), 1U);
  EXPECT_EQ(on_db({"list", "--store", "GuildBanks", "--json"}).out, "[]\n");
}

TEST_F(CommandTest, ListShowsTagsWithoutTheData) {
  {
    auto backend = open("sqlite:" + db_.string()).value();
    Create request;
    request.record.key = {"Ships", "Ark"};
    request.record.envelope.tags = R"({"guild":"Red","level":12,"vip":true})";
    ASSERT_TRUE(backend->create(request));
    request.record.key = {"Ships", "Raft"};
    request.record.envelope.tags.clear();
    ASSERT_TRUE(backend->create(request));
  }
  const Outcome plain = on_db({"list", "--store", "Ships"});
  EXPECT_EQ(plain.out.find("TAGS"), std::string::npos) << plain.out;
  const Outcome table = on_db({"list", "--store", "Ships", "--tags"});
  EXPECT_NE(table.out.find("USERS  TAGS\n"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("  guild=Red level=12 vip=true\n"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("-      -\n"), std::string::npos) << table.out;
  const Outcome json = on_db({"list", "--store", "Ships", "--tags", "--json"});
  const Value list = parse_json(json.out).value();
  EXPECT_EQ(write_json(*list.items()[0].find("tags")), R"({"guild":"Red","level":12,"vip":true})");
  EXPECT_TRUE(list.items()[1].find("tags")->is_null());
}

TEST_F(CommandTest, QuarantineListsAndShowsOneIncident) {
  const std::string line = R"({"key":"Wreck","document":{"Data":{"version":"1","name":"Wreck"}}})";
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, line + "\n").status, 1);
  const Value list = parse_json(on_db({"quarantine", "--json"}).out).value();
  ASSERT_EQ(list.size(), 1U);
  const std::string incident(list.items()[0].find("incident")->as_string());
  EXPECT_EQ(on_db({"quarantine"}).out,
            "INCIDENT                          WHEN                  PROFILE      PATH   REASON\n" +
                incident +
                "  2023-11-14 22:13:20Z  Ships/Wreck  /hull  invalid_data: expected number, found "
                "nothing\n");
  EXPECT_EQ(on_db({"quarantine", incident}).out,
            "incident  " + incident +
                "\nwhen      2023-11-14 22:13:20Z\nprofile   Ships/Wreck\nversion   1\n"
                "reason    invalid_data: expected number, found nothing\npath      \"/hull\"\n"
                "server    -\npayload   " +
                std::to_string(line.size()) + " bytes\n\n" + line + "\n");
  EXPECT_EQ(on_db({"quarantine", incident, "--raw"}).out, line);
  const Value shown = parse_json(on_db({"quarantine", incident, "--json"}).out).value();
  EXPECT_EQ(shown.find("payload")->as_string(), line);
  EXPECT_EQ(on_db({"quarantine", "--store", "GuildBanks"}).out, "");
}

TEST_F(CommandTest, SessionsAndServersShowWhoHoldsWhat) {
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kArk).status, 0);
  EXPECT_EQ(on_db({"servers"}).out, "");
  auto backend = open("sqlite:" + db_.string());
  ASSERT_TRUE(backend) << backend.error().text();
  const JournalPlace place{.directory = "/j", .ring = "", .boot_id = "", .host = "box", .pid = 42};
  const auto incarnation =
      (*backend)->open_lease({.server = {"eu-1"}, .journal = place, .now_ms = 1'600'000'000'000});
  ASSERT_TRUE(incarnation) << incarnation.error().text();
  const auto acquired = (*backend)->acquire({.key = {"Ships", "Ark"},
                                             .self = {{"eu-1"}, *incarnation},
                                             .generation = (*backend)->info()->generation,
                                             .session = {1, 2},
                                             .readable_ordinal = 2});
  ASSERT_TRUE(acquired && std::holds_alternative<Acquired>(*acquired));

  const Value servers = parse_json(on_db({"servers", "--json"}).out).value();
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers.items()[0].find("server")->as_string(), "eu-1");
  EXPECT_EQ(servers.items()[0].find("state")->as_string(), "open");
  EXPECT_EQ(servers.items()[0].find("pid")->as_integer(), 42);
  EXPECT_NE(on_db({"servers"}).out.find("2020-09-13 12:26:40Z"), std::string::npos);

  const Value sessions = parse_json(on_db({"sessions", "--json"}).out).value();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions.items()[0].find("key")->as_string(), "Ark");
  EXPECT_EQ(sessions.items()[0].find("session")->as_string(), Id128({1, 2}).text());
  EXPECT_EQ(on_db({"sessions", "--store", "GuildBanks"}).out, "");
  EXPECT_NE(on_db({"sessions"}).out.find("Ships/Ark"), std::string::npos);
  EXPECT_NE(on_db({"list", "--store", "Ships"}).out.find("  eu-1   31,7\n"), std::string::npos);

  // A recovered lease holds nothing, whatever the rows still say.
  const Owner self{{"eu-1"}, *incarnation};
  ASSERT_TRUE((*backend)->end_lease({.self = self, .target = self}).value());
  EXPECT_EQ(on_db({"sessions"}).out, "");
  EXPECT_NE(on_db({"list", "--store", "Ships"}).out.find("  -      31,7\n"), std::string::npos);
}

TEST_F(CommandTest, SaysSoWhereThereIsNothing) {
  const std::string only_ark =
      R"({"key":"Ark","document":{"Data":{"version":"1","name":"Ark","hull":1,"crew":[]}}})";
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, only_ark).status, 0);
  const struct {
    std::vector<std::string> arguments;
    std::string note;
  } kCases[] = {
      {{"list", "--store", "GuildBanks"}, "note: GuildBanks has no profiles\n"},
      {{"list", "--store", "Ships", "--after", "X"}, "note: Ships has no profiles after 'X'\n"},
      {{"quarantine"}, "note: nothing is in quarantine\n"},
      {{"quarantine", "--store", "Ships"}, "note: nothing of Ships is in quarantine\n"},
      {{"sessions"}, "note: no server holds a profile\n"},
      {{"sessions", "--store", "Ships"}, "note: no server holds a profile of Ships\n"},
      {{"servers"}, "note: no server has a lease\n"},
      {{"inbox", "Ark", "--store", "Ships"}, "note: no messages wait for Ark\n"},
  };
  for (const auto& [arguments, note] : kCases) {
    const Outcome outcome = on_db(arguments);
    EXPECT_EQ(outcome.status, 0) << arguments[0];
    EXPECT_EQ(outcome.out, "") << arguments[0];
    EXPECT_EQ(outcome.err, note);
    std::vector<std::string> for_programs = arguments;
    for_programs.emplace_back("--json");
    EXPECT_EQ(on_db(for_programs).out, "[]\n") << arguments[0];
    EXPECT_EQ(on_db(for_programs).err, "") << arguments[0];
  }
}

TEST_F(CommandTest, AStoreThatIsNowhereIsNoEmptyOne) {
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kArk).status, 0);
  ASSERT_EQ(on_db({"import", "-", "--store", "GuildBanks"}, "no bank\n").status, 1);
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"list"}, {"sessions"}, {"quarantine"}, {"inbox", "Ark"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--store", "Boats"});
    const Outcome outcome = on_db(arguments);
    EXPECT_EQ(outcome.status, 1) << command[0];
    EXPECT_EQ(outcome.out, "") << command[0];
    EXPECT_EQ(outcome.err,
              "keepsake: not_found: the database has nothing of a store \"Boats\"; this program "
              "knows: Ships, GuildBanks\n");
  }
  // Stores that the program doesn't know, and the database does.
  catalogs_ = {example::player_catalog()};
  EXPECT_EQ(on_db({"list", "--store", "Ships"}).status, 0);
  EXPECT_EQ(on_db({"quarantine", "--store", "GuildBanks"}).status, 0);
}

TEST_F(CommandTest, FailuresAreOneClearLine) {
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kArk).status, 0);
  const struct {
    std::vector<std::string> arguments;
    std::string error;
  } kCases[] = {
      {{"get", "Nobody", "--store", "Ships"},
       "keepsake: not_found: Ships/Nobody: there is no such profile\n"},
      {{"get", "Ark"},
       "keepsake: invalid_argument: which store?; name it by --store; this program knows: Ships, "
       "GuildBanks\n"},
      {{"get", "Ark", "--store", "Boats"},
       "keepsake: not_found: this program does not know the store \"Boats\"; it knows: Ships, "
       "GuildBanks\n"},
      {{"quarantine", "xyz"},
       "keepsake: invalid_argument: that is no incident id: expected 32 hexadecimal digits; "
       "`quarantine` without one lists them\n"},
      {{"import", "/nowhere/at/all", "--store", "Ships"},
       "keepsake: not_found: can't read the file \"/nowhere/at/all\": No such file or "
       "directory\n"},
      {{"import", folder_.string(), "--store", "Ships"},
       "keepsake: invalid_argument: \"" + folder_.string() + "\" is a folder\n"},
  };
  for (const auto& [arguments, error] : kCases) {
    const Outcome outcome = on_db(arguments);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, error);
  }
  const Outcome misuse = run({"get", "Ark"});
  EXPECT_EQ(misuse.status, 2);
  EXPECT_EQ(misuse.err, "keepsake: --db is required (--help explains)\n");
  for (const char* limit : {"-1", "99999999999999999999"}) {
    EXPECT_EQ(on_db({"list", "--store", "Ships", "--limit", limit}).status, 2) << limit;
  }
  const Outcome nowhere = run({"import", "-", "--db", "memory:", "--store", "Ships"}, kArk);
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_EQ(
      nowhere.err,
      "keepsake: invalid_argument: a database in memory would be gone with this program; name "
      "a file by --db sqlite:FILE\n");
}

TEST_F(CommandTest, ReadingMakesNoDatabase) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"get", "K", "--store", "Ships"},
                                             {"list", "--store", "Ships"},
                                             {"quarantine"},
                                             {"sessions"},
                                             {"servers"},
                                             {"inbox", "K", "--store", "Ships"},
                                             {"journal", "recover"}}) {
    const Outcome outcome = on_db(command);
    EXPECT_EQ(outcome.status, 1) << command[0];
    EXPECT_EQ(outcome.err, "keepsake: not_found: there is no database at \"" + db_.string() +
                               "\"; name it by --db sqlite:FILE; import makes one\n");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  written("game.db", "");
  EXPECT_EQ(on_db({"servers"}).status, 1);
  EXPECT_EQ(std::filesystem::file_size(db_), 0U);
}

TEST_F(CommandTest, ReadingLeavesNothingBesideTheFile) {
  written("game.db", std::string(10'000, 'x'));
  EXPECT_EQ(on_db({"list", "--store", "Ships"}).status, 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  std::filesystem::remove(db_);
  ASSERT_EQ(on_db({"import", "-", "--store", "Ships"}, kArk).status, 0);
  for (const char* lock : {"-main", "-next", "-wake"}) {
    std::filesystem::remove_all(db_.string() + ".keepsake" + lock);
  }
  EXPECT_EQ(on_db({"list", "--store", "Ships"}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(db_.string() + ".keepsake-main"));
}

TEST_F(CommandTest, EachLineThatIsTooLongIsKeptInQuarantine) {
  const std::string line = R"({"key":")" + std::string(12'100'000, 'k') + "\"}\n";
  EXPECT_EQ(on_db({"import", "-", "--store", "Ships"}, line + line).status, 1);
  const Outcome kept = on_db({"quarantine", "--json"});
  EXPECT_EQ(parse_json(kept.out)->size(), 2U) << kept.out;
}

TEST_F(CommandTest, ABarePathIsASqliteFile) {
  ASSERT_EQ(run({"import", "-", "--db", db_.string(), "--store", "Ships"}, kArk).status, 0);
  EXPECT_TRUE(std::filesystem::exists(db_));
  EXPECT_EQ(on_db({"list", "--store", "Ships", "--json"}).status, 0);
}

TEST_F(CommandTest, TheStoreMayBeLeftOutWhereThereIsOne) {
  catalogs_ = {second_game::ship_catalog()};
  ASSERT_EQ(on_db({"import", "-"}, kArk).status, 0);
  EXPECT_EQ(on_db({"get", "Ark"}).status, 0);
}

TEST_F(CommandTest, DatumRunsTheFilesOfCases) {
  const Outcome cases = run({"datum", "cases", "src/datum/testdata/decode_cases.json"});
  EXPECT_EQ(cases.status, 0) << cases.out;
  EXPECT_TRUE(cases.out.ends_with(" passed, 0 failed\n")) << cases.out;
  const Outcome paths = run({"datum", "paths", "src/datum/testdata/migration_paths.json"});
  EXPECT_EQ(paths.status, 0) << paths.out;
  EXPECT_TRUE(paths.out.ends_with(" passed, 0 failed\n")) << paths.out;
  const std::string bad = written(
      "bad.json", R"([{"id":"x/1","op":"decode","schema":{"kind":"string"},"input":7,"ok":true,)"
                  R"("output":7}])");
  const Outcome failed = run({"datum", "cases", bad});
  EXPECT_EQ(failed.status, 1);
  EXPECT_TRUE(failed.out.starts_with("x/1")) << failed.out;
  EXPECT_TRUE(failed.out.ends_with("\n0 passed, 1 failed\n")) << failed.out;
}

TEST_F(CommandTest, DatumInferWritesAFirstSchemaOrStruct) {
  const std::string records =
      "{\"id\":1,\"data\":{\"hull\":3}}\n{\"id\":2,\"data\":{\"hull\":2.5,\"flag\":null}}\n";
  const Outcome schema = run({"datum", "infer", "-", "--at", "/data"}, records);
  EXPECT_EQ(schema.status, 0) << schema.err;
  EXPECT_EQ(schema.err, "from 2 samples\n");
  EXPECT_EQ(write_json(*parse_json(schema.out).value().find("properties")),
            R"({"hull":{"type":"number"},"flag":{}})");
  const Outcome ships =
      run({"datum", "infer", "-", "--as", "struct", "--name", "Ship"}, "{\"hull\":3}\n");
  EXPECT_EQ(ships.out, "struct Ship {\n  std::int64_t hull = 0;\n};\n") << ships.err;
  const Outcome torn = run({"datum", "infer", "-"}, "{\"hull\":3}\n{\n");
  EXPECT_EQ(torn.status, 1);
  EXPECT_TRUE(torn.err.starts_with("refused: line 2")) << torn.err;
  const Outcome none = run({"datum", "infer", "-", "--from", "jsonl"}, "");
  EXPECT_EQ(none.err, "keepsake: invalid_argument: there are no samples to infer a schema from\n");
}

TEST_F(CommandTest, DatumTrainLearnsADictionary) {
  std::string records;
  for (int i = 0; i < 500; ++i) {
    records +=
        R"({"name":"ship )" + std::to_string(i * 7919 % 1000) + R"(","hull":0.)" +
        std::to_string(i) + R"(,"crew":[{"name":"Ann","rank":)" + std::to_string(i % 9) +
        R"(},{"name":"Bo","rank":2},{"name":"Eve","rank":7}],"flag":"black","hold":{"rum":)" +
        std::to_string(i * 31) + "}}\n";
  }
  const std::string out = (folder_ / "ships.dict").string();
  const Outcome trained =
      run({"datum", "train", "-", "--out", out, "--size", "4096", "--json"}, records);
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Value report = parse_json(trained.out).value();
  EXPECT_EQ(report.find("records")->as_integer(), 500);
  EXPECT_EQ(report.find("size_bytes")->as_integer(),
            static_cast<std::int64_t>(std::filesystem::file_size(out)));
  EXPECT_LT(report.find("tried_bytes_with_dictionary")->as_integer() * 2,
            report.find("tried_bytes_compressed")->as_integer());
  const Outcome again = run({"datum", "train", "-", "--out", out}, records);
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(again.err, "keepsake: already_exists: " + out + " is there already\n");
  const Outcome cbor =
      run({"datum", "train", "-", "--cbor", "--out", (folder_ / "cbor.dict").string()}, records);
  EXPECT_EQ(cbor.status, 0) << cbor.err;
  EXPECT_TRUE(cbor.out.starts_with("dictionary ")) << cbor.out;
  const Outcome bad = run({"datum", "train", "-", "--out", out}, "{}\n{\n");
  EXPECT_EQ(bad.err, "keepsake: malformed: line 2: column 2: expected a name in quotes\n");
  const Outcome few = run({"datum", "train", "-", "--out", out}, "{}\n");
  EXPECT_EQ(few.status, 1);
  EXPECT_TRUE(few.err.starts_with("keepsake: invalid_argument: no dictionary can be learnt"))
      << few.err;
}

}  // namespace
}  // namespace keepsake::cli
