#include "keepsake/datum/schema_diff.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"
#include "keepsake/datum/migration.h"

namespace keepsake {
namespace {

using namespace schema;  // NOLINT(google-build-using-namespace)

Schema with(Schema x) { return object({{"x", std::move(x)}}); }
const Schema kNone = object({});

/// "added /x: before -> after | old reads new | new reads old | old server", a line each.
std::string told(const Schema& before, const Schema& after) {
  std::string text;
  for (const SchemaChange& change : diff_schemas(before, after)) {
    if (!text.empty()) text += '\n';
    text += std::string(name(change.kind)) + " " + change.path + ": " + change.before + " -> " +
            change.after + " | " + std::string(name(change.old_reads_new)) + " | " +
            std::string(name(change.new_reads_old)) + " | " + std::string(name(change.old_server));
  }
  return text;
}

TEST(SchemaDiff, FindsNothingBetweenSchemasOfOneMeaning) {
  EXPECT_EQ(told(with(integer()), with(integer())), "");
  EXPECT_EQ(told(with(integer()), with(integer().described("y").deprecated(true))), "");
  EXPECT_EQ(told(object({{"version", literal("1")}}), object({{"version", literal("2")}})), "");
  EXPECT_EQ(told(with(enumeration({"a", "b"})), with(enumeration({"b", "a"}))), "");
}

TEST(SchemaDiff, JudgesMembersThatCome) {
  EXPECT_EQ(told(kNone, with(integer())), "added /x:  -> integer | always | not always | works");
  EXPECT_EQ(told(kNone, with(optional(integer()))),
            "added /x:  -> optional integer | always | always | works");
  EXPECT_EQ(told(kNone, with(integer().with_default(1))),
            "added /x:  -> integer, or else 1 | always | always | works");
  EXPECT_EQ(told(kNone.unknown_fields(UnknownFields::strip), with(optional(integer()))),
            "changed : object, others stripped -> object | always | always | works\n"
            "added /x:  -> optional integer | always | always | drops");
}

TEST(SchemaDiff, JudgesMembersThatComeByTheOldPolicy) {
  const auto object_of = [](UnknownFields policy, std::vector<SchemaMember> members) {
    return object(std::move(members)).unknown_fields(policy);
  };
  using enum UnknownFields;
  EXPECT_EQ(told(object_of(strip, {}), object_of(strip, {{"x", optional(integer())}})),
            "added /x:  -> optional integer | always | always | drops");
  EXPECT_EQ(told(object_of(strip, {}), object_of(strip, {{"x", integer()}})),
            "added /x:  -> integer | always | not always | spoils");
  EXPECT_EQ(told(object_of(reject, {}), object_of(reject, {{"x", optional(integer())}})),
            "added /x:  -> optional integer | not always | always | refuses");
  EXPECT_EQ(told(kNone.reserving({"x"}), with(optional(integer())).reserving({})),
            "changed : object, no \"x\" -> object | unknown | always | refuses\n"
            "added /x:  -> optional integer | not always | always | refuses");
}

TEST(SchemaDiff, KnowsThatAnOldServerMakesElementsWithoutWhatItDoesNotKnow) {
  const auto list = [](std::vector<SchemaMember> members) {
    return object({{"l", array(object(std::move(members)))}});
  };
  EXPECT_EQ(told(list({}), list({{"x", integer()}})),
            "added /l/*/x:  -> integer | always | not always | spoils");
  EXPECT_EQ(told(list({}), list({{"x", optional(integer())}})),
            "added /l/*/x:  -> optional integer | always | always | works");
  EXPECT_EQ(told(object({{"o", optional(kNone)}}), object({{"o", optional(with(integer()))}})),
            "added /o/x:  -> integer | always | not always | spoils");
  EXPECT_EQ(
      told(object({{"m", map(string(), kNone)}}), object({{"m", map(string(), with(integer()))}})),
      "added /m/*/x:  -> integer | always | not always | spoils");
}

TEST(SchemaDiff, JudgesMembersThatGo) {
  EXPECT_EQ(told(with(integer()), kNone),
            "removed /x: integer ->  | not always | always | refuses");
  EXPECT_EQ(told(with(optional(integer())), kNone),
            "removed /x: optional integer ->  | always | always | works");
  EXPECT_EQ(told(with(optional(integer())).unknown_fields(UnknownFields::reject),
                 kNone.unknown_fields(UnknownFields::reject)),
            "removed /x: optional integer ->  | always | not always | spoils");
}

TEST(SchemaDiff, JudgesWhatBecomesOfAMember) {
  const struct {
    Schema before;
    Schema after;
    std::string told;
  } kCases[] = {
      {integer(), optional(integer()),
       "integer -> optional integer | not always | always | refuses"},
      {optional(integer()), integer(),
       "optional integer -> integer | always | not always | spoils"},
      {integer(), number(), "integer -> number | not always | always | refuses"},
      {number(), integer(), "number -> integer | always | not always | spoils"},
      {integer(), string(), "integer -> string | not always | not always | refuses"},
      {integer(), integer().at_least(1),
       "integer -> integer at least 1 | always | not always | spoils"},
      {integer().at_most(9), integer().at_most(12),
       "integer at most 9 -> integer at most 12 | not always | always | refuses"},
      {integer(), integer().with_default(1),
       "integer -> integer, or else 1 | always | always | "
       "works"},
      {string().within(length_at_most(3)), string(),
       "string of at most 3 characters -> string | not always | always | refuses"},
      {string(), string().matching("a"),
       "string -> string matching \"a\" | always | unknown | spoils"},
      {enumeration({"a"}), enumeration({"a", "b"}),
       "one of \"a\" -> one of \"a\", \"b\" | not always | always | refuses"},
      {enumeration({"a", "b"}), string(),
       "one of \"a\", \"b\" -> string | not always | always | refuses"},
      {literal(1), integer(), "1 -> integer | not always | always | refuses"},
      {integer(), any(), "integer -> any value | not always | always | refuses"},
      {array(integer()), array(integer()).within(size_at_most(3)),
       "array -> array of size at most 3 | always | not always | spoils"},
      {integer(), refine(integer(), "even", [](const Value&) { return true; }),
       "integer -> integer, even | always | unknown | spoils"},
      {union_of({integer(), string()}), union_of({integer(), string(), boolean()}),
       "integer or string -> integer or string or boolean | unknown | always | refuses"},
  };
  for (const auto& [before, after, expected] : kCases) {
    EXPECT_EQ(told(with(before), with(after)), "changed /x: " + expected);
  }
}

TEST(SchemaDiff, TellsVariantsByTheirNames) {
  const Schema two = tagged_union("kind", {{"a", kNone}, {"b", kNone}});
  const Schema three = tagged_union("kind", {{"b", kNone}, {"c", kNone}, {"a", with(integer())}});
  EXPECT_EQ(told(with(two), with(three)),
            "added /x/x:  -> integer | always | not always | spoils\n"
            "added /x:  -> variant \"c\" | not always | always | refuses");
  EXPECT_EQ(told(with(three), with(two)),
            "removed /x: variant \"c\" ->  | always | not always | spoils\n"
            "removed /x/x: integer ->  | not always | always | refuses");
}

TEST(SchemaDiff, TellsTheOrderOfMembersWhichIsThatOfTheBytes) {
  const Schema ab = object({{"a", integer()}, {"b", integer()}});
  const Schema ba = object({{"b", integer()}, {"c", optional(integer())}, {"a", integer()}});
  EXPECT_EQ(told(ab, ba),
            "changed : members in the order a, b -> members in the order b, a | always | always | "
            "works\nadded /c:  -> optional integer | always | always | works");
}

TEST(SchemaDiff, ComesToAnEndWhereAPartHoldsItself) {
  const auto tree = [](Schema leaf) {
    return recursive("Tree", [&](const Schema& self) {
      return object({{"leaf", leaf}, {"left", optional(self)}, {"all", array(self)}});
    });
  };
  EXPECT_EQ(told(tree(integer()), tree(string())),
            "changed /leaf: integer -> string | not always | not always | refuses\n"
            "changed /left/leaf: integer -> string | not always | not always | refuses");
}

std::string suggested(const Schema& before, const Schema& after) {
  const SuggestedStep step = suggest_step("1", "2", before, after);
  std::string text = step.code;
  for (const std::string& remark : step.remarks) text += "\n" + remark;
  return text;
}

TEST(SuggestedStep, AddsWhatTheNewerVersionAsksFor) {
  EXPECT_EQ(suggested(kNone, with(string())), R"(.step("1", "2", {change::add("/x", "")}))");
  EXPECT_EQ(suggested(kNone, with(integer().at_least(3))),
            R"(.step("1", "2", {change::add("/x", 3)}))");
  EXPECT_EQ(suggested(kNone, with(optional(string()))), R"(.step("1", "2", {}))");
  EXPECT_EQ(suggested(kNone, with(object({{"a", boolean()}, {"b", array(string())}}))),
            R"(.step("1", "2", {change::add("/x", Value::object({{"a", false}, )"
            R"({"b", Value::array()}}))}))");
  EXPECT_EQ(suggested(object({{"l", array(kNone)}, {"m", map(string(), array(kNone))}}),
                      object({{"l", array(object({{"x", integer()}, {"y", integer()}}))},
                              {"m", map(string(), array(with(boolean())))}})),
            R"(.step("1", "2",
      {change::each("/l", {change::add("/x", 0), change::add("/y", 0)}),
       change::map_values("/m", {change::each("", {change::add("/x", false)})})}))");
}

TEST(SuggestedStep, MakesNoObjectThatDataMayLack) {
  const auto boxed = [](const Schema& inner) { return object({{"box", optional(inner)}}); };
  EXPECT_EQ(
      suggested(boxed(kNone), boxed(with(integer()))),
      R"(.step("1", "2", {change::when(change::present("/box"), {change::add("/box/x", 0)})}))");
  EXPECT_EQ(suggested(boxed(with(optional(integer()))), boxed(with(integer()))),
            R"(.step("1", "2",
      {change::when(change::present("/box"), {change::when(change::absent("/box/x"), )"
            R"({change::add("/box/x", 0)})})}))");
  EXPECT_EQ(suggested(object({{"all", array(boxed(boxed(kNone)))}}),
                      object({{"all", array(boxed(boxed(with(integer()))))}})),
            R"(.step("1", "2",
      {change::each("/all", {change::when(change::present("/box"), )"
            R"({change::when(change::present("/box/box"), {change::add("/box/box/x", 0)})})})}))");
}

TEST(SuggestedStep, RemovesWhatGoesAndAsksWhetherItWasRenamed) {
  EXPECT_EQ(suggested(with(string()), object({{"title", string()}})),
            ".step(\"1\", \"2\", {change::remove(\"/x\", \"\"), change::add(\"/title\", \"\")})\n"
            "/x: if it is /title under its old name, write change::rename(\"/x\", \"title\") in "
            "place of both");
  EXPECT_EQ(suggested(with(optional(string())), kNone),
            R"(.step("1", "2", {change::remove("/x", Value())}))");
}

TEST(SuggestedStep, ConvertsWhatItCanAndSaysWhatItCannot) {
  EXPECT_EQ(suggested(with(integer()), with(string())),
            R"(.step("1", "2", {change::convert("/x", Conversion::integer_to_string)}))");
  EXPECT_EQ(suggested(with(string()), with(integer())),
            ".step(\"1\", \"2\", {change::convert(\"/x\", Conversion::string_to_integer)})\n"
            "/x: text that is no number fails the step");
  EXPECT_EQ(suggested(with(optional(integer())), with(integer())),
            R"(.step("1", "2", {change::when(change::absent("/x"), {change::add("/x", 0)})}))");
  EXPECT_EQ(suggested(with(integer()), with(number())), R"(.step("1", "2", {}))");
  EXPECT_EQ(suggested(with(integer()), with(boolean())),
            ".step(\"1\", \"2\", {})\n/x: data that the newer version refuses need "
            "change::convert(\"/x\", forth, back), with functions of yours");
}

}  // namespace
}  // namespace keepsake
