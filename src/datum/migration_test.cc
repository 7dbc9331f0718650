#include "keepsake/datum/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

using ::testing::ElementsAre;

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

TEST_F(Migrate, ReportsWhatEachChangeDid) {
  Plan plan;
  ASSERT_TRUE(plan.add("1", "2",
                       {change::each("/list", {change::add("/n", 1), change::remove("/k")}),
                        change::when(change::absent("/gold"), {change::add("/gold", 0)}),
                        change::move("/gold", "/purse/gold")})
                  .has_value());
  ASSERT_TRUE(plan.add("2", "3", same()).has_value());
  ASSERT_TRUE(plan.lock().has_value());
  MigrationReport report;
  const auto no_schema = [](std::string_view) -> const Schema* { return nullptr; };
  const Value data = *parse_json(R"({"gold":3,"list":[{"k":1},{}]})");
  ASSERT_TRUE(plan.migrate(data, "1", "3", no_schema, displaced, &report).has_value());
  EXPECT_EQ(report.text(),
            "1 -> 2\n"
            "  each of /list: 2\n"
            "    add /n: 2\n"
            "    remove /k: 1\n"
            "  when /gold is absent: 0\n"
            "    add /gold: 0\n"
            "  move /gold to /purse/gold: 1\n"
            "2 -> 3\n"
            "  a function: 1\n");
}

class MigrateBack : public ::testing::Test {
 protected:
  /// Forth and back again, on a plan locked without schemas.
  std::string there_and_back(const std::vector<Change>& changes, std::string_view json) {
    Plan plan;
    EXPECT_TRUE(plan.add("1", "2", changes).has_value());
    EXPECT_TRUE(plan.lock().has_value());
    const auto no_schema = [](std::string_view) -> const Schema* { return nullptr; };
    std::vector<Displaced> displaced;
    Result<Value> newer = plan.migrate(*parse_json(json), "1", "2", no_schema, displaced);
    if (!newer) return newer.error().text();
    Result<Value> older =
        plan.migrate_back(*std::move(newer), "2", "1", no_schema, displaced, &report);
    return older ? write_json(*older) : older.error().text();
  }
  MigrationReport report;
};

TEST_F(MigrateBack, UndoesEachChangeThatHasAWayBack) {
  const std::vector<std::pair<std::vector<Change>, const char*>> cases = {
      {{change::rename("/a", "b")}, R"({"version":"1","a":1})"},
      {{change::move("/a", "/x/y/z")}, R"({"version":"1","a":1})"},
      {{change::move("/a", "/x/y/z")}, R"({"version":"1","x":{"k":2},"a":1})"},
      {{change::add("/x/y", 1)}, R"({"version":"1"})"},
      {{change::add("/x/y", 1)}, R"({"version":"1","x":{"k":2}})"},
      {{change::remove("/a", 7)}, R"({"version":"1","a":7})"},
      {{change::wrap("/a", "id")}, R"({"version":"1","a":1})"},
      {{change::unwrap("/a", "id")}, R"({"version":"1","a":{"id":1}})"},
      {{change::convert("/a", Conversion::integer_to_string)}, R"({"version":"1","a":-12})"},
      {{change::convert("/a", Conversion::string_to_integer)}, R"({"version":"1","a":"12"})"},
      {{change::each("/l", {change::wrap("", "id"), change::add("/n", 1)})},
       R"({"version":"1","l":["a","b"]})"},
      {{change::map_values("/m", {change::rename("/a", "b"), change::move("/b", "/c/d")})},
       R"({"version":"1","m":{"k":{"a":1},"q":{}}})"},
      {{change::when(change::equals("/kind", "sword"), {change::rename("/a", "b")})},
       R"({"version":"1","kind":"sword","a":1})"},
      {{change::when(change::equals("/kind", "sword"), {change::rename("/a", "b")})},
       R"({"version":"1","kind":"bow","a":1})"},
      {{change::rename("/a", "t"), change::rename("/b", "a"), change::rename("/t", "b")},
       R"({"version":"1","a":1,"b":2})"},
  };
  for (const auto& [changes, json] : cases) {
    EXPECT_EQ(*parse_json(there_and_back(changes, json)), *parse_json(json))
        << changes.front().text() << " of " << json << " gave " << there_and_back(changes, json);
  }
}

TEST_F(MigrateBack, KeepsWhatTheOlderVersionHasAPlaceForAndReports) {
  Plan plan;
  ASSERT_TRUE(plan.add("1", "2", {change::move("/gold", "/purse/gold"), change::add("/fame", 0)})
                  .has_value());
  ASSERT_TRUE(plan.lock().has_value());
  const auto no_schema = [](std::string_view) -> const Schema* { return nullptr; };
  std::vector<Displaced> displaced;
  const Value data = *parse_json(R"({"version":"2","purse":{"gold":9},"fame":4,"x":1})");
  const Result<Value> older = plan.migrate_back(data, "2", "1", no_schema, displaced, &report);
  ASSERT_TRUE(older.has_value()) << older.error().text();
  EXPECT_EQ(write_json(*older), R"({"version":"1","x":1,"gold":9})");
  EXPECT_EQ(report.text(), "2 -> 1 (back)\n  remove /fame: 1\n  move /purse/gold to /gold: 1\n");
}

TEST_F(MigrateBack, SaysWhichChangeHasNoWayBack) {
  EXPECT_EQ(there_and_back({change::rename("/a", "b"), change::remove("/x")}, "{}"),
            "no_path: step 1 -> 2 has no way back: \"remove /x\" can't be undone: what it removes "
            "is lost");
  const auto length = [](const Value& value) -> Result<Value> {
    return Value(static_cast<std::int64_t>(value.size()));
  };
  EXPECT_EQ(there_and_back({change::each("/l", {change::convert("/a", length)})}, "{}"),
            "no_path: step 1 -> 2 has no way back: \"convert /a\" can't be undone: it has no "
            "function for that");
  EXPECT_EQ(there_and_back({change::when(change::absent("/a/b"), {change::add("/a", 1)})}, "{}"),
            "no_path: step 1 -> 2 has no way back: \"when /a/b is absent\" can't be undone: its "
            "changes touch what it asks for");
}

TEST_F(MigrateBack, UndoesWhatWasChangedWithinAnObjectThatIsPresent) {
  const std::vector<Change> changes = {
      change::when(change::present("/box"), {change::add("/box/x", 1)})};
  for (const char* data : {R"({"version":"1","box":{"a":2}})", R"({"version":"1","y":2})"}) {
    EXPECT_EQ(*parse_json(there_and_back(changes, data)), *parse_json(data));
  }
  EXPECT_EQ(there_and_back(
                {change::when(change::present("/box"), {change::move("/box", "/chest")})}, "{}"),
            "no_path: step 1 -> 2 has no way back: \"when /box is there\" can't be undone: its "
            "changes touch what it asks for");
}

TEST_F(MigrateBack, TakesAFunctionsOwnWayBack) {
  Plan plan;
  const auto without_schema = [](std::string_view) -> const Schema* { return nullptr; };
  const auto times = [](std::int64_t factor) -> StepFunction {
    return [factor](Value data) -> Result<Value> {
      data.set("n", data.find("n")->as_integer() * factor);
      return data;
    };
  };
  ASSERT_TRUE(plan.add("1", "2", times(10), times(-1)).has_value());
  ASSERT_TRUE(plan.add("2", "3", same()).has_value());
  ASSERT_TRUE(plan.lock().has_value());
  std::vector<Displaced> displaced;
  const Value data = Value::object({{"n", 4}});
  EXPECT_EQ(write_json(*plan.migrate_back(data, "2", "1", without_schema, displaced)),
            R"({"n":-4,"version":"1"})");
  EXPECT_EQ(plan.migrate_back(data, "3", "1", without_schema, displaced).error().text(),
            "no_path: step 2 -> 3 has no way back: it is a function without one");
  EXPECT_EQ(plan.migrate_back(data, "1", "3", without_schema, displaced).error().text(),
            "no_path: no chain of steps leads back from 1 to 3");
  EXPECT_EQ(plan.way_back("2", "2").has_value(), true);
}

TEST_F(Migrate, NamesTheStepThatFailsThrowsOrGivesInvalidData) {
  const char* data = R"({"version":"1","gold":3,"list":[]})";
  EXPECT_EQ(run([](const Value&) -> Result<Value> { return refuse("no_gold_today"); }, data),
            "step_failed: step 1 -> 2 failed: no_gold_today");
  EXPECT_EQ(run([](const Value&) -> Result<Value> { throw std::runtime_error("boom"); }, data),
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
