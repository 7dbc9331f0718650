#include "keepsake/datum/cbor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string read_text(std::string_view hex, const CborOptions& options = {}) {
  const Result<Value> value = read_cbor(from_hex(hex), options);
  return value ? write_json(*value) : value.error().text();
}

constexpr CborOptions kLenient{.lenient = true};

std::vector<std::vector<std::string>> appendix_a() {
  std::ifstream file("src/datum/testdata/cbor_appendix_a.tsv");
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) rows.back().push_back(cell);
  }
  return rows;
}

TEST(Cbor, ReadsOrRefusesEveryExampleOfTheStandardAsItsLineSays) {
  const std::vector<std::vector<std::string>> rows = appendix_a();
  EXPECT_EQ(rows.size(), 81U);
  for (const std::vector<std::string>& row : rows) {
    ASSERT_EQ(row.size(), 4U);
    EXPECT_EQ(read_text(row[0]), row[2]) << row[0];
    EXPECT_EQ(read_text(row[0], kLenient), row[3] == "same" ? row[2] : row[3]) << row[0];
    const Result<Value> strict = read_cbor(from_hex(row[0]));
    if (!strict) continue;
    if (row[1].ends_with(".0")) {  // a float of an integral value, which is an integer to us
      EXPECT_EQ(strict->kind(), Value::Kind::integer) << row[0];
    } else {
      EXPECT_EQ(to_hex(write_cbor(*strict)), row[0]);
    }
  }
  EXPECT_EQ(*read_cbor(from_hex("4401020304")), Value::bytes("\x01\x02\x03\x04"));
}

TEST(Cbor, WritesADoubleOfAnIntegralValueAsAnInteger) {
  EXPECT_EQ(to_hex(write_cbor(Value(1.0))), "01");
  EXPECT_EQ(to_hex(write_cbor(Value(-0.0))), "00");
  EXPECT_EQ(to_hex(write_cbor(Value(9223372036854775808.0))), "fa5f000000");
}

TEST(Cbor, KeepsIntegersOf64BitsWhole) {
  using Limits64 = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(to_hex(write_cbor(Value(Limits64::max()))), "1b7fffffffffffffff");
  EXPECT_EQ(to_hex(write_cbor(Value(Limits64::min()))), "3b7fffffffffffffff");
  EXPECT_EQ(read_cbor(from_hex("1b7fffffffffffffff"))->as_integer(), Limits64::max());
  EXPECT_EQ(read_cbor(from_hex("3b7fffffffffffffff"))->as_integer(), Limits64::min());
  EXPECT_EQ(read_cbor(from_hex("1b0020000000000001"))->as_integer(), 9007199254740993);
  EXPECT_EQ(read_text("1b8000000000000000"),
            "malformed: byte 0: an integer beyond 64 bits with a sign");
  EXPECT_EQ(read_text("813bffffffffffffffff"),
            "malformed at /0: byte 1: an integer beyond 64 bits with a sign");
}

TEST(Cbor, TakesLongerFormsThanNeededOnlyWhenLenient) {
  struct Longer {
    const char* hex;
    const char* json;
  };
  for (const Longer& longer : {Longer{"1817", "23"},
                               {"1900ff", "255"},
                               {"1a0000ffff", "65535"},
                               {"1b00000000ffffffff", "4294967295"},
                               {"3800", "-1"},
                               {"780161", R"("a")"},
                               {"5800", R"("")"},
                               {"980101", "[1]"},
                               {"b90000", "{}"},
                               {"fa3fc00000", "1.5"},
                               {"fb3ff8000000000000", "1.5"},
                               {"fb3ff0000000000000", "1"},
                               {"fa00000000", "0"},
                               {"fb47efffffe0000000", "3.4028234663852886e+38"}}) {
    EXPECT_EQ(read_text(longer.hex), "malformed: byte 0: a number that is not in its shortest form")
        << longer.hex;
    EXPECT_EQ(read_text(longer.hex, kLenient), longer.json) << longer.hex;
  }
}

TEST(Cbor, WritesKeysByLengthAndThenByBytesAndReadsNoOtherOrderUnlessLenient) {
  const Value value = *parse_json(R"({"aa":1,"b":2,"":3,"a":4,"\u0000":5})");
  EXPECT_EQ(to_hex(write_cbor(value)),
            "a560036100056161046162026261"
            "6101");
  EXPECT_EQ(*read_cbor(write_cbor(value)), value);
  EXPECT_EQ(read_text("a2616201616102"), "malformed at /a: byte 4: a key that is out of order");
  EXPECT_EQ(read_text("a262616101616202"), "malformed at /b: byte 5: a key that is out of order");
  EXPECT_EQ(read_text("a2616201616102", kLenient), R"({"b":1,"a":2})");
}

TEST(Cbor, RefusesTheSameKeyTwiceInBothForms) {
  EXPECT_EQ(read_text("a2616101616102"), "malformed at /a: byte 4: the same key twice");
  EXPECT_EQ(read_text("81a3616101616202616103", kLenient),
            "malformed at /0/a: byte 1: a map that has the same key twice");
}

TEST(Cbor, RefusesWhatNoValueHolds) {
  for (const CborOptions& options : {CborOptions{}, kLenient}) {
    EXPECT_EQ(read_text("f7", options),
              "malformed: byte 0: the simple value 23, which is not false, true or null");
    EXPECT_EQ(read_text("f0", options),
              "malformed: byte 0: the simple value 16, which is not false, true or null");
    EXPECT_EQ(read_text("f8ff", options),
              "malformed: byte 0: the simple value 255, which is not false, true or null");
    for (const char* hex : {"f97c00", "f97e00", "f9fc00", "fa7f800000", "fa7fc00000", "faff800000",
                            "fb7ff0000000000000", "fb7ff8000000000000", "fbfff0000000000000"}) {
      EXPECT_EQ(read_text(hex, options), "malformed: byte 0: a number that is not finite") << hex;
    }
    EXPECT_EQ(read_text("c249010000000000000000", options),
              "malformed: byte 0: the tag 2, and no tag is known");
    EXPECT_EQ(read_text("81d818456449455446", options),
              "malformed at /0: byte 1: the tag 24, and no tag is known");
    EXPECT_EQ(read_text("a201020304", options), "malformed: byte 1: a key that is not text");
    EXPECT_EQ(read_text("a1416101", options), "malformed: byte 1: a key that is not text");
  }
}

TEST(Cbor, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(read_text("8261616180"), "malformed at /1: byte 3: text that is not UTF-8");
  EXPECT_EQ(read_text("a163eda08001"), "malformed: byte 1: text that is not UTF-8");
  // A code point may not be cut between two parts.
  EXPECT_EQ(read_text("7f61c361bcff", kLenient), "malformed: byte 1: text that is not UTF-8");
}

// RFC 8949, appendix F.1, and what has bytes left over.
TEST(Cbor, RefusesWhatIsNotWellFormed) {
  std::istringstream all(
      "18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 f8 f900 fa0000 "
      "fb000000 41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 "
      "7b7fffffffffffffff010203 81 818181818181818181 8200 a1 a20102 a100 a2000000 5f4100 "
      "7f6100 9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff 1c "
      "1d 1e 3c 5d 7e 9c bd dc fc fd fe f800 f818 f81f 5f00ff 5f21ff 5f6100ff 5f80ff "
      "5fa0ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff ff 81ff 8200ff a1ff a1ff00 a100ff "
      "a20000ff 9f81ff 9f829f819f9fffffffff bf00ff bf000000ff 1f 3f df 0000 f6f6 8000 ");
  for (std::string hex; all >> hex;) {
    for (const CborOptions& options : {CborOptions{}, kLenient}) {
      const Result<Value> value = read_cbor(from_hex(hex), options);
      ASSERT_FALSE(value.has_value()) << hex;
      EXPECT_EQ(value.error().code(), ErrorCode::malformed) << hex << value.error().text();
    }
  }
  EXPECT_EQ(read_text(""), "malformed: byte 0: the data end in the middle of an item");
  EXPECT_EQ(read_text("8201"), "malformed at /1: byte 2: the data end in the middle of an item");
  EXPECT_EQ(read_text("0000"), "malformed: byte 1: bytes behind the end of the item");
  EXPECT_EQ(read_text("811c"), "malformed at /0: byte 1: a head that CBOR doesn't have");
  EXPECT_EQ(read_text("81ff"), "malformed at /0: byte 1: a break where there is nothing to end");
  EXPECT_EQ(read_text("7f4100ff", kLenient),
            "malformed: byte 1: a part of a string that is no string of its kind");
}

TEST(Cbor, HoldsItsLimits) {
  const auto nested = [](std::size_t depth) { return std::string(depth - 1, '\x81') + '\x80'; };
  EXPECT_TRUE(read_cbor(nested(100)).has_value());
  EXPECT_EQ(read_cbor(nested(101)).error().message(), "byte 100: more than 100 levels");
  const CborOptions small{.lenient = true, .limits = {.depth = 2, .array = 2, .size_bytes = 8}};
  EXPECT_EQ(read_text("820102", small), "[1,2]");
  EXPECT_EQ(read_text("83010203", small), "limit_exceeded: byte 0: more than 2 items in one array");
  EXPECT_EQ(read_text("9f010203ff", small),
            "limit_exceeded: byte 0: more than 2 items in one array");
  EXPECT_EQ(read_text("bf600161610161620100", small).substr(0, 14), "limit_exceeded");
  EXPECT_EQ(read_text("a3", small), "limit_exceeded: byte 0: more than 2 members in one map");
  EXPECT_EQ(read_text("9bffffffffffffffff", {}),
            "limit_exceeded: byte 0: more than 100000 items in one array");
  EXPECT_EQ(read_text("686161616161616161", small), "limit_exceeded: CBOR of more than 8 bytes");
}

TEST(Cbor, WritesTheShortestFloatThatHoldsTheValue) {
  EXPECT_EQ(to_hex(write_cbor(Value(0.5))), "f93800");
  EXPECT_EQ(to_hex(write_cbor(Value(std::ldexp(1.0, -24)))), "f90001");
  EXPECT_EQ(to_hex(write_cbor(Value(std::ldexp(1.0, -25)))), "fa33000000");
  EXPECT_EQ(to_hex(write_cbor(Value(std::ldexp(1023.0, -24)))), "f903ff");
  EXPECT_EQ(to_hex(write_cbor(Value(std::ldexp(2047.0, -25)))), "fa387fe000");
  EXPECT_EQ(to_hex(write_cbor(Value(-2.25))), "f9c080");
  EXPECT_EQ(to_hex(write_cbor(Value(0.1))), "fb3fb999999999999a");
  EXPECT_EQ(to_hex(write_cbor(Value(std::ldexp(1.0, -149)))), "fa00000001");
  EXPECT_EQ(to_hex(write_cbor(Value(std::numeric_limits<double>::quiet_NaN()))), "f6");
}

TEST(Cbor, ReadsEveryFiniteHalfAndWritesItAsOne) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7C00U) == 0x7C00U) continue;
    const std::string text{'\xF9', static_cast<char>(bits >> 8), static_cast<char>(bits & 0xFF)};
    const Result<Value> value = read_cbor(text);
    ASSERT_TRUE(value.has_value()) << bits;
    if (value->kind() == Value::Kind::integer) continue;
    ASSERT_EQ(write_cbor(*value), text) << bits;
  }
}

}  // namespace
}  // namespace keepsake
