// Members of every kind, and all that Describe may say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "keepsake/datum/data_ops.h"
#include "keepsake/datum/struct.h"

namespace {

// Compilers begin the name of such a value with a bracket.
enum class Unreachable : std::uint8_t { near, far };
struct Road {
  Unreachable end = Unreachable::far;
};

}  // namespace

namespace keepsake {
namespace game {

enum class Colour : std::uint8_t { red, green, blue = 7 };
enum Level : int { kLow = -3, kHigh = 1000 };

struct Sword {
  std::int64_t edge = 0;
};
struct Bow {
  std::string wood;
  std::optional<std::int64_t> arrows;
};
struct Wand {};
using Weapon = std::variant<Sword, Bow, Wand>;

/// An engine's own string: no aggregate, no std::string.
class EngineString {
 public:
  EngineString() = default;
  EngineString(const char* text) : text_(text) {}
  [[nodiscard]] const std::string& raw() const { return text_; }
  void reset(std::string_view text) { text_ = text; }

 private:
  std::string text_;
};
class Point {
 public:
  Point() = default;
  Point(double x, double y) : x_(x), y_(y) {}
  [[nodiscard]] double x() const { return x_; }
  [[nodiscard]] double y() const { return y_; }

 private:
  double x_ = 0;
  double y_ = 0;
};

struct Node {
  std::int64_t value = 0;
  Box<Node> next;
  std::vector<Node> kids;
  std::map<std::string, Node> named;
};
struct Slot {
  Weapon weapon;
  std::vector<Weapon> spare;
};
struct All {
  Colour colour = Colour::red;
  std::optional<Level> level;
  std::vector<std::byte> blob;
  Weapon weapon;
  std::map<std::string, Weapon> armoury;
  EngineString title;
  std::vector<EngineString> words;
  Point at;
  std::unordered_map<std::string, std::array<Colour, 2>> pairs;
  Box<Sword> spare;
};
struct Ruled {
  std::string id;
  std::int64_t least = 0;
  std::int64_t most = 10;
  Colour colour = Colour::green;
  std::vector<std::string> tags;
  std::optional<std::int64_t> old;
  EngineString title;
};
struct Throwing {
  std::int64_t x = 0;
};

}  // namespace game

using namespace game;

template <>
struct Foreign<EngineString> {
  using As = std::string_view;
  static std::string_view get(const EngineString& text) { return text.raw(); }
  static void set(EngineString& text, std::string_view content) { text.reset(content); }
};
template <>
struct Foreign<Point> {
  using As = std::array<double, 2>;
  static As get(const Point& point) { return {point.x(), point.y()}; }
  static void set(Point& point, const As& as) { point = Point(as[0], as[1]); }
};
template <>
struct Describe<Level> {
  static constexpr std::pair range{-10, 1000};
  static constexpr auto names = std::tuple{named<kLow>("low")};
};
template <>
struct Describe<Bow> {
  static constexpr std::string_view name = "bow";
};
template <>
struct Describe<Weapon> {
  static constexpr std::string_view tag = "kind";
  static constexpr auto names = std::tuple{alternative<Wand>("magic wand")};
};
template <>
struct Describe<Ruled> {
  static constexpr auto rules =
      std::tuple{pattern<&Ruled::id>("^[a-z]+$"),
                 rule<&Ruled::id>(length_at_most(5)),
                 rule<&Ruled::title>(size_at_most(3)),
                 defaulted<&Ruled::colour>(Colour::blue),
                 defaulted<&Ruled::most>(100),
                 defaulted<&Ruled::tags>(),
                 deprecated<&Ruled::old>(),
                 described<&Ruled::least>("the lower bound"),
                 together("least at most most", [](const Ruled& r) { return r.least <= r.most; })};
  static constexpr auto names = std::tuple{named<&Ruled::id>("itemId")};
  static constexpr std::array<std::string_view, 2> reserved{"count", "owner"};
  static constexpr std::string_view description = "a thing with rules";
};
template <>
struct Describe<Throwing> {
  static constexpr auto rules = std::tuple{together("-", [](const Throwing& t) -> bool {
    if (t.x == 13) throw std::runtime_error("bang");
    return true;
  })};
};

namespace {

template <class T>
std::string fault(std::string_view json) {
  const Result<Bound<T>> bound = decode_json<T>(json);
  return bound ? "accepted" : bound.error().text();
}

template <class T>
bool reads_fast(std::string_view json) {
  T object{};
  return detail::read_fast(detail::kType<T>, json, {}, {}, &object);
}

constexpr const char* kAll =
    R"({"colour":"blue","level":"low","blob":"AP8=","weapon":{"kind":"bow","wood":"yew"},)"
    R"("armoury":{"a":{"kind":"Sword","edge":7},"b":{"kind":"magic wand"}},"title":"é",)"
    R"("words":["x",""],"at":[1.5,-2],"pairs":{"p":["red","green"]},"spare":{"edge":3}})";

TEST(StructKinds, NamesTheValuesOfAnEnumerationWithoutNamespace) {
  EXPECT_EQ(encode_json(Road{}), R"({"end":"far"})");
  EXPECT_EQ(schema_of<Road>().member("end")->text(), R"(one of "near", "far")");
}

TEST(StructKinds, GoThroughJsonAndBack) {
  const Result<Bound<All>> bound = decode_json<All>(kAll);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  const All& all = bound->value;
  EXPECT_EQ(all.colour, Colour::blue);
  EXPECT_EQ(all.level, kLow);
  EXPECT_EQ(all.blob, (std::vector<std::byte>{std::byte{0}, std::byte{255}}));
  EXPECT_EQ(std::get<Bow>(all.weapon).wood, "yew");
  EXPECT_EQ(std::get<Sword>(all.armoury.at("a")).edge, 7);
  EXPECT_EQ(all.title.raw(), "\xC3\xA9");
  EXPECT_EQ(all.at.y(), -2);
  EXPECT_EQ(all.pairs.at("p")[1], Colour::green);
  EXPECT_EQ(all.spare->edge, 3);
  EXPECT_EQ(encode_json(all), kAll);
  EXPECT_EQ(write_json(unbind(all)), kAll);
  EXPECT_TRUE(reads_fast<All>(kAll));
  EXPECT_TRUE(validate(all).has_value());
  const Result<Validated> validated = schema_of<All>().validate(*parse_json(kAll));
  ASSERT_TRUE(validated.has_value()) << validated.error().text();
  EXPECT_EQ(validated->value(), unbind(all));
  EXPECT_TRUE(equal(bind<All>(*validated)->value, all));
}

TEST(StructKinds, HaveTheirSchemas) {
  const Schema schema = schema_of<All>();
  EXPECT_EQ(schema.member("colour")->text(), R"(one of "red", "green", "blue")");
  EXPECT_EQ(schema.member("level")->text(), R"(one of "low", "kHigh")");
  EXPECT_EQ(schema.member("blob")->kind(), Schema::Kind::bytes);
  EXPECT_EQ(schema.member("title")->kind(), Schema::Kind::string);
  EXPECT_EQ(schema.member("at")->text(), "array of size at least 2, of size at most 2");
  const Schema& weapon = *schema.member("weapon");
  EXPECT_EQ(weapon.tag(), "kind");
  ASSERT_EQ(weapon.members().size(), 3U);
  EXPECT_EQ(weapon.members()[0].name, "Sword");
  EXPECT_EQ(weapon.members()[1].name, "bow");
  EXPECT_EQ(weapon.members()[2].name, "magic wand");
}

TEST(StructKinds, SayWhatIsWrong) {
  EXPECT_EQ(fault<Colour>("\"pink\""),
            R"(invalid_data: expected one of "red", "green", "blue", found another string)");
  EXPECT_EQ(fault<Colour>("7"),
            R"(invalid_data: expected one of "red", "green", "blue", found integer)");
  EXPECT_EQ(fault<std::vector<std::byte>>("\"?\""),
            "invalid_data: expected bytes, found string that is not base64");
  EXPECT_EQ(fault<Weapon>("{}"), "invalid_data at /kind: expected string, found nothing");
  EXPECT_EQ(
      fault<Weapon>(R"({"kind":"Bow"})"),
      R"(invalid_data: expected a tag that is one of "Sword", "bow", "magic wand", found the )"
      R"(tag "Bow")");
  EXPECT_EQ(fault<Slot>(R"({"weapon":{"kind":"bow","wood":3},"spare":[]})"),
            "invalid_data at /weapon/wood: expected string, found integer");
  EXPECT_EQ(fault<Point>("[1]"),
            "invalid_data: expected array of size at least 2, of size at most 2, found a shorter "
            "one");
}

TEST(StructKinds, ReadAVariantWhoseTagIsNotTheFirst) {
  const char* text = R"({"edge":3,"kind":"Sword"})";
  EXPECT_FALSE(reads_fast<Weapon>(text));
  const Result<Bound<Weapon>> bound = decode_json<Weapon>(text);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(encode_json(bound->value), R"({"kind":"Sword","edge":3})");
  EXPECT_TRUE(bound->extras.empty());
}

TEST(StructKinds, KeepUnknownMembersOfVariantsUntilTheyHoldAnother) {
  const char* text = R"({"weapon":{"kind":"bow","wood":"yew","new":1},)"
                     R"("spare":[{"kind":"Sword","edge":1,"new":2}]})";
  Result<Bound<Slot>> bound = decode_json<Slot>(text);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(encode_json(bound->value, bound->extras), text);
  EXPECT_EQ(write_json(unbind(bound->value, bound->extras)), text);
  std::get<Bow>(bound->value.weapon).arrows = 3;
  Extras kept = rebase(bound->extras, bound->value);
  EXPECT_EQ(encode_json(bound->value, kept),
            R"({"weapon":{"kind":"bow","wood":"yew","arrows":3,"new":1},)"
            R"("spare":[{"kind":"Sword","edge":1,"new":2}]})");
  bound->value.weapon = Wand{};
  kept = rebase(kept, bound->value);
  EXPECT_EQ(encode_json(bound->value, kept),
            R"({"weapon":{"kind":"magic wand"},"spare":[{"kind":"Sword","edge":1,"new":2}]})");
}

TEST(StructKinds, MayHoldThemselvesInBoxesListsAndMaps) {
  const char* text =
      R"({"value":1,"next":{"value":2,"kids":[],"named":{}},"kids":[{"value":3,"kids":[],)"
      R"("named":{}}],"named":{"a":{"value":4,"kids":[],"named":{}}}})";
  const Result<Bound<Node>> bound = decode_json<Node>(text);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(encode_json(bound->value), text);
  const Node copy = bound->value;
  EXPECT_TRUE(equal(copy, bound->value));
  EXPECT_NE(&*copy.next, &*bound->value.next);
  EXPECT_EQ(fault<Node>(R"({"value":1,"next":{"value":"x"},"kids":[],"named":{}})"),
            "invalid_data at /next/value: expected integer, found string");
  const ErasedData cloned = DataOps::of<Node>().clone(&copy);
  EXPECT_TRUE(DataOps::of<Node>().equal(cloned.get(), &copy));
}

TEST(StructKinds, AreValidatedBeforeTheyAreSaved) {
  All all;
  EXPECT_TRUE(validate(all).has_value());
  all.colour = static_cast<Colour>(5);
  EXPECT_EQ(validate(all).error().text(),
            R"(invalid_data at /colour: expected one of "red", "green", "blue", found a value )"
            "without a name");
  all.colour = Colour::red;
  all.title.reset("\xFF");
  EXPECT_EQ(validate(all).error().text(),
            "invalid_data at /title: expected string, found string that is not UTF-8");
  all.title.reset("");
  all.armoury["a"] = Bow{.wood = "\xFF", .arrows = {}};
  EXPECT_EQ(validate(all).error().text(),
            "invalid_data at /armoury/a/wood: expected string, found string that is not UTF-8");
}

TEST(StructKinds, CompareByWhatTheyHold) {
  const All a = decode_json<All>(kAll)->value;
  All b = a;
  EXPECT_TRUE(equal(a, b));
  b.weapon = Wand{};
  EXPECT_FALSE(equal(a, b));
  b = a;
  b.blob[0] = std::byte{1};
  EXPECT_FALSE(equal(a, b));
  b = a;
  b.at = Point(1, 2);
  EXPECT_FALSE(equal(a, b));
  b = a;
  b.spare.reset();
  EXPECT_FALSE(equal(a, b));
  b = a;
  b.colour = Colour::green;
  EXPECT_FALSE(equal(a, b));
}

constexpr const char* kRuled =
    R"({"itemId":"axe","least":1,"most":2,"colour":"red","tags":["t"],"title":"abc"})";

TEST(Described, ReadsFastWhatFits) {
  const Result<Bound<Ruled>> bound = decode_json<Ruled>(kRuled);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_TRUE(reads_fast<Ruled>(kRuled));
  EXPECT_EQ(encode_json(bound->value), kRuled);
  EXPECT_TRUE(validate(bound->value).has_value());
}

TEST(Described, FillsInDefaultsThatAreStated) {
  const Result<Bound<Ruled>> bound = decode_json<Ruled>(R"({"itemId":"axe","least":1,"title":""})");
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(encode_json(bound->value),
            R"({"itemId":"axe","least":1,"most":100,"colour":"blue","tags":[],"title":""})");
}

TEST(Described, HoldsItsRulesBothWays) {
  Ruled good = decode_json<Ruled>(kRuled)->value;
  const auto both = [](const Ruled& object, const std::string& text) {
    EXPECT_EQ(validate(object).error().text(), text);
    EXPECT_EQ(fault<Ruled>(encode_json(object)), text);
    EXPECT_FALSE(reads_fast<Ruled>(encode_json(object)));
  };
  Ruled bad = good;
  bad.id = "Axe";
  both(bad, R"(invalid_data at /itemId: expected string of at most 5 characters, matching )"
            R"("^[a-z]+$", found another string)");
  bad.id = "axeaxe";
  both(bad, R"(invalid_data at /itemId: expected string of at most 5 characters, matching )"
            R"("^[a-z]+$", found a longer one)");
  bad = good;
  bad.title.reset("four");
  both(bad, "invalid_data at /title: expected string of size at most 3, found a longer one");
  bad = good;
  bad.least = 3;
  both(bad, "invalid_data: expected least at most most, found another object");
}

TEST(Described, RefusesReservedNamesAndPointsOutDeprecatedOnes) {
  EXPECT_EQ(fault<Ruled>(R"({"itemId":"axe","least":1,"title":"","owner":"x"})"),
            "invalid_data: expected no member by a reserved name, found the reserved name "
            "\"owner\"");
  const Schema schema = schema_of<Ruled>();
  EXPECT_THAT(schema.deprecated_in(*parse_json(R"({"itemId":"axe","old":1})")),
              ::testing::ElementsAre("/old"));
  EXPECT_EQ(schema.description(), "a thing with rules");
  EXPECT_EQ(schema.member("least")->description(), "the lower bound");
}

TEST(Described, CatchesARuleThatThrows) {
  EXPECT_EQ(fault<Throwing>(R"({"x":13})"), "callback_threw: a schema's predicate threw: bang");
  EXPECT_EQ(validate(Throwing{13}).error().text(),
            "callback_threw: a schema's predicate threw: bang");
  EXPECT_TRUE(validate(Throwing{1}).has_value());
}

TEST(Described, BelongsToElementsToo) {
  EXPECT_EQ(fault<std::vector<Ruled>>(
                R"([{"itemId":"axe","least":5,"most":2,"colour":"red","tags":[],"title":""}])"),
            "invalid_data at /0: expected least at most most, found another object");
  const std::vector<Ruled> list{{.id = "axe", .least = 5, .most = 2, .title = {}}};
  EXPECT_EQ(validate(list).error().text(),
            "invalid_data at /0: expected least at most most, found another object");
}

TEST(StructKinds, HoldToEveryLimitAsTheTreeDoes) {
  const Slot slot{.weapon = Bow{.wood = "yew", .arrows = 3}, .spare = {Wand{}, Sword{.edge = 1}}};
  const std::string text = encode_json(slot);  // 2 members, one of which has 3, and 2 items
  for (std::size_t most = 0; most < 5; ++most) {
    for (const JsonLimits& limits : {JsonLimits{.array = most}, JsonLimits{.depth = most}}) {
      const Result<Value> tree = parse_json(text, limits);
      const Result<Bound<Slot>> typed = decode_json<Slot>(text, limits);
      EXPECT_EQ(typed.has_value(), tree.has_value()) << most;
      if (!tree && !typed) {
        EXPECT_EQ(typed.error(), tree.error());
      }
    }
  }
}

TEST(StructKinds, CountTheVersionAmongTheMembersThatALimitIsFor) {
  const DataOps& ops = DataOps::of<Sword>();
  std::string text;
  Sword sword;
  ops.encode(&sword, {}, "7", text);
  EXPECT_TRUE(detail::read_fast(ops.type(), text, "7", {.array = 2}, &sword));
  EXPECT_FALSE(detail::read_fast(ops.type(), text, "7", {.array = 1}, &sword));
}

}  // namespace
}  // namespace keepsake
