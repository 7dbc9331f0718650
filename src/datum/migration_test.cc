#include "keepsake/datum/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

using ::testing::ElementsAre;

std::string changed(const Change& change, std::string_view json) {
  Value value = *parse_json(json);
  const Result<void> done = change.apply(value);
  return done ? write_json(value) : done.error().text();
}

TEST(Change, RenamesMovesAddsAndRemoves) {
  EXPECT_EQ(changed(change::rename("/a", "b"), R"({"a":1})"), R"({"b":1})");
  EXPECT_EQ(changed(change::rename("/x/a", "b"), R"({"x":{"a":1}})"), R"({"x":{"b":1}})");
  EXPECT_EQ(changed(change::move("/a", "/x/y/b"), R"({"a":1})"), R"({"x":{"y":{"b":1}}})");
  EXPECT_EQ(changed(change::add("/x/a~1b", 1), R"({"x":{}})"), R"({"x":{"a/b":1}})");
  EXPECT_EQ(changed(change::remove("/x/a"), R"({"x":{"a":1,"b":2}})"), R"({"x":{"b":2}})");
}

TEST(Change, LeavesAloneWhatIsAbsent) {
  for (const Change& change :
       {change::rename("/q", "b"), change::move("/q/r", "/s"), change::remove("/q/r"),
        change::wrap("/q", "b"), change::unwrap("/q", "b"), change::each("/q", {}),
        change::convert("/q", [](Value) -> Result<Value> { return Value(1); })}) {
    EXPECT_EQ(changed(change, R"({"a":1})"), R"({"a":1})");
  }
}

TEST(Change, WrapsUnwrapsAndConverts) {
  EXPECT_EQ(changed(change::wrap("/a", "id"), R"({"a":1})"), R"({"a":{"id":1}})");
  EXPECT_EQ(changed(change::wrap("", "id"), "1"), R"({"id":1})");
  EXPECT_EQ(changed(change::unwrap("/a", "id"), R"({"a":{"id":1,"x":2}})"), R"({"a":1})");
  const Change twice = change::convert(
      "/a", [](const Value& value) -> Result<Value> { return Value(value.as_integer() * 2); });
  EXPECT_EQ(changed(twice, R"({"a":4})"), R"({"a":8})");
}

TEST(Change, GoesThroughArraysAndMaps) {
  const Change each = change::each("/l", {change::wrap("", "id"), change::add("/n", 1)});
  EXPECT_EQ(changed(each, R"({"l":["a","b"]})"), R"({"l":[{"id":"a","n":1},{"id":"b","n":1}]})");
  EXPECT_EQ(changed(each, R"({"l":{"k":2}})"), R"({"l":{"k":{"id":2,"n":1}}})");
}

TEST(Change, SaysWhereItCannotBeDone) {
  EXPECT_EQ(changed(change::add("/a/b", 1), R"({"a":3})"),
            "step_failed at /a/b: expected an object on the way there, found integer");
  EXPECT_EQ(changed(change::each("/l", {change::add("/n/m", 1)}), R"({"l":[{},{"n":"x"}]})"),
            "step_failed at /l/1/n/m: expected an object on the way there, found string");
  EXPECT_EQ(changed(change::each("/l", {}), R"({"l":3})"),
            "step_failed at /l: expected array or map, found integer");
}

StepFunction same() {
  return [](Value data) -> Result<Value> { return data; };
}

TEST(Plan, RefusesASecondStepBetweenTheSameVersions) {
  Plan plan;
  EXPECT_TRUE(plan.add("1", "2", same()).has_value());
  EXPECT_EQ(plan.add("1", "2", std::vector<Change>{}).error().text(),
            "duplicate_edge: there are two steps 1 -> 2");
  EXPECT_TRUE(plan.add("2", "1x", same()).has_value());
}

TEST(Plan, FindsACycleAnywhere) {
  Plan plan;
  for (const auto& [from, to] : {std::pair{"1", "2"}, {"a", "b"}, {"b", "c"}, {"c", "b"}}) {
    ASSERT_TRUE(plan.add(from, to, same()).has_value());
  }
  EXPECT_EQ(plan.lock().error().text(), "cycle: the steps form a cycle: b -> c -> b");
  EXPECT_FALSE(plan.locked());
}

TEST(Plan, TakesTheShortestPathAndOfEqualOnesTheFirstDeclared) {
  Plan plan;
  for (const auto& [from, to] : {std::pair{"1", "z"}, {"1", "a"}, {"a", "9"}, {"z", "9"}}) {
    ASSERT_TRUE(plan.add(from, to, same()).has_value());
  }
  ASSERT_TRUE(plan.lock().has_value());
  EXPECT_THAT(*plan.path("1", "9"), ElementsAre("1", "z", "9"));
  EXPECT_THAT(*plan.path("9", "9"), ElementsAre());
  EXPECT_EQ(plan.path("9", "1").error().text(), "no_path: no chain of steps leads from 9 to 1");
}

class Migrate : public ::testing::Test {
 protected:
  std::string run(const std::vector<Change>& changes, std::string_view json) {
    Plan plan;
    EXPECT_TRUE(plan.add("1", "2", changes).has_value());
    return run(plan, json);
  }
  std::string run(const StepFunction& step, std::string_view json) {
    Plan plan;
    EXPECT_TRUE(plan.add("1", "2", step).has_value());
    return run(plan, json);
  }
  std::string run(Plan& plan, std::string_view json) {
    EXPECT_TRUE(plan.lock().has_value());
    displaced.clear();
    const Value data = *parse_json(json);
    const auto schema_of = [this](std::string_view v) { return v == "1" ? &before : &after; };
    const Result<Value> moved = plan.migrate(data, "1", "2", schema_of, displaced);
    EXPECT_EQ(write_json(data), json) << "the input is as it was";
    return moved ? write_json(*moved) : moved.error().text();
  }
  Schema before = schema::object({{"version", schema::literal("1")},
                                  {"gold", schema::integer()},
                                  {"list", schema::array(schema::object({}))}});
  Schema after = schema::object(
      {{"version", schema::literal("2")},
       {"purse", schema::object({{"gold", schema::integer()}})},
       {"list", schema::array(schema::object({{"n", schema::optional(schema::integer())}}))},
       {"note", schema::optional(schema::string())}});
  std::vector<Change> move{change::move("/gold", "/purse/gold")};
  std::vector<Displaced> displaced;
};

TEST_F(Migrate, SetsTheVersionAndKeepsUnknownFields) {
  EXPECT_EQ(run(move, R"({"version":"1","gold":3,"list":[{"k":1}],"x":[1]})"),
            R"({"version":"2","purse":{"gold":3},"list":[{"k":1}],"x":[1]})");
  EXPECT_TRUE(displaced.empty());
}

TEST_F(Migrate, TheStepsValueWinsOverAnUnknownFieldOfItsName) {
  EXPECT_EQ(run(move, R"({"version":"1","gold":3,"list":[],"purse":{"gold":99,"x":1}})"),
            R"({"version":"2","purse":{"gold":3},"list":[]})");
  EXPECT_EQ(displaced,
            (std::vector<Displaced>{{"/purse", Value::object({{"gold", 99}, {"x", 1}})}}));
}

TEST_F(Migrate, AnUnknownFieldThatFitsAnOptionalMemberBecomesIt) {
  EXPECT_EQ(run(move, R"({"version":"1","gold":3,"list":[{"n":5}],"note":"hello"})"),
            R"({"version":"2","purse":{"gold":3},"list":[{"n":5}],"note":"hello"})");
  EXPECT_TRUE(displaced.empty());
}

TEST_F(Migrate, AnUnknownFieldThatDoesNotFitIsDisplaced) {
  EXPECT_EQ(run(move, R"({"version":"1","gold":3,"list":[{},{"n":"five"}],"note":7})"),
            R"({"version":"2","purse":{"gold":3},"list":[{},{}]})");
  EXPECT_EQ(displaced, (std::vector<Displaced>{{"/list/1/n", "five"}, {"/note", 7}}));
}

TEST_F(Migrate, NamesTheStepThatFailsThrowsOrGivesInvalidData) {
  const char* data = R"({"version":"1","gold":3,"list":[]})";
  EXPECT_EQ(run([](Value) -> Result<Value> { return refuse("no_gold_today"); }, data),
            "step_failed: step 1 -> 2 failed: no_gold_today");
  EXPECT_EQ(run([](Value) -> Result<Value> { throw std::runtime_error("boom"); }, data),
            "step_failed: step 1 -> 2 threw: boom");
  EXPECT_EQ(
      run(same(), data),
      "step_failed at /purse: step 1 -> 2 gave what version 2 refuses: expected object, found "
      "nothing");
  EXPECT_EQ(
      run({change::add("/gold/x", 1)}, data),
      "step_failed at /gold/x: step 1 -> 2 failed: expected an object on the way there, found "
      "integer");
}

}  // namespace
}  // namespace keepsake
