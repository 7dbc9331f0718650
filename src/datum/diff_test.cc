#include "keepsake/datum/diff.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

std::string differences(const Value& before, const Value& after) {
  std::string text;
  for (const Difference& d : diff(before, after)) {
    if (!text.empty()) text += "; ";
    text += std::string(name(d.kind)) + " " + d.path;
    if (d.kind != Difference::Kind::added) text += " " + write_json(d.before);
    if (d.kind != Difference::Kind::removed) text += " -> " + write_json(d.after);
  }
  return text;
}
std::string differences(const char* before, const char* after) {
  return differences(*parse_json(before), *parse_json(after));
}
std::string patch(const char* before, const char* after) {
  return write_json(make_json_patch(*parse_json(before), *parse_json(after)));
}

TEST(Diff, NamesWhatCameWentAndChangedByItsPointer) {
  EXPECT_EQ(
      differences(R"({"a":1,"b":{"c":2,"d":3},"e~/":4})", R"({"b":{"c":5,"d":3},"e~/":6,"f":7})"),
      "removed /a 1; changed /b/c 2 -> 5; changed /e~0~1 4 -> 6; added /f -> 7");
  EXPECT_EQ(differences("1", "[1]"), "changed  1 -> [1]");
  EXPECT_EQ(differences(R"({"a":[1]})", R"({"a":{"0":1}})"), R"(changed /a [1] -> {"0":1})");
}

TEST(Diff, FindsNoDifferenceBetweenEqualValues) {
  EXPECT_EQ(differences(R"({"a":1,"b":[2.0]})", R"({"b":[2],"a":1.0})"), "");
  EXPECT_EQ(patch(R"({"a":1,"b":2})", R"({"b":2,"a":1})"), "[]");
}

TEST(Diff, SeesThatAnItemCameOrWent) {
  EXPECT_EQ(differences("[1,2,3,4]", "[1,3,4]"), "removed /1 2");
  EXPECT_EQ(differences("[1,3,4]", "[1,2,3,4]"), "added /1 -> 2");
  EXPECT_EQ(differences("[1,2,3,4,5,6]", "[0,1,3,4,6,7]"),
            "added /0 -> 0; removed /1 2; removed /4 5; added /5 -> 7");
  EXPECT_EQ(differences(R"([{"id":"axe","n":1},{"id":"bow","n":1},{"id":"map","n":1}])",
                        R"([{"id":"bow","n":1},{"id":"map","n":2}])"),
            R"(removed /0 {"id":"axe","n":1}; changed /1/n 1 -> 2)");
}

TEST(Diff, GivesPathsInTheNewerValueAndOfTheRemovedInTheOlder) {
  EXPECT_EQ(differences("[9,[1,2],5]", "[[1],5]"), "changed /0 9 -> [1]; removed /1 [1,2]");
  EXPECT_EQ(differences("[7,7,[1,2],5]", "[7,[1,2],5,[8]]"), "removed /1 7; added /3 -> [8]");
}

TEST(Diff, MakesAPatchOfTheFewestOperations) {
  EXPECT_EQ(patch(R"({"a":1,"b":"some text that is long enough"})",
                  R"({"a":2,"b":"some text that is long enough"})"),
            R"([{"op":"replace","path":"/a","value":2}])");
  EXPECT_EQ(patch(R"(["first","second","third"])", R"(["first","third"])"),
            R"([{"op":"remove","path":"/1"}])");
  EXPECT_EQ(patch(R"(["first","third"])", R"(["first","second","third"])"),
            R"([{"op":"add","path":"/1","value":"second"}])");
  EXPECT_EQ(
      patch(R"({"gone":"x","kept":{"very":"long text, and longer, and longer still, and so on"}})",
            R"({"kept":{"very":"long text, and longer, and longer still, and so on"},"new":1})"),
      R"([{"op":"remove","path":"/gone"},{"op":"add","path":"/new","value":1}])");
}

TEST(Diff, ReplacesTheWholeWhereThatIsShorter) {
  EXPECT_EQ(patch(R"({"p":[1,2,3],"q":"a text that is longer than the patch of the array is"})",
                  R"({"p":[4,5,6],"q":"a text that is longer than the patch of the array is"})"),
            R"([{"op":"replace","path":"/p","value":[4,5,6]}])");
  EXPECT_EQ(patch("[]", "[1,2]"), R"([{"op":"replace","path":"","value":[1,2]}])");
}

struct Purse {
  std::int64_t pence = 0;
  std::vector<std::string> notes;
};

TEST(Diff, ComparesStructs) {
  const std::vector<Difference> found =
      diff_structs(Purse{.pence = 1, .notes = {"a", "b"}}, Purse{.pence = 2, .notes = {"b"}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (Difference{Difference::Kind::changed, "/pence", 1, 2}));
  EXPECT_EQ(found[1], (Difference{Difference::Kind::removed, "/notes/0", "a", {}}));
}

TEST(Diff, ComparesLongArraysThatDifferEverywhere) {
  std::vector<Value> a;
  std::vector<Value> b;
  for (int i = 0; i < 3000; ++i) {
    a.emplace_back(i);
    b.emplace_back(-1 - i);
  }
  const Value before = Value::array(a);
  EXPECT_EQ(diff(before, Value::array(b)).size(), 3000U);
  std::vector<Value> fewer = a;
  for (const std::size_t i : {2500U, 1200U, 10U}) fewer.erase(fewer.begin() + i);
  fewer.insert(fewer.begin() + 2000, Value("new"));
  EXPECT_EQ(differences(before, Value::array(fewer)),
            "removed /10 10; removed /1200 1200; added /2000 -> \"new\"; removed /2500 2500");
}

}  // namespace
}  // namespace keepsake
