#include "keepsake/datum/cbor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "src/datum/random_values.h"

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

struct Vector {
  const char* hex;
  const char* json;
};

// RFC 8949, appendix A: what is in deterministic form and has a Value.
constexpr Vector kDeterministic[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"1818", "24"},
    {"1819", "25"},
    {"1864", "100"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    {"20", "-1"},
    {"29", "-10"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"f93e00", "1.5"},
    {"fb3ff199999999999a", "1.1"},
    {"fa7f7fffff", "3.4028234663852886e+38"},
    {"fb7e37e43c8800759c", "1e+300"},
    {"f90001", "5.960464477539063e-08"},
    {"f90400", "6.103515625e-05"},
    {"fbc010666666666666", "-4.1"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"60", R"("")"},
    {"6161", R"("a")"},
    {"6449455446", R"("IETF")"},
    {"62225c", R"("\"\\")"},
    {"62c3bc", "\"\xC3\xBC\""},
    {"63e6b0b4", "\"\xE6\xB0\xB4\""},
    {"64f0908591", "\"\xF0\x90\x85\x91\""},
    {"80", "[]"},
    {"83010203", "[1,2,3]"},
    {"8301820203820405", "[1,[2,3],[4,5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"},
    {"a0", "{}"},
    {"a26161016162820203", R"({"a":1,"b":[2,3]})"},
    {"826161a161626163", R"(["a",{"b":"c"}])"},
    {"a56161614161626142616361436164614461656145", R"({"a":"A","b":"B","c":"C","d":"D","e":"E"})"}};

// Appendix A: floats of integral values, which are integers to us.
constexpr Vector kIntegralFloats[] = {{"f90000", "0"},          {"f98000", "0"},
                                      {"f93c00", "1"},          {"f97bff", "65504"},
                                      {"fa47c35000", "100000"}, {"f9c400", "-4"}};

// Appendix A: what has no stated length.
constexpr Vector kIndefinite[] = {
    {"5f42010243030405ff", R"("AQIDBAU=")"},
    {"7f657374726561646d696e67ff", R"("streaming")"},
    {"9fff", "[]"},
    {"9f018202039f0405ffff", "[1,[2,3],[4,5]]"},
    {"9f01820203820405ff", "[1,[2,3],[4,5]]"},
    {"83018202039f0405ff", "[1,[2,3],[4,5]]"},
    {"83019f0203ff820405", "[1,[2,3],[4,5]]"},
    {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
     "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"},
    {"bf61610161629f0203ffff", R"({"a":1,"b":[2,3]})"},
    {"826161bf61626163ff", R"(["a",{"b":"c"}])"},
    {"bf6346756ef563416d7421ff", R"({"Fun":true,"Amt":-2})"}};

TEST(Cbor, ReadsAndWritesTheVectorsOfTheStandard) {
  for (const Vector& vector : kDeterministic) {
    const Result<Value> value = read_cbor(from_hex(vector.hex));
    ASSERT_TRUE(value.has_value()) << vector.hex << ": " << value.error().text();
    EXPECT_EQ(write_json(*value), vector.json);
    EXPECT_EQ(to_hex(write_cbor(*value)), vector.hex);
    EXPECT_EQ(read_text(vector.hex, kLenient), vector.json);
  }
  EXPECT_EQ(*read_cbor(from_hex("4401020304")), Value::bytes("\x01\x02\x03\x04"));
  EXPECT_EQ(*read_cbor(from_hex("40")), Value::bytes(""));
  EXPECT_EQ(to_hex(write_cbor(Value::bytes("\x01\x02\x03\x04"))), "4401020304");
}

TEST(Cbor, TakesAFloatOfAnIntegralValueAsAnInteger) {
  for (const Vector& vector : kIntegralFloats) {
    const Result<Value> value = read_cbor(from_hex(vector.hex));
    ASSERT_TRUE(value.has_value()) << vector.hex << ": " << value.error().text();
    EXPECT_EQ(value->kind(), Value::Kind::integer);
    EXPECT_EQ(write_json(*value), vector.json);
  }
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

TEST(Cbor, TakesLengthsThatAreNotStatedOnlyWhenLenient) {
  for (const Vector& vector : kIndefinite) {
    EXPECT_EQ(read_text(vector.hex, kLenient), vector.json) << vector.hex;
    const Result<Value> value = read_cbor(from_hex(vector.hex));
    ASSERT_FALSE(value.has_value()) << vector.hex;
    EXPECT_TRUE(value.error().cause().ends_with(": a length that is not stated")) << vector.hex;
  }
  EXPECT_EQ(read_text("83018202039f0405ff"),
            "malformed at /2: byte 5: a length that is not stated");
}

TEST(Cbor, TakesLongerFormsThanNeededOnlyWhenLenient) {
  for (const Vector& vector : {Vector{"1817", "23"},
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
    EXPECT_EQ(read_text(vector.hex), "malformed: byte 0: a number that is not in its shortest form")
        << vector.hex;
    EXPECT_EQ(read_text(vector.hex, kLenient), vector.json) << vector.hex;
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

TEST(Cbor, GivesBackEveryValueAndEqualOnesTheSameBytes) {
  constexpr std::uint64_t kSeed = 20250301;
  RandomValues values(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const Value value = values.next();
    const std::string bytes = write_cbor(value);
    const Result<Value> back = read_cbor(bytes);
    ASSERT_TRUE(back.has_value()) << back.error().text() << ": " << to_hex(bytes) << " (seed "
                                  << kSeed << ")";
    ASSERT_EQ(*back, value) << to_hex(bytes) << " (seed " << kSeed << ")";
    ASSERT_EQ(write_cbor(*back), bytes) << "(seed " << kSeed << ")";
  }
}

TEST(Cbor, MeansTheSameAsJson) {
  constexpr std::uint64_t kSeed = 20250302;
  RandomValues values(kSeed);
  for (int i = 0; i < 10'000; ++i) {
    const Value value = *parse_json(write_json(values.next()));  // bytes are text in JSON
    const Result<Value> back = read_cbor(write_cbor(value));
    ASSERT_TRUE(back.has_value()) << back.error().text() << " (seed " << kSeed << ")";
    ASSERT_EQ(*parse_json(write_json(*back)), value) << "(seed " << kSeed << ")";
  }
}

TEST(Cbor, RefusesEveryCutAndSurvivesEveryChangedByte) {
  constexpr std::uint64_t kSeed = 20250303;
  RandomValues values(kSeed);
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = write_cbor(values.next());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      ASSERT_FALSE(read_cbor(bytes.substr(0, cut)).has_value()) << to_hex(bytes) << " " << cut;
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (i % 8)));
      const Result<Value> value = read_cbor(changed);
      if (!value) continue;
      ASSERT_EQ(*read_cbor(write_cbor(*value)), *value) << to_hex(changed);
    }
  }
}

}  // namespace
}  // namespace keepsake
