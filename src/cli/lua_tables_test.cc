#include "src/cli/lua_tables.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake::cli {
namespace {

std::string told_apart(std::string_view json, const Schema& schema) {
  return write_json(with_tables_told_apart(parse_json(json).value(), schema));
}

TEST(LuaTables, MakesAnEmptyArrayAnObjectWhereAMapIsMeant) {
  const Schema counts = schema::map(schema::string(), schema::integer());
  EXPECT_EQ(told_apart("[]", counts), "{}");
  EXPECT_EQ(told_apart("[1]", counts), "[1]");
  EXPECT_EQ(told_apart(R"({"a":[],"b":{"x":1}})", schema::map(schema::string(), counts)),
            R"({"a":{},"b":{"x":1}})");
  EXPECT_EQ(told_apart("[[],{}]", schema::array(counts)), "[{},{}]");
  EXPECT_EQ(told_apart("[]", schema::array(counts)), "[]");
  EXPECT_EQ(told_apart("[]", schema::optional(counts)), "{}");
}

TEST(LuaTables, MakesAnEmptyArrayAnObjectOnlyWhereThatMayBeEmpty) {
  const Schema may = schema::object({{"a", schema::optional(schema::integer())}});
  const Schema must = schema::object({{"a", schema::integer()}});
  EXPECT_EQ(told_apart("[]", may), "{}");
  EXPECT_EQ(told_apart("[]", must), "[]");
  EXPECT_EQ(told_apart(R"({"m":[],"unknown":[]})", schema::object({{"m", may}})),
            R"({"m":{},"unknown":[]})");
}

}  // namespace
}  // namespace keepsake::cli
