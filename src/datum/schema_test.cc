#include "keepsake/datum/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

using ::testing::ElementsAre;

/// The normalised value as JSON, or the error's text.
std::string outcome(const Schema& schema, std::string_view json) {
  Result<Value> value = parse_json(json);
  if (!value) return value.error().text();
  Result<Validated> validated = schema.validate(*std::move(value));
  return validated ? write_json(validated->value()) : validated.error().text();
}

Schema item() {
  return schema::object({{"id", schema::string()},
                         {"quantity", schema::integer()},
                         {"equipped", schema::optional(schema::boolean())}});
}

TEST(Schema, SaysWhatWasExpectedAndWhatWasFound) {
  EXPECT_EQ(outcome(schema::nil(), "1"), "invalid_data: expected null, found integer");
  EXPECT_EQ(outcome(schema::boolean(), "\"x\""), "invalid_data: expected boolean, found string");
  EXPECT_EQ(outcome(schema::integer(), "\"x\""), "invalid_data: expected integer, found string");
  EXPECT_EQ(outcome(schema::integer(), "1.5"),
            "invalid_data: expected integer, found number with a fraction");
  EXPECT_EQ(outcome(schema::integer(), "1e30"),
            "invalid_data: expected integer, found number beyond 64 bits");
  EXPECT_EQ(outcome(schema::number(), "[]"), "invalid_data: expected number, found array");
  EXPECT_EQ(outcome(schema::string(), "{}"), "invalid_data: expected string, found object");
  EXPECT_EQ(outcome(schema::bytes(), "[]"), "invalid_data: expected bytes, found array");
  EXPECT_EQ(outcome(schema::literal("3"), "\"2\""), "invalid_data: expected \"3\", found \"2\"");
  EXPECT_EQ(outcome(schema::literal("3"), "\"" + std::string(99, 'p') + "\""),
            "invalid_data: expected \"3\", found string");
  EXPECT_EQ(outcome(schema::literal(3), "[3]"), "invalid_data: expected 3, found array");
  EXPECT_EQ(outcome(schema::enumeration({"red", "blue"}), "\"green\""),
            "invalid_data: expected one of \"red\", \"blue\", found another string");
  EXPECT_EQ(outcome(schema::array(schema::nil()), "3"),
            "invalid_data: expected array, found integer");
  EXPECT_EQ(outcome(item(), "[]"), "invalid_data: expected object, found array");
  EXPECT_EQ(outcome(item(), R"({"id":"a"})"),
            "invalid_data at /quantity: expected integer, found nothing");
  EXPECT_EQ(outcome(schema::array(item()), R"([{"id":"a","quantity":1},{"id":"b"}])"),
            "invalid_data at /1/quantity: expected integer, found nothing");
}

TEST(Schema, RefusesNumbersThatAreNotFiniteAndTextThatIsNotUtf8) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(schema::number().validate(Value(infinity)).error().text(),
            "invalid_data: expected number, found infinity");
  EXPECT_EQ(schema::integer().validate(Value(infinity - infinity)).error().text(),
            "invalid_data: expected integer, found NaN");
  EXPECT_EQ(schema::string().validate(Value("\xFF")).error().text(),
            "invalid_data: expected string, found string that is not UTF-8");
}

TEST(Schema, TakesAnIntegralDoubleForAnInteger) {
  const Result<Validated> validated = schema::integer().validate(Value(5.0));
  ASSERT_TRUE(validated.has_value());
  EXPECT_EQ(validated->value().kind(), Value::Kind::integer);
}

TEST(Schema, DropsNullMembersAndKeepsNullItems) {
  EXPECT_EQ(outcome(item(), R"({"id":"a","equipped":null,"quantity":1,"other":null})"),
            R"({"id":"a","quantity":1})");
  EXPECT_EQ(outcome(item(), R"({"id":null,"quantity":1})"),
            "invalid_data at /id: expected string, found nothing");
  EXPECT_EQ(outcome(schema::array(schema::optional(schema::integer())), "[1,null]"), "[1,null]");
  EXPECT_EQ(outcome(schema::map(schema::string(), schema::integer()), R"({"a":1,"b":null})"),
            R"({"a":1})");
  EXPECT_EQ(outcome(schema::object({{"x", schema::any()}}), R"({"x":null})"), R"({"x":null})");
}

TEST(Schema, PutsKnownMembersIntoItsOrderBeforeTheUnknownOnes) {
  EXPECT_EQ(outcome(item(), R"({"z":[null],"quantity":1,"y":1,"id":"a"})"),
            R"({"id":"a","quantity":1,"z":[null],"y":1})");
  EXPECT_EQ(outcome(item().unknown_fields(UnknownFields::strip),
                    R"({"z":1,"id":"a","quantity":1,"y":1})"),
            R"({"id":"a","quantity":1})");
  EXPECT_EQ(
      outcome(item().unknown_fields(UnknownFields::reject), R"({"id":"a","quantity":1,"y/":1})"),
      "invalid_data: expected no unknown field, found the unknown field \"y/\"");
}

TEST(Schema, EscapesPointers) {
  const Schema schema = schema::map(schema::string(), schema::integer());
  EXPECT_EQ(outcome(schema, R"({"a/b~c":"x"})"),
            "invalid_data at /a~1b~0c: expected integer, found string");
}

TEST(Schema, HoldsLimits) {
  EXPECT_EQ(outcome(schema::integer().at_least(1), "0"),
            "invalid_data: expected integer at least 1, found a smaller one");
  EXPECT_EQ(outcome(schema::number().at_least(0.5).at_most(2), "2.5"),
            "invalid_data: expected number at least 0.5, at most 2, found a greater one");
  EXPECT_EQ(outcome(schema::string().within(size_at_most(3)), "\"four\""),
            "invalid_data: expected string of size at most 3, found a longer one");
  EXPECT_EQ(outcome(schema::array(schema::any()).within(size_at_least(1)), "[]"),
            "invalid_data: expected array of size at least 1, found a shorter one");
  EXPECT_EQ(outcome(schema::optional(schema::integer()).at_least(1), "1"), "1");
}

TEST(Schema, ListsEachReasonOfAUnionOnce) {
  const Schema schema =
      schema::union_of({schema::string(), schema::string(), item(), schema::array(schema::nil())});
  EXPECT_EQ(outcome(schema, R"({"id":"a"})"),
            "invalid_data: no alternative fits (expected string, found object; /quantity: expected "
            "integer, found nothing; expected array, found object)");
  EXPECT_EQ(outcome(schema, "[null]"), "[null]");
}

TEST(Schema, FollowsTheTagOfATaggedUnion) {
  const Schema schema = schema::tagged_union(
      "kind", {{"a", schema::object({{"kind", schema::literal("a")}, {"n", schema::integer()}})},
               {"b", schema::object({{"kind", schema::literal("b")}})}});
  EXPECT_EQ(outcome(schema, R"({"n":1,"kind":"a"})"), R"({"kind":"a","n":1})");
  EXPECT_EQ(outcome(schema, R"({"kind":"a"})"),
            "invalid_data at /n: expected integer, found nothing");
  EXPECT_EQ(outcome(schema, R"({"kind":"c"})"),
            "invalid_data: expected a tag that is one of \"a\", \"b\", found the tag \"c\"");
  EXPECT_EQ(outcome(schema, R"({})"), "invalid_data at /kind: expected string, found nothing");
}

TEST(Schema, RefinesAndCatchesAThrow) {
  const Schema even = schema::refine(schema::integer(), "an even number", [](const Value& value) {
    return value.as_integer() % 2 == 0;
  });
  EXPECT_EQ(outcome(even, "4"), "4");
  EXPECT_EQ(outcome(even, "3"), "invalid_data: expected an even number, found another integer");
  EXPECT_EQ(outcome(even, "\"\""), "invalid_data: expected integer, found string");
  const Schema throwing =
      schema::object({{"x", schema::refine(schema::any(), "-", [](const Value&) -> bool {
                         throw std::runtime_error("bang");
                       })}});
  EXPECT_EQ(outcome(throwing, R"({"x":1})"),
            "callback_threw at /x: a schema's predicate threw: bang");
}

TEST(Schema, FindsAllFaultsInOrder) {
  const Schema schema = schema::strict_object(
      {{"a", schema::integer()}, {"b", schema::array(schema::string())}, {"c", schema::nil()}});
  const Value value = *parse_json(R"({"z":1,"b":["x",2,3],"c":0})");
  std::vector<std::string> texts;
  for (const Error& error : schema.validate_all(value)) texts.push_back(error.text());
  EXPECT_THAT(texts, ElementsAre("invalid_data at /a: expected integer, found nothing",
                                 "invalid_data at /b/1: expected string, found integer",
                                 "invalid_data at /b/2: expected string, found integer",
                                 "invalid_data at /c: expected null, found integer",
                                 "invalid_data: expected no unknown field, found the unknown field "
                                 "\"z\""));
  EXPECT_EQ(schema.validate(value).error().text(), texts.front());
}

TEST(Schema, LeavesTheCallersValueAsItWas) {
  const Value value = *parse_json(R"({"quantity":1,"id":"a","equipped":null})");
  const Value copy = value;
  ASSERT_TRUE(item().validate(value).has_value());
  EXPECT_EQ(write_json(value), write_json(copy));
  EXPECT_EQ(write_json(value), R"({"quantity":1,"id":"a","equipped":null})");
}

}  // namespace
}  // namespace keepsake
