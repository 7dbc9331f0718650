#include "keepsake/datum/struct.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace keepsake {
namespace {

struct Tool {
  std::string id;
  std::int64_t count = 7;
  std::optional<bool> worn = true;
};
struct Place {
  double x = 0;
  float y = 0;
};
struct Everything {
  bool flag = true;
  std::int8_t tiny = 0;
  std::uint16_t small = 0;
  std::uint64_t big = 0;
  std::vector<Tool> tools;
  std::array<std::int64_t, 2> pair{};
  std::map<std::string, Place> places;
  std::unordered_map<std::string, std::int64_t> scores;
  std::optional<Place> home;
  std::vector<std::optional<std::string>> words;
};
struct Tree {
  std::int64_t leaf = 0;
  std::vector<Tree> branches;
};
struct Ruled {
  std::int64_t amount = 1;
  std::optional<double> share;
  std::string title;
  std::vector<std::int64_t> list;
};
struct Nothing {};

}  // namespace

template <>
struct Describe<Ruled> {
  static constexpr auto rules =
      std::tuple{rule<&Ruled::amount>(at_least(1)), rule<&Ruled::share>(between(0, 1)),
                 rule<&Ruled::title>(size_at_most(3)), rule<&Ruled::list>(size_at_least(1))};
  static constexpr auto names = std::tuple{named<&Ruled::title>("shownAs")};
};

namespace {

constexpr const char* kEverything =
    R"({"flag":false,"tiny":-128,"small":65535,"big":9223372036854775807,)"
    R"("tools":[{"id":"axe","count":1},{"id":"bow","count":2,"worn":false}],"pair":[1,2],)"
    R"("places":{"a":{"x":1.5,"y":2},"b/~":{"x":0,"y":0.25}},"scores":{"k":1,"l":2},)"
    R"("home":{"x":1e+300,"y":0},"words":["é",null,"\n"]})";

template <class T>
std::string fault(std::string_view json) {
  const Result<Bound<T>> bound = decode_json<T>(json);
  return bound ? "accepted" : bound.error().text();
}

TEST(Struct, IsItsOwnSchema) {
  const Schema schema = schema_of<Everything>();
  std::string names;
  for (const SchemaMember& member : schema.members()) {
    names += member.name + ":" + member.schema.text() + ";";
  }
  EXPECT_EQ(
      names,
      "flag:boolean;tiny:integer at least -128, at most 127;small:integer at least 0, at most "
      "65535;big:integer at least 0;tools:array;pair:array of size at least 2, of size at "
      "most 2;places:map;scores:map;home:object;words:array;");
  EXPECT_TRUE(schema_of<Nothing>().members().empty());
}

TEST(Struct, GoesThroughJsonAndBack) {
  const Result<Bound<Everything>> bound = decode_json<Everything>(kEverything);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  const Everything& value = bound->value;
  EXPECT_EQ(value.flag, false);
  EXPECT_EQ(value.tiny, -128);
  EXPECT_EQ(value.big, 9223372036854775807U);
  ASSERT_EQ(value.tools.size(), 2U);
  EXPECT_EQ(value.tools[0].worn, std::nullopt);
  EXPECT_EQ(value.places.at("b/~").y, 0.25F);
  EXPECT_EQ(value.home->x, 1e300);
  EXPECT_EQ(value.words[1], std::nullopt);
  EXPECT_TRUE(bound->extras.empty());
  EXPECT_EQ(encode_json(value), kEverything);
  EXPECT_EQ(write_json(unbind(value)), kEverything);
  const Result<Validated> validated = schema_of<Everything>().validate(unbind(value));
  ASSERT_TRUE(validated.has_value()) << validated.error().text();
  EXPECT_TRUE(equal(bind<Everything>(*validated)->value, value));
}

TEST(Struct, ReadsMembersInAnyOrderWithAnySpaces) {
  const Result<Bound<Tool>> bound =
      decode_json<Tool>("\n{ \"worn\" : true ,\t\"count\":2.0e0,\"\\u0069d\" : \"a\\\"\" } ");
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(encode_json(bound->value), R"({"id":"a\"","count":2,"worn":true})");
}

TEST(Struct, FillsNoMissingMemberFromAnInitialiser) {
  EXPECT_EQ(fault<Tool>(R"({"id":"a"})"),
            "invalid_data at /count: expected integer, found nothing");
  EXPECT_EQ(fault<Tool>(R"({"id":"a","count":null})"),
            "invalid_data at /count: expected integer, found nothing");
  EXPECT_EQ(decode_json<Tool>(R"({"id":"a","count":1})")->value.worn, std::nullopt);
  EXPECT_EQ(decode_json<Tool>(R"({"id":"a","count":1,"worn":null})")->value.worn, std::nullopt);
}

TEST(Struct, RefusesWithTheTreesErrors) {
  EXPECT_EQ(fault<Tool>("[]"), "invalid_data: expected object, found array");
  EXPECT_EQ(
      fault<Tool>(R"({"id":"a","count":1,"id":"a"})"),
      "malformed at /id: line 1, column 29: the object that ends here has the same name twice");
  EXPECT_EQ(fault<Tool>(R"({"id":"a","count":1.5})"),
            "invalid_data at /count: expected integer, found number with a fraction");
  EXPECT_EQ(fault<Tool>(R"({"id":"a","count":1} x)"),
            "malformed: line 1, column 22: text after the end of the value");
  EXPECT_EQ(fault<Tool>("{\"id\":\"\xFF\",\"count\":1}"),
            "malformed at /id: line 1, column 8: a string that is not UTF-8");
  EXPECT_EQ(fault<std::vector<std::uint8_t>>("[1,256]"),
            "invalid_data at /1: expected integer at least 0, at most 255, found a greater one");
  EXPECT_EQ((fault<std::array<bool, 2>>("[true]")),
            "invalid_data: expected array of size at least 2, of size at most 2, found a shorter "
            "one");
  EXPECT_EQ(fault<Place>(R"({"x":0,"y":1e39})").substr(0, 35),
            "invalid_data at /y: expected number");
}

TEST(Struct, HoldsItsRulesOnTheWayInAndBeforeItIsSaved) {
  const char* good = R"({"amount":1,"share":0.5,"shownAs":"abc","list":[0]})";
  Ruled value = decode_json<Ruled>(good)->value;
  EXPECT_EQ(encode_json(value), good);
  EXPECT_TRUE(validate(value).has_value());
  EXPECT_EQ(fault<Ruled>(R"({"amount":0,"shownAs":"","list":[0]})"),
            "invalid_data at /amount: expected integer at least 1, found a smaller one");
  value.amount = 0;
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /amount: expected integer at least 1, found a smaller one");
  value.amount = 1;
  value.share = 1.5;
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /share: expected number at least 0, at most 1, found a greater one");
  value.share.reset();
  value.title = "long";
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /shownAs: expected string of size at most 3, found a longer one");
  value.title.clear();
  value.list.clear();
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /list: expected array of size at least 1, found a shorter one");
}

TEST(Struct, RefusesToSaveWhatCouldNotBeReadBack) {
  Everything value;
  EXPECT_TRUE(validate(value).has_value());
  value.places["a/b"].x = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /places/a~1b/x: expected number, found NaN");
  value.places["a/b"].x = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /places/a~1b/x: expected number, found infinity");
  value = {};
  value.big = std::uint64_t{1} << 63;
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /big: expected integer at least 0, found number beyond 64 bits");
  value = {};
  value.tools.push_back({"\xC3", 1, {}});
  EXPECT_EQ(validate(value).error().text(),
            "invalid_data at /tools/0/id: expected string, found string that is not UTF-8");
  value = {};
  value.words.resize(100'001);
  EXPECT_EQ(validate(value).error().text(),
            "limit_exceeded at /words: more than 100000 items in one array or map");
  value.words.resize(100'000);
  EXPECT_TRUE(decode_json<Everything>(encode_json(value)).has_value());
}

TEST(Struct, MayHoldItself) {
  const char* text = R"({"leaf":1,"branches":[{"leaf":2,"branches":[]}]})";
  const Result<Bound<Tree>> bound = decode_json<Tree>(text);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(encode_json(bound->value), text);
  EXPECT_EQ(fault<Tree>(R"({"leaf":1,"branches":[{"leaf":2,"branches":[{}]}]})"),
            "invalid_data at /branches/0/branches/0/leaf: expected integer, found nothing");
}

TEST(Struct, ComparesByMember) {
  const Everything a = decode_json<Everything>(kEverything)->value;
  Everything b = a;
  EXPECT_TRUE(equal(a, b));
  b.scores["k"] = 3;
  EXPECT_FALSE(equal(a, b));
  b = a;
  b.tools[1].worn.reset();
  EXPECT_FALSE(equal(a, b));
  b = a;
  b.places.erase("a");
  EXPECT_FALSE(equal(a, b));
}

// 160 members, the most there may be.
#define KEEPSAKE_TEN(p)                                                                        \
  std::int64_t p##0 = 0, p##1 = 0, p##2 = 0, p##3 = 0, p##4 = 0, p##5 = 0, p##6 = 0, p##7 = 0, \
               p##8 = 0, p##9 = 0
struct Wide {
  KEEPSAKE_TEN(a);
  KEEPSAKE_TEN(b);
  KEEPSAKE_TEN(c);
  KEEPSAKE_TEN(d);
  KEEPSAKE_TEN(e);
  KEEPSAKE_TEN(f);
  KEEPSAKE_TEN(g);
  KEEPSAKE_TEN(h);
  KEEPSAKE_TEN(i);
  KEEPSAKE_TEN(j);
  KEEPSAKE_TEN(k);
  KEEPSAKE_TEN(l);
  KEEPSAKE_TEN(m);
  KEEPSAKE_TEN(n);
  KEEPSAKE_TEN(o);
  KEEPSAKE_TEN(p);
};

TEST(Struct, MayHave160Members) {
  Wide wide;
  wide.a0 = 1;
  wide.p9 = 160;
  const std::string text = encode_json(wide);
  const Result<Bound<Wide>> bound = decode_json<Wide>(text);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_TRUE(equal(bound->value, wide));
  EXPECT_EQ(schema_of<Wide>().members().size(), 160U);
  EXPECT_EQ(schema_of<Wide>().members().back().name, "p9");
}

TEST(Struct, HasTheAritiesThatTheirGeneratorWrites) {
  EXPECT_EQ(std::system("script/gen_struct_arity.sh --check"), 0);
}

}  // namespace
}  // namespace keepsake
