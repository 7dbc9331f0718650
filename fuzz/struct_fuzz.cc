// Any bytes as the JSON of a struct that has members of every kind: its own reader comes to the
// same as the way through the tree, in verdict, words and outcome; and what was read is written so
// that it reads back as the same struct.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "keepsake/datum/box.h"
#include "keepsake/datum/struct.h"

namespace {

enum class Mood : std::uint8_t { calm, wild };
struct Ore {
  std::int64_t weight = 0;
  std::optional<std::string> from;
};
struct Gas {
  double volume = 0;
};
struct Chest {
  std::string id;
  bool open = false;
  std::int16_t small = 0;
  std::uint64_t large = 0;
  float share = 0;
  std::variant<Ore, Gas> content;
  std::vector<Ore> ores;
  std::vector<std::byte> blob;
  std::array<std::int64_t, 2> pair{};
  std::map<std::string, Mood> moods;
  std::unordered_map<std::string, double> scores;
  std::optional<bool> locked;
  keepsake::Box<Chest> inner;
};

}  // namespace

template <>
struct keepsake::Describe<Chest> {
  static constexpr auto rules = std::tuple{
      pattern<&Chest::id>("^[a-z]*$"), rule<&Chest::small>(between(-9, 99)),
      defaulted<&Chest::open>(true), rule<&Chest::ores>(size_at_most(3)),
      together("locked only when closed",
               [](const Chest& chest) { return !chest.open || !chest.locked.value_or(false); })};
  static constexpr auto names = std::tuple{named<&Chest::share>("a/b")};
  static constexpr std::array<std::string_view, 1> reserved{"owner"};
};

namespace {

using namespace keepsake;

Result<Bound<Chest>> through_tree(std::string_view text) {
  static const Schema kSchema = schema_of<Chest>();
  Result<Value> value = parse_json(text);
  if (!value) return std::move(value).error();
  const Result<Validated> validated = kSchema.validate(*std::move(value));
  if (!validated) return validated.error();
  return bind<Chest>(*validated);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Bound<Chest>> typed = decode_json<Chest>(text);
  const Result<Bound<Chest>> tree = through_tree(text);
  if (typed.has_value() != tree.has_value()) std::abort();
  if (!typed) {
    if (!(typed.error() == tree.error())) std::abort();
    return 0;
  }
  if (!equal(typed->value, tree->value) || !validate(typed->value)) std::abort();
  const std::string written = encode_json(typed->value, typed->extras);
  if (written != encode_json(tree->value, tree->extras)) std::abort();
  if (written != write_json(unbind(typed->value, typed->extras))) std::abort();
  const Result<Bound<Chest>> back = decode_json<Chest>(written);
  if (!back || encode_json(back->value, back->extras) != written) std::abort();
  return 0;
}
