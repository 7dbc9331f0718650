#include "keepsake/datum/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/struct.h"
#include "src/base/sha256.h"

namespace keepsake {
namespace {

struct Sword {
  std::int64_t edge = 0;
};
struct Rack {
  Sword first;
  Sword second;
  std::vector<Rack> below;
};

Schema read_back(const Schema& schema) { return from_json_schema(to_json_schema(schema)).value(); }

Schema nested(int depth, Schema inner) {
  for (int i = 0; i < depth; ++i) {
    inner = schema::array(inner).within(size_at_most(static_cast<std::size_t>(i + 1)));
  }
  return inner;
}

TEST(Fingerprint, OfAPartWithoutOthersIsTheHashOfItsJsonSchema) {
  EXPECT_EQ(fingerprint(schema::string()), hex(sha256(R"({"type":"string"})")));
  EXPECT_EQ(fingerprint(schema::array(schema::string())),
            hex(sha256(R"({"type":"array","items":{"$ref":")" + fingerprint(schema::string()) +
                       R"("}})")));
  EXPECT_EQ(fingerprint({change::add("/a", 1)}),
            hex(sha256(R"([{"op":"add","at":"/a","value":1}])")));
}

TEST(Fingerprint, ChangesWithEverythingThatDecidesAboutData) {
  using namespace schema;  // NOLINT(google-build-using-namespace)
  const auto holds = [](const Value&) { return true; };
  const Schema schemas[] = {
      object({{"a", integer()}}),
      object({{"b", integer()}}),
      object({{"a", integer()}, {"b", integer()}}),
      object({{"b", integer()}, {"a", integer()}}),
      object({{"a", optional(integer())}}),
      object({{"a", integer().with_default(1)}}),
      object({{"a", integer().with_default(2)}}),
      object({{"a", integer().at_least(1)}}),
      object({{"a", number()}}),
      object({{"a", string()}}),
      object({{"a", string().matching("a")}}),
      object({{"a", string().within(length_at_most(3))}}),
      object({{"a", string().within(size_at_most(3))}}),
      object({{"a", bytes()}}),
      object({{"a", literal("x")}}),
      object({{"a", enumeration({"x"})}}),
      object({{"a", enumeration({"x", "y"})}}),
      object({{"a", integer()}}).unknown_fields(UnknownFields::strip),
      object({{"a", integer()}}).unknown_fields(UnknownFields::reject),
      object({{"a", integer()}}).reserving({"z"}),
      object({{"a", refine(integer(), "even", holds)}}),
      object({{"a", refine(integer(), "odd", holds)}}),
      object({{"a", integer()}}).with_rule("even", holds),
      map(string(), integer()),
      map(string().matching("a"), integer()),
      union_of({integer(), string()}),
      union_of({string(), integer()}),
      tagged_union("a", {{"x", object({})}}),
      tagged_union("b", {{"x", object({})}}),
      nested(12, integer()),
      nested(12, string()),
      nested(13, string()),
      any(),
      recursive("T", [](const Schema& self) { return object({{"s", array(self)}}); }),
      recursive("T", [](const Schema& self) { return object({{"s", array(array(self))}}); }),
  };
  std::set<std::string> seen;
  for (const Schema& schema : schemas) {
    EXPECT_TRUE(seen.insert(fingerprint(schema)).second) << write_json(to_json_schema(schema));
    EXPECT_EQ(fingerprint(read_back(schema)), fingerprint(schema))
        << write_json(to_json_schema(schema));
  }
}

TEST(Fingerprint, LeavesOutWhatIsSaidForPeople) {
  const Schema plain = schema::object({{"a", schema::integer()}});
  const Schema noted =
      schema::object({{"a", schema::integer().described("how many").deprecated(true)}})
          .described("a thing");
  EXPECT_EQ(fingerprint(noted), fingerprint(plain));
}

TEST(Fingerprint, IsTheSameForAStructAndForTheSameSchemaByHand) {
  const Schema sword = schema::object({{"edge", schema::integer()}});
  const Schema by_hand = schema::recursive("Other", [&](const Schema& self) {
    return schema::object({{"first", sword}, {"second", sword}, {"below", schema::array(self)}});
  });
  EXPECT_EQ(fingerprint(schema_of<Rack>()), fingerprint(by_hand));
  EXPECT_EQ(fingerprint(read_back(schema_of<Rack>())), fingerprint(by_hand));
  // Written out once more before it comes back to itself, it is the same still.
  const Schema unrolled =
      schema::object({{"first", sword}, {"second", sword}, {"below", schema::array(by_hand)}});
  EXPECT_EQ(fingerprint(unrolled), fingerprint(by_hand));
}

TEST(Fingerprint, DoesNotSayWhereAWordStands) {
  const auto holds = [](const Value&) { return true; };
  const Schema inner = schema::object({{"a", schema::integer()}});
  EXPECT_EQ(fingerprint(schema::refine(inner, "good", holds)),
            fingerprint(inner.with_rule("good", holds)));
}

}  // namespace
}  // namespace keepsake
