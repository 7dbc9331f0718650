#include "src/cli/profilestore.h"

#include <gtest/gtest.h>

#include <string>

#include "examples/second_game/second_game.h"
#include "keepsake/datum/json.h"

namespace keepsake::cli {
namespace {

const std::string kShip = R"({"version":"2","name":"Ark","hull":1,"hold":{"rope":3},"crew":[]})";

AnyCatalog ships() { return second_game::ship_catalog(); }

Result<ImportedProfile> import(const std::string& document, std::int64_t now_ms = 1000) {
  const std::string line = R"({"key":"K","document":)" + document + "}";
  auto parsed = parse_exported_line("Ships", line);
  if (!parsed) return std::move(parsed).error();
  return import_document(ships(), *parsed, wall_from_unix_ms(now_ms));
}

/// A document with that data and these members beside it.
std::string with(const std::string& more, const std::string& data = kShip) {
  return R"({"Data":)" + data + "," + more + "}";
}

std::string refusal_of(const std::string& document) {
  auto imported = import(document);
  if (imported) return "imported";
  EXPECT_EQ(imported.error().store(), "Ships");
  EXPECT_EQ(imported.error().key(), "K");
  return imported.error().text();
}

TEST(ImportDocument, KeepsDataAndAllThatIsKnownBesideIt) {
  auto imported = import(with(R"("MetaData":{"ProfileCreateTime":1600000000,"SessionLoadCount":12,
      "LastUpdate":1765000000.5,"MetaTags":{"region":"eu"}},"RobloxMetaData":{"flag":"reviewed"},
      "UserIds":[35,3500001,-1],"GlobalUpdates":[9,[[8,{"gift":"map"}],[9,"hello"]]])"));
  ASSERT_TRUE(imported) << imported.error().text();
  const Record& record = imported->request.record;
  const Envelope& envelope = record.envelope;
  EXPECT_EQ(record.key, (ProfileKey{"Ships", "K"}));
  EXPECT_EQ(record.payload, R"({"version":"2","name":"Ark","hull":1,"hold":{"rope":3},"crew":[]})");
  EXPECT_TRUE(envelope.has_data);
  EXPECT_EQ(envelope.schema, (SchemaStamp{"2", 2, 2}));
  EXPECT_EQ(envelope.created_ms, 1600000000000);
  EXPECT_EQ(envelope.saved_ms, 1765000000500);
  EXPECT_EQ(envelope.first_session_ms, 0);
  EXPECT_EQ(envelope.load_count, 12U);
  EXPECT_EQ(envelope.owner, std::nullopt);
  EXPECT_EQ(envelope.user_ids, (std::vector<UserId>{{35}, {3500001}, {-1}}));
  EXPECT_EQ(envelope.metadata,
            R"({"MetaTags":{"region":"eu"},"RobloxMetaData":{"flag":"reviewed"}})");
  EXPECT_EQ(envelope.source_hash.size(), 64U);
  ASSERT_EQ(imported->request.inbox.size(), 2U);
  EXPECT_EQ(imported->request.inbox[0].id, "profilestore:8");
  EXPECT_EQ(imported->request.inbox[0].body, R"({"gift":"map"})");
  EXPECT_EQ(imported->request.inbox[1].id, "profilestore:9");
  EXPECT_EQ(imported->request.inbox[1].body, R"("hello")");
  EXPECT_EQ(imported->stale_session, "");
  EXPECT_TRUE(imported->displaced.empty());
}

TEST(ImportDocument, KeepsAnOldVersionAsItIsOnceItIsProvenToMigrate) {
  const std::string old = R"({"crew":["Ann"],"version":"1","name":"Ark","hull":0.5,"flag":"red"})";
  auto imported = import(with(R"("UserIds":[1])", old));
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->request.record.payload,
            R"({"version":"1","name":"Ark","hull":0.5,"crew":["Ann"],"flag":"red"})");
  EXPECT_EQ(imported->request.record.envelope.schema, (SchemaStamp{"1", 1, 1}));
}

TEST(ImportDocument, RefusesAnOldVersionThatDoesNotMigrate) {
  const std::string sunk = R"({"version":"1","name":"Ark","hull":7,"crew":[]})";
  auto imported = import(with(R"("UserIds":[1])", sunk));
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code(), ErrorCode::step_failed);
  EXPECT_EQ(imported.error().path(), "/hull");
}

TEST(ImportDocument, TellsWhatAMigrationDisplaced) {
  const std::string mixed =
      R"({"version":"1","name":"Ark","hull":1,"crew":[],"hold":{"template":1}})";
  auto imported = import(with(R"("UserIds":[1])", mixed));
  ASSERT_TRUE(imported) << imported.error().text();
  ASSERT_EQ(imported->displaced.size(), 1U);
  EXPECT_EQ(imported->displaced[0].pointer, "/hold");
  EXPECT_EQ(write_json(imported->displaced[0].value), R"({"template":1})");
}

TEST(ImportDocument, IsAnInboxAloneWithoutData) {
  auto imported = import(R"({"UserIds":[32],"GlobalUpdates":[2,[[1,{}],[2,{}]]]})");
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_FALSE(imported->request.record.envelope.has_data);
  EXPECT_EQ(imported->request.record.payload, "");
  EXPECT_EQ(imported->request.record.envelope.schema, SchemaStamp{});
  EXPECT_EQ(imported->request.record.envelope.created_ms, 1000);
  EXPECT_EQ(imported->request.inbox.size(), 2U);
}

TEST(ImportDocument, IsFreeAndNamesTheSessionThatHadNotEnded) {
  auto imported =
      import(with(R"("MetaData":{"ActiveSession":[8123,"2f6d-job","b9a1"],"MetaTags":[]})"));
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->request.record.envelope.owner, std::nullopt);
  EXPECT_EQ(imported->stale_session, R"(place 8123, job "2f6d-job", session "b9a1")");
}

TEST(ImportDocument, TakesEmptyLuaTablesWrittenAsArrays) {
  auto imported =
      import(with(R"("MetaData":{"MetaTags":[],"ActiveSession":[]},"RobloxMetaData":[],"UserIds":{},
             "GlobalUpdates":[])",
                  R"({"version":"2","name":"Ark","hull":1,"hold":[],"crew":[]})"));
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->request.record.payload,
            R"({"version":"2","name":"Ark","hull":1,"hold":{},"crew":[]})");
  EXPECT_EQ(imported->request.record.envelope.metadata, "");
  EXPECT_TRUE(import(with(R"("MetaData":[],"GlobalUpdates":[0,{}])")));
}

TEST(ImportDocument, TakesATimeOf1970AsATime) {
  auto imported = import(with(R"("MetaData":{"ProfileCreateTime":0})"), 5'000'000);
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->request.record.envelope.created_ms, 0);
  auto missing = import(with(R"("MetaData":{"ProfileCreateTime":null})"), 5'000'000);
  ASSERT_TRUE(missing) << missing.error().text();
  EXPECT_EQ(missing->request.record.envelope.created_ms, 5'000'000);
}

TEST(ImportDocument, TakesNullForAMissingPart) {
  EXPECT_TRUE(import(with(R"("MetaData":null,"RobloxMetaData":null,"UserIds":null,
                             "GlobalUpdates":null)")));
  EXPECT_TRUE(import(R"({"Data":null,"GlobalUpdates":[0,[]]})"));
}

TEST(ImportDocument, SaysWhereTheDataIsAtFault) {
  EXPECT_EQ(refusal_of(with(R"("UserIds":[1])",
                            R"({"version":"2","name":7,"hull":1,"hold":{},"crew":[]})")),
            "invalid_data: Ships/K at /name: expected string, found integer");
  EXPECT_EQ(refusal_of(with(R"("UserIds":[1])",
                            R"({"version":"2","name":"A","hull":1,"hold":{"a/b":"x"},"crew":[]})")),
            "invalid_data: Ships/K at /hold/a~1b: expected integer, found string");
  for (const char* data : {R"({"version":"9"})", R"({"name":"Ark"})", R"({"version":2})", "[]"}) {
    auto imported = import(with(R"("UserIds":[1])", data));
    ASSERT_FALSE(imported) << data;
    EXPECT_EQ(imported.error().path(), "/version") << data;
    EXPECT_EQ(imported.error().code(), ErrorCode::version_unknown) << data;
  }
}

TEST(ImportDocument, SaysWhereTheDocumentIsAtFault) {
  EXPECT_EQ(refusal_of(R"("oops")"), "invalid_data: Ships/K: expected object, found string");
  EXPECT_EQ(refusal_of(R"({"hello":"world"})"),
            "invalid_data: Ships/K: this is no profile: expected Data or GlobalUpdates, found "
            "neither");
  EXPECT_EQ(refusal_of(R"({"Data":"oops"})"),
            "invalid_data: Ships/K at /Data: expected object, found string");
  const struct {
    const char* more;
    const char* error;
  } kCases[] = {
      {R"("GlobalUpdates":"oops")",
       "at /GlobalUpdates: expected array of the last index and the messages, found string"},
      {R"("GlobalUpdates":["x",[]])",
       "at /GlobalUpdates/0: expected integer, the last index, found string"},
      {R"("GlobalUpdates":[1])", "at /GlobalUpdates/1: expected array of messages, found nothing"},
      {R"("GlobalUpdates":[1,{"a":1}])",
       "at /GlobalUpdates/1: expected array of messages, found object"},
      {R"("GlobalUpdates":[1,[[1,{}],[2]]])",
       "at /GlobalUpdates/1/1: expected array of an index and a message, found array"},
      {R"("GlobalUpdates":[1,[["1",{}]]])",
       "at /GlobalUpdates/1/0/0: expected integer, found string"},
      {R"("GlobalUpdates":[1,[[1,{}],[1,{}]]])",
       "at /GlobalUpdates/1/1/0: expected an index of its own, found an index used before"},
      {R"("UserIds":7)", "at /UserIds: expected array of integers, found integer"},
      {R"("UserIds":[7,"8"])", "at /UserIds/1: expected integer, found string"},
      {R"("RobloxMetaData":"x")", "at /RobloxMetaData: expected object, found string"},
      {R"("MetaData":"x")", "at /MetaData: expected object, found string"},
      {R"("MetaData":{"MetaTags":1})", "at /MetaData/MetaTags: expected object, found integer"},
      {R"("MetaData":{"SessionLoadCount":-1})",
       "at /MetaData/SessionLoadCount: expected integer of 0 or more, found a negative one"},
      {R"("MetaData":{"ProfileCreateTime":"x"})",
       "at /MetaData/ProfileCreateTime: expected a time in Unix seconds, found string"},
      {R"("MetaData":{"LastUpdate":1e300})",
       "at /MetaData/LastUpdate: expected a time in Unix seconds between 1970 and 9999, found a "
       "number out of that range"},
      {R"("MetaData":{"ActiveSession":"x"})",
       "at /MetaData/ActiveSession: expected array of place, job and session, found string"},
  };
  for (const auto& [more, error] : kCases) {
    EXPECT_EQ(refusal_of(with(more)), "invalid_data: Ships/K " + std::string(error));
  }
}

TEST(ImportDocument, HoldsTheLimitsOfABackend) {
  std::string users = "[1";
  for (int i = 2; i <= 65; ++i) users += "," + std::to_string(i);
  EXPECT_EQ(refusal_of(with("\"UserIds\":" + users + "]")),
            "limit_exceeded: Ships/K at /UserIds: too many user ids: expected at most 64, found "
            "65");
  auto imported = import(with(R"("GlobalUpdates":[1,[[1,")" + std::string(70000, 'x') + "\"]]]"));
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code(), ErrorCode::limit_exceeded);
  EXPECT_EQ(imported.error().path(), "/GlobalUpdates/1/0/1");
}

TEST(ParseExportedLine, NamesWhatTheLineLacks) {
  const auto fault = [](std::string_view line) {
    auto parsed = parse_exported_line("Ships", line);
    return parsed ? "parsed" : parsed.error().text();
  };
  EXPECT_EQ(fault(R"([1])"),
            "invalid_data: Ships: the line is no export: expected object of key and document, "
            "found array");
  EXPECT_EQ(fault(R"({"document":{}})"),
            "invalid_data: Ships: expected string as the line's member \"key\", found nothing");
  EXPECT_EQ(fault(R"({"key":7,"document":{}})"),
            "invalid_data: Ships: expected string as the line's member \"key\", found integer");
  EXPECT_EQ(fault(R"({"key":"K"})"),
            "invalid_data: Ships/K: expected a profile as the line's member \"document\", found "
            "nothing");
  EXPECT_EQ(fault(R"({"key":"","document":{}})"),
            "invalid_argument: Ships: the key can't be used: expected 1 to 256 bytes of UTF-8 "
            "without control characters, found an empty key");
  auto broken = parse_exported_line("Ships", R"({"key":)");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), ErrorCode::malformed);
  EXPECT_EQ(fault(R"({"key":"K","document":{},"expect":1})"), "parsed");
}

}  // namespace
}  // namespace keepsake::cli
