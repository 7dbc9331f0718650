// Random values, schemas and values for schemas, for properties (RapidCheck). Each is made of a
// list of choices. Of a list that fails RapidCheck finds a shorter one of smaller choices that
// fails as well, and with it a smaller value; it prints the seed, and RC_PARAMS repeats a run
// ("seed=…", "max_success=…").
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/schema.h"

namespace keepsake {

inline void showValue(const Value& value, std::ostream& out) { out << write_json(value); }
inline void showValue(const Schema& schema, std::ostream& out) {
  out << write_json(to_json_schema(schema));
}

/// When the list has ended, every choice is the first one: 0, false.
class Choices {
 public:
  explicit Choices(std::vector<std::uint64_t> list) : list_(std::move(list)) {}
  std::uint64_t bits() { return at_ < list_.size() ? list_[at_++] : 0; }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }
  bool one_in(std::size_t n) { return below(n) == n - 1; }
  bool coin() { return one_in(2); }

 private:
  std::vector<std::uint64_t> list_;
  std::size_t at_ = 0;
};

/// What `make` makes of up to `most` choices.
template <class Make>
auto made_by(Make make, int most = 200) {
  const auto word = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>());
  const auto list = rc::gen::container<std::vector<std::uint64_t>>(word);
  return rc::gen::map(rc::gen::scale(most / 100.0, list),
                      [make = std::move(make)](std::vector<std::uint64_t> words) {
                        Choices choices(std::move(words));
                        return make(choices);
                      });
}

// ---- values ----

inline std::string random_name(Choices& c) { return std::string(1, "abcdef"[c.below(6)]); }

inline std::string random_text(Choices& c) {
  static const std::vector<std::string> kParts{"a",        "b",
                                               "key",      "\"",
                                               "\\",       "\n",
                                               "\x01",     "\x7F",
                                               "\xC3\xBC", "\xF0\x9F\x98\x80",
                                               "/",        "~",
                                               "e5",       std::string(1, '\0'),
                                               "YWI=",     "0123456789abcdef"};
  std::string text;
  for (std::size_t n = c.below(5); n > 0; --n) text += kParts[c.below(kParts.size())];
  return text;
}

inline std::int64_t random_integer(Choices& c) {
  constexpr std::int64_t kWhole = std::int64_t{1} << 53;  // doubles hold all integers up to here
  switch (c.below(5)) {
    case 0: return static_cast<std::int64_t>(c.below(9)) - 4;
    case 1: return static_cast<std::int64_t>(c.bits());
    case 2: return static_cast<std::int64_t>(c.bits()) >> c.below(63);
    case 3: return (c.coin() ? kWhole : -kWhole) + static_cast<std::int64_t>(c.below(5)) - 2;
    default:
      return c.coin() ? std::numeric_limits<std::int64_t>::max()
                      : std::numeric_limits<std::int64_t>::min();
  }
}

inline double random_number(Choices& c) {
  double number = 0;
  switch (c.below(4)) {
    case 0: return static_cast<double>(c.below(40)) / 8 - 2;
    case 1: number = std::bit_cast<double>(c.bits()); break;
    case 2: number = std::bit_cast<float>(static_cast<std::uint32_t>(c.bits())); break;
    default: number = static_cast<double>(random_integer(c)) / 8;
  }
  return std::isfinite(number) ? number : 0.5;
}

/// Of every kind, but for what holds others.
inline Value random_scalar(Choices& c) {
  switch (c.below(7)) {
    case 0: return {};
    case 1: return c.coin();
    case 2: return random_integer(c);
    case 3: return random_number(c);
    case 4: return random_text(c);
    case 5: return Value::bytes(std::string(c.below(300), '\xFE'));
    default: return Value::array();
  }
}

inline Value random_value(Choices& c, int depth = 4) {
  const std::size_t kind = c.below(depth > 0 ? 9 : 7);
  if (kind < 7) return random_scalar(c);
  if (kind == 7) {
    std::vector<Value> items(c.below(5));
    for (Value& item : items) item = random_value(c, depth - 1);
    return Value::array(std::move(items));
  }
  Value object = Value::object();
  for (std::size_t n = c.below(6); n > 0; --n)
    object.set(random_text(c), random_value(c, depth - 1));
  return object;
}

/// Changes something somewhere: another value, a member that comes, goes or moves, an item, too.
inline void damage(Choices& c, Value& value) {
  const bool list = value.kind() == Value::Kind::array;
  const bool object = value.kind() == Value::Kind::object;
  if ((list || object) && value.size() != 0 && !c.one_in(4)) {
    const std::size_t at = c.below(value.size());
    return damage(
        c, list ? value.item(at) : *value.find_mutable(std::string(value.members()[at].name)));
  }
  switch (c.below(4)) {
    case 0: value = random_scalar(c); break;
    case 1:
      if (object) value.set(c.coin() ? random_text(c) : random_name(c), random_scalar(c));
      if (list) value.push_back(random_scalar(c));
      break;
    case 2:
      if (object && value.size() != 0) {
        value.take(std::string(value.members()[c.below(value.size())].name));
      }
      if (list && value.size() != 0) value.erase(c.below(value.size()));
      break;
    default:
      if (object && value.size() != 0) {
        std::vector<Member> members(value.members().begin(), value.members().end());
        std::swap(members.front(), members[c.below(members.size())]);
        value.set_members(std::move(members));
      }
  }
}

/// The value as JSON in one of its many spellings: spaces, escapes, fractions and exponents.
inline void spell(Choices& c, const Value& value, std::string& out) {
  const auto space = [&] {
    if (c.one_in(8)) out += " \n\t\r"[c.below(4)];
  };
  const auto text = [&](std::string_view content) {
    const std::string written = write_json(Value(content));
    if (content.size() != 1 || !c.one_in(4)) return out.append(written);
    constexpr const char* kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(content[0]);
    return out.append("\"\\u00").append({kHex[byte >> 4], kHex[byte & 15], '"'});
  };
  space();
  switch (value.kind()) {
    case Value::Kind::array:
      out += '[';
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (i != 0) out += ',';
        spell(c, value.items()[i], out);
      }
      out += ']';
      break;
    case Value::Kind::object:
      out += '{';
      for (std::size_t i = 0; i < value.size(); ++i) {
        out += i == 0 ? "" : ",";
        space();
        text(value.members()[i].name);
        space();
        out += ':';
        spell(c, value.members()[i].value, out);
      }
      out += '}';
      break;
    case Value::Kind::integer: {
      static const char* const kEnds[] = {"", ".0", "e0", ".00E+0", "0e-1"};
      const std::string written = write_json(value);
      out += written;
      // A zero more is written after other digits only: "00e-1" is no number.
      out += kEnds[c.one_in(4) ? c.below(written == "0" ? 4 : 5) : 0];
      break;
    }
    case Value::Kind::string: text(value.as_string()); break;
    default: write_json(value, out);
  }
  space();
}
inline std::string spelled(Choices& c, const Value& value) {
  std::string out;
  spell(c, value, out);
  return out;
}

// ---- schemas ----

/// Schemas of every kind.
class RandomSchemas {
 public:
  /// Without predicates a schema can be read back from its JSON Schema whole.
  explicit RandomSchemas(Choices& choices, bool predicates = true)
      : c_(choices), predicates_(predicates) {}

  Schema next(int depth) {
    Schema made = bare(depth);
    if (predicates_ && c_.one_in(8)) {
      made = schema::refine(std::move(made), "another value than 3",
                            [](const Value& value) { return !(value == Value(3)); });
    }
    if (c_.one_in(6)) made = made.described("about " + random_name(c_));
    if (c_.one_in(8)) made = made.deprecated(true);
    return made;
  }

  Schema object(int depth) {
    std::vector<SchemaMember> members;
    for (const char* name : {"a", "b", "c", "/~"}) {
      if (c_.coin()) continue;
      Schema made = next(depth - 1);
      if (c_.one_in(3)) made = schema::optional(std::move(made));
      if (c_.one_in(4)) made = with_some_default(std::move(made));
      members.push_back({name, std::move(made)});
    }
    Schema made = schema::object(std::move(members));
    if (c_.one_in(4)) made = made.reserving({"f"});
    if (predicates_ && c_.one_in(6)) {
      made = made.with_rule("a that is not b", [](const Value& value) {
        const Value* a = value.find("a");
        const Value* b = value.find("b");
        return a == nullptr || b == nullptr || !(*a == *b);
      });
    }
    constexpr UnknownFields kPolicies[] = {UnknownFields::keep, UnknownFields::strip,
                                           UnknownFields::reject};
    return made.unknown_fields(kPolicies[c_.below(3)]);
  }

 private:
  Schema with_some_default(Schema made) {
    for (const Value& fallback :
         {Value(0), Value("a"), Value(true), Value::array(), Value::object(), Value()}) {
      if (made.validate(fallback)) return made.with_default(fallback);
    }
    return made;
  }

  Limits sizes() {
    return (c_.one_in(3) ? size_at_least(c_.below(3)) : Limits{}) &
           (c_.one_in(3) ? size_at_most(1 + c_.below(3)) : Limits{});
  }

  Schema integer() {
    const auto least = static_cast<std::int64_t>(c_.below(9)) - 4;
    switch (c_.below(4)) {
      case 0: return schema::integer();
      case 1: return schema::integer().at_least(static_cast<double>(least));
      case 2: return schema::integer().within(between(least, least + 5));
      default: return schema::integer().within(at_most((std::int64_t{1} << 53) + least));
    }
  }

  Schema text() {
    const Schema made = schema::string().within(sizes());
    return c_.coin() ? made : made.matching("^[a-d]*$").within(length_at_most(2));
  }

  Schema bare(int depth) {
    switch (c_.below(depth <= 0 ? 9 : 18)) {
      case 0: return schema::nil();
      case 1: return schema::boolean();
      case 2: return integer();
      case 3: return c_.coin() ? schema::number() : schema::number().at_least(0.25).at_most(1e9);
      case 4: return text();
      case 5: return schema::bytes().within(sizes());
      case 6: return schema::literal(c_.one_in(3) ? Value(3) : Value(random_name(c_)));
      case 7: return schema::enumeration({"a", "bb", "c"});
      case 8: return schema::any();
      case 9: return schema::array(next(depth - 1)).within(sizes());
      case 10: return schema::strict_array(next(depth - 1)).within(sizes());
      case 11: {
        const Schema key = c_.coin() ? schema::string() : schema::string().matching("[ace]");
        return schema::map(key, next(depth - 1)).within(sizes());
      }
      case 12: return object(depth);
      case 13: return object(depth).unknown_fields(UnknownFields::reject);
      case 14: {
        std::vector<Schema> alternatives;
        for (std::size_t n = 1 + c_.below(3); n > 0; --n) alternatives.push_back(next(depth - 1));
        return schema::union_of(std::move(alternatives));
      }
      case 15: {
        Schema own = schema::object({{"t", schema::literal("own")}, {"x", next(depth - 1)}});
        Schema other = object(depth).unknown_fields(UnknownFields::keep);
        return schema::tagged_union("t", {{"own", std::move(own)}, {"other", std::move(other)}});
      }
      case 16: return schema::optional(next(depth - 1));
      default:
        return schema::recursive("R" + random_name(c_), [&](const Schema& self) {
          return schema::object({{"v", next(depth - 1)},
                                 {"list", schema::array(self)},
                                 {"next", schema::optional(self)}});
        });
    }
  }

  Choices& c_;
  bool predicates_;
};

inline Schema random_schema(Choices& c, int depth = 4) { return RandomSchemas(c).next(depth); }

// ---- values for a schema ----

/// Values that a schema takes, mostly: predicates are not looked at.
class FittingValues {
 public:
  explicit FittingValues(Choices& choices) : c_(choices) {}

  Value next(const Schema& schema, int depth = 0) {
    if (depth > 30) return {};
    switch (schema.kind()) {
      case Schema::Kind::nil: return {};
      case Schema::Kind::boolean: return c_.coin();
      case Schema::Kind::integer: return integer(schema.limits());
      case Schema::Kind::number: return number(schema.limits());
      case Schema::Kind::string: return text(schema);
      case Schema::Kind::bytes: return c_.coin() ? Value("YWI=") : Value::bytes("ab");
      case Schema::Kind::literal: return schema.literal();
      case Schema::Kind::enumeration: return schema.names()[c_.below(schema.names().size())];
      case Schema::Kind::any: return random_value(c_, 1);
      case Schema::Kind::array:
      case Schema::Kind::strict_array: return list(schema, depth);
      case Schema::Kind::map: return map(schema, depth);
      case Schema::Kind::object: return object(schema, depth);
      case Schema::Kind::union_of:
        return next(schema.members()[c_.below(schema.members().size())].schema, depth + 1);
      case Schema::Kind::tagged_union: {
        const SchemaMember& variant = schema.members()[c_.below(schema.members().size())];
        Value made = next(variant.schema, depth + 1);
        if (made.kind() == Value::Kind::object) made.set(schema.tag(), variant.name);
        return made;
      }
      case Schema::Kind::optional:
        return c_.one_in(3) ? next(*schema.element(), depth + 1) : Value();
      case Schema::Kind::refine: return next(*schema.element(), depth + 1);
    }
    return {};
  }

 private:
  Value integer(const Limits& limits) {
    const std::int64_t any =
        c_.coin() ? random_integer(c_) : static_cast<std::int64_t>(c_.below(9));
    return std::clamp(any, limits.least_integer, limits.most_integer);
  }
  Value number(const Limits& limits) {
    if (c_.one_in(4)) return integer(limits);
    return std::clamp(random_number(c_), limits.least, limits.most);
  }
  std::size_t size(const Limits& limits, std::size_t most) {
    return std::min(std::max(c_.below(most), limits.least_size), limits.most_size);
  }
  Value text(const Schema& schema) {
    const Limits& limits = schema.limits();
    if (schema.pattern() == nullptr && limits.none()) return random_text(c_);
    std::string made;
    for (std::size_t n = std::min(size(limits, 4), limits.most_length); n > 0; --n) {
      made += "abcd"[c_.below(4)];
    }
    return made;
  }
  Value list(const Schema& schema, int depth) {
    Value made = Value::array();
    for (std::size_t n = size(schema.limits(), depth > 8 ? 1 : 4); n > 0; --n) {
      made.push_back(next(*schema.element(), depth + 1));
    }
    return made;
  }
  Value map(const Schema& schema, int depth) {
    Value made = Value::object();
    const bool any_key = schema.key()->pattern() == nullptr;
    for (std::size_t n = size(schema.limits(), 4); n > 0; --n) {
      // Every pattern for keys that is here asks for an "a" at most.
      const std::string key = any_key && c_.coin() ? random_text(c_) : "a" + random_name(c_);
      made.set(key, next(*schema.element(), depth + 1));
    }
    return made;
  }
  Value object(const Schema& schema, int depth) {
    std::vector<Member> members;
    for (const SchemaMember& member : schema.members()) {
      if (member.schema.default_value() != nullptr && c_.coin()) continue;
      members.push_back({member.name, next(member.schema, depth + 1)});
    }
    if (members.size() > 1 && c_.one_in(4)) {
      std::swap(members.front(), members[c_.below(members.size())]);
    }
    Value made = Value::object(std::move(members));
    if (schema.unknown_fields() != UnknownFields::reject && c_.one_in(6)) {
      made.set("later" + random_name(c_), random_scalar(c_));
    }
    return made;
  }

  Choices& c_;
};

inline Value fitting_value(Choices& c, const Schema& schema) {
  return FittingValues(c).next(schema);
}

/// One that fits, mostly; one that nearly fits; or any.
inline Value value_about(Choices& c, const Schema& schema) {
  const std::size_t which = c.below(12);
  if (which == 11) return random_value(c);
  Value made = fitting_value(c, schema);
  if (which >= 6) {
    for (std::size_t n = 1 + c.below(3); n > 0; --n) damage(c, made);
  }
  return made;
}

// ---- what a property asks for ----

inline rc::Gen<Value> values() {
  return made_by([](Choices& c) { return random_value(c); }, 300);
}
inline rc::Gen<Schema> schemas() {
  return made_by([](Choices& c) { return random_schema(c); });
}
inline rc::Gen<Value> values_about(const Schema& schema) {
  return made_by([schema](Choices& c) { return value_about(c, schema); });
}

}  // namespace keepsake
