#include "keepsake/datum/change.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

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
        change::map_values("/q", {}), change::remove("/q", 1),
        change::convert("/q", [](const Value&) -> Result<Value> { return Value(1); })}) {
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
  const Change values = change::map_values("/l", {change::wrap("", "id"), change::add("/n", 1)});
  EXPECT_EQ(changed(values, R"({"l":{"k":2,"q":null}})"), R"({"l":{"k":{"id":2,"n":1},"q":null}})");
}

TEST(Change, ConvertsByName) {
  EXPECT_EQ(changed(change::convert("/n", Conversion::string_to_integer),
                    R"({"n":"-9223372036854775808"})"),
            R"({"n":-9223372036854775808})");
  EXPECT_EQ(changed(change::convert("/n", Conversion::integer_to_string), R"({"n":12})"),
            R"({"n":"12"})");
}

TEST(Change, IsDoneOnlyWhereItsConditionHolds) {
  const auto when = [](const Condition& condition, std::string_view json) {
    return changed(change::when(condition, {change::add("/done", true)}), json).size() >
           json.size();
  };
  EXPECT_TRUE(when(change::equals("/a", 1), R"({"a":1.0})"));
  EXPECT_FALSE(when(change::equals("/a", 1), R"({"a":2})"));
  EXPECT_FALSE(when(change::equals("/a", Value()), R"({"a":null})"));
  EXPECT_TRUE(when(change::present("/a/b"), R"({"a":{"b":0}})"));
  EXPECT_FALSE(when(change::present("/a/b"), R"({"a":{"b":null}})"));
  EXPECT_TRUE(when(change::absent("/a/b"), R"({"a":3})"));
  EXPECT_FALSE(when(change::absent("/a"), R"({"a":3})"));
  EXPECT_TRUE(when(change::has_kind("/a", Value::Kind::string), R"({"a":"x"})"));
  EXPECT_FALSE(when(change::has_kind("/a", Value::Kind::string), R"({"a":1})"));
}

TEST(Change, SaysWhatItDoes) {
  const auto same = [](Value value) -> Result<Value> { return value; };
  const std::pair<Change, const char*> cases[] = {
      {change::rename("/a", "b"), "rename /a to b"},
      {change::move("/a", "/x/b"), "move /a to /x/b"},
      {change::add("/a~1b", 1), "add /a~1b"},
      {change::remove("/a"), "remove /a"},
      {change::wrap("", "id"), "wrap it as id"},
      {change::unwrap("/a", "id"), "unwrap id of /a"},
      {change::convert("/a", same), "convert /a"},
      {change::convert("/a", Conversion::integer_to_string), "convert /a, integer_to_string"},
      {change::each("/a", {}), "each of /a"},
      {change::map_values("/a", {}), "each value of /a"},
      {change::when(change::equals("/a", "x"), {}), "when /a is \"x\""},
      {change::when(change::present("/a"), {}), "when /a is there"},
      {change::when(change::absent("/a"), {}), "when /a is absent"},
      {change::when(change::has_kind("", Value::Kind::string), {}), "when it is of kind string"},
  };
  for (const auto& [change, text] : cases) EXPECT_EQ(change.text(), text);
}

TEST(Change, SaysWhereItCannotBeDone) {
  EXPECT_EQ(changed(change::add("/a/b", 1), R"({"a":3})"),
            "step_failed at /a/b: expected an object on the way there, found integer");
  EXPECT_EQ(changed(change::each("/l", {change::add("/n/m", 1)}), R"({"l":[{},{"n":"x"}]})"),
            "step_failed at /l/1/n/m: expected an object on the way there, found string");
  EXPECT_EQ(changed(change::each("/l", {}), R"({"l":3})"),
            "step_failed at /l: expected array, found integer");
  EXPECT_EQ(changed(change::each("/l", {}), R"({"l":{}})"),
            "step_failed at /l: expected array, found object");
  EXPECT_EQ(changed(change::map_values("/l", {}), R"({"l":[]})"),
            "step_failed at /l: expected map, found array");
  EXPECT_EQ(changed(change::unwrap("/l", "id"), R"({"l":[]})"),
            "step_failed at /l: expected an object on the way there, found array");
  const auto converted = [](Conversion conversion, const char* json) {
    return changed(change::convert("/n", conversion), json);
  };
  EXPECT_EQ(converted(Conversion::string_to_integer, R"({"n":"012"})"),
            "step_failed at /n: expected a string of decimal digits that is a 64-bit integer, "
            "found string");
  EXPECT_EQ(converted(Conversion::integer_to_string, R"({"n":"12"})"),
            "step_failed at /n: expected integer, found string");
}

}  // namespace
}  // namespace keepsake
