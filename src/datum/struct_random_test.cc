// The struct's fast reader against the way through the tree, on random objects, random damage to
// them, and random bytes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "keepsake/datum/struct.h"

namespace keepsake {
namespace {

constexpr std::uint64_t kSeed = 0x5EED2024;

struct Leaf {
  std::string id;
  std::int64_t count = 1;
  std::optional<bool> worn = true;
};
struct Sample {
  bool flag = false;
  std::int16_t small = 0;
  std::int64_t wide = 0;
  std::uint64_t positive = 0;
  double number = 0;
  float narrow = 0;
  std::string text;
  std::optional<std::string> maybe;
  std::vector<Leaf> leaves;
  std::vector<std::vector<std::int64_t>> grid;
  std::array<bool, 2> pair{};
  std::map<std::string, Leaf> named;
  std::unordered_map<std::string, double> scores;
  Leaf only;
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t bits() { return engine_(); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::int64_t integer() {
    const auto raw = static_cast<std::int64_t>(bits());
    switch (below(4)) {
      case 0: return raw;
      case 1: return raw % 1000;
      case 2: return std::numeric_limits<std::int64_t>::min();
      default: return raw >> below(63);
    }
  }
  double number() {
    if (one_in(3)) return static_cast<double>(integer());
    if (one_in(2)) return static_cast<double>(integer() % 100'000) / 8;
    double value = 0;
    do {
      const std::uint64_t raw = bits();
      std::memcpy(&value, &raw, sizeof(value));
    } while (!std::isfinite(value));
    return value;
  }
  std::string text() {
    static const std::vector<std::string> kParts{"a",
                                                 "sword",
                                                 "\"",
                                                 "\\",
                                                 "\n",
                                                 "\x01",
                                                 "\xC3\xA9",
                                                 "\xF0\x9F\x98\x80",
                                                 "/",
                                                 "~",
                                                 "e5",
                                                 std::string(1, '\0'),
                                                 "0123456789abcdef"};
    std::string out;
    for (std::size_t n = below(5); n > 0; --n) out += kParts[below(kParts.size())];
    return out;
  }
  Leaf leaf() {
    Leaf leaf{text(), integer(), {}};
    if (one_in(2)) leaf.worn = one_in(2);
    return leaf;
  }
  Sample sample() {
    Sample sample;
    sample.flag = one_in(2);
    sample.small = static_cast<std::int16_t>(integer());
    sample.wide = integer();
    sample.positive = bits() >> 1;
    sample.number = number();
    sample.narrow = static_cast<float>(integer() % 1000) / 4;
    sample.text = text();
    if (one_in(2)) sample.maybe = text();
    for (std::size_t n = below(4); n > 0; --n) sample.leaves.push_back(leaf());
    for (std::size_t n = below(3); n > 0; --n) {
      sample.grid.emplace_back();
      for (std::size_t m = below(3); m > 0; --m) sample.grid.back().push_back(integer());
    }
    sample.pair = {one_in(2), one_in(2)};
    for (std::size_t n = below(3); n > 0; --n) sample.named[text()] = leaf();
    for (std::size_t n = below(3); n > 0; --n) sample.scores[text()] = number();
    sample.only = leaf();
    return sample;
  }
  Value scalar() {
    switch (below(6)) {
      case 0: return {};
      case 1: return Value(one_in(2));
      case 2: return Value(integer());
      case 3: return Value(number());
      case 4: return Value::array({Value(1)});
      default: return Value(text());
    }
  }
  /// Changes something somewhere: a member lost, added, moved, made null, of another kind.
  void damage(Value& value) {
    if (value.size() != 0 && !one_in(4)) {
      if (value.kind() == Value::Kind::array) return damage(value.item(below(value.size())));
      if (value.kind() == Value::Kind::object) {
        const std::string name = value.members()[below(value.size())].name;
        return damage(*value.find_mutable(name));
      }
    }
    if (value.kind() != Value::Kind::object || one_in(3)) {
      value = scalar();
      return;
    }
    std::vector<Member> members(value.members().begin(), value.members().end());
    switch (members.empty() ? 0 : below(3)) {
      case 0:
        if (value.find("unknown") == nullptr) members.push_back({"unknown", scalar()});
        break;
      case 1:
        members.erase(members.begin() + static_cast<std::ptrdiff_t>(below(members.size())));
        break;
      default: std::swap(members.front(), members[below(members.size())]);
    }
    value.set_members(std::move(members));
  }

 private:
  std::mt19937_64 engine_;
};

/// By way of the tree, as the struct's own reader does it when the fast way gives up.
Result<Bound<Sample>> through_tree(std::string_view text) {
  Result<Value> value = parse_json(text);
  if (!value) return std::move(value).error();
  Result<Validated> validated = schema_of<Sample>().validate(*std::move(value));
  if (!validated) return std::move(validated).error();
  return bind<Sample>(*validated);
}

/// Both ways come to the same: the same error, or the same object with the same extras.
void compare(std::string_view text) {
  const Result<Bound<Sample>> tree = through_tree(text);
  const Result<Bound<Sample>> typed = decode_json<Sample>(text);
  ASSERT_EQ(typed.has_value(), tree.has_value()) << text << " (seed " << kSeed << ")";
  Sample fast;
  const bool accepted = detail::read_fast(detail::kType<Sample>, text, {}, {}, &fast);
  if (!tree.has_value()) {
    ASSERT_EQ(typed.error(), tree.error()) << text << " (seed " << kSeed << ")";
    ASSERT_FALSE(accepted) << text << " (seed " << kSeed << ")";
    return;
  }
  ASSERT_TRUE(equal(typed->value, tree->value)) << text << " (seed " << kSeed << ")";
  ASSERT_EQ(encode_json(typed->value, typed->extras), encode_json(tree->value, tree->extras));
  if (accepted) {
    ASSERT_TRUE(equal(fast, tree->value)) << text << " (seed " << kSeed << ")";
    ASSERT_TRUE(tree->extras.empty()) << text << " (seed " << kSeed << ")";
  }
  ASSERT_TRUE(validate(typed->value).has_value()) << text;
}

TEST(StructAtRandom, ReadsWhatItWrote) {
  Random random(kSeed);
  for (int i = 0; i < 3000; ++i) {
    const Sample sample = random.sample();
    ASSERT_TRUE(validate(sample).has_value());
    const std::string text = encode_json(sample);
    Sample fast;
    ASSERT_TRUE(detail::read_fast(detail::kType<Sample>, text, {}, {}, &fast)) << text;
    ASSERT_TRUE(equal(fast, sample)) << text << " (seed " << kSeed << ")";
    ASSERT_EQ(write_json(unbind(sample)), text);
    ASSERT_EQ(encode_json(through_tree(text)->value), text);
  }
}

TEST(StructAtRandom, ComesToTheSameAsTheTreeWhateverTheDamage) {
  Random random(kSeed + 1);
  int accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    Value value = unbind(random.sample());
    for (std::size_t n = 1 + random.below(3); n > 0; --n) random.damage(value);
    const std::string text = random.one_in(5) ? write_json_indented(value) : write_json(value);
    ASSERT_NO_FATAL_FAILURE(compare(text));
    accepted += decode_json<Sample>(text).has_value() ? 1 : 0;
  }
  EXPECT_GT(accepted, 500);
  EXPECT_LT(accepted, 5500);
}

TEST(StructAtRandom, ComesToTheSameAsTheTreeOnDamagedBytes) {
  Random random(kSeed + 2);
  for (int i = 0; i < 6000; ++i) {
    std::string text = encode_json(random.sample());
    for (std::size_t n = 1 + random.below(2); n > 0; --n) {
      const std::size_t at = random.below(text.size());
      switch (random.below(3)) {
        case 0: text[at] = static_cast<char>(random.bits()); break;
        case 1: text.erase(at, 1 + random.below(4)); break;
        default: text.insert(at, 1, "{}[],:\"\\0-9.eE tn"[random.below(17)]);
      }
      if (text.empty()) break;
    }
    ASSERT_NO_FATAL_FAILURE(compare(text));
  }
}

TEST(StructAtRandom, PutsExtrasBackWhereTheyWere) {
  Random random(kSeed + 3);
  for (int i = 0; i < 2000; ++i) {
    Value value = unbind(random.sample());
    value.set("later", random.scalar());
    for (Value* list : {value.find_mutable("leaves")}) {
      for (std::size_t k = 0; k < list->size(); ++k) {
        if (random.one_in(2)) list->item(k).set("more", Value(random.integer()));
      }
    }
    const Result<Validated> expected = schema_of<Sample>().validate(value);
    ASSERT_TRUE(expected.has_value());
    const Result<Bound<Sample>> bound = decode_json<Sample>(write_json(value));
    ASSERT_TRUE(bound.has_value()) << bound.error().text();
    ASSERT_EQ(unbind(bound->value, bound->extras), expected->value()) << "(seed " << kSeed << ")";
  }
}

}  // namespace
}  // namespace keepsake
