#include "keepsake/datum/json_patch.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

Result<Value> patched(const char* document, const char* patch) {
  return apply_json_patch(parse_json(document).value(), parse_json(patch).value());
}

TEST(JsonPatch, AppliesTheOperationsInTheirOrder) {
  const auto result = patched(R"({"a":[1,2],"b":{"c":1}})",
                              R"([{"op":"add","path":"/a/1","value":9},
                                  {"op":"add","path":"/a/-","value":7},
                                  {"op":"replace","path":"/b/c","value":"x"},
                                  {"op":"remove","path":"/a/0"}])");
  ASSERT_TRUE(result);
  EXPECT_EQ(write_json(*result), R"({"a":[9,2,7],"b":{"c":"x"}})");
}

TEST(JsonPatch, UnescapesPointers) {
  const auto result =
      patched(R"({"a/b":{"m~n":1}})", R"([{"op":"replace","path":"/a~1b/m~0n","value":2}])");
  ASSERT_TRUE(result);
  EXPECT_EQ(write_json(*result), R"({"a/b":{"m~n":2}})");
}

TEST(JsonPatch, ReplacesTheWholeDocument) {
  EXPECT_EQ(patched("1", R"([{"op":"replace","path":"","value":[2]}])").value(),
            parse_json("[2]").value());
}

std::string outcome(const std::string& document, const std::string& patch) {
  const auto result = patched(document.c_str(), patch.c_str());
  return result ? write_json(*result) : result.error().text();
}

TEST(JsonPatch, DoesWhatTheExamplesOfItsRfcShow) {
  // RFC 6902, appendix A: document, patch, result.
  const char* const examples[][3] = {
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
       R"({"foo":"bar","baz":"qux"})"},
      {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
       R"({"foo":["bar","qux","baz"]})"},
      {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
      {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
       R"({"foo":["bar","baz"]})"},
      {R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
       R"({"baz":"boo","foo":"bar"})"},
      {R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
       R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
       R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
      {R"({"foo":["all","grass","cows","eat"]})",
       R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
       R"({"foo":["all","cows","eat","grass"]})"},
      {R"({"baz":"qux","foo":["a",2,"c"]})",
       R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
       R"({"baz":"qux","foo":["a",2,"c"]})"},
      {R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])",
       "not_found at /baz: the patch's test failed: expected the test's string, found another "
       "string"},
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
       R"({"foo":"bar","child":{"grandchild":{}}})"},
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
       R"({"foo":"bar","baz":"qux"})"},
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])",
       "not_found at /baz/bat: the patch's path leads nowhere: expected a value at /baz, found "
       "nothing"},
      {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
      {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])",
       "not_found at /~01: the patch's test failed: expected string, found integer"},
      {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
       R"({"foo":["bar",["abc","def"]]})"},
  };
  for (const auto& [document, patch, result] : examples) {
    EXPECT_EQ(outcome(document, patch), result) << patch;
  }
}

TEST(JsonPatch, MovesAndCopiesFromAndToEveryPlace) {
  const std::string document = R"({"a":[1,[2]],"b":{"c":3}})";
  const auto applied = [&](const char* op, const char* from, const char* path) {
    return outcome(document, std::string(R"([{"op":")") + op + R"(","from":")" + from +
                                 R"(","path":")" + path + R"("}])");
  };
  EXPECT_EQ(applied("move", "/a/1/0", "/a/0"), R"({"a":[2,1,[]],"b":{"c":3}})");
  EXPECT_EQ(applied("move", "/b/c", ""), "3");
  EXPECT_EQ(applied("move", "/b/c", "/b"), R"({"a":[1,[2]],"b":3})");
  EXPECT_EQ(applied("move", "/a/0", "/a/0"), document);
  EXPECT_EQ(applied("move", "", ""), document);
  EXPECT_EQ(applied("copy", "/a", "/a/1/-"), R"({"a":[1,[2,[1,[2]]]],"b":{"c":3}})");
  EXPECT_EQ(applied("copy", "", "/b/c"), R"({"a":[1,[2]],"b":{"c":)" + document + "}}");
  EXPECT_EQ(applied("copy", "/b", ""), R"({"c":3})");
}

TEST(JsonPatch, NamesThePathThatLeadsNowhere) {
  const auto replaced = [](const std::string& path) {
    return outcome(R"({"a":[1]})", R"([{"op":"replace","path":")" + path + R"(","value":0}])");
  };
  const auto nowhere = [](const std::string& path) {
    return "not_found at " + path + ": the patch's path leads nowhere: expected ";
  };
  EXPECT_EQ(replaced("/x/y"), nowhere("/x/y") + "a value at /x, found nothing");
  EXPECT_EQ(replaced("/a/5"), nowhere("/a/5") + R"(an index below 1 at /a/5, found "5")");
  EXPECT_EQ(replaced("/a/01"), nowhere("/a/01") + R"(an index below 1 at /a/01, found "01")");
  EXPECT_EQ(replaced("/a/-1"), nowhere("/a/-1") + R"(an index below 1 at /a/-1, found "-1")");
  EXPECT_EQ(replaced("/a/0/b"), nowhere("/a/0/b") + "an object or array at /a/0, found integer");
}

TEST(JsonPatch, SaysOfEachOperationWhatIsNotThere) {
  const auto applied = [](const std::string& operation) {
    return outcome(R"({"a":[1],"b":2})", "[{" + operation + "}]");
  };
  EXPECT_EQ(applied(R"("op":"add","path":"/a/2","value":0)"),
            "not_found at /a/2: the patch's path leads nowhere: expected an index of at most 1, or "
            "-, at /a/2, found \"2\"");
  EXPECT_EQ(applied(R"("op":"add","path":"/b/c","value":0)"),
            "not_found at /b/c: the patch's path leads nowhere: expected an object or array at /b, "
            "found integer");
  EXPECT_EQ(
      applied(R"("op":"remove","path":"")"),
      "not_found: the patch's path leads nowhere: expected a place within the document, found "
      "the whole of it");
  EXPECT_EQ(
      applied(R"("op":"remove","path":"/c")"),
      "not_found at /c: the patch's path leads nowhere: expected a value at /c, found nothing");
  EXPECT_EQ(
      applied(R"("op":"move","from":"/c","path":"/d")"),
      "not_found at /c: the patch's from leads nowhere: expected a value at /c, found nothing");
  EXPECT_EQ(
      applied(R"("op":"move","from":"/c","path":"/c")"),
      "not_found at /c: the patch's from leads nowhere: expected a value at /c, found nothing");
  EXPECT_EQ(applied(R"("op":"copy","from":"/a/-","path":"/d")"),
            "not_found at /a/-: the patch's from leads nowhere: expected an index below 1 at /a/-, "
            "found \"-\"");
  EXPECT_EQ(applied(R"("op":"test","path":"/c","value":null)"),
            "not_found at /c: the patch's test failed: expected a value at /c, found nothing");
}

TEST(JsonPatch, RefusesWhatIsNoOperation) {
  const auto refused = [](const std::string& operation, const std::string& place,
                          const std::string& why) {
    EXPECT_EQ(outcome("{}", R"([{"op":"test","path":"","value":{}},)" + operation + "]"),
              "malformed at /1" + place + ": not an operation of a JSON Patch: expected " + why);
  };
  refused("3", "", "object, found integer");
  const std::string ops = R"("add", "remove", "replace", "move", "copy" or "test")";
  refused("{}", "/op", ops + ", found nothing");
  refused(R"({"op":7})", "/op", ops + ", found integer");
  refused(R"({"op":"spam","path":""})", "/op", ops + R"(, found "spam")");
  refused(R"({"op":"remove"})", "/path", "a JSON pointer, found nothing");
  refused(R"({"op":"remove","path":"a"})", "/path", R"(a JSON pointer, found "a")");
  refused(R"({"op":"remove","path":"/~2"})", "/path", R"(a JSON pointer, found "/~2")");
  refused(R"({"op":"copy","path":"/a"})", "/from", "a JSON pointer, found nothing");
  refused(R"({"op":"move","path":"/a","from":1})", "/from", "a JSON pointer, found integer");
  refused(R"({"op":"add","path":"/a"})", "/value", "any value, found nothing");
  refused(R"({"op":"move","from":"/a","path":"/a/b"})", "/path",
          R"(a place outside of what is moved, found "/a/b")");
  refused(R"({"op":"move","from":"","path":"/a"})", "/path",
          R"(a place outside of what is moved, found "/a")");
}

TEST(JsonPatch, LeavesTheCallersDocumentAsItWasWhateverFails) {
  const Value document = parse_json(R"({"a":[1,2]})").value();
  const Value patch =
      parse_json(R"([{"op":"remove","path":"/a/0"},{"op":"remove","path":"/b"}])").value();
  EXPECT_FALSE(apply_json_patch(document, patch));
  EXPECT_EQ(write_json(document), R"({"a":[1,2]})");
}

TEST(JsonPatch, HoldsCopiesAndDepthToLimits) {
  std::string patch = "[";
  for (int i = 0; i < 30; ++i) {
    patch += R"({"op":"copy","from":"/a","path":"/b"},{"op":"move","from":"/b","path":"/a/-"},)";
  }
  patch.back() = ']';
  EXPECT_EQ(outcome(R"({"a":[1]})", patch),
            "limit_exceeded at /b: copies of more than 1000000 values");
  const Value wrap = parse_json(R"([{"op":"move","from":"/a","path":"/b/a"}])").value();
  const Value document = parse_json(R"({"a":[[1]],"b":{}})").value();
  EXPECT_TRUE(apply_json_patch(document, wrap, {.depth = 4}));
  EXPECT_EQ(apply_json_patch(document, wrap, {.depth = 3}).error().text(),
            "limit_exceeded at /b/a: more than 3 levels");
}

TEST(JsonPatch, FailsATestThatDoesNotHold) {
  EXPECT_FALSE(patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])"));
  EXPECT_TRUE(patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":1.0}])"));
  EXPECT_TRUE(patched(R"({"a":1,"b":2})", R"([{"op":"test","path":"","value":{"b":2,"a":1}}])"));
}

}  // namespace
}  // namespace keepsake
