#include "src/cli/json_line.h"

#include <gtest/gtest.h>

namespace keepsake::cli {
namespace {

std::string key_in(std::string_view line) {
  return text_member_of_broken_line(line, "key").value_or("none");
}

TEST(ParseJsonLine, NamesTheColumnAlone) {
  EXPECT_EQ(parse_json_line(R"({"a":[1,1e999]})").error().text(),
            "malformed at /a/1: column 9: a number beyond the range of a double");
  EXPECT_EQ(parse_json_line("[1,2,3]", {.array = 2}).error().text(),
            "limit_exceeded: column 6: more than 2 items in one array");
  EXPECT_EQ(parse_json_line("[1,2,3]", {.size_bytes = 2}).error().text(),
            "limit_exceeded: JSON text of more than 2 bytes");
  EXPECT_EQ(parse_json_line("[1]").value().size(), 1U);
}

TEST(ParseJsonPart, NamesThePlaceInTheWhole) {
  const auto fault = [](std::string_view text) {
    return parse_json_part(text, {.line = 7, .column = 3}).error().text();
  };
  EXPECT_EQ(fault("[1,}"), "malformed at /1: line 7, column 6: expected a value");
  EXPECT_EQ(fault("[1,\n}"), "malformed at /1: line 8, column 1: expected a value");
  EXPECT_EQ(TextPlace().behind("a\nbc").text(), "line 2, column 3: ");
  EXPECT_EQ(TextPlace().behind("a\n").text(), "line 2, column 1: ");
  EXPECT_EQ(TextPlace().behind("").behind("ab").text(), "line 1, column 3: ");
}

TEST(TextMemberOfBrokenLine, IsFoundBeforeAndBehindTheFault) {
  EXPECT_EQ(key_in(R"({"key":"K","document":{"n":1e999}})"), "K");
  EXPECT_EQ(key_in(R"({"document":{"n":1e999,"n":[{"key":"no"}]},"key":"K"})"), "K");
  EXPECT_EQ(key_in(R"( { "\u006bey" : "a\"b\\" , "document": {)"), "a\"b\\");
  EXPECT_EQ(key_in("{\"x\":\"\xFF\",\"key\":\"K\"}"), "K");
  EXPECT_EQ(key_in(R"({"key":"K","document":{"text":"cut off)"), "K");
}

TEST(TextMemberOfBrokenLine, IsNothingWhereItCantBeTold) {
  EXPECT_EQ(key_in(R"({"key":"K","key":"L","n":1e999})"), "none");
  EXPECT_EQ(key_in(R"({"key":7,"n":1e999})"), "none");
  EXPECT_EQ(key_in(R"({"key":["K"],"n":1e999})"), "none");
  EXPECT_EQ(key_in("{\"key\":\"\xFF\"}"), "none");
  EXPECT_EQ(key_in(R"({"document":{"key":"K","n":1e999})"), "none");
  EXPECT_EQ(key_in(R"({"key":"cut off)"), "none");
  EXPECT_EQ(key_in(R"({}},"key":"K"})"), "none");
  EXPECT_EQ(key_in(R"(["key","K"])"), "none");
  EXPECT_EQ(key_in("no json"), "none");
  EXPECT_EQ(key_in(""), "none");
}

}  // namespace
}  // namespace keepsake::cli
