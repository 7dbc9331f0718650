#include "keepsake/datum/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

const std::string kLong(40, 'x');

TEST(Value, IsWhatItWasMadeFrom) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_EQ(Value(true).as_bool(), true);
  EXPECT_EQ(Value(7).as_integer(), 7);
  EXPECT_EQ(Value(std::numeric_limits<std::int64_t>::min()).as_integer(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Value(1.5).as_number(), 1.5);
  EXPECT_EQ(Value("short").as_string(), "short");
  EXPECT_EQ(Value(kLong).as_string(), kLong);
  EXPECT_EQ(Value::bytes(std::string_view("\0\xFF", 2)).as_bytes(), std::string_view("\0\xFF", 2));
  for (std::size_t size = 0; size < 32; ++size) {
    const std::string text(size, 'y');
    EXPECT_EQ(Value(text).as_string(), text);
  }
}

TEST(Value, EqualsByNumberWhateverTheKindOfNumber) {
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_EQ(Value(2.0), Value(2));
  EXPECT_NE(Value(1), Value(1.5));
  EXPECT_NE(Value(9007199254740993), Value(9007199254740992.0));
  EXPECT_NE(Value(std::numeric_limits<std::int64_t>::max()), Value(9223372036854775808.0));
  EXPECT_NE(Value(std::nan("")), Value(std::nan("")));
  EXPECT_NE(Value("1"), Value(1));
  EXPECT_NE(Value("a"), Value::bytes("a"));
}

TEST(Value, IgnoresTheOrderOfMembersAndNotThatOfItems) {
  EXPECT_EQ(Value::object({{"a", 1}, {"b", 2}}), Value::object({{"b", 2.0}, {"a", 1}}));
  EXPECT_NE(Value::object({{"a", 1}, {"b", 2}}), Value::object({{"a", 1}, {"c", 2}}));
  EXPECT_NE(Value::object({{"a", 1}}), Value::object({{"a", 1}, {"b", Value()}}));
  EXPECT_NE(Value::array({1, 2}), Value::array({2, 1}));
}

TEST(Value, ChangesOfACopyLeaveTheOriginalAlone) {
  const Value original = Value::object({{"list", Value::array({1, 2})}, {"name", kLong}});
  Value copy = original;
  copy.find_mutable("list")->push_back(3);
  copy.set("name", "new");
  copy.set("more", true);
  EXPECT_EQ(original, Value::object({{"list", Value::array({1, 2})}, {"name", kLong}}));
  EXPECT_EQ(copy,
            Value::object({{"list", Value::array({1, 2, 3})}, {"name", "new"}, {"more", true}}));
}

TEST(Value, TakesMembersAndItemsOut) {
  Value value = Value::object({{"a", 1}, {"b", Value::array({1, 2, 3})}});
  EXPECT_EQ(value.take("a"), Value(1));
  EXPECT_TRUE(value.take("a").is_null());
  value.find_mutable("b")->erase(1);
  EXPECT_EQ(value, Value::object({{"b", Value::array({1, 3})}}));
}

TEST(Value, MayBeReplacedByAPartOfItself) {
  Value value = Value::array({Value::array({Value(kLong)})});
  value = std::move(value.item(0));
  EXPECT_EQ(value, Value::array({Value(kLong)}));
  value = value.items()[0];
  EXPECT_EQ(value, Value(kLong));
}

TEST(Value, ChangesOfWhatWasReadLeaveOtherPartsOfTheDocumentAlone) {
  const Value document =
      parse_json(R"({"list":[{"a":1},"a text that is too long to be kept in place",[2]]})").value();
  Value list = *document.find("list");
  Value last = list.items()[2];
  list.item(0).set("a", 7);
  list.push_back(last);
  last.push_back(3);
  list.erase(2);
  EXPECT_EQ(write_json(list), R"([{"a":7},"a text that is too long to be kept in place",[2]])");
  EXPECT_EQ(write_json(last), "[2,3]");
  EXPECT_EQ(write_json(document),
            R"({"list":[{"a":1},"a text that is too long to be kept in place",[2]]})");
}

TEST(Value, OutlivesTheDocumentThatItIsAPartOf) {
  const std::string name = "a name that is too long to be kept in place";
  Value document = parse_json(R"({")" + name + R"(":[")" + kLong + R"(",{"b":[[]]}]})").value();
  const Value list = document.members()[0].value;
  const Name kept = document.members()[0].name;
  const Value text = list.items()[0];
  document = Value();
  EXPECT_EQ(kept, name);
  EXPECT_EQ(text, Value(kLong));
  EXPECT_EQ(write_json(list), R"([")" + kLong + R"(",{"b":[[]]}])");
}

TEST(Value, IsEqualWhenDetached) {
  const Value document = parse_json(R"({"a":[1,"x",{"b":null}],"c":")" + kLong + "\"}").value();
  for (const Value& value : {document, Value::bytes(kLong), Value(1.5), Value()}) {
    const Value copy = value.detached();
    EXPECT_EQ(copy, value);
    EXPECT_EQ(copy.kind(), value.kind());
  }
}

TEST(ValueDeathTest, ReadingAsAnotherKindEndsTheProgram) {
  EXPECT_DEATH(static_cast<void>(Value(1).as_string()),
               "as_string\\(\\) of a value that is integer");
  EXPECT_DEATH(static_cast<void>(Value::object({{"a", 1}, {"a", 2}})),
               "the names of an object's members are distinct");
}

TEST(Utf8, IsToldFromWhatOnlyLooksLikeIt) {
  for (const char* good : {"", "plain text of some length", "h\xC3\xA9llo", "\xF0\x9F\x98\x80",
                           "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "12345678\xC3", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

}  // namespace
}  // namespace keepsake
