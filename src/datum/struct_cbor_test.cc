// Structs and CBOR: the fast reader and the writer against the way through the tree.
#include "keepsake/datum/struct_cbor.h"

#include <gtest/gtest.h>

#include <memory>

#include "keepsake/datum/data_ops.h"
#include "src/datum/random_structs.h"

namespace keepsake {
namespace {

constexpr std::uint64_t kSeed = 0xCB0;

using random_structs::Random;
using random_structs::Sample;

struct Sword {
  std::int64_t edge = 0;
};
struct Bow {
  std::string wood;
  std::optional<std::int64_t> arrows;
};
struct Kit {
  std::variant<Sword, Bow> held;
  std::vector<std::byte> seal;
  std::int64_t a_name_that_is_longer_than_two_words = 0;
};

template <class T>
Result<Bound<T>> through_tree(std::string_view bytes, const CborOptions& options = {}) {
  Result<Value> value = read_cbor(bytes, options);
  if (!value) return std::move(value).error();
  const Result<Validated> validated = schema_of<T>().validate(*std::move(value));
  if (!validated) return validated.error();
  return bind<T>(*validated);
}

/// Both ways come to the same: the same error, or the same object with the same extras.
void compare(const std::string& bytes) {
  const Result<Bound<Sample>> tree = through_tree<Sample>(bytes);
  const Result<Bound<Sample>> typed = decode_cbor<Sample>(bytes);
  ASSERT_EQ(typed.has_value(), tree.has_value()) << "(seed " << kSeed << ")";
  if (!tree.has_value()) {
    ASSERT_EQ(typed.error(), tree.error()) << "(seed " << kSeed << ")";
    return;
  }
  ASSERT_TRUE(equal(typed->value, tree->value)) << "(seed " << kSeed << ")";
  const std::string written = encode_cbor(typed->value, typed->extras);
  ASSERT_EQ(written, write_cbor(unbind(tree->value, tree->extras))) << "(seed " << kSeed << ")";
}

TEST(StructCbor, WritesAndReadsAsTheTreeDoes) {
  Random random(kSeed);
  for (int i = 0; i < 3000; ++i) {
    const Sample sample = random.sample();
    const std::string bytes = encode_cbor(sample);
    ASSERT_EQ(bytes, write_cbor(unbind(sample))) << "(seed " << kSeed << ")";
    const Result<Bound<Sample>> back = decode_cbor<Sample>(bytes);
    ASSERT_TRUE(back.has_value()) << back.error().text();
    ASSERT_TRUE(equal(back->value, sample)) << "(seed " << kSeed << ")";
    ASSERT_NO_FATAL_FAILURE(compare(bytes));
  }
}

TEST(StructCbor, PutsTheVersionWhereTheOrderOfNamesDoes) {
  Random random(kSeed + 4);
  const DataOps& ops = DataOps::of<Sample>();
  for (int i = 0; i < 1000; ++i) {
    const Sample sample = random.sample();
    Value tree = unbind(sample);
    tree.set("version", "7");
    std::string bytes;
    ops.encode(&sample, {}, "7", bytes, DataForm::cbor);
    ASSERT_EQ(bytes, write_cbor(tree)) << "(seed " << kSeed << ")";
    Sample back;
    ASSERT_TRUE(detail::read_fast_cbor(ops.type(), bytes, "7", {}, &back));
    ASSERT_TRUE(equal(back, sample)) << "(seed " << kSeed << ")";
    ASSERT_FALSE(detail::read_fast_cbor(ops.type(), bytes, "8", {}, &back));
    ASSERT_FALSE(detail::read_fast_cbor(ops.type(), encode_cbor(sample), "7", {}, &back));
  }
}

/// Where the fast way takes bytes, the tree takes them, too, and for the same.
TEST(StructCbor, TakesNoDamagedDocumentThatTheTreeDoesNot) {
  Random random(kSeed + 5);
  const DataOps& ops = DataOps::of<Sample>();
  int taken = 0;
  for (int i = 0; i < 6000; ++i) {
    std::string bytes;
    ops.encode(&*std::make_unique<Sample>(random.sample()), {}, "7", bytes, DataForm::cbor);
    const std::size_t at = random.below(bytes.size());
    switch (random.below(3)) {
      case 0: bytes[at] = static_cast<char>(random.bits()); break;
      case 1: bytes.erase(at, 1 + random.below(4)); break;
      default: bytes.insert(at, 1, static_cast<char>(random.bits()));
    }
    Sample fast;
    if (!detail::read_fast_cbor(ops.type(), bytes, "7", {}, &fast)) continue;
    ++taken;
    Result<Value> tree = read_cbor(bytes);
    ASSERT_TRUE(tree) << tree.error().text() << " (seed " << kSeed << ")";
    ASSERT_EQ((*tree).take("version"), Value("7"));
    const Result<Validated> valid = schema_of<Sample>().validate(*std::move(tree));
    ASSERT_TRUE(valid) << valid.error().text() << " (seed " << kSeed << ")";
    ASSERT_TRUE(equal(fast, bind<Sample>(*valid)->value)) << "(seed " << kSeed << ")";
  }
  EXPECT_GT(taken, 100);
}

TEST(StructCbor, GivesTheSameStructAsJson) {
  Random random(kSeed + 1);
  for (int i = 0; i < 3000; ++i) {
    const Sample sample = random.sample();
    const Result<Bound<Sample>> from_json = decode_json<Sample>(encode_json(sample));
    const Result<Bound<Sample>> from_cbor = decode_cbor<Sample>(encode_cbor(sample));
    ASSERT_TRUE(from_json.has_value() && from_cbor.has_value());
    ASSERT_TRUE(equal(from_json->value, from_cbor->value)) << "(seed " << kSeed << ")";
    ASSERT_EQ(encode_json(from_cbor->value), encode_json(sample)) << "(seed " << kSeed << ")";
    ASSERT_EQ(encode_cbor(from_json->value), encode_cbor(sample)) << "(seed " << kSeed << ")";
  }
}

TEST(StructCbor, ComesToTheSameAsTheTreeWhateverTheDamage) {
  Random random(kSeed + 2);
  int accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    Value value = unbind(random.sample());
    for (std::size_t n = 1 + random.below(3); n > 0; --n) random.damage(value);
    const std::string bytes = write_cbor(value);
    ASSERT_NO_FATAL_FAILURE(compare(bytes));
    accepted += decode_cbor<Sample>(bytes).has_value() ? 1 : 0;
  }
  EXPECT_GT(accepted, 500);
  EXPECT_LT(accepted, 5500);
}

TEST(StructCbor, ComesToTheSameAsTheTreeOnDamagedBytes) {
  Random random(kSeed + 3);
  for (int i = 0; i < 6000; ++i) {
    std::string bytes = encode_cbor(random.sample());
    for (std::size_t n = 1 + random.below(2); n > 0; --n) {
      const std::size_t at = random.below(bytes.size());
      switch (random.below(3)) {
        case 0: bytes[at] = static_cast<char>(random.bits()); break;
        case 1: bytes.erase(at, 1 + random.below(4)); break;
        default: bytes.insert(at, 1, static_cast<char>(random.bits()));
      }
      if (bytes.empty()) break;
    }
    ASSERT_NO_FATAL_FAILURE(compare(bytes));
  }
}

TEST(StructCbor, KeepsUnknownMembersInTheOrderOfTheBytes) {
  const std::string bytes =
      write_cbor(Value::object({{"edge", 3}, {"a", "first"}, {"later", Value::array({1, 2})}}));
  const Result<Bound<Sword>> sword = decode_cbor<Sword>(bytes);
  ASSERT_TRUE(sword.has_value()) << sword.error().text();
  EXPECT_EQ(sword->value.edge, 3);
  EXPECT_EQ(encode_cbor(sword->value, sword->extras), bytes);
  EXPECT_EQ(encode_cbor(sword->value), write_cbor(Value::object({{"edge", 3}})));
}

TEST(StructCbor, HasVariantsBytesAndLongNames) {
  const Kit kit{.held = Bow{.wood = "yew", .arrows = 12},
                .seal = {std::byte{0}, std::byte{0xFF}},
                .a_name_that_is_longer_than_two_words = -5};
  const std::string bytes = encode_cbor(kit);
  EXPECT_EQ(bytes, write_cbor(unbind(kit)));
  const Result<Bound<Kit>> back = decode_cbor<Kit>(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().text();
  EXPECT_TRUE(equal(back->value, kit));
}

TEST(StructCbor, TakesOtherFormsOnlyWhenLenient) {
  const std::string loose(
      "\xBF\x64"
      "edge\x18\x03\xFF",
      9);  // no stated length, a head too long
  EXPECT_EQ(decode_cbor<Sword>(loose).error().text(),
            "malformed: byte 0: a length that is not stated");
  const Result<Bound<Sword>> sword = decode_cbor<Sword>(loose, {.lenient = true});
  ASSERT_TRUE(sword.has_value()) << sword.error().text();
  EXPECT_EQ(sword->value.edge, 3);
}

TEST(StructCbor, NamesTheMemberThatIsWrong) {
  const std::string bytes = write_cbor(Value::object({{"edge", "sharp"}}));
  EXPECT_EQ(decode_cbor<Sword>(bytes).error(),
            schema_of<Sword>().validate(read_cbor(bytes).value()).error());
  EXPECT_EQ(decode_cbor<Sword>(bytes).error().path(), "/edge");
}

TEST(StructCbor, HoldsToTheLimits) {
  const std::vector<std::int64_t> three{1, 2, 3};
  const std::string bytes = encode_cbor(three);
  EXPECT_TRUE(decode_cbor<std::vector<std::int64_t>>(bytes).has_value());
  const auto refused = [&](const JsonLimits& limits) {
    return decode_cbor<std::vector<std::int64_t>>(bytes, {.limits = limits}).error().code();
  };
  EXPECT_EQ(refused({.array = 2}), ErrorCode::limit_exceeded);
  EXPECT_EQ(refused({.depth = 0}), ErrorCode::limit_exceeded);
  EXPECT_EQ(refused({.size_bytes = 3}), ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace keepsake
