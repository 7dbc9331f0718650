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

TEST(JsonPatch, NamesThePathThatLeadsNowhere) {
  for (const char* path : {"/x/y", "/a/5", "/a/01", "/a/-1"}) {
    const std::string patch =
        std::string(R"([{"op":"replace","path":")") + path + R"(","value":0}])";
    const auto result = patched(R"({"a":[1]})", patch.c_str());
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().text(),
              std::string("not_found at ") + path + ": the patch's path leads nowhere");
  }
}

TEST(JsonPatch, RefusesWhatIsNoOperation) {
  const auto result = patched("{}", R"([{"op":"copy","from":"/a","path":"/b"}])");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text(),
            "malformed at /0: not an operation of a JSON Patch: expected op \"add\", \"remove\", "
            "\"replace\" or \"test\", with path and value");
}

TEST(JsonPatch, FailsATestThatDoesNotHold) {
  EXPECT_FALSE(patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])"));
  EXPECT_TRUE(patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":1.0}])"));
}

}  // namespace
}  // namespace keepsake
