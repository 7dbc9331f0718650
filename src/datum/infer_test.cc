#include "keepsake/datum/infer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/struct.h"
#include "src/datum/identifier.h"
#include "src/datum/inferred_test_struct.h"
#include "src/datum/random_test_data.h"

namespace keepsake {
namespace {

Schema inferred(const std::vector<std::string>& samples) {
  Inference inference;
  for (const std::string& sample : samples) inference.add(parse_json(sample).value());
  return inference.schema();
}

/// Without its "$schema".
std::string form_of(const Schema& schema) {
  Value form = to_json_schema(schema);
  static_cast<void>(form.take("$schema"));
  return write_json(form);
}

std::string form(const std::vector<std::string>& samples) { return form_of(inferred(samples)); }

const std::vector<std::string> kShips{
    R"({"name":"Ann","speed":7,"afloat":true,"hold":{"cargo":5},"crew":[{"name":"Bo","rank":1}],)"
    R"("ports":{"port-1":3},"holds":[null,{"full":true}],"flag":"black"})",
    R"({"name":"Eve","speed":7.5,"afloat":false,"hold":{"cargo":6},"crew":[{"name":"Al"}],)"
    R"("ports":{},"holds":[]})",
};

TEST(Infer, TakesTheKindThatAllSamplesHave) {
  EXPECT_EQ(form({"1", "2"}), form_of(schema::integer()));
  EXPECT_EQ(form({"1", "2.5"}), form_of(schema::number()));
  EXPECT_EQ(form({"true"}), form_of(schema::boolean()));
  EXPECT_EQ(form({R"("a")", "null"}), form_of(schema::optional(schema::string())));
  EXPECT_EQ(form({"[1]", "[2.5,null]"}),
            form_of(schema::array(schema::optional(schema::number()))));
}

TEST(Infer, TakesAnyWhereTheSamplesDiffer) {
  EXPECT_EQ(form({"1", R"("a")"}), form_of(schema::any()));
  EXPECT_EQ(form({"null"}), form_of(schema::any()));
  EXPECT_EQ(form({"[]"}), form_of(schema::array(schema::any())));
}

TEST(Infer, MakesOptionalWhatSomeSamplesLack) {
  EXPECT_EQ(form({R"({"a":1,"b":2})", R"({"a":3})", R"({"c":null,"a":4})"}),
            form_of(schema::object({{"a", schema::integer()},
                                    {"b", schema::optional(schema::integer())},
                                    {"c", schema::any()}})));
}

TEST(Infer, MakesAMapOfWhatHasNoNamesOfMembers) {
  EXPECT_EQ(form({R"({"port-1":{"x":1},"a":{"x":2.5,"y":true},"b":null})"}),
            form_of(schema::map(schema::string(),
                                schema::object({{"x", schema::number()},
                                                {"y", schema::optional(schema::boolean())}}))));
}

TEST(Infer, WritesAStructThatHasTheSchema) {
  std::ifstream file("src/datum/inferred_test_struct.h");
  std::stringstream header;
  header << file.rdbuf();
  const std::string text = struct_text(inferred(kShips), "Ship").value();
  EXPECT_NE(header.str().find("inferred {\n\n" + text + "\n}"), std::string::npos) << text;
  const Schema own = schema_of<inferred::Ship>();
  EXPECT_EQ(form_of(own), form(kShips));
  for (const std::string& ship : kShips) EXPECT_TRUE(decode_json<inferred::Ship>(ship)) << ship;
}

TEST(Infer, SaysWhatItHasNoTypeFor) {
  const auto refused = [](const std::string& sample, std::string_view name = "X") {
    return struct_text(inferred({sample}), name).error().text();
  };
  EXPECT_EQ(refused(R"({"a":[{"b":[]}]})"),
            "invalid_argument at /a/*/b/*: no type of C++ is known for what is there: expected "
            "samples that show one kind of value, found any value");
  EXPECT_EQ(refused("[1]"),
            "invalid_argument: only objects become structs: expected object, found array");
  EXPECT_EQ(refused("{}", "class"),
            "invalid_argument: a struct has a name of C++: expected an identifier, found "
            "\"class\"");
}

TEST(Infer, KnowsTheNamesThatCppKeeps) {
  for (const char* name : {"a", "A9_b", "classes", "x_"}) EXPECT_TRUE(is_identifier(name)) << name;
  for (const char* name : {"", "9a", "_a", "a__b", "a-b", "class", "xor_eq", "alignas", "\u00E9"}) {
    EXPECT_FALSE(is_identifier(name)) << name;
  }
}

RC_GTEST_PROP(InferProperty, TheSchemaAcceptsEverySample, ()) {
  const Schema like = *schemas();
  Inference inference;
  std::vector<Value> samples;
  for (int i = 0; i < 4; ++i) samples.push_back(*values_about(like));
  for (const Value& sample : samples) inference.add(sample);
  const Schema schema = inference.schema();
  for (const Value& sample : samples) {
    const Result<Validated> valid = schema.validate(sample);
    if (!valid) RC_FAIL(valid.error().text() + " of " + write_json(sample));
  }
}

}  // namespace
}  // namespace keepsake
