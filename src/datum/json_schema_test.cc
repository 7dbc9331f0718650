#include "keepsake/datum/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keepsake/datum/json.h"
#include "keepsake/datum/struct.h"

namespace keepsake {
namespace {

using ::testing::ElementsAre;

/// The form without "$schema".
std::string form(const Schema& schema) {
  Value document = to_json_schema(schema);
  EXPECT_EQ(document.take("$schema"), Value("https://json-schema.org/draft/2020-12/schema"));
  return write_json(document);
}

/// The form is `json`, and what is read from it has the same form.
void both_ways(const Schema& schema, const std::string& json) {
  EXPECT_EQ(form(schema), json);
  const Result<Schema> read = from_json_schema(*parse_json(json));
  ASSERT_TRUE(read.has_value()) << json << ": " << read.error().text();
  EXPECT_EQ(form(*read), json);
  EXPECT_EQ(read->text(), schema.text());
}

std::string fault(const std::string& json) {
  const Result<Schema> read = from_json_schema(*parse_json(json));
  return read ? "accepted" : read.error().text();
}

std::string outcome(const Schema& schema, std::string_view json) {
  Result<Validated> validated = schema.validate(*parse_json(json));
  return validated ? write_json(validated->value()) : validated.error().text();
}

TEST(JsonSchema, HasAFormForEachKind) {
  both_ways(schema::nil(), R"({"type":"null"})");
  both_ways(schema::boolean(), R"({"type":"boolean"})");
  both_ways(schema::integer().within(between(std::int64_t{-9007199254740993}, 5)),
            R"({"type":"integer","minimum":-9007199254740993,"maximum":5})");
  both_ways(schema::number().at_least(0.5), R"({"type":"number","minimum":0.5})");
  both_ways(schema::string().within(length_at_most(5) & size_at_least(2)).matching("^a"),
            R"({"type":"string","maxLength":5,"x-keepsake-minBytes":2,"pattern":"^a"})");
  both_ways(schema::bytes().within(size_at_most(8)),
            R"({"type":"string","contentEncoding":"base64","x-keepsake-maxBytes":8})");
  both_ways(schema::literal("3"), R"({"const":"3"})");
  both_ways(schema::literal(Value::bytes("a")), R"({"const":"YQ==","contentEncoding":"base64"})");
  both_ways(schema::enumeration({"a", "b"}), R"({"type":"string","enum":["a","b"]})");
  both_ways(schema::any(), "{}");
  both_ways(schema::array(schema::any()).within(size_at_least(1) & size_at_most(2)),
            R"({"type":"array","items":{},"minItems":1,"maxItems":2})");
  both_ways(schema::map(schema::string().matching("^k"), schema::nil()).within(size_at_most(2)),
            R"({"type":"object","additionalProperties":{"type":"null"},"propertyNames":{"type":)"
            R"("string","pattern":"^k"},"maxProperties":2})");
  both_ways(schema::optional(schema::integer()),
            R"({"anyOf":[{"type":"integer"},{"type":"null"}]})");
  both_ways(schema::union_of({schema::integer(), schema::string()}),
            R"({"anyOf":[{"type":"integer"},{"type":"string"}]})");
  both_ways(schema::union_of({schema::integer(), schema::nil()}),
            R"({"x-keepsake-kind":"union","anyOf":[{"type":"integer"},{"type":"null"}]})");
}

TEST(JsonSchema, HasAFormForObjects) {
  both_ways(
      schema::object({{"id", schema::string().described("its name")},
                      {"n", schema::integer().with_default(3)},
                      {"old", schema::optional(schema::boolean()).deprecated(true)},
                      {"x", schema::any()}})
          .reserving({"count"}),
      R"({"type":"object","properties":{"id":{"type":"string","description":"its name"},)"
      R"("n":{"type":"integer","default":3},"old":{"anyOf":[{"type":"boolean"},{"type":"null"}],)"
      R"("deprecated":true},"x":{},"count":false},"required":["id"]})");
  both_ways(schema::strict_object({}),
            R"({"type":"object","properties":{},"additionalProperties":false})");
  both_ways(schema::object({}).unknown_fields(UnknownFields::strip),
            R"({"type":"object","properties":{},"x-keepsake-unknown":"strip"})");
}

TEST(JsonSchema, HasAFormForTaggedUnions) {
  both_ways(
      schema::tagged_union("kind", {{"a", schema::object({{"kind", schema::literal("a")}})},
                                    {"b", schema::object({{"n", schema::integer()}})}}),
      R"({"type":"object","discriminator":{"propertyName":"kind"},"required":["kind"],"oneOf":[)"
      R"({"type":"object","properties":{"kind":{"const":"a"}},"required":["kind"]},)"
      R"({"properties":{"kind":{"const":"b"}},"required":["kind"],"allOf":[{"type":"object",)"
      R"("properties":{"n":{"type":"integer"}},"required":["n"]}]}]})");
}

TEST(JsonSchema, NamesPredicatesThatItCannotHold) {
  const auto never = [](const Value&) { return false; };
  const Schema schema =
      schema::object({{"even", schema::refine(schema::integer(), "an even number", never)}})
          .with_rule("all", never);
  const std::string json = form(schema);
  EXPECT_EQ(json, R"({"type":"object","properties":{"even":{"type":"integer","x-keepsake-refine":)"
                  R"("an even number"}},"required":["even"],"x-keepsake-refine":"all"})");
  std::vector<std::string> unheld;
  const Result<Schema> read = from_json_schema(*parse_json(json), &unheld);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_THAT(unheld, ElementsAre("/properties/even/x-keepsake-refine", "/x-keepsake-refine"));
  EXPECT_EQ(read->kind(), Schema::Kind::object);
  EXPECT_EQ(form(*read), json);
  EXPECT_EQ(outcome(*read, R"({"even":3})"), R"({"even":3})");
}

TEST(JsonSchema, PutsWhatHoldsItselfUnderDefs) {
  const Schema tree = schema::recursive("Tree", [](const Schema& self) {
    return schema::object({{"leaf", schema::integer()}, {"kids", schema::array(self)}});
  });
  const std::string json =
      R"({"$ref":"#/$defs/Tree","$defs":{"Tree":{"type":"object","properties":{"leaf":{"type":)"
      R"("integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"required":["leaf",)"
      R"("kids"]}}})";
  const Result<Schema> read = from_json_schema(*parse_json(json));
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(outcome(*read, R"({"leaf":1,"kids":[{"leaf":2,"kids":[{}]}]})"),
            "invalid_data at /kids/0/kids/0/leaf: expected integer, found nothing");
  const Result<Schema> again = from_json_schema(to_json_schema(tree));
  ASSERT_TRUE(again.has_value()) << again.error().text();
  EXPECT_EQ(outcome(*again, R"({"leaf":1,"kids":[{"leaf":2,"kids":[{}]}]})"),
            "invalid_data at /kids/0/kids/0/leaf: expected integer, found nothing");
}

TEST(JsonSchema, TakesCommonFormsOfOthers) {
  const auto reads_as = [](const std::string& json, const std::string& same) {
    const Result<Schema> read = from_json_schema(*parse_json(json));
    ASSERT_TRUE(read.has_value()) << json << ": " << read.error().text();
    EXPECT_EQ(form(*read), same);
  };
  reads_as("true", "{}");
  reads_as(R"({"type":["integer","null"],"minimum":1})",
           R"({"anyOf":[{"type":"integer","minimum":1},{"type":"null"}]})");
  reads_as(R"({"type":["string","integer"],"maxLength":3})",
           R"({"anyOf":[{"type":"string","maxLength":3},{"type":"integer"}]})");
  reads_as(R"({"enum":[1,null]})", R"({"anyOf":[{"const":1},{"const":null}]})");
  reads_as(R"({"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":2.5})",
           R"({"type":"integer","minimum":1,"maximum":2})");
  reads_as(R"({"title":"t","$comment":"c","examples":[1],"format":"f","x-mine":1,"type":"null"})",
           R"({"type":"null"})");
  reads_as(R"({"type":"array"})", R"({"type":"array","items":{}})");
  reads_as(R"({"type":"object","properties":{"a":{"type":"null"},"b":{"type":"string"}}})",
           R"({"type":"object","properties":{"a":{"type":"null"},"b":{"anyOf":[{"type":"string"},)"
           R"({"type":"null"}]}}})");
  reads_as(R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"boolean"}}})",
           R"({"type":"boolean"})");
  reads_as(R"({"type":"array","items":{"$ref":"#/$defs/x","description":"d"},"$defs":{"x":{}}})",
           R"({"type":"array","items":{"description":"d"}})");
}

TEST(JsonSchema, PassesOverNothingThatItDoesNotKnow) {
  EXPECT_EQ(fault(R"({"type":"object","properties":{"x":{"not":{}}}})"),
            R"(invalid_schema at /properties/x/not: expected a keyword that is supported, found )"
            R"("not")");
  EXPECT_EQ(fault(R"({"type":"string","minimum":1})"),
            R"(invalid_schema at /minimum: expected a keyword about string, found "minimum")");
  EXPECT_EQ(fault(R"({"properties":{}})"),
            R"(invalid_schema at /properties: expected a keyword about what is described here, )"
            R"(found "properties")");
  EXPECT_EQ(fault(R"({"type":"null","x-keepsake-other":1})"),
            R"(invalid_schema at /x-keepsake-other: expected a keyword that is supported, found )"
            R"("x-keepsake-other")");
  EXPECT_EQ(
      fault(R"({"type":"array","items":{"$defs":{}}})"),
      R"(invalid_schema at /items/$defs: expected a keyword that is supported, found "$defs")");
}

TEST(JsonSchema, SaysWhatIsWrong) {
  EXPECT_EQ(fault("3"), "invalid_schema: expected a schema (an object, or true), found integer");
  EXPECT_EQ(fault("false"), "invalid_schema: expected a schema (an object, or true), found false");
  EXPECT_EQ(fault(R"({"$schema":"http://json-schema.org/draft-07/schema#"})"),
            R"(invalid_schema at /$schema: expected )"
            R"("https://json-schema.org/draft/2020-12/schema", found another draft)");
  EXPECT_EQ(fault(R"({"type":"text"})"),
            R"(invalid_schema at /type: expected the name of a type of JSON Schema, found "text")");
  EXPECT_EQ(fault(R"({"type":[]})"),
            "invalid_schema at /type: expected a type's name, or an array of them, found array");
  EXPECT_EQ(fault(R"({"type":"string","maxLength":-1})"),
            "invalid_schema at /maxLength: expected an integer at least 0, found integer");
  EXPECT_EQ(fault(R"({"type":"number","minimum":"1"})"),
            "invalid_schema at /minimum: expected a number, found string");
  EXPECT_EQ(fault(R"({"type":"string","pattern":"("})"),
            "invalid_schema at /pattern: a pattern's byte 2: a group that is not closed");
  EXPECT_EQ(fault(R"({"type":"string","contentEncoding":"hex"})"),
            "invalid_schema at /contentEncoding: expected \"base64\", found string");
  EXPECT_EQ(fault(R"({"type":"integer","default":"x"})"),
            "invalid_schema at /default: the default does not fit: expected integer, found string");
  EXPECT_EQ(
      fault(R"({"type":"object","properties":{"a":{"type":"null"}},"required":["a"]})"),
      "invalid_schema at /properties/a: expected a required member that may not be null, which "
      "is absent here, found one that may");
  EXPECT_EQ(fault(R"({"type":"object","required":["a"]})"),
            R"(invalid_schema at /required: expected names of properties, each once, found "a")");
  EXPECT_EQ(fault(R"({"type":"object","properties":{},"additionalProperties":{}})"),
            "invalid_schema at /additionalProperties: expected true or false beside properties, "
            "found object");
  EXPECT_EQ(
      fault(R"({"oneOf":[{"type":"null"}]})"),
      "invalid_schema at /discriminator: expected {\"propertyName\": …} beside oneOf (anyOf is "
      "for other unions), found nothing");
  EXPECT_EQ(
      fault(R"({"oneOf":[{"type":"null"}],"discriminator":{"propertyName":"k"}})"),
      "invalid_schema at /oneOf/0: expected an object whose member \"k\" has a string as const, "
      "found object");
}

TEST(JsonSchema, RefusesReferencesThatLeadNowhereOrBack) {
  EXPECT_EQ(fault(R"({"$ref":"#/$defs/x"})"),
            R"(invalid_schema at /$ref: expected the name of a definition, found "x")");
  EXPECT_EQ(fault(R"({"$ref":"other.json"})"),
            R"(invalid_schema at /$ref: expected "#" or "#/$defs/" with a name, found another )"
            "reference");
  const std::string circle =
      ": expected a schema that is decided in at most 32 steps without a value between, found a "
      "longer chain, or a circle";
  EXPECT_EQ(fault(R"({"$ref":"#"})"), "invalid_schema" + circle);
  EXPECT_EQ(
      fault(R"({"type":"object","properties":{"p":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":)"
            R"("#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})"),
      "invalid_schema at /$defs/a" + circle);
  EXPECT_EQ(
      fault(R"({"type":"object","properties":{"p":{"$ref":"#/$defs/a"}},"$defs":{"a":{"anyOf":)"
            R"([{"$ref":"#/$defs/b"}]},"b":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/a"}]}}})"),
      "invalid_schema at /$defs/a" + circle);
  std::string deep = R"({"type":"null"})";
  for (int i = 0; i < 40; ++i) deep = R"({"anyOf":[)" + deep + "]}";
  EXPECT_EQ(fault(deep), "invalid_schema" + circle);
  EXPECT_EQ(
      fault(R"({"type":"object","properties":{"x":{"$ref":"#","default":{}}}})").substr(0, 86),
      "invalid_schema at /properties/x/default/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/");
}

struct Part {
  std::string name;
  std::vector<Part> parts;
};
struct Machine {
  std::variant<Part> only;
  std::optional<Part> spare;
};

TEST(JsonSchema, NamesDefinitionsByTheirTypes) {
  const Value document = to_json_schema(schema_of<Machine>());
  ASSERT_NE(document.find("$defs"), nullptr) << write_json(document);
  EXPECT_EQ(document.find("$defs")->members()[0].name, "Part");
  EXPECT_TRUE(from_json_schema(document).has_value()) << from_json_schema(document).error().text();
}

}  // namespace
}  // namespace keepsake
