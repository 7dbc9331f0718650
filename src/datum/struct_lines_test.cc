// Structs of every build that the lines of steps tell apart, against the way through the tree: what
// is written is the same, and what was written reads back.
#include <gtest/gtest.h>

#include <array>

#include "keepsake/datum/box.h"
#include "keepsake/datum/struct_cbor.h"

namespace keepsake {
namespace {

struct Point {
  std::int64_t x = 0;
  std::int32_t y = 0;
};
struct Empty {};
/// Nothing of it need be there.
struct AllOptional {
  std::optional<std::int64_t> first;
  std::optional<std::string> second;
  std::optional<Point> third;
  Box<Point> fourth;
};
struct LeadingOptional {
  std::optional<bool> perhaps;
  Box<std::int64_t> boxed;
  std::int64_t always = 0;
  std::optional<double> later;
};
struct Nested {
  Point point;
  Empty empty;
  LeadingOptional leading;
  AllOptional all;
  std::vector<Empty> empties;
  std::vector<AllOptional> many;
  std::vector<Point> points;
  Point last;
};
struct LongNames {
  std::int64_t exactly_sixteen = 0;
  std::optional<std::int64_t> an_optional_whose_name_is_longer_than_two_words;
  bool a_name_that_is_so_long_that_no_line_of_steps_holds_it_in_words_but_puts_it_apart = false;
  std::optional<std::string>
      another_name_that_is_so_long_that_no_line_of_steps_holds_it_in_words_but_puts_it_apart;
  Point a_struct_by_a_long_name_whose_members_are_part_of_the_line;
};
struct Chain {
  std::int64_t value = 0;
  Box<Chain> next;
  std::vector<Chain> others;
};
// Those that a list has in one loop: each kind of member alone, and at each place.
struct OneText {
  std::string id;
};
struct OneInteger {
  std::int64_t a_name_of_14_b = 0;
};
struct OneFlag {
  bool on = false;
};
struct OneOption {
  std::optional<bool> on;
};
struct Pair {
  std::optional<bool> on;
  std::int64_t count = 0;
};
struct Triple {
  std::string id;
  std::int64_t quantity = 0;
  std::optional<bool> equipped;
};
struct Options {
  std::optional<bool> a, b, ccc;
};
struct Flags {
  std::int64_t a = 0;
  bool bb = false;
  std::string a_name_of_15_bc;
};
struct Lists {
  std::vector<OneText> texts;
  std::vector<OneInteger> integers;
  std::vector<OneFlag> flags;
  std::vector<OneOption> options;
  std::vector<Pair> pairs;
  std::vector<Triple> triples;
  std::vector<Options> many_options;
  std::array<Flags, 3> three;
};
/// More than a head holds in one byte, and more than is asked room for at once.
struct Wide {
  std::optional<std::int64_t> a0, a1, a2, a3, a4, a5, a6, a7, a8, a9;
  std::string b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
  std::optional<std::string> c0, c1, c2, c3, c4, c5, c6, c7, c8, c9;
  double d0 = 0, d1 = 0, d2 = 0, d3 = 0;
  float e = 0;
  std::uint8_t f = 0;
  std::uint64_t g = 0;
};

template <class T>
void check_same(const T& object) {
  ASSERT_EQ(encode_json(object), write_json(unbind(object)));
  ASSERT_EQ(encode_cbor(object), write_cbor(unbind(object)));
  const Result<Bound<T>> from_json = decode_json<T>(encode_json(object));
  ASSERT_TRUE(from_json.has_value()) << from_json.error().text();
  const Result<Bound<T>> from_cbor = decode_cbor<T>(encode_cbor(object));
  ASSERT_TRUE(from_cbor.has_value()) << from_cbor.error().text();
  ASSERT_TRUE(equal(from_json->value, object));
  ASSERT_TRUE(equal(from_cbor->value, object));
}

TEST(StructLines, WriteWhatMayBeAbsentInEveryCombination) {
  for (int bits = 0; bits < 16; ++bits) {
    AllOptional all;
    LeadingOptional leading{.perhaps = {}, .boxed = {}, .always = bits, .later = {}};
    if ((bits & 1) != 0) all.first = bits, leading.perhaps = true;
    if ((bits & 2) != 0) all.second = "text", leading.boxed = Box<std::int64_t>(-1);
    if ((bits & 4) != 0) all.third = Point{1, 2}, leading.later = 0.25;
    if ((bits & 8) != 0) all.fourth = Box<Point>(Point{3, 4});
    ASSERT_NO_FATAL_FAILURE(check_same(all));
    ASSERT_NO_FATAL_FAILURE(check_same(leading));
    ASSERT_NO_FATAL_FAILURE(check_same(Nested{.point = {1000, -1},
                                              .empty = {},
                                              .leading = leading,
                                              .all = all,
                                              .empties = {{}, {}},
                                              .many = {all, {}, all},
                                              .points = {},
                                              .last = {-1, 70'000}}));
  }
  ASSERT_NO_FATAL_FAILURE(check_same(Empty()));
}

TEST(StructLines, WriteNamesOfEveryLength) {
  LongNames names;
  ASSERT_NO_FATAL_FAILURE(check_same(names));
  names.exactly_sixteen = 123'456'789;
  names.an_optional_whose_name_is_longer_than_two_words = 24;
  names.another_name_that_is_so_long_that_no_line_of_steps_holds_it_in_words_but_puts_it_apart =
      std::string(5000, 'x');
  ASSERT_NO_FATAL_FAILURE(check_same(names));
}

TEST(StructLines, WriteTextsOfEveryLengthAndWhatMustBeEscaped) {
  for (std::size_t size = 0; size <= 80; ++size) {
    Wide wide;
    wide.b0 = std::string(size, 'a');
    wide.c9 = wide.b0;
    ASSERT_NO_FATAL_FAILURE(check_same(wide));
    for (const char special : {'"', '\\', '\n', '\x01', '\x1F', ' ', '\x7F'}) {
      for (std::size_t at = 0; at < size; at += 5) {
        wide.b1 = wide.b0;
        wide.b1[at] = special;
        ASSERT_NO_FATAL_FAILURE(check_same(wide));
      }
    }
    wide.b2 = wide.b0 + "\u00E9";
    ASSERT_NO_FATAL_FAILURE(check_same(wide));
  }
}

TEST(StructLines, WriteManyMembersBeyondTheRoomOfOneRequest) {
  Wide wide;
  wide.a0 = wide.a4 = wide.a9 = INT64_MIN;
  wide.c0 = wide.c5 = std::string(16, 'c');
  wide.b3 = wide.b4 = wide.b9 = std::string(100, 'b');
  wide.d0 = 1.5;
  wide.d1 = -1e300;
  wide.d2 = 1.0 / 3;
  wide.e = 0.5F;
  wide.f = 255;
  wide.g = 1ULL << 62;
  ASSERT_NO_FATAL_FAILURE(check_same(wide));
}

TEST(StructLines, WriteListsOfSmallStructsWhateverTheirMembersHold) {
  const std::int64_t integers[] = {0, 23, 24, 255, 256, -1, INT64_MAX, INT64_MIN};
  const std::optional<bool> options[] = {{}, false, true};
  for (const std::size_t count : {0, 1, 2, 23, 24, 300}) {
    Lists lists;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text((i * 7) % (i % 50 == 49 ? 5000 : 19), 't');
      const std::int64_t integer = integers[i / 3 % 8];
      lists.texts.push_back({text});
      lists.integers.push_back({integer});
      lists.flags.push_back({i % 3 == 0});
      lists.options.push_back({options[i % 3]});
      lists.pairs.push_back({options[i / 2 % 3], integer});
      lists.triples.push_back({text, integer, options[i % 3]});
      lists.many_options.push_back({options[i % 3], options[i / 3 % 3], options[i / 9 % 3]});
      lists.three[i % 3] = {integer, i % 2 == 0, text};
    }
    ASSERT_NO_FATAL_FAILURE(check_same(lists));
  }
}

TEST(StructLines, WriteEveryIntegerNearAPowerOfTenOrTwo) {
  const auto check = [](std::int64_t value) {
    check_same(Point{value, static_cast<std::int32_t>(value % 100'000)});
    check_same(Point{-value, static_cast<std::int32_t>(-(value % 100'000))});
  };
  for (std::int64_t i = 0; i < 1100; ++i) ASSERT_NO_FATAL_FAILURE(check(i));
  for (std::int64_t power = 10; power < INT64_MAX / 10; power *= 10) {
    for (std::int64_t i = -2; i <= 2; ++i) ASSERT_NO_FATAL_FAILURE(check(power + i));
  }
  for (int bit = 4; bit < 63; ++bit) {
    for (std::int64_t i = -2; i <= 2; ++i) ASSERT_NO_FATAL_FAILURE(check((1LL << bit) + i));
  }
}

TEST(StructLines, WriteStructsWithinThemselves) {
  Chain chain{.value = 1, .next = {}, .others = {}};
  for (int i = 0; i < 20; ++i) {
    Chain outer{.value = i, .next = Box<Chain>(chain), .others = {Chain{}, Chain{}}};
    chain = outer;
  }
  ASSERT_NO_FATAL_FAILURE(check_same(chain));
}

}  // namespace
}  // namespace keepsake
