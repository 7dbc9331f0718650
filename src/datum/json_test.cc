#include "keepsake/datum/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace keepsake {
namespace {

std::string fault(std::string_view text, const JsonLimits& limits = {}) {
  const Result<Value> value = parse_json(text, limits);
  return value ? "accepted as " + write_json(*value) : value.error().text();
}

std::string again(std::string_view text) {
  const Result<Value> value = parse_json(text);
  return value ? write_json(*value) : value.error().text();
}

TEST(Json, ReadsEveryKindOfValue) {
  EXPECT_EQ(*parse_json(" null "), Value());
  EXPECT_EQ(*parse_json("true"), Value(true));
  EXPECT_EQ(*parse_json("[1, -2.5,\"a\"\n]"), Value::array({1, -2.5, "a"}));
  EXPECT_EQ(*parse_json(R"({"a":{},"b":[]})"),
            Value::object({{"a", Value::object()}, {"b", Value::array()}}));
  EXPECT_EQ(*parse_json(R"("\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00\u0000")"),
            Value(std::string("\"\\/\b\f\n\r\tA\xC3\xA9\xF0\x9F\x98\x80\0", 16)));
}

TEST(Json, TakesAnIntegralTokenAsAnIntegerHoweverItIsWritten) {
  for (const char* text : {"100", "100.0", "1e2", "1E+2", "10000e-2", "1.00e2", "0.1e3"}) {
    const Value value = *parse_json(text);
    EXPECT_EQ(value.kind(), Value::Kind::integer) << text;
    EXPECT_EQ(value, Value(100)) << text;
  }
  EXPECT_EQ(parse_json("9007199254740993")->as_integer(), 9007199254740993);
  EXPECT_EQ(parse_json("9223372036854775807")->as_integer(),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("-9223372036854775808")->as_integer(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_json("9223372036854775808")->kind(), Value::Kind::number);
  EXPECT_EQ(parse_json("-0")->kind(), Value::Kind::integer);
  EXPECT_EQ(parse_json("0e99999999999")->kind(), Value::Kind::integer);
  EXPECT_EQ(parse_json("1" + std::string(30, '0') + "e-30")->as_integer(), 1);
  EXPECT_EQ(parse_json("1." + std::string(60, '0'))->as_integer(), 1);
}

TEST(Json, TakesOtherNumbersAsTheNearestDouble) {
  EXPECT_EQ(parse_json("1.5")->as_number(), 1.5);
  EXPECT_EQ(parse_json("0.1")->as_number(), 0.1);
  EXPECT_EQ(parse_json("1e300")->as_number(), 1e300);
  EXPECT_EQ(parse_json("1.7976931348623157e308")->as_number(), 1.7976931348623157e308);
  EXPECT_EQ(parse_json("4.9e-324")->as_number(), 4.9e-324);
  EXPECT_EQ(parse_json("1e-400")->as_number(), 0.0);
  EXPECT_EQ(parse_json("123456789012345678901234567890.5")->as_number(), 1.2345678901234568e29);
  EXPECT_EQ(parse_json("9007199254740993.5")->as_number(), 9007199254740994.0);
}

TEST(Json, NamesLineAndColumn) {
  EXPECT_EQ(fault("\n\n  tru"), "malformed: line 3, column 3: expected a value");
  EXPECT_EQ(fault("{\n \"a\": [\n1 2]}"), "malformed at /a: line 3, column 3: expected , or ]");
}

TEST(Json, RefusesEveryControlCharacterWithinAStringAndBetweenTokens) {
  for (char c = 0; c < 0x20; ++c) {
    EXPECT_EQ(fault(std::string("\"a") + c + "\""),
              "malformed: line 1, column 3: a control character within a string")
        << int{c};
    if (c == '\t' || c == '\n' || c == '\r') continue;
    EXPECT_EQ(fault(std::string("[1") + c + "]"), "malformed: line 1, column 3: expected , or ]");
  }
}

TEST(Json, RefusesADuplicateNameAmongMany) {
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(parse_json(many + "\"last\":1}").has_value());
  EXPECT_EQ(parse_json(many + "\"k57\":1}").error().path(), "/k57");
}

TEST(Json, NamesTheValueAtFaultByItsPointer) {
  EXPECT_EQ(parse_json(R"([[1],{"x":[2,3],"a/b~c":[4,[],[5,1e999]]}])").error().path(),
            "/1/a~1b~0c/2/1");
  EXPECT_EQ(parse_json(R"({"a":{"b":1,"c":2,"b":3},"d":4})").error().path(), "/a/b");
  EXPECT_EQ(parse_json(R"([1,[2,{"a":3 4}]])").error().path(), "/1/1");
  EXPECT_EQ(parse_json(R"({"a":[1,2]}x)").error().path(), "");
}

TEST(Json, HoldsItsLimits) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(100)).has_value());
  EXPECT_EQ(parse_json(nested(101)).error().message(), "line 1, column 101: more than 100 levels");
  const JsonLimits small{.depth = 2, .array = 2, .size_bytes = 16};
  EXPECT_EQ(fault("[1,2]", small), "accepted as [1,2]");
  EXPECT_EQ(fault("[1,2,3]", small),
            "limit_exceeded: line 1, column 6: more than 2 items in one array");
  EXPECT_EQ(fault(R"({"":1,"b":2})", small), R"(accepted as {"":1,"b":2})");
  EXPECT_EQ(fault(R"({"":1,"b":2,"":)", small),
            "limit_exceeded: line 1, column 13: more than 2 members in one object");
  EXPECT_EQ(fault("               1", small), "accepted as 1");
  EXPECT_EQ(fault("                1", small), "limit_exceeded: JSON text of more than 16 bytes");
}

TEST(Json, WritesTheSameBytesForTheSameValue) {
  EXPECT_EQ(again(R"( { "b" : [ 1.0 , 2.50, null ] , "a" : "\u0041\/" } )"),
            R"({"b":[1,2.5,null],"a":"A/"})");
  EXPECT_EQ(write_json(Value("\"\\\b\f\n\r\t\x01\x1f\x7f/\xC3\xA9")),
            "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\xC3\xA9\"");
  EXPECT_EQ(write_json(Value::bytes("any carnal pleas")), "\"YW55IGNhcm5hbCBwbGVhcw==\"");
  EXPECT_EQ(write_json(Value::bytes("ab")), "\"YWI=\"");
  EXPECT_EQ(write_json(Value::object()), "{}");
  EXPECT_EQ(
      write_json_indented(Value::object({{"a", Value::array({1, 2})}, {"b", Value::array()}})),
      "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}");
}

TEST(Json, WritesDoublesSoThatTheyReadBackAsThemselves) {
  EXPECT_EQ(write_json(Value(100.0)), "100");
  EXPECT_EQ(write_json(Value(-0.0)), "0");
  EXPECT_EQ(write_json(Value(0.1)), "0.1");
  EXPECT_EQ(write_json(Value(1e300)), "1e+300");
  EXPECT_EQ(write_json(Value(1152921504606846976.0)), "1152921504606846976");
  EXPECT_EQ(write_json(Value(9223372036854775808.0)), "9223372036854775808");
  EXPECT_EQ(write_json(Value(std::numeric_limits<double>::infinity())), "null");
  constexpr std::uint64_t kSeed = 20240611;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    double number;
    std::memcpy(&number, &bits, sizeof(number));
    if (i % 2 == 0)
      number = std::ldexp(static_cast<double>(bits >> 11), static_cast<int>(bits % 20));
    if (!std::isfinite(number)) continue;
    const Result<Value> value = parse_json(write_json(Value(number)));
    ASSERT_TRUE(value.has_value()) << number << " (seed " << kSeed << ")";
    ASSERT_EQ(*value, Value(number)) << number << " (seed " << kSeed << ")";
  }
}

TEST(Json, AppendsToWhatIsThere) {
  std::string out = "line ";
  write_json(Value(1), out);
  write_json(Value(std::string(3000, 'a')), out);
  EXPECT_EQ(out, "line 1\"" + std::string(3000, 'a') + "\"");
}

TEST(Json, ReadsObjectsThatResembleThoseBeforeThem) {
  for (const char* text :
       {R"([{"a":1,"b":[{"c":1}]},{"a":1,"b":[{"c":2},{"d":3}]},{"b":[],"a":2},{"a":1},{}])",
        R"([{"a name of more than 14 bytes":{"x":1}},{"a name of more than 14 bytes":{"x":2}}])",
        R"([{"a\b":1},{"a\b":2},{"a\b":3}])", R"([{"a\"":1},{"a\"":2},{"":3},{"":4}])",
        R"([{"a":[1]},{"a":{"a":[2]}},{"a":{"a":{"a":3}}}])"}) {
    EXPECT_EQ(write_json(parse_json(text).value()), text);
  }
  const Value read = parse_json(R"([{"name":1,"b":2} , { "na\u006De" : 3 , "b":4 }])").value();
  EXPECT_EQ(write_json(read), R"([{"name":1,"b":2},{"name":3,"b":4}])");
  for (const char* text :
       {R"([{"a":1,"b":2},{"a":1,"b":2,"a":3}])", R"([{"a\"b":1},{"a"b":1}])",
        R"([{"a":1,"b":2},{"a":1,"a":2}])", R"([{"a":1},{"a"1}])", R"([{"a":1},{"a":}])"}) {
    EXPECT_EQ(parse_json(text).error().code(), ErrorCode::malformed) << text;
  }
}

}  // namespace
}  // namespace keepsake
