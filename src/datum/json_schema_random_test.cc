// Random schemas against what is read back from their JSON Schema; and structs against their
// run-time schemas: the same verdict, path and outcome on every value.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/struct.h"

namespace keepsake {
namespace {

constexpr std::uint64_t kSeed = 0x5C4E3A;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string name() { return std::string(1, "abcdef"[below(6)]); }
  std::string text() {
    std::string out;
    for (std::size_t n = below(4); n > 0; --n) out += name();
    return one_in(8) ? out + "\xC3\xA9" : out;
  }
  Value scalar() {
    switch (below(7)) {
      case 0: return {};
      case 1: return Value(one_in(2));
      case 2: return Value(static_cast<std::int64_t>(below(9)) - 4);
      case 3: return Value(static_cast<double>(below(20)) / 4);
      case 4: return Value::array({});
      case 5: return Value("YWI=");
      default: return Value(text());
    }
  }

  Schema schema(std::size_t depth) {
    Schema made = bare(depth);
    if (one_in(6)) made = made.described("about " + name());
    if (one_in(8)) made = made.deprecated(true);
    return made;
  }

  /// A value that the schema may take: mostly it does.
  Value value(const Schema& schema, std::size_t depth) {
    const bool is_list = schema.kind() == Schema::Kind::array;
    if (depth > 10 && is_list && schema.limits().none()) return Value::array({});
    if (one_in(40) || depth > 20) return scalar();
    switch (schema.kind()) {
      case Schema::Kind::nil: return {};
      case Schema::Kind::boolean: return Value(one_in(2));
      case Schema::Kind::integer: return Value(static_cast<std::int64_t>(below(9)) - 4);
      case Schema::Kind::number: return Value(static_cast<double>(below(20)) / 4);
      case Schema::Kind::string: return Value(text());
      case Schema::Kind::bytes: return one_in(2) ? Value("YWI=") : Value::bytes("abc");
      case Schema::Kind::literal: return schema.literal();
      case Schema::Kind::enumeration: return Value(schema.names()[below(schema.names().size())]);
      case Schema::Kind::any: return scalar();
      case Schema::Kind::array:
      case Schema::Kind::strict_array: {
        Value list = Value::array({});
        std::size_t n = below(4);
        const Limits& limits = schema.limits();
        if (!one_in(6)) n = std::min(std::max(n, limits.least_size), limits.most_size);
        for (; n > 0; --n) list.push_back(value(*schema.element(), depth + 1));
        return list;
      }
      case Schema::Kind::map: {
        Value map = Value::object();
        for (std::size_t n = below(4); n > 0; --n)
          map.set(name(), value(*schema.element(), depth + 1));
        return map;
      }
      case Schema::Kind::object: return object(schema, depth);
      case Schema::Kind::union_of:
        return value(schema.members()[below(schema.members().size())].schema, depth + 1);
      case Schema::Kind::tagged_union: {
        const SchemaMember& variant = schema.members()[below(schema.members().size())];
        Value made = value(variant.schema, depth + 1);
        if (made.kind() == Value::Kind::object && !one_in(12)) made.set(schema.tag(), variant.name);
        return made;
      }
      case Schema::Kind::optional: return one_in(3) ? Value() : value(*schema.element(), depth + 1);
      case Schema::Kind::refine: return value(*schema.element(), depth + 1);
    }
    return {};
  }

 private:
  Value object(const Schema& schema, std::size_t depth) {
    std::vector<Member> members;
    for (const SchemaMember& member : schema.members()) {
      if (!one_in(10)) members.push_back({member.name, value(member.schema, depth + 1)});
    }
    if (one_in(4)) std::shuffle(members.begin(), members.end(), engine_);
    Value made = Value::object(std::move(members));
    if (one_in(8)) made.set(name(), scalar());
    return made;
  }

  Limits sizes() {
    return (one_in(3) ? size_at_least(below(3)) : Limits{}) &
           (one_in(3) ? size_at_most(1 + below(3)) : Limits{});
  }

  Schema bare(std::size_t depth) {
    switch (below(depth == 0 ? 9 : 17)) {
      case 0: return schema::nil();
      case 1: return schema::boolean();
      case 2: {
        const Schema made = schema::integer();
        return one_in(2) ? made : made.at_least(-2).at_most(3);
      }
      case 3: return one_in(2) ? schema::number() : schema::number().at_least(0.25);
      case 4: {
        const Schema made = schema::string().within(sizes());
        return one_in(2) ? made : made.matching("^[a-d]*$").within(length_at_most(2));
      }
      case 5: return schema::bytes().within(sizes());
      case 6: return schema::literal(one_in(3) ? Value(3) : Value(name()));
      case 7: return schema::enumeration({"a", "bb", "c"});
      case 8: return schema::any();
      case 9:
      case 10: return schema::array(schema(depth - 1)).within(sizes());
      case 11: {
        const Schema key = one_in(2) ? schema::string() : schema::string().matching("[ace]");
        return schema::map(key, schema(depth - 1)).within(sizes());
      }
      case 12:
      case 13: return made_object(depth);
      case 14: {
        std::vector<Schema> alternatives;
        for (std::size_t n = 1 + below(3); n > 0; --n) alternatives.push_back(schema(depth - 1));
        return schema::union_of(std::move(alternatives));
      }
      case 15: {
        const Schema own =
            schema::object({{"t", schema::literal("own")}, {"x", schema(depth - 1)}});
        return schema::tagged_union(
            "t", {{"own", own}, {"other", made_object(depth).unknown_fields(UnknownFields::keep)}});
      }
      default:
        return schema::recursive("R" + name(), [&](const Schema& self) {
          return schema::object({{"v", schema(depth - 1)},
                                 {"list", schema::array(self)},
                                 {"next", schema::optional(self)}});
        });
    }
  }

  Schema made_object(std::size_t depth) {
    std::vector<SchemaMember> members;
    for (const char* each : {"a", "b", "c"}) {
      if (one_in(4)) continue;
      Schema made = schema(depth - 1);
      if (one_in(3)) made = schema::optional(std::move(made));
      if (one_in(4)) {
        const Value fallback = value(made, 0);
        if (made.validate(fallback)) made = made.with_default(fallback);
      }
      members.push_back({each, std::move(made)});
    }
    Schema made = schema::object(std::move(members));
    if (one_in(4)) made = made.reserving({"f"});
    const UnknownFields policies[] = {UnknownFields::keep, UnknownFields::strip,
                                      UnknownFields::reject};
    return made.unknown_fields(policies[below(3)]);
  }

  std::mt19937_64 engine_;
};

/// Verdict, path and outcome; the words need not be the same.
std::string behaviour(const Schema& schema, const Value& value) {
  const Result<Validated> validated = schema.validate(value);
  if (validated) return "takes " + write_json(validated->value());
  return std::string(name(validated.error().code())) + " at " + validated.error().path();
}

TEST(JsonSchemaAtRandom, MeansTheSameWhenReadBack) {
  Random random(kSeed);
  int taken = 0;
  int values = 0;
  for (int i = 0; i < 1500; ++i) {
    const Schema schema = random.schema(4);
    const Value document = to_json_schema(schema);
    const std::string text = write_json(document);
    const Result<Value> parsed = parse_json(text);
    ASSERT_TRUE(parsed.has_value()) << text << " (seed " << kSeed << ")";
    const Result<Schema> read = from_json_schema(*parsed);
    ASSERT_TRUE(read.has_value()) << read.error().text() << "\n"
                                  << text << " (seed " << kSeed << ")";
    for (int k = 0; k < 12; ++k) {
      const Value value = random.value(schema, 0);
      const std::string expected = behaviour(schema, value);
      ASSERT_EQ(behaviour(*read, value), expected)
          << text << "\n"
          << write_json(value) << " (seed " << kSeed << ")";
      ++values;
      taken += expected.starts_with("takes") ? 1 : 0;
      if (!expected.starts_with("takes")) continue;
      const Value once = schema.validate(value)->value();
      ASSERT_EQ(behaviour(schema, once), expected) << "not settled: " << text;
    }
  }
  EXPECT_GT(taken, values / 4);
  EXPECT_LT(taken, values * 19 / 20);
}

enum class Mood : std::uint8_t { calm, wild };
struct Ore {
  std::int64_t weight = 0;
  std::optional<std::string> from;
};
struct Gas {
  double volume = 0;
};
struct Kit {
  std::string id;
  std::variant<Ore, Gas> content;
  std::vector<Kit> kits;
  Mood mood = Mood::calm;
  std::vector<std::byte> blob;
  std::map<std::string, std::array<std::int16_t, 2>> pairs;
  std::optional<Ore> spare;
};

}  // namespace

template <>
struct Describe<Kit> {
  static constexpr auto rules = std::tuple{
      pattern<&Kit::id>("^[a-f]*$"), rule<&Kit::id>(length_at_most(20)),
      defaulted<&Kit::mood>(Mood::wild), defaulted<&Kit::blob>(), deprecated<&Kit::spare>()};
  static constexpr std::array<std::string_view, 1> reserved{"f"};
};

namespace {

TEST(JsonSchemaAtRandom, AgreesWithTheStructItIsFrom) {
  Random random(kSeed + 1);
  const Schema typed = schema_of<Kit>();
  const Result<Schema> run_time = from_json_schema(to_json_schema(typed));
  ASSERT_TRUE(run_time.has_value()) << run_time.error().text();
  int taken = 0;
  for (int i = 0; i < 6000; ++i) {
    const Value value = random.value(typed, 6);
    const std::string text = write_json(value);
    const std::string expected = behaviour(*run_time, *parse_json(text));
    const Result<Bound<Kit>> bound = decode_json<Kit>(text);
    std::string found;
    if (bound) {
      // A map of the struct is written in the order of its keys.
      const Result<Validated> same = run_time->validate(*parse_json(text));
      if (same && unbind(bound->value, bound->extras) == same->value()) found = expected;
      ASSERT_TRUE(validate(bound->value).has_value()) << text;
    } else {
      found = std::string(name(bound.error().code())) + " at " + bound.error().path();
    }
    ASSERT_EQ(found, expected) << text << " (seed " << kSeed << ")";
    taken += bound ? 1 : 0;
  }
  EXPECT_GT(taken, 300);
  EXPECT_LT(taken, 5500);
}

}  // namespace
}  // namespace keepsake
