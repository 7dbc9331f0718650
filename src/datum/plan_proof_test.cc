// A declared step is proved against its schemas when the plan is locked.
#include <gtest/gtest.h>

#include "keepsake/datum/json.h"
#include "keepsake/datum/migration.h"

namespace keepsake {
namespace {

Schema older() {
  return schema::object({{"version", schema::literal("1")},
                         {"gold", schema::integer()},
                         {"nick", schema::optional(schema::string())},
                         {"list", schema::array(schema::object({{"id", schema::string()}}))},
                         {"box", schema::object({{"a", schema::integer()}, {"b", schema::any()}})},
                         {"map", schema::map(schema::string(), schema::integer())}});
}

std::string locked(const Schema& before, const Schema& after, const std::vector<Change>& changes) {
  Plan plan;
  EXPECT_TRUE(plan.add("1", "2", changes).has_value());
  const auto schema_of = [&](std::string_view v) { return v == "1" ? &before : &after; };
  const Result<void> done = plan.lock(schema_of);
  EXPECT_EQ(plan.locked(), done.has_value());
  if (!done) return done.error().text();
  const Result<void> back = plan.way_back("2", "1");
  return back ? "locked" : back.error().cause();
}
std::string locked(std::vector<SchemaMember> after, const std::vector<Change>& changes) {
  after.insert(after.begin(), {"version", schema::literal("2")});
  return locked(older(), schema::object(std::move(after)), changes);
}

TEST(PlanProof, NamesTheLineToAddForAMemberThatNoChangeMakes) {
  EXPECT_EQ(locked({{"gold", schema::integer()}, {"fame", schema::integer()}}, {}),
            "invalid_schema at /fame: step 1 -> 2 doesn't make what version 2 asks for: expected "
            "integer; add change::add(\"/fame\", 0) to it");
  EXPECT_EQ(locked({{"list", schema::array(schema::object(
                                 {{"id", schema::string()}, {"on", schema::boolean()}}))}},
                   {}),
            "invalid_schema at /list/*/on: step 1 -> 2 doesn't make what version 2 asks for: "
            "expected boolean; add change::each(\"/list\", {change::add(\"/on\", false)}) to it");
  EXPECT_EQ(
      locked({{"gold", schema::integer()}, {"fame", schema::integer()}}, {change::add("/fame", 0)}),
      "locked");
  EXPECT_EQ(locked({{"fame", schema::optional(schema::integer())}}, {}), "locked");
}

TEST(PlanProof, LetsNoDefaultStandInForAChangeThatWasForgotten) {
  const SchemaMember renamed = {"wealth", schema::integer().with_default(100)};
  EXPECT_EQ(locked({renamed}, {}),
            "invalid_schema at /wealth: step 1 -> 2 doesn't make what version 2 asks for: expected "
            "integer; add change::add(\"/wealth\", 100) to it");
  EXPECT_EQ(locked({renamed}, {change::rename("/gold", "wealth")}), "locked");
}

TEST(PlanProof, NamesTheLineToAddForAMemberThatSomeDataLack) {
  EXPECT_EQ(locked({{"nick", schema::string()}}, {}),
            "invalid_schema at /nick: step 1 -> 2 leaves absent, in some data, what version 2 asks "
            "for: expected string; add change::when(change::absent(\"/nick\"), "
            "{change::add(\"/nick\", \"\")}) to it");
  EXPECT_EQ(locked({{"nick", schema::string()}},
                   {change::when(change::absent("/nick"), {change::add("/nick", "")})})
                .substr(0, 26),
            "step 1 -> 2 has no way bac");
  // An optional object that a change must make has nothing else in it.
  const Schema before =
      schema::object({{"box", schema::optional(schema::object({{"a", schema::integer()}}))}});
  const Schema after = schema::object(
      {{"box", schema::object({{"a", schema::integer()}, {"b", schema::integer()}})}});
  EXPECT_EQ(locked(before, after, {change::add("/box/b", 0)}).substr(0, 76),
            "invalid_schema at /box/a: step 1 -> 2 leaves absent, in some data, what vers");
}

TEST(PlanProof, NamesTheLineToAddWithinAMapAndWithinWhatDataMayLack) {
  const auto boxed = [](const Schema& inner) {
    return schema::object({{"box", schema::optional(inner)}});
  };
  const Schema none = schema::object({});
  const Schema one = schema::object({{"x", schema::integer()}});
  const auto of_map = [](const Schema& value) {
    return schema::object({{"map", schema::map(schema::string(), value)}});
  };
  EXPECT_EQ(locked(of_map(none), of_map(one), {}),
            "invalid_schema at /map/*/x: step 1 -> 2 doesn't make what version 2 asks for: "
            "expected integer; add change::map_values(\"/map\", {change::add(\"/x\", 0)}) to it");
  EXPECT_EQ(locked(of_map(none), of_map(one), {change::map_values("/map", {change::add("/x", 0)})}),
            "locked");
  EXPECT_EQ(locked(boxed(none), boxed(one), {}),
            "invalid_schema at /box/x: step 1 -> 2 doesn't make what version 2 asks for: expected "
            "integer; add change::when(change::present(\"/box\"), {change::add(\"/box/x\", 0)}) to "
            "it");
  EXPECT_EQ(locked(boxed(none), boxed(one),
                   {change::when(change::present("/box"), {change::add("/box/x", 0)})}),
            "locked");
  EXPECT_EQ(locked(of_map(boxed(none)), of_map(boxed(one)), {}),
            "invalid_schema at /map/*/box/x: step 1 -> 2 doesn't make what version 2 asks for: "
            "expected integer; add change::map_values(\"/map\", "
            "{change::when(change::present(\"/box\"), {change::add(\"/box/x\", 0)})}) to it");
}

TEST(PlanProof, RefusesAChangeOfWhatIsNotThere) {
  const std::vector<SchemaMember> same = {{"gold", schema::integer()}};
  EXPECT_EQ(locked(same, {change::rename("/glod", "gold")}),
            "invalid_schema at /glod: step 1 -> 2, rename /glod to gold: version 1 and the changes "
            "before have nothing there");
  EXPECT_EQ(locked(same, {change::each("/list", {change::wrap("/di", "x")})}),
            "invalid_schema at /list/*/di: step 1 -> 2, wrap /di as x: version 1 and the changes "
            "before have nothing there");
  EXPECT_EQ(locked(same, {change::unwrap("/box", "c")}),
            "invalid_schema at /box: step 1 -> 2, unwrap c of /box: version 1 and the changes "
            "before have no such member there");
  EXPECT_EQ(locked(same, {change::each("/box", {})}),
            "invalid_schema at /box: step 1 -> 2, each of /box: what is there is no array");
  EXPECT_EQ(locked(same, {change::remove("/never_known", 1)}), "locked");
  EXPECT_EQ(locked(same, {change::when(change::present("/x"), {change::rename("/x", "y")})})
                .substr(0, 19),
            "step 1 -> 2 has no ");
}

TEST(PlanProof, LeavesTheVersionToThePlan) {
  for (const Change& change : {change::rename("/version", "v"), change::rename("/nick", "version"),
                               change::move("/nick", "/version"), change::remove("/version", 1),
                               change::wrap("/version", "v"), change::map_values("", {})}) {
    EXPECT_EQ(locked({{"gold", schema::integer()}}, {change}),
              "invalid_schema at /version: step 1 -> 2, " + change.text() +
                  ": the version is the plan's own");
  }
}

TEST(PlanProof, KnowsThatAnEntryOfAMapMayHaveMovedThere) {
  EXPECT_EQ(locked({{"gold", schema::integer()}},
                   {change::move("/map/k", "/new"), change::add("/new", 1)}),
            "invalid_schema at /new: step 1 -> 2, add /new: version 1 has something there, which "
            "would be lost");
}

TEST(PlanProof, RefusesAChangeThatWouldOverwrite) {
  const std::vector<SchemaMember> same = {{"gold", schema::integer()}};
  EXPECT_EQ(locked(same, {change::add("/gold", 100)}),
            "invalid_schema at /gold: step 1 -> 2, add /gold: version 1 has something there, which "
            "would be lost");
  EXPECT_EQ(locked(same, {change::move("/nick", "/gold")}).substr(0, 24),
            "invalid_schema at /gold:");
  EXPECT_EQ(locked(same, {change::move("/nick", "/gold/x")}),
            "invalid_schema at /gold/x: step 1 -> 2, move /nick to /gold/x: what is no object "
            "stands in the way");
}

TEST(PlanProof, RefusesWhatTheNewerVersionRefuses) {
  EXPECT_EQ(locked({{"gold", schema::string()}}, {}),
            "invalid_schema at /gold: step 1 -> 2 leaves what version 2 refuses: expected string, "
            "found integer");
  EXPECT_EQ(locked({{"gold", schema::string()}},
                   {change::convert("/gold", Conversion::integer_to_string)}),
            "locked");
  EXPECT_EQ(locked({{"gold", schema::number()}}, {}), "locked");
  EXPECT_EQ(locked({{"fame", schema::integer()}}, {change::add("/fame", "many")}),
            "invalid_schema at /fame: step 1 -> 2 adds what version 2 refuses: expected integer, "
            "found string");
  EXPECT_EQ(locked({{"map", schema::map(schema::string(), schema::string())}}, {}),
            "invalid_schema at /map/*: step 1 -> 2 leaves what version 2 refuses: expected string, "
            "found integer");
  EXPECT_EQ(locked({{"list", schema::map(schema::string(), schema::any())}}, {}).substr(0, 24),
            "invalid_schema at /list:");
  const Schema strict =
      schema::strict_object({{"version", schema::literal("2")}, {"gold", schema::integer()}});
  EXPECT_EQ(locked(schema::object({{"gold", schema::integer()}, {"x", schema::any()}}), strict, {}),
            "invalid_schema: step 1 -> 2 leaves a member that version 2 doesn't know: found \"x\"; "
            "add change::remove(\"/x\") to it");
}

TEST(PlanProof, KnowsThatUnwrappingAnObjectWithOtherMembersLosesThem) {
  const std::vector<SchemaMember> after = {{"box", schema::integer()}};
  EXPECT_EQ(locked(after, {change::unwrap("/box", "a")}),
            "step 1 -> 2 has no way back: \"unwrap a of /box\" can't be undone: the object's other "
            "members are lost");
  EXPECT_EQ(locked(after, {change::remove("/box/b", 0), change::unwrap("/box", "a")}), "locked");
}

}  // namespace
}  // namespace keepsake
