// A struct and its schema come to the same on every text: the struct's own reader, the way through
// the tree, and the schema that is read back from its JSON Schema agree in verdict, pointer, words
// and outcome, whatever the text.
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <variant>

#include "keepsake/datum/box.h"
#include "keepsake/datum/struct.h"
#include "src/datum/random_structs.h"
#include "src/datum/random_test_data.h"

namespace keepsake {
namespace {

using random_structs::Leaf;
using Plain = random_structs::Sample;

enum class Mood : std::uint8_t { calm, wild };
struct Ore {
  std::int64_t weight = 0;
  std::optional<std::string> from;
};
struct Gas {
  double volume = 0;
  std::vector<Ore> traces;
};
using Content = std::variant<Ore, Gas>;
struct Kit {
  std::string id;
  Content content;
  std::vector<Kit> kits;
  Mood mood = Mood::calm;
  std::vector<std::byte> blob;
  std::map<std::string, std::array<std::int16_t, 2>> pairs;
  std::unordered_map<std::string, Content> spares;
  std::optional<Content> last;
  Box<Kit> inner;
};

/// As an engine has one.
class Label {
 public:
  [[nodiscard]] std::string_view view() const { return text_; }
  void assign(std::string_view text) { text_ = text; }

 private:
  std::string text_;
};
struct Ruled {
  std::string id;
  Label label;
  std::int64_t least = 0;
  std::int64_t most = 0;
  double share = 0;
  std::vector<Label> labels;
  std::optional<std::int32_t> level;
  Mood mood = Mood::calm;
  std::map<std::string, Mood> moods;
};

}  // namespace

template <>
struct Foreign<Label> {
  using As = std::string_view;
  static std::string_view get(const Label& label) { return label.view(); }
  static void set(Label& label, std::string_view text) { label.assign(text); }
};
template <>
struct Describe<Content> {
  static constexpr std::string_view tag = "kind";
  static constexpr auto names = std::tuple{alternative<Gas>("gas")};
};
template <>
struct Describe<Mood> {
  static constexpr auto names = std::tuple{named<Mood::wild>("furious")};
};
template <>
struct Describe<Kit> {
  static constexpr auto rules = std::tuple{
      pattern<&Kit::id>("^[a-f]*$"), rule<&Kit::id>(length_at_most(4)),
      defaulted<&Kit::mood>(Mood::wild), defaulted<&Kit::blob>(), deprecated<&Kit::pairs>()};
  static constexpr std::array<std::string_view, 1> reserved{"f"};
};
template <>
struct Describe<Ruled> {
  static constexpr auto rules = std::tuple{
      pattern<&Ruled::id>("^[a-d]+$"),
      rule<&Ruled::least>(between(-4, 6)),
      rule<&Ruled::share>(at_most(0.5)),
      rule<&Ruled::labels>(size_at_most(2)),
      rule<&Ruled::level>(at_least(0)),
      defaulted<&Ruled::most>(9),
      together("least at most most", [](const Ruled& ruled) { return ruled.least <= ruled.most; })};
  static constexpr auto names = std::tuple{named<&Ruled::id>("ruledId"), named<&Ruled::most>("~/")};
};

namespace {

/// By way of the tree.
template <class T>
Result<Bound<T>> through_tree(std::string_view text) {
  Result<Value> value = parse_json(text);
  if (!value) return std::move(value).error();
  Result<Validated> validated = schema_of<T>().validate(*std::move(value));
  if (!validated) return std::move(validated).error();
  return bind<T>(*validated);
}

template <class T>
void ways_agree(const std::string& text) {
  const Result<Bound<T>> typed = decode_json<T>(text);
  const Result<Bound<T>> tree = through_tree<T>(text);
  RC_ASSERT(typed.has_value() == tree.has_value());
  if (!typed) {
    RC_ASSERT(typed.error() == tree.error());
    return;
  }
  RC_ASSERT(equal(typed->value, tree->value));
  RC_ASSERT(validate(typed->value).has_value());
  const std::string written = encode_json(typed->value, typed->extras);
  RC_ASSERT(written == encode_json(tree->value, tree->extras));
  RC_ASSERT(written == write_json(unbind(typed->value, typed->extras)));
  const Bound<T> again = decode_json<T>(written).value();
  RC_ASSERT(equal(again.value, typed->value));
  RC_ASSERT(encode_json(again.value, again.extras) == written);
}

/// The schema as tools have it, which don't know the struct. It holds no rule over several members.
template <class T>
void agrees_with_json_schema(const std::string& text) {
  static const Schema schema = from_json_schema(to_json_schema(schema_of<T>())).value();
  const Result<Value> value = parse_json(text);
  const Result<Validated> run_time =
      value ? schema.validate(*value) : Result<Validated>(value.error());
  const Result<Bound<T>> typed = decode_json<T>(text);
  if (!typed && run_time) {
    RC_ASSERT(typed.error().expected() == "least at most most");
    return;
  }
  RC_ASSERT(typed.has_value() == run_time.has_value());
  if (!typed) {
    RC_ASSERT(typed.error() == run_time.error());
    return;
  }
  const Bound<T> bound = bind<T>(*run_time).value();
  RC_ASSERT(equal(typed->value, bound.value));
  RC_ASSERT(encode_json(typed->value, typed->extras) == encode_json(bound.value, bound.extras));
}

template <class T>
void agree_on_values() {
  const Value value = *values_about(schema_of<T>());
  const auto text = *made_by([value](Choices& c) { return spelled(c, value); });
  ways_agree<T>(text);
  agrees_with_json_schema<T>(text);
}

/// A byte that is another one, is lost or comes in.
template <class T>
void agree_on_damaged_text() {
  const Schema schema = schema_of<T>();
  const auto text = *made_by([schema](Choices& c) {
    std::string bytes = write_json(fitting_value(c, schema));
    const std::size_t at = c.below(bytes.size());
    switch (c.below(3)) {
      case 0: bytes[at] = static_cast<char>(c.bits()); break;
      case 1: bytes.erase(at, 1 + c.below(4)); break;
      default: bytes.insert(at, 1, "{}[],:\"\\0-9.eE tn"[c.below(17)]);
    }
    return bytes;
  });
  ways_agree<T>(text);
  agrees_with_json_schema<T>(text);
}

RC_GTEST_PROP(StructProperty, PlainAgreesOnValues, ()) { agree_on_values<Plain>(); }
RC_GTEST_PROP(StructProperty, KitAgreesOnValues, ()) { agree_on_values<Kit>(); }
RC_GTEST_PROP(StructProperty, RuledAgreesOnValues, ()) { agree_on_values<Ruled>(); }
RC_GTEST_PROP(StructProperty, PlainAgreesOnDamagedText, ()) { agree_on_damaged_text<Plain>(); }
RC_GTEST_PROP(StructProperty, KitAgreesOnDamagedText, ()) { agree_on_damaged_text<Kit>(); }
RC_GTEST_PROP(StructProperty, RuledAgreesOnDamagedText, ()) { agree_on_damaged_text<Ruled>(); }

// The way without a tree is taken for every text that encode_json writes.
RC_GTEST_PROP(StructProperty, ReadsWhatItWroteWithoutATree, ()) {
  const auto read = decode_json<Plain>(write_json(*values_about(schema_of<Plain>())));
  RC_PRE(read.has_value());
  const std::string text = encode_json(read->value);
  Plain fast;
  RC_ASSERT(detail::read_fast(detail::kType<Plain>, text, {}, {}, &fast));
  RC_ASSERT(equal(fast, read->value));
}

}  // namespace
}  // namespace keepsake
