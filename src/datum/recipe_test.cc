#include "src/datum/recipe.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

using Changes = std::vector<Change>;

/// Of a step from version 1 to 2 between objects of these members.
std::shared_ptr<const Recipe> recipe(const Changes& changes, std::vector<SchemaMember> before,
                                     std::vector<SchemaMember> after) {
  const auto versioned = [](std::vector<SchemaMember> members, const char* version) {
    return schema::object(std::move(members)).with_first("version", schema::literal(version));
  };
  return Recipe::of(changes, versioned(std::move(before), "1"), versioned(std::move(after), "2"),
                    "2");
}

std::string made(const std::shared_ptr<const Recipe>& recipe, std::string_view json) {
  if (recipe == nullptr) return "no recipe";
  const std::optional<Value> value = recipe->make(parse_json(json).value());
  return value ? write_json(*value) : "nothing";
}

TEST(Recipe, PutsMembersInTheNewerSchemasOrder) {
  const auto step = recipe(
      {change::move("/small", "/purse/small"), change::add("/purse/large", 0),
       change::rename("/name", "title")},
      {{"small", schema::integer()}, {"name", schema::string()}},
      {{"title", schema::string()},
       {"purse", schema::object({{"large", schema::integer()}, {"small", schema::integer()}})}});
  EXPECT_EQ(made(step, R"({"version":"1","small":7,"name":"a name that is not short"})"),
            R"({"version":"2","title":"a name that is not short","purse":{"large":0,"small":7}})");
}

TEST(Recipe, ChangesEachElementInAnElement) {
  const Schema thing =
      schema::object({{"id", schema::string()}, {"parts", schema::array(schema::string())}});
  const auto step = recipe(
      {change::each("/things",
                    {change::each("/parts", {change::wrap("", "id")}), change::add("/count", 1)})},
      {{"things", schema::array(thing)}},
      {{"things", schema::array(schema::object(
                      {{"id", schema::string()},
                       {"parts", schema::array(schema::object({{"id", schema::string()}}))},
                       {"count", schema::integer()}}))}});
  EXPECT_EQ(
      made(step,
           R"({"version":"1","things":[{"id":"a","parts":["x","y"]},{"id":"b","parts":[]}]})"),
      R"({"version":"2","things":[{"id":"a","parts":[{"id":"x"},{"id":"y"}],"count":1},)"
      R"({"id":"b","parts":[],"count":1}]})");
}

TEST(Recipe, LeavesOutWhatIsAbsentAndMayBe) {
  const Schema note = schema::optional(schema::string());
  const auto step =
      recipe({change::rename("/note", "text"), change::add("/x", 1)},
             {{"note", note}, {"list", schema::optional(schema::array(schema::any()))}},
             {{"x", schema::integer()}, {"text", note}, {"list", schema::any()}});
  EXPECT_EQ(made(step, R"({"version":"1"})"), R"({"version":"2","x":1})");
  EXPECT_EQ(made(step, R"({"version":"1","note":"n","list":[null,{"a":[]}]})"),
            R"({"version":"2","x":1,"text":"n","list":[null,{"a":[]}]})");
}

TEST(Recipe, SaysNothingOfUnknownFieldsNorOfWhatTheNewerSchemaRefuses) {
  const auto step = recipe({change::rename("/a", "b")}, {{"a", schema::integer()}},
                           {{"b", schema::integer().at_most(5)}});
  EXPECT_EQ(made(step, R"({"version":"1","a":5})"), R"({"version":"2","b":5})");
  EXPECT_EQ(made(step, R"({"version":"1","a":6})"), "nothing");
  EXPECT_EQ(made(step, R"({"version":"1","a":5,"team":"G"})"), "nothing");
}

TEST(Recipe, SaysNothingWhereAMemberIsAbsentThatDecidesWhatIsMade) {
  const Schema purse = schema::optional(schema::object({{"small", schema::integer()}}));
  const auto step =
      recipe({change::add("/purse/large", 0)}, {{"purse", purse}},
             {{"purse", schema::object({{"small", schema::optional(schema::integer())},
                                        {"large", schema::integer()}})}});
  EXPECT_EQ(made(step, R"({"version":"1","purse":{"small":1}})"),
            R"({"version":"2","purse":{"small":1,"large":0}})");
  EXPECT_EQ(made(step, R"({"version":"1"})"), "nothing");
}

TEST(Recipe, IsNotMadeWhereACopiedPartMayHideAField) {
  const auto inner = [](std::vector<SchemaMember> members) {
    return std::vector<SchemaMember>{{"inner", schema::object(std::move(members))}};
  };
  EXPECT_EQ(recipe({change::add("/x", 1)}, inner({}),
                   inner({{"new", schema::optional(schema::integer())}})),
            nullptr);
  EXPECT_NE(recipe({change::add("/x", 1)}, inner({{"old", schema::integer()}}),
                   inner({{"old", schema::integer()}})),
            nullptr);
}

TEST(Recipe, IsNotMadeOfConditionsFunctionsAndMaps) {
  const std::vector<SchemaMember> map{{"m", schema::map(schema::string(), schema::integer())}};
  EXPECT_EQ(recipe({change::when(change::present("/m"), {change::remove("/m")})}, map, map),
            nullptr);
  EXPECT_EQ(recipe({change::convert("/m", [](Value v) -> Result<Value> { return v; })}, map, map),
            nullptr);
  EXPECT_EQ(recipe({change::map_values("/m", {change::wrap("", "x")})}, map, map), nullptr);
}

TEST(Recipe, IsForTheSchemasThatItWasMadeForAlone) {
  const Schema before = schema::object({{"version", schema::literal("1")}});
  const Schema after = schema::object({{"version", schema::literal("2")}});
  const auto step = Recipe::of({}, before, after, "2");
  EXPECT_TRUE(step->is_for(before, after));
  EXPECT_FALSE(step->is_for(before, schema::any()));
  EXPECT_FALSE(step->is_for(after, after));
}

}  // namespace
}  // namespace keepsake
