// What a schema says beyond kinds: patterns, lengths, defaults, rules, names, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "keepsake/datum/json.h"
#include "keepsake/datum/schema.h"

namespace keepsake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The normalised value as JSON, or the error's text.
std::string outcome(const Schema& schema, std::string_view json) {
  Result<Value> value = parse_json(json);
  if (!value) return value.error().text();
  Result<Validated> validated = schema.validate(*std::move(value));
  return validated ? write_json(validated->value()) : validated.error().text();
}

std::vector<std::string> outcomes(const Schema& schema, std::string_view json,
                                  std::size_t most = 1000) {
  std::vector<std::string> texts;
  for (const Error& error : schema.validate_all(*parse_json(json), most)) {
    texts.push_back(error.text());
  }
  return texts;
}

TEST(SchemaKinds, HoldPatterns) {
  const Schema id = schema::string().matching("^[a-z]+$");
  EXPECT_EQ(outcome(id, "\"sword\""), "\"sword\"");
  EXPECT_EQ(outcome(id, "\"Sword\""),
            R"(invalid_data: expected string matching "^[a-z]+$", found another string)");
  EXPECT_EQ(
      outcome(id.within(size_at_most(3)), "\"long\""),
      R"(invalid_data: expected string of size at most 3, matching "^[a-z]+$", found a longer )"
      "one");
  EXPECT_EQ(outcome(schema::optional(id), "\"7\""),
            R"(invalid_data: expected string matching "^[a-z]+$", found another string)");
  EXPECT_EQ(
      outcome(schema::map(id, schema::integer()), R"({"a":1,"B":2})"),
      R"(invalid_data at /B: expected a key that is string matching "^[a-z]+$", found another )"
      "key");
}

TEST(SchemaKinds, CountBytesCharactersItemsAndEntries) {
  const Schema text = schema::string().within(length_at_least(2) & length_at_most(3));
  EXPECT_EQ(outcome(text, "\"\xC3\xA9\xC3\xA9\xC3\xA9\""), "\"\xC3\xA9\xC3\xA9\xC3\xA9\"");
  EXPECT_EQ(
      outcome(text, "\"\xC3\xA9\""),
      "invalid_data: expected string of at least 2 characters, of at most 3 characters, found "
      "a shorter one");
  EXPECT_EQ(
      outcome(text, "\"abcd\""),
      "invalid_data: expected string of at least 2 characters, of at most 3 characters, found "
      "a longer one");
  EXPECT_EQ(outcome(schema::string().within(size_at_most(3)), "\"\xC3\xA9\xC3\xA9\""),
            "invalid_data: expected string of size at most 3, found a longer one");
  EXPECT_EQ(outcome(schema::bytes().within(size_at_most(3)), "\"AAAAAA==\""),
            "invalid_data: expected bytes of size at most 3, found a longer one");
  const Schema map = schema::map(schema::string(), schema::any()).within(size_at_least(1));
  EXPECT_EQ(outcome(map, "{}"),
            "invalid_data: expected map of size at least 1, found a shorter one");
  const Schema numbers = schema::map(schema::string(), schema::integer()).within(size_at_most(1));
  EXPECT_EQ(outcome(numbers, R"({"a":null,"b":1})"), R"({"b":1})");
}

TEST(SchemaKinds, HoldIntegersToTheLastDigit) {
  const Schema wide = schema::integer().within(at_most(9007199254740993));
  EXPECT_EQ(outcome(wide, "9007199254740993"), "9007199254740993");
  EXPECT_EQ(outcome(wide, "9007199254740994").substr(0, 36),
            "invalid_data: expected integer at mo");
}

TEST(SchemaKinds, TakeBase64ForBytes) {
  const Result<Validated> bytes = schema::bytes().validate(Value("AP/+"));
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->value(), Value::bytes(std::string_view("\0\xFF\xFE", 3)));
  EXPECT_EQ(outcome(schema::bytes(), "\"AA==\""), "\"AA==\"");
  EXPECT_EQ(outcome(schema::bytes(), "\"AAA=\""), "\"AAA=\"");
  EXPECT_EQ(outcome(schema::bytes(), "\"\""), "\"\"");
  for (const char* bad : {"\"A\"", "\"AAA\"", "\"AB==\"", "\"AAB=\"", "\"A===\"", "\"AA==AAAA\"",
                          "\"AA-_\"", "\"AA A\"", "\"====\""}) {
    EXPECT_EQ(outcome(schema::bytes(), bad),
              "invalid_data: expected bytes, found string that is not base64")
        << bad;
  }
  EXPECT_EQ(schema::bytes().validate(Value::bytes("x"))->value(), Value::bytes("x"));
}

TEST(SchemaKinds, FillInDefaults) {
  const Schema settings = schema::object(
      {{"music", schema::boolean().with_default(true)},
       {"name", schema::string()},
       {"volume", schema::optional(schema::integer()).with_default(5)},
       {"extra",
        schema::object({{"x", schema::integer().with_default(1)}}).with_default(Value::object())}});
  EXPECT_EQ(outcome(settings, R"({"name":"a"})"),
            R"({"music":true,"name":"a","volume":5,"extra":{"x":1}})");
  EXPECT_EQ(outcome(settings, R"({"extra":{},"name":"a","music":null,"volume":7,"z":1})"),
            R"({"music":true,"name":"a","volume":7,"extra":{"x":1},"z":1})");
  EXPECT_EQ(outcome(settings, "{}"), "invalid_data at /name: expected string, found nothing");
  EXPECT_EQ(*settings.member("music")->default_value(), Value(true));
  // Elements and the whole are no members: nothing stands in for them.
  EXPECT_EQ(outcome(schema::array(schema::integer().with_default(3)), "[null]"),
            "invalid_data at /0: expected integer, found null");
  EXPECT_DEATH(static_cast<void>(schema::integer().with_default("x")),
               "a default fits its schema: invalid_data: expected integer, found string");
}

TEST(SchemaKinds, RefuseReservedNames) {
  const Schema item = schema::object({{"id", schema::string()}}).reserving({"count", "owner"});
  EXPECT_EQ(outcome(item, R"({"id":"a","count":null,"more":1})"), R"({"id":"a","more":1})");
  EXPECT_EQ(outcome(schema::array(item), R"([{"count":1,"id":"a"}])"),
            "invalid_data at /0: expected no member by a reserved name, found the reserved name "
            "\"count\"");
  EXPECT_EQ(outcome(item.unknown_fields(UnknownFields::strip), R"({"id":"a","owner":1})"),
            "invalid_data: expected no member by a reserved name, found the reserved name "
            "\"owner\"");
  EXPECT_THAT(item.reserved(), ElementsAre("count", "owner"));
  EXPECT_DEATH(static_cast<void>(item.reserving({"id"})), "a reserved name is no member's");
}

TEST(SchemaKinds, PointOutDeprecatedMembers) {
  const Schema item = schema::object(
      {{"id", schema::string()},
       {"old", schema::optional(schema::integer()).deprecated(true)},
       {"kin", schema::array(schema::object({{"a/b", schema::any().deprecated(true)}}))}});
  const Value value = *parse_json(R"({"id":"a","old":1,"kin":[{},{"a/b":2}]})");
  EXPECT_THAT(item.validate_all(value), IsEmpty());
  EXPECT_THAT(item.deprecated_in(value), ElementsAre("/old", "/kin/1/a~1b"));
  EXPECT_THAT(item.deprecated_in(*parse_json(R"({"id":"a","old":null,"kin":[]})")), IsEmpty());
  EXPECT_EQ(outcome(item, R"({"id":"a","old":"x","kin":[]})"),
            "invalid_data at /old: expected integer, found string");
}

TEST(SchemaKinds, HoldRulesOverSeveralMembers) {
  const Schema range =
      schema::object({{"from", schema::integer()}, {"to", schema::integer()}})
          .with_rule("from at most to", [](const Value& value) {
            return value.find("from")->as_integer() <= value.find("to")->as_integer();
          });
  EXPECT_EQ(range.kind(), Schema::Kind::object);
  EXPECT_EQ(outcome(range, R"({"to":2,"from":1})"), R"({"from":1,"to":2})");
  EXPECT_EQ(outcome(schema::array(range), R"([{"from":3,"to":2}])"),
            "invalid_data at /0: expected from at most to, found another object");
  // It is asked about normalised members only.
  EXPECT_THAT(outcomes(range, R"({"from":"x"})"),
              ElementsAre("invalid_data at /from: expected integer, found string",
                          "invalid_data at /to: expected integer, found nothing"));
}

Schema throwing() {
  return schema::refine(schema::any(), "-",
                        [](const Value&) -> bool { throw std::runtime_error("bang"); });
}

TEST(SchemaKinds, LetNoUnionHideAThrow) {
  const Schema schema =
      schema::object({{"x", schema::union_of({schema::array(throwing()), schema::any()})}});
  EXPECT_EQ(outcome(schema, R"({"x":[1]})"),
            "callback_threw at /x/0: a schema's predicate threw: bang");
  EXPECT_EQ(outcome(schema, R"({"x":1})"), R"({"x":1})");
}

TEST(SchemaKinds, CountTheReasonsOfAWideUnion) {
  std::vector<Schema> many;
  for (int i = 0; i < 25; ++i) many.push_back(schema::literal(i));
  const std::string text = outcome(schema::union_of(many), "99");
  EXPECT_EQ(text.substr(0, 66),
            "invalid_data: no alternative fits (expected 0, found 99; expected ");
  EXPECT_EQ(text.substr(text.size() - 34), "expected 19, found 99; and 5 more)");
}

TEST(SchemaKinds, FindNoMoreFaultsThanAskedFor) {
  const Schema list = schema::array(schema::integer());
  std::string text = "[\"\"";
  for (int i = 1; i < 2000; ++i) text += ",\"\"";
  text += "]";
  EXPECT_EQ(outcomes(list, text).size(), 1000U);
  EXPECT_THAT(outcomes(list, text, 2),
              ElementsAre("invalid_data at /0: expected integer, found string",
                          "invalid_data at /1: expected integer, found string"));
  EXPECT_THAT(outcomes(list, text, 0), IsEmpty());
}

TEST(SchemaKinds, MayHoldThemselves) {
  const Schema tree = schema::recursive("Tree", [](const Schema& self) {
    return schema::strict_object(
        {{"leaf", schema::integer()},
         {"branches", schema::array(self).with_default(Value::array({}))}});
  });
  EXPECT_EQ(outcome(tree, R"({"leaf":1,"branches":[{"leaf":2}]})"),
            R"({"leaf":1,"branches":[{"leaf":2,"branches":[]}]})");
  EXPECT_EQ(outcome(tree, R"({"leaf":1,"branches":[{"leaf":2,"branches":[{}]}]})"),
            "invalid_data at /branches/0/branches/0/leaf: expected integer, found nothing");
  Schema kept = schema::recursive("List", [](const Schema& self) {
    return schema::object({{"next", schema::optional(self)}});
  });
  kept = kept.with_first("version", schema::literal("1"));  // a copy keeps the whole alive
  EXPECT_EQ(outcome(kept, R"({"version":"1","next":{"next":{"next":3}}})"),
            "invalid_data at /next/next/next: expected object, found integer");
  EXPECT_DEATH(static_cast<void>(schema::recursive(
                   "X", [](const Schema& self) { return schema::union_of({self}); })),
               "a recursive schema is not in place of itself");
}

TEST(SchemaKinds, EndUnionsWithinUnionsThatMultiply) {
  // Each level tries both alternatives of the next one: 2^40 tries if nobody counted.
  const Schema knot = schema::recursive("Knot", [](const Schema& self) {
    const Schema next = schema::object({{"x", self}});
    return schema::union_of({next, next, schema::nil()});
  });
  std::string text = "1";
  for (int i = 0; i < 40; ++i) text = R"({"x":)" + text + "}";
  EXPECT_EQ(outcome(knot, text).substr(0, 18), "limit_exceeded at ");
  EXPECT_NE(outcome(knot, text).find("more than 2000000 tries of the alternatives of unions"),
            std::string::npos);
}

TEST(SchemaKinds, RefuseWhatTheyDoNotHave) {
  EXPECT_DEATH(static_cast<void>(schema::boolean().at_least(1)),
               "limits are of numbers, strings, bytes, arrays and maps");
  EXPECT_DEATH(static_cast<void>(schema::integer().matching("a")), "a pattern is of a string");
  EXPECT_DEATH(static_cast<void>(schema::string().matching("(")),
               "a schema's pattern is good: a pattern's byte 2: a group that is not closed");
  EXPECT_DEATH(static_cast<void>(schema::map(schema::string(), schema::any()).reserving({"a"})),
               "only an object's schema has reserved names");
}

}  // namespace
}  // namespace keepsake
