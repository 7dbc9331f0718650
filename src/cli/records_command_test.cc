// datum validate, migrate and convert, as a person types them.
#include "keepsake/datum/cbor.h"
#include "src/cli/command_test_fixture.h"

namespace keepsake::cli {
namespace {

class RecordsCommandTest : public CommandTest {
 protected:
  RecordsCommandTest() { catalogs_ = {second_game::ship_catalog()}; }
};

const std::string kOld = R"({"version":"1","name":"Ark","hull":0.5,"crew":["Ann"],"sails":2})";
const std::string kNew = R"({"version":"2","name":"Ark","hull":0.5,"hold":{},)"
                         R"("crew":[{"name":"Ann","rank":1}],"sails":2})";

TEST_F(RecordsCommandTest, ValidateJudgesEachRecordByItsOwnVersion) {
  const std::string records = kOld + "\n" + kNew + "\n" +
                              R"({"version":"2","name":7,"hull":2,"hold":{},"crew":[]})" + "\n" +
                              R"({"version":"3"})" + "\n" + R"({"name":"Ark"})" + "\n[1]\n{\n";
  const Outcome first = run({"datum", "validate", "-"}, records);
  EXPECT_EQ(first.status, 1);
  EXPECT_EQ(first.err, "");
  EXPECT_EQ(first.out,
            "line 3 at /name: invalid_data: expected string, found integer\n"
            "line 4 at /version: version_unknown: expected one of \"1\", \"2\", found \"3\"\n"
            "line 5 at /version: version_unknown: expected one of \"1\", \"2\", found nothing\n"
            "line 6: invalid_data: expected object, found array\n"
            "line 7: malformed: column 2: expected a name in quotes\n"
            "2 valid, 5 invalid\n");
  const Outcome all = run({"datum", "validate", "-", "--all"}, records);
  EXPECT_TRUE(
      all.out.starts_with("line 3 at /name: invalid_data: expected string, found integer\n"
                          "line 3 at /hull: invalid_data: expected number at least 0, at most 1, "
                          "found a greater one\n"))
      << all.out;
  const Outcome good = run({"datum", "validate", written("good.jsonl", kOld + "\n" + kNew)});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.out, "2 valid, 0 invalid\n");
}

TEST_F(RecordsCommandTest, ValidatePrintsOneObjectForPrograms) {
  const Outcome outcome =
      run({"datum", "validate", "-", "--json", "--at", "/data"},
          R"({"key":"A","data":)" + kNew + "}\n" +
              R"({"key":"B","data":{"version":"2","name":7}})" + "\n" + R"({"key":"C"})" + "\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out,
            R"({"faults":[{"record":2,"line":2,"key":"B","path":"/name","code":"invalid_data",)"
            R"("message":"expected string, found integer","expected":"string","found":"integer"},)"
            "\n "
            R"({"record":3,"line":3,"key":"C","path":"","code":"invalid_data",)"
            R"("message":"the record has no data: expected a member at /data, found nothing",)"
            R"("expected":"a member at /data","found":"nothing"}],"valid":1,"invalid":2})"
            "\n");
  EXPECT_EQ(run({"datum", "validate", "-", "--json"}).out,
            "{\"faults\":[],\"valid\":0,\"invalid\":0}\n");
  const Outcome cbor = run({"datum", "validate", "-", "--json"}, write_cbor(Value::object()));
  EXPECT_TRUE(cbor.out.starts_with(R"({"faults":[{"record":1,"byte":0,"key":null,)")) << cbor.out;
}

TEST_F(RecordsCommandTest, DataWithoutAVersionIsJudgedAsAskedFor) {
  const std::string bare = R"({"name":"Ark","hull":0.5,"crew":["Ann"]})"
                           "\n";
  EXPECT_EQ(run({"datum", "validate", "-", "--version", "1"}, bare).status, 0);
  EXPECT_EQ(run({"datum", "validate", "-", "--trial"}, bare).status, 0);
  EXPECT_EQ(run({"datum", "validate", "-", "--version", "2"}, bare).out,
            "line 1 at /hold: invalid_data: expected map, found nothing\n0 valid, 1 invalid\n");
  EXPECT_EQ(run({"datum", "validate", "-", "--trial"}, R"({"name":7})").out,
            "line 1 at /name: invalid_data: expected string, found integer\n0 valid, 1 invalid\n");
  EXPECT_EQ(run({"datum", "validate", "-", "--version", "1"}, kNew).out,
            "line 1 at /version: version_mismatch: the data's version is not the one asked for: "
            "expected \"1\", found \"2\"\n0 valid, 1 invalid\n");
  // What says its version is judged by that alone, whatever else would take it.
  EXPECT_EQ(run({"datum", "validate", "-", "--trial"},
                R"({"version":"2","name":"Ark","hull":0.5,"crew":["Ann"]})")
                .status,
            1);
}

TEST_F(RecordsCommandTest, MigrateWritesWhatItCanAndNamesTheRest) {
  const Outcome outcome = run({"datum", "migrate", "-"}, kOld + "\n" + kNew + "\nno json\n" +
                                                             R"({"version":"1","name":"Ark",)"
                                                             R"("hull":7,"crew":[]})" +
                                                             "\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, kNew + "\n" + kNew + "\n");
  EXPECT_EQ(outcome.err,
            "refused: line 3: malformed: column 1: expected a value\n"
            "refused: line 4 at /hull: step_failed: step 1 -> 2 gave what version 2 refuses: "
            "expected number at least 0, at most 1, found a greater one\n"
            "migrated 1, already at 2: 1, refused 2\n");
}

TEST_F(RecordsCommandTest, MigrateGoesBackAndReportsTheSteps) {
  const Outcome back = run({"datum", "migrate", "-", "--to", "1", "--report"}, kNew + "\n" + kNew);
  EXPECT_EQ(back.status, 0) << back.err;
  EXPECT_EQ(back.out, kOld + "\n" + kOld + "\n");
  EXPECT_EQ(back.err,
            "2 -> 1 (back), 2 records\n"
            "  each of /crew: 2\n"
            "    remove /rank: 2\n"
            "    unwrap name of it: 2\n"
            "  remove /hold: 2\n"
            "migrated 2, already at 1: 0, refused 0\n");
  const Outcome unknown = run({"datum", "migrate", "-", "--to", "9"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_EQ(unknown.err, "keepsake: version_unknown: Ships has no version \"9\"; it has: 1, 2\n");
}

TEST_F(RecordsCommandTest, MigrateKeepsWhatIsAroundTheDataAndNotesWhatWasDisplaced) {
  const std::string line =
      R"({"key":"A","data":{"version":"1","name":"Ark","hull":1,"crew":[],"hold":{"x":1}},"n":1})";
  const Outcome outcome = run({"datum", "migrate", "-", "--at", "/data"}, line);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            R"({"key":"A","data":{"version":"2","name":"Ark","hull":1,"hold":{},"crew":[]},"n":1})"
            "\n");
  EXPECT_EQ(outcome.err,
            "note: line 1, A at /hold: a field gave way to a step's\n"
            "migrated 1, already at 2: 0, refused 0\n");
}

TEST_F(RecordsCommandTest, TheOutputHasTheInputsFormUnlessItIsTold) {
  EXPECT_EQ(run({"datum", "migrate", "-", "--from", "json"}, "[" + kOld + "]").out,
            "[" + kNew + "]\n");
  EXPECT_EQ(run({"datum", "migrate", "-", "--from", "json"}, kOld).out, kNew + "\n");
  EXPECT_EQ(run({"datum", "migrate", "-", "--from", "json", "--as", "jsonl"}, kOld).out,
            kNew + "\n");
  EXPECT_EQ(run({"datum", "migrate", "-", "--as", "json"}, "").out, "[]\n");
  EXPECT_EQ(run({"datum", "migrate", "-", "--from", "json"}, "{").out, "");
  terminal_ = true;
  EXPECT_TRUE(run({"datum", "migrate", "-", "--from", "json"}, kOld)
                  .out.starts_with("{\n  \"version\": \"2\""));
}

TEST_F(RecordsCommandTest, ConvertLosesNothing) {
  const std::string lines = R"({"i":9223372036854775807,"j":-9223372036854775808,"d":1e-05,)"
                            R"("n":null,"t":"ü\n","a":[[],{},0.1,true]})"
                            "\n[]\n";
  const Outcome cbor = run({"datum", "convert", "-", "--to", "cbor"}, lines);
  EXPECT_EQ(cbor.status, 0);
  EXPECT_EQ(cbor.err, "converted 2, refused 0\n");
  const Outcome back = run({"datum", "convert", "-", "--to", "jsonl"}, cbor.out);
  EXPECT_EQ(parse_json(back.out.substr(0, back.out.find('\n'))).value(),
            parse_json(lines.substr(0, lines.find('\n'))).value());
  EXPECT_TRUE(back.out.ends_with("}\n[]\n"));
  EXPECT_EQ(run({"datum", "convert", "-", "--to", "cbor"}, back.out).out, cbor.out);
  EXPECT_EQ(run({"datum", "convert", "-", "--to", "json"}, "1\n2\n").out, "[1,\n 2]\n");
  const Outcome bytes = run({"datum", "convert", "-", "--from", "cbor", "--to", "jsonl"},
                            write_cbor(Value::bytes("\x01\x02\x03")));
  EXPECT_EQ(bytes.out, "\"AQID\"\n");
}

TEST_F(RecordsCommandTest, ConvertWithAStoreGivesMembersTheirOrderAndRefusesBadData) {
  const Outcome cbor = run({"datum", "convert", "-", "--to", "cbor"}, kNew);
  const Outcome back =
      run({"datum", "convert", "-", "--to", "jsonl", "--store", "Ships"}, cbor.out);
  EXPECT_EQ(back.out, kNew + "\n");
  const Outcome bad =
      run({"datum", "convert", "-", "--to", "cbor", "--store", "Ships"}, R"({"version":"2"})");
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.out, "");
  EXPECT_EQ(bad.err,
            "refused: line 1 at /name: invalid_data: expected string, found nothing\n"
            "converted 0, refused 1\n");
}

TEST_F(RecordsCommandTest, ForeignCborIsTakenWhereThatIsAskedFor) {
  const std::string unsorted = "\xA2\x61\x62\x01\x61\x61\x02";
  const Outcome strict = run({"datum", "convert", "-", "--to", "jsonl"}, unsorted);
  EXPECT_EQ(strict.status, 1);
  EXPECT_EQ(strict.err,
            "refused: record 1 (byte 0) at /a: malformed: byte 4: a key that is out of order\n"
            "converted 0, refused 1\n");
  EXPECT_EQ(run({"datum", "convert", "-", "--to", "jsonl", "--lenient"}, unsorted).out,
            "{\"b\":1,\"a\":2}\n");
}

TEST_F(RecordsCommandTest, MistakesAreOneLine) {
  EXPECT_EQ(run({"datum", "validate", "/nowhere/at/all"}).err,
            "keepsake: not_found: can't read the file \"/nowhere/at/all\": No such file or "
            "directory\n");
  EXPECT_EQ(run({"datum", "validate", "-", "--at", "data"}).err,
            "keepsake: invalid_argument: \"data\" is no JSON Pointer: expected a pointer like "
            "/document/Data\n");
  EXPECT_EQ(run({"datum", "validate", "-", "--store", "Boats"}).err,
            "keepsake: not_found: this program does not know the store \"Boats\"; it knows: "
            "Ships\n");
  EXPECT_EQ(run({"datum", "convert", "-"}).err, "keepsake: --to is required (--help explains)\n");
  EXPECT_EQ(run({"datum", "convert", "-", "--to", "xml"}).err,
            "keepsake: --to: xml not in {jsonl,json,cbor} (--help explains)\n");
  EXPECT_EQ(run({"datum", "validate", "-", "--trial", "--version", "1"}).status, 2);
}

TEST_F(RecordsCommandTest, TheExamplesPlayersGoBothWays) {
  catalogs_ = {example::player_catalog()};
  const std::vector<std::string> at = {"--at", "/document/Data"};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), at.begin(), at.end());
    return arguments;
  };
  EXPECT_EQ(run(with({"datum", "validate", "examples/player/players.jsonl"})).out,
            "400 valid, 0 invalid\n");
  const Outcome cbor =
      run(with({"datum", "migrate", "examples/player/players.jsonl", "--as", "cbor"}));
  ASSERT_EQ(cbor.status, 0) << cbor.err;
  std::ifstream expected("examples/player/testdata/expected_v3.jsonl");
  std::istringstream migrated(run({"datum", "convert", "-", "--to", "jsonl"}, cbor.out).out);
  std::size_t players = 0;
  for (std::string want, got; std::getline(expected, want) && std::getline(migrated, got);) {
    const Value data = *parse_json(got)->find("document")->find("Data");
    EXPECT_EQ(data, *parse_json(want)->find("data"));
    ++players;
  }
  EXPECT_EQ(players, 400U);
  const Outcome back = run(with({"datum", "migrate", "-", "--to", "1"}), cbor.out);
  EXPECT_EQ(back.status, 0) << back.err;
  const Outcome forth = run(with({"datum", "migrate", "-"}), back.out);
  EXPECT_EQ(forth.status, 0) << forth.err;
  EXPECT_EQ(run(with({"datum", "validate", "-"}), forth.out).out, "400 valid, 0 invalid\n");
}

}  // namespace
}  // namespace keepsake::cli
