#include "keepsake/datum/change_form.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

std::string read(const char* json) {
  const Result<std::vector<Change>> changes = changes_from(parse_json(json).value());
  return changes ? write_json(form_of(*changes)) : changes.error().text();
}

TEST(ChangeForm, GivesEveryChangeBack) {
  const std::vector<Change> changes = {
      change::rename("/a~1b", "c"),
      change::move("/a", "/x/b"),
      change::add("/g", Value::array({1, Value()})),
      change::remove("/r"),
      change::remove("/r", Value()),
      change::wrap("", "id"),
      change::unwrap("/u", "id"),
      change::convert("/n", Conversion::integer_to_string),
      change::convert("/n", Conversion::string_to_integer),
      change::each("/l", {change::map_values("/m", {change::add("/k", 1)})}),
      change::when(change::equals("/kind", "sword"), {change::remove("/x")}),
      change::when(change::present("/p"), {}),
      change::when(change::absent(""), {}),
      change::when(change::has_kind("/k", Value::Kind::string), {}),
  };
  const Value form = form_of(changes);
  const Result<std::vector<Change>> back = changes_from(*parse_json(write_json(form)));
  ASSERT_TRUE(back.has_value()) << back.error().text();
  EXPECT_EQ(write_json(form_of(*back)), write_json(form));
  ASSERT_EQ(back->size(), changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) EXPECT_EQ((*back)[i].text(), changes[i].text());
}

TEST(ChangeForm, IsTheDocumentedOne) {
  for (const char* form : {R"([{"op":"rename","at":"/name","name":"title"}])",
                           R"([{"op":"move","at":"/gold","to":"/purse/gold"}])",
                           R"([{"op":"convert","at":"/n","as":"integer_to_string"}])",
                           R"([{"op":"when","if":{"asks":"equals","at":"/kind","value":"sword"},)"
                           R"("changes":[{"op":"remove","at":"/x","restored":1}]}])"}) {
    EXPECT_EQ(read(form), form);
  }
}

TEST(ChangeForm, DoesWhatTheChangesDo) {
  const Value form = form_of({change::each("/l", {change::wrap("", "id")})});
  Value data = *parse_json(R"({"l":["a"]})");
  ASSERT_TRUE(changes_from(form).value().front().apply(data).has_value());
  EXPECT_EQ(write_json(data), R"({"l":[{"id":"a"}]})");
}

TEST(ChangeForm, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(read("{}"), "invalid_schema: no list of changes: expected array, found object");
  EXPECT_EQ(read("[1]"),
            "invalid_schema at /0/op: a change that isn't understood: expected string, found "
            "nothing");
  EXPECT_EQ(read(R"([{"op":"remove","at":"/a"},{"op":"drop","at":"/a"}])"),
            "invalid_schema at /1/op: a change that isn't understood: expected the kind of a "
            "change, found \"drop\"");
  EXPECT_EQ(read(R"([{"op":"remove","at":"a"}])"),
            "invalid_schema at /0/at: a change that isn't understood: expected a JSON pointer to a "
            "member, found \"a\"");
  EXPECT_EQ(read(R"([{"op":"wrap","at":"~2","name":"x"}])").substr(0, 24),
            "invalid_schema at /0/at:");
  EXPECT_EQ(read(R"([{"op":"add","at":""}])").substr(0, 24), "invalid_schema at /0/at:");
  EXPECT_EQ(read(R"([{"op":"add","at":"/a"}])"),
            "invalid_schema at /0/value: a change that isn't understood: expected a value, found "
            "nothing");
  EXPECT_EQ(read(R"([{"op":"each","at":"/a","changes":[{"op":"move","at":"/b","to":7}]}])"),
            "invalid_schema at /0/changes/0/to: a change that isn't understood: expected string, "
            "found integer");
  EXPECT_EQ(read(R"([{"op":"when","if":{"asks":"likes","at":""},"changes":[]}])"),
            "invalid_schema at /0/if/asks: a change that isn't understood: expected \"equals\", "
            "\"present\", \"absent\" or \"has_kind\", found \"likes\"");
  EXPECT_EQ(read(R"([{"op":"when","changes":[]}])").substr(0, 24), "invalid_schema at /0/if:");
  EXPECT_EQ(read(R"([{"op":"when","if":{"asks":"has_kind","at":"","kind":"x"},"changes":[]}])")
                .substr(0, 30),
            "invalid_schema at /0/if/kind: ");
}

TEST(ChangeForm, RefusesAMemberThatItsChangeDoesNotHave) {
  const std::string misread = ": a change that isn't understood: expected no such member, found ";
  EXPECT_EQ(read(R"([{"op":"rename","at":"/a","name":"b","to":"/c"}])"),
            "invalid_schema at /0/to" + misread + "\"/c\"");
  EXPECT_EQ(read(R"([{"op":"remove","at":"/a","restore/d":0}])"),
            "invalid_schema at /0/restore~1d" + misread + "integer");
  EXPECT_EQ(read(R"([{"op":"convert","at":"/a","as":"integer_to_string","back":true}])"),
            "invalid_schema at /0/back" + misread + "boolean");
  EXPECT_EQ(read(R"([{"op":"each","at":"/a","changes":[{"op":"add","at":"/b","value":1,"x":2}]}])"),
            "invalid_schema at /0/changes/0/x" + misread + "integer");
  EXPECT_EQ(read(R"([{"op":"when","at":"/a","if":{"asks":"present","at":"/a"},"changes":[]}])"),
            "invalid_schema at /0/at" + misread + "\"/a\"");
  EXPECT_EQ(read(R"([{"op":"when","if":{"asks":"absent","at":"","value":1},"changes":[]}])"),
            "invalid_schema at /0/if/value" + misread + "integer");
}

TEST(ChangeForm, TakesAConversionsWayBackOnlyAsItIsWritten) {
  const auto read_unknown = [](const char* json) {
    std::vector<std::string> unknown;
    const Result<std::vector<Change>> changes = changes_from(parse_json(json).value(), &unknown);
    return changes ? write_json(form_of(*changes)) : changes.error().text();
  };
  const char* both_ways = R"([{"op":"convert","at":"/a","back":true}])";
  EXPECT_EQ(read_unknown(both_ways), both_ways);
  EXPECT_EQ(read_unknown(R"([{"op":"convert","at":"/a","back":false}])"),
            "invalid_schema at /0/back: a change that isn't understood: expected true, found "
            "boolean");
}

TEST(ChangeForm, RefusesAFunctionThatOnlyAProgramHas) {
  const std::vector<Change> by_function = {
      change::convert("/a", [](Value value) -> Result<Value> { return value; })};
  EXPECT_EQ(write_json(form_of(by_function)), R"([{"op":"convert","at":"/a"}])");
  EXPECT_EQ(changes_from(form_of(by_function)).error().text(),
            "step_unknown at /0: a conversion by a function of a program; use the program that has "
            "it");
  EXPECT_EQ(
      read(R"([{"op":"convert","at":"/a","as":"rot13"}])"),
      "step_unknown at /0: a conversion that isn't known: rot13; use the program that has it");
}

}  // namespace
}  // namespace keepsake
