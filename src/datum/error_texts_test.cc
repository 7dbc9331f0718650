// Exact texts of errors that the other tests don't come by, one line each; and for every code that
// data can give, one text in full.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <unordered_map>

#include "keepsake/datum/catalog.h"
#include "keepsake/datum/cbor.h"
#include "keepsake/datum/change_form.h"
#include "keepsake/datum/json_patch.h"
#include "keepsake/datum/json_schema.h"

namespace keepsake {
namespace {

struct Line {
  std::string what;  ///< a document, a form, data
  std::string text;
};

void hold(const std::vector<Line>& lines, const std::function<std::string(const Value&)>& said) {
  for (const Line& line : lines) {
    EXPECT_EQ(said(parse_json(line.what).value()), line.text) << line.what;
  }
}

template <class T>
std::string said(const Result<T>& result) {
  return result ? "no error" : result.error().text();
}

const std::vector<Line> kJsonSchemas{
    {R"(3)", "invalid_schema: expected a schema (an object, or true), found integer"},
    {R"(false)", "invalid_schema: expected a schema (an object, or true), found false"},
    {R"({"$ref":"#/definitions/x"})",
     "invalid_schema at /$ref: expected \"#\" or \"#/$defs/\" with a name, found another "
     "reference"},
    {R"({"$ref":3})", "invalid_schema at /$ref: expected a string, found integer"},
    {R"({"$defs":[]})", "invalid_schema at /$defs: expected an object, found array"},
    {R"({"const":"*","contentEncoding":"base64"})",
     R"(invalid_schema at /contentEncoding: expected "base64" beside base64, found string)"},
    {R"({"type":"string","contentEncoding":"hex"})",
     R"(invalid_schema at /contentEncoding: expected "base64", found string)"},
    {R"({"enum":[]})",
     "invalid_schema at /enum: expected an array of at least one value, found array"},
    {R"({"anyOf":{}})",
     "invalid_schema at /anyOf: expected an array of at least one schema, found object"},
    {R"({"anyOf":[{}],"x-keepsake-kind":"x"})",
     R"(invalid_schema at /x-keepsake-kind: expected "union", found string)"},
    {R"({"oneOf":[]})",
     "invalid_schema at /oneOf: expected an array of at least one schema, found array"},
    {R"({"oneOf":[{}]})",
     "invalid_schema at /discriminator: expected {\"propertyName\": …} beside oneOf "
     "(anyOf is for other unions), found nothing"},
    {R"({"type":"array","oneOf":[{}]})",
     R"(invalid_schema at /type: expected "object", found string)"},
    {R"({"discriminator":{"propertyName":"k"},"required":["x"],"oneOf":[{}]})",
     "invalid_schema at /required: expected the tag alone, found array"},
    {R"({"discriminator":{"propertyName":"k"},"oneOf":[{}]})",
     "invalid_schema at /oneOf/0: expected an object whose member \"k\" has a string as const, "
     "found object"},
    {R"({"discriminator":{"propertyName":"k"},"oneOf":[)"
     R"({"type":"object","properties":{"k":{"const":"a"}},"required":["k"]},)"
     R"({"type":"object","properties":{"k":{"const":"a"}},"required":["k"]}]})",
     R"(invalid_schema at /oneOf/1: expected a const that no other variant has, found "a")"},
    {R"({"discriminator":{"propertyName":"k"},"oneOf":[)"
     R"({"properties":{"k":{"const":"a"}},"required":["k"],"allOf":[]}]})",
     "invalid_schema at /oneOf/0/allOf: expected one schema beside the tag's const, found "
     "array"},
    {R"({"type":"object","properties":[]})",
     "invalid_schema at /properties: expected an object, found array"},
    {R"({"type":"object","required":"a"})",
     "invalid_schema at /required: expected an array of strings, found string"},
    {R"({"type":"object","required":[1]})",
     "invalid_schema at /required: expected an array of strings, found array"},
    {R"({"type":"object","additionalProperties":3})",
     "invalid_schema at /additionalProperties: expected a schema, true or false, found "
     "integer"},
    {R"({"type":"object","properties":{},"additionalProperties":{}})",
     "invalid_schema at /additionalProperties: expected true or false beside properties, "
     "found object"},
    {R"({"type":"object","x-keepsake-unknown":"keep"})",
     R"(invalid_schema at /x-keepsake-unknown: expected "strip", found string)"},
    {R"({"type":"integer","minimum":"1"})",
     "invalid_schema at /minimum: expected a number, found string"},
    {R"({"type":"integer","exclusiveMinimum":9223372036854775807})",
     "invalid_schema at /exclusiveMinimum: expected a bound that an integer of 64 bits can "
     "pass, found integer"},
    {R"({"type":"string","minLength":-1})",
     "invalid_schema at /minLength: expected an integer at least 0, found integer"},
    {R"({"type":"string","pattern":3})",
     "invalid_schema at /pattern: expected a string, found integer"},
    {R"({"type":"string","pattern":"("})",
     "invalid_schema at /pattern: a pattern's byte 2: a group that is not closed"},
    {R"({"type":"float"})",
     R"(invalid_schema at /type: expected the name of a type of JSON Schema, found "float")"},
    {R"({"type":[]})",
     "invalid_schema at /type: expected a type's name, or an array of them, found array"},
    {R"({"type":["integer",3]})",
     "invalid_schema at /type: expected a type's name, or an array of them, found array"},
    {R"({"deprecated":1})", "invalid_schema at /deprecated: expected a boolean, found integer"},
    {R"({"description":1})", "invalid_schema at /description: expected a string, found integer"},
    {R"({"x-keepsake-refine":[1]})",
     "invalid_schema at /x-keepsake-refine: expected a string, or an array of them, found "
     "array"},
    {R"({"$schema":"http://json-schema.org/draft-07/schema"})",
     "invalid_schema at /$schema: expected \"https://json-schema.org/draft/2020-12/schema\", found "
     "another draft"},
    {R"({"type":"string","minimum":1})",
     R"(invalid_schema at /minimum: expected a keyword about string, found "minimum")"},
    {R"({"not":{}})",
     R"(invalid_schema at /not: expected a keyword that is supported, found "not")"},
};

TEST(ErrorTexts, OfJsonSchemasThatCannotBeRead) {
  hold(kJsonSchemas, [](const Value& document) { return said(from_json_schema(document)); });
}

TEST(ErrorTexts, OfJsonSchemasBeyondTheLimits) {
  Value definitions = Value::object();
  for (int i = 0; i <= 1000; ++i) definitions.set("d" + std::to_string(i), true);
  EXPECT_EQ(said(from_json_schema(Value::object({{"$defs", definitions}}))),
            "limit_exceeded at /$defs: more than 1000 definitions");
  Value deep = true;
  for (int i = 0; i <= 200; ++i) deep = Value::object({{"type", "array"}, {"items", deep}});
  EXPECT_EQ(from_json_schema(deep).error().message(), "more than 200 schemas within each other");
  const char* endless = R"({"$ref":"#/$defs/T","$defs":{"T":{"type":"object",)"
                        R"("properties":{"x":{"$ref":"#/$defs/T","default":{"y":1}}}}}})";
  EXPECT_EQ(from_json_schema(parse_json(endless).value()).error().message(),
            "the default does not fit: more than 50 defaults within each other");
}

TEST(ErrorTexts, OfFormsOfChanges) {
  hold(
      {
          {R"({})", "invalid_schema: no list of changes: expected array, found object"},
          {R"([3])",
           "invalid_schema at /0/op: a change that isn't understood: expected string, found "
           "nothing"},
          {R"([{"op":"copy"}])",
           "invalid_schema at /0/op: a change that isn't understood: expected the kind of a "
           "change, found \"copy\""},
          {R"([{"op":"rename","at":"/a"}])",
           "invalid_schema at /0/name: a change that isn't understood: expected string, found "
           "nothing"},
          {R"([{"op":"rename","at":"a","name":"b"}])",
           "invalid_schema at /0/at: a change that isn't understood: expected a JSON pointer to a "
           "member, found \"a\""},
          {R"([{"op":"rename","at":"","name":"b"}])",
           "invalid_schema at /0/at: a change that isn't understood: expected a JSON pointer to a "
           "member, found \"\""},
          {R"([{"op":"add","at":"/a"}])",
           "invalid_schema at /0/value: a change that isn't understood: expected a value, found "
           "nothing"},
          {R"([{"op":"add","at":"/a","value":1,"more":2}])",
           "invalid_schema at /0/more: a change that isn't understood: expected no such member, "
           "found integer"},
          {R"([{"op":"convert","at":"/a"}])",
           "step_unknown at /0: a conversion by a function of a program; use the program that has "
           "it"},
          {R"([{"op":"convert","at":"/a","as":"rot13"}])",
           "step_unknown at /0: a conversion that isn't known: rot13; use the program that has it"},
          {R"([{"op":"each","at":"/a","changes":[{"op":"wrap","at":""}]}])",
           "invalid_schema at /0/changes/0/name: a change that isn't understood: expected string, "
           "found nothing"},
          {R"([{"op":"each","at":"/a","changes":3}])",
           "invalid_schema at /0/changes: a change that isn't understood: expected array, found "
           "integer"},
          {R"([{"op":"when","if":3,"changes":[]}])",
           "invalid_schema at /0/if/asks: a change that isn't understood: expected string, found "
           "nothing"},
          {R"([{"op":"when","if":{"asks":"likes","at":""},"changes":[]}])",
           "invalid_schema at /0/if/asks: a change that isn't understood: expected \"equals\", "
           "\"present\", \"absent\" or \"has_kind\", found \"likes\""},
          {R"([{"op":"when","if":{"asks":"has_kind","at":"","kind":"table"},"changes":[]}])",
           "invalid_schema at /0/if/kind: a change that isn't understood: expected the name of a "
           "kind of value, found \"table\""},
      },
      [](const Value& form) { return said(changes_from(form)); });
}

TEST(ErrorTexts, OfPatches) {
  hold(
      {
          {R"({})", "malformed: not a JSON Patch: expected array, found object"},
          {R"([3])",
           "malformed at /0: not an operation of a JSON Patch: expected object, found integer"},
          {R"([{"op":"add","path":"a","value":1}])",
           "malformed at /0/path: not an operation of a JSON Patch: expected a JSON pointer, found "
           "\"a\""},
          {R"([{"op":"remove","path":"/b"}])",
           "not_found at /b: the patch's path leads nowhere: expected a value at /b, found "
           "nothing"},
          {R"([{"op":"test","path":"/a","value":2}])",
           "not_found at /a: the patch's test failed: expected the test's integer, found another "
           "integer"},
      },
      [](const Value& patch) { return said(apply_json_patch(Value::object({{"a", 1}}), patch)); });
}

struct Case {
  Schema schema;
  std::string data;
  std::string text;
};

void hold(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    EXPECT_EQ(said(each.schema.validate(parse_json(each.data).value())), each.text) << each.data;
  }
}

TEST(ErrorTexts, OfScalarsAndListsThatASchemaRefuses) {
  hold({
      {schema::nil(), "1", "invalid_data: expected null, found integer"},
      {schema::boolean(), R"("x")", "invalid_data: expected boolean, found string"},
      {schema::integer(), "1.5", "invalid_data: expected integer, found number with a fraction"},
      {schema::integer(), "1e30", "invalid_data: expected integer, found number beyond 64 bits"},
      {schema::integer().at_least(1).at_most(9), "10",
       "invalid_data: expected integer at least 1, at most 9, found a greater one"},
      {schema::number(), "null", "invalid_data: expected number, found null"},
      {schema::string().within(length_at_least(2)), R"("x")",
       "invalid_data: expected string of at least 2 characters, found a shorter one"},
      {schema::string().within(size_at_most(2)), R"("xyz")",
       "invalid_data: expected string of size at most 2, found a longer one"},
      {schema::string().matching("^a"), R"("b")",
       R"(invalid_data: expected string matching "^a", found another string)"},
      {schema::bytes(), R"("*")", "invalid_data: expected bytes, found string that is not base64"},
      {schema::bytes(), "1", "invalid_data: expected bytes, found integer"},
      {schema::literal("3"), R"("2")", R"(invalid_data: expected "3", found "2")"},
      {schema::literal("3"), R"("a text of more than forty characters, all of them")",
       R"(invalid_data: expected "3", found string)"},
      {schema::literal(Value::array({1})), "{}", "invalid_data: expected [1], found object"},
      {schema::enumeration({"a", "b"}), R"("c")",
       R"(invalid_data: expected one of "a", "b", found another string)"},
      {schema::enumeration({"a", "b"}), "3",
       R"(invalid_data: expected one of "a", "b", found integer)"},
      {schema::array(schema::nil()), "[1]", "invalid_data at /0: expected null, found integer"},
      {schema::array(schema::any()).within(size_at_most(1)), "[1,2]",
       "invalid_data: expected array of size at most 1, found a longer one"},
      {schema::array(schema::any()).within(size_at_least(1)), "[]",
       "invalid_data: expected array of size at least 1, found a shorter one"},
  });
  EXPECT_EQ(said(schema::number().validate(std::numeric_limits<double>::quiet_NaN())),
            "invalid_data: expected number, found NaN");
  EXPECT_EQ(said(schema::number().validate(std::numeric_limits<double>::infinity())),
            "invalid_data: expected number, found infinity");
  EXPECT_EQ(said(schema::string().validate("\xFF")),
            "invalid_data: expected string, found string that is not UTF-8");
}

TEST(ErrorTexts, OfMapsObjectsAndUnionsThatASchemaRefuses) {
  const auto even = [](const Value& value) { return value.as_integer() % 2 == 0; };
  const auto bang = [](const Value&) -> bool { throw std::runtime_error("bang"); };
  hold({
      {schema::map(schema::string().matching("^a"), schema::any()), R"({"b/~":1})",
       R"(invalid_data at /b~1~0: expected a key that is string matching "^a", found another key)"},
      {schema::map(schema::union_of({schema::literal("a"), schema::nil()}), schema::any()),
       R"({"b":1})",
       R"(invalid_data at /b: expected a key that is "a" or null, found another key)"},
      {schema::map(schema::string(), schema::integer()), R"({"b":"x"})",
       "invalid_data at /b: expected integer, found string"},
      {schema::object({{"a", schema::integer()}}), "{}",
       "invalid_data at /a: expected integer, found nothing"},
      {schema::object({{"a", schema::integer()}}), "[]",
       "invalid_data: expected object, found array"},
      {schema::object({{"a/b~", schema::integer()}}), R"({"a/b~":null})",
       "invalid_data at /a~1b~0: expected integer, found nothing"},
      {schema::strict_object({}), R"({"b\"":1})",
       "invalid_data: expected no unknown field, found the unknown field \"b\\\"\""},
      {schema::object({}).reserving({"b"}), R"({"b":1})",
       R"(invalid_data: expected no member by a reserved name, found the reserved name "b")"},
      {schema::union_of({schema::nil(), schema::boolean(), schema::boolean()}), "3",
       "invalid_data: no alternative fits (expected null, found integer; expected boolean, found "
       "integer)"},
      {schema::union_of({}), "3", "invalid_data: no alternative fits ()"},
      {schema::tagged_union("k", {{"a", schema::any()}, {"b", schema::any()}}), R"({"k":"c"})",
       R"(invalid_data: expected a tag that is one of "a", "b", found the tag "c")"},
      {schema::tagged_union("k", {{"a", schema::any()}}), R"({"k":1})",
       "invalid_data at /k: expected string, found integer"},
      {schema::tagged_union("k", {{"a", schema::any()}}), "{}",
       "invalid_data at /k: expected string, found nothing"},
      {schema::tagged_union("k", {{"a", schema::any()}}), "3",
       "invalid_data: expected object, found integer"},
      {schema::optional(schema::integer()), R"("x")",
       "invalid_data: expected integer, found string"},
      {schema::refine(schema::integer(), "an even number", even), "3",
       "invalid_data: expected an even number, found another integer"},
      {schema::refine(schema::integer(), "an even number", bang), "3",
       "callback_threw: a schema's predicate threw: bang"},
      {schema::object({}).with_rule("a good one", [](const Value&) { return false; }), "{}",
       "invalid_data: expected a good one, found another object"},
  });
}

TEST(ErrorTexts, OfUnionsTellTwentyReasons) {
  std::vector<Schema> literals;
  std::string text = "invalid_data at /0: no alternative fits (";
  for (int i = 0; i < 30; ++i) {
    literals.push_back(schema::literal(i));
    if (i < 20) text += (i == 0 ? "" : "; ") + ("expected " + std::to_string(i)) + ", found true";
  }
  const Schema schema = schema::array(schema::union_of(literals));
  EXPECT_EQ(said(schema.validate(Value::array({true}))), text + "; and 10 more)");
}

enum class Mood : std::uint8_t { calm, wild };
struct Chest {
  Mood mood = Mood::calm;
  std::unordered_map<std::string, std::int64_t> counts;
  std::uint64_t large = 0;
  double share = 0;
  std::string name;
};

TEST(ErrorTexts, OfStructsThatMayNotBeSaved) {
  const auto refused = [](auto change) {
    Chest chest;
    change(chest);
    return said(validate(chest));
  };
  EXPECT_EQ(
      refused([](Chest& chest) { chest.mood = static_cast<Mood>(7); }),
      R"(invalid_data at /mood: expected one of "calm", "wild", found a value without a name)");
  EXPECT_EQ(refused([](Chest& chest) { chest.counts["\xFF"] = 1; }),
            "invalid_data at /counts: expected keys that are UTF-8, found a key that is not UTF-8");
  EXPECT_EQ(refused([](Chest& chest) { chest.large = std::uint64_t{1} << 63; }),
            "invalid_data at /large: expected integer at least 0, found number beyond 64 bits");
  EXPECT_EQ(refused([](Chest& chest) { chest.share = std::nan(""); }),
            "invalid_data at /share: expected number, found NaN");
  EXPECT_EQ(refused([](Chest& chest) { chest.name = "\xFF"; }),
            "invalid_data at /name: expected string, found string that is not UTF-8");
}

TEST(ErrorTexts, OfPlansThatGoBack) {
  Plan plan;
  const auto refuse = [](const Value&) -> Result<Value> {
    return Error(ErrorCode::step_failed, "not today").path("/x");
  };
  const auto same = [](Value data) -> Result<Value> { return data; };
  plan.add("1", "2", same, refuse).value();
  plan.add("2", "3", same).value();
  plan.lock().value();
  std::vector<Displaced> displaced;
  const auto no_schema = [](std::string_view) -> const Schema* { return nullptr; };
  const auto back = [&](std::string_view from, std::string_view to) {
    return said(plan.migrate_back(Value::object(), from, to, no_schema, displaced));
  };
  EXPECT_EQ(back("2", "1"), "step_failed at /x: step 1 -> 2, on its way back, failed: not today");
  EXPECT_EQ(back("3", "1"), "no_path: step 2 -> 3 has no way back: it is a function without one");
  EXPECT_EQ(back("1", "2"), "no_path: no chain of steps leads back from 1 to 2");
}

struct Ada {
  std::int64_t a = 0;
};

TEST(ErrorTexts, OfCatalogs) {
  EXPECT_EQ(said(CatalogBuilder<Ada>("S").compatible_with("1").current("1").lock()),
            "invalid_schema: compatible_with stands before any version");
  const auto same = [](Value data) -> Result<Value> { return data; };
  const auto refuse = [](const Value&) -> Result<Value> {
    return Error(ErrorCode::step_failed, "not today");
  };
  EXPECT_EQ(said(CatalogBuilder<Ada>("S")
                     .version("1", schema_of<Ada>())
                     .current("2")
                     .step("1", "2", same, refuse)
                     .example("1", R"({"version":"1","a":1})")
                     .lock()),
            "invalid_schema: the example of version 1 does not go back: step 1 -> 2, on its way "
            "back, failed: not today");
}

}  // namespace
}  // namespace keepsake
