// Schemas by themselves: in code, of structs, as JSON Schema. Prints what each gives;
// docs/schemas.md quotes it.
#include <array>
#include <iostream>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "keepsake/datum/box.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/struct.h"

namespace game {

/// A stand-in for an engine's own string: no aggregate, no std::string.
class EngineString {
 public:
  EngineString() = default;
  explicit EngineString(std::string_view text) : units_(text.begin(), text.end()) {}
  [[nodiscard]] const char* data() const { return units_.data(); }
  [[nodiscard]] std::size_t size() const { return units_.size(); }

 private:
  std::vector<char> units_;
};

enum class Colour { red, green, blue };

struct Sword {
  std::int64_t edge = 1;
};
struct Potion {
  Colour colour = Colour::red;
  double litres = 1;
};
using Thing = std::variant<Sword, Potion>;

struct Chest {
  std::string id;
  EngineString label;
  std::int64_t used = 0;
  std::int64_t room = 10;
  std::vector<Thing> things;
  std::optional<bool> locked;
  keepsake::Box<Chest> inner;
};

}  // namespace game

template <>
struct keepsake::Foreign<game::EngineString> {
  using As = std::string_view;
  static std::string_view get(const game::EngineString& text) { return {text.data(), text.size()}; }
  static void set(game::EngineString& text, std::string_view content) {
    text = game::EngineString(content);
  }
};

template <>
struct keepsake::Describe<game::Thing> {
  static constexpr std::string_view tag = "kind";
  static constexpr auto names = std::tuple{alternative<game::Sword>("sword")};
};

template <>
struct keepsake::Describe<game::Chest> {
  static constexpr auto rules =
      std::tuple{pattern<&game::Chest::id>("^[a-z]+$"),
                 rule<&game::Chest::used>(at_least(0)),
                 defaulted<&game::Chest::room>(10),
                 deprecated<&game::Chest::locked>(),
                 described<&game::Chest::label>("what is written on the lid"),
                 together("used at most room",
                          [](const game::Chest& chest) { return chest.used <= chest.room; })};
  static constexpr auto names = std::tuple{named<&game::Chest::id>("chestId")};
  static constexpr std::array<std::string_view, 1> reserved{"owner"};
};

namespace {

using namespace keepsake;

Schema item_schema() {
  return schema::object(
             {{"id", schema::string().matching("^[a-z]+$").within(length_at_most(16))},
              {"count", schema::integer().at_least(1).with_default(1)},
              {"colour", schema::enumeration({"red", "green"})},
              {"note", schema::optional(schema::string()).described("the player's own")}})
      .unknown_fields(UnknownFields::reject)
      .reserving({"owner"});
}

Schema tree_schema() {
  return schema::recursive("Tree", [](const Schema& self) {
    return schema::object({{"leaf", schema::integer()}, {"branches", schema::array(self)}});
  });
}

void print_faults(const Schema& schema, const std::string& json) {
  const Result<Value> value = parse_json(json);
  if (!value) return;
  for (const Error& error : schema.validate_all(*value)) std::cout << "  " << error.text() << '\n';
}

bool same_when_read_back(const Schema& schema, const std::string& json) {
  std::vector<std::string> unheld;  // pointers of predicates, which are code
  const Result<Schema> read = from_json_schema(to_json_schema(schema), &unheld);
  const Result<Value> value = parse_json(json);
  if (!read || !value) return false;
  return read->validate(*value).has_value() == schema.validate(*value).has_value();
}

}  // namespace

int main() {
  std::cout << "faults:\n";
  print_faults(item_schema(), R"({"id":"Axe","count":0,"colour":"blue","owner":7})");

  const std::string json =
      R"({"chestId":"oak","label":"mine","used":2,"things":[{"kind":"sword","edge":3},)"
      R"({"kind":"Potion","colour":"blue","litres":0.5}]})";
  const Result<Bound<game::Chest>> chest = decode_json<game::Chest>(json);
  if (!chest) {
    std::cout << chest.error().text() << '\n';
    return 1;
  }
  std::cout << "a chest:\n  " << encode_json(chest->value) << '\n';
  std::cout << "its room: " << chest->value.room << '\n';

  std::cout << "a tree's JSON Schema:\n" << write_json_indented(to_json_schema(tree_schema()));
  const bool same = same_when_read_back(schema_of<game::Chest>(), json);
  std::cout << "\nread back, the chest's schema means " << (same ? "the same" : "something else")
            << '\n';
  return same ? 0 : 1;
}
