// What the fuzzers of structs read: a struct that has members of every kind; and how they hold a
// reader of structs against the way through the tree.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "keepsake/datum/box.h"
#include "keepsake/datum/struct.h"

namespace fuzz {

enum class Mood : std::uint8_t { calm, wild };
struct Ore {
  std::int64_t weight = 0;
  std::optional<std::string> from;
};
struct Gas {
  double volume = 0;
};
template <class Content>
struct ChestOf {
  std::string id;
  bool open = false;
  std::int16_t small = 0;
  std::uint64_t large = 0;
  float share = 0;
  Content content;
  std::vector<Ore> ores;
  std::vector<std::byte> blob;
  std::array<std::int64_t, 2> pair{};
  std::map<std::string, Mood> moods;
  std::unordered_map<std::string, double> scores;
  std::optional<bool> locked;
  keepsake::Box<ChestOf> inner;
};
using Chest = ChestOf<std::variant<Ore, Gas>>;
/// Without a variant, which only the way through the tree reads of CBOR.
using PlainChest = ChestOf<Ore>;

}  // namespace fuzz

template <class Content>
struct keepsake::Describe<fuzz::ChestOf<Content>> {
  using Chest = fuzz::ChestOf<Content>;
  static constexpr auto rules = std::tuple{
      pattern<&Chest::id>("^[a-z]*$"), rule<&Chest::small>(between(-9, 99)),
      defaulted<&Chest::open>(true), rule<&Chest::ores>(size_at_most(3)),
      together("locked only when closed",
               [](const Chest& chest) { return !chest.open || !chest.locked.value_or(false); })};
  static constexpr auto names = std::tuple{named<&Chest::share>("a/b")};
  static constexpr std::array<std::string_view, 1> reserved{"owner"};
};

namespace fuzz {

/// What was read as a tree, as a struct.
template <class T>
[[nodiscard]] keepsake::Result<keepsake::Bound<T>> bind_tree(
    keepsake::Result<keepsake::Value> value) {
  static const keepsake::Schema kSchema = keepsake::schema_of<T>();
  if (!value) return std::move(value).error();
  const keepsake::Result<keepsake::Validated> validated = kSchema.validate(*std::move(value));
  if (!validated) return validated.error();
  return keepsake::bind<T>(*validated);
}

/// Aborts unless both came to the same, in verdict, words and outcome, and what was read is good.
template <class T>
void need_same(const keepsake::Result<keepsake::Bound<T>>& typed,
               const keepsake::Result<keepsake::Bound<T>>& tree) {
  if (typed.has_value() != tree.has_value()) std::abort();
  if (!typed) {
    if (!(typed.error() == tree.error())) std::abort();
    return;
  }
  if (!keepsake::equal(typed->value, tree->value) || !keepsake::validate(typed->value))
    std::abort();
  if (encode_json(typed->value, typed->extras) != encode_json(tree->value, tree->extras)) {
    std::abort();
  }
}

}  // namespace fuzz
