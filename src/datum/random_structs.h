// A struct with members of nearly every kind, and objects of it, for the tests of codecs; the same
// ones for the same seed.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keepsake/datum/value.h"

namespace keepsake::random_structs {

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
        const std::string name(value.members()[below(value.size())].name);
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

}  // namespace keepsake::random_structs
