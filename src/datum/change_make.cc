#include <charconv>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/base/assert.h"
#include "src/datum/change_parts.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

using P = ChangeParts;

Names names_of(std::string_view pointer, bool may_be_whole) {
  std::optional<Names> names = split_pointer(pointer);
  require(names.has_value(), "a change names its place by a JSON pointer");
  require(may_be_whole || !names->empty(), "this change names a member, not the whole");
  return *std::move(names);
}

Change at(Change::Kind kind, std::string_view pointer) {
  const bool may_be_whole = kind != Change::Kind::rename && kind != Change::Kind::move &&
                            kind != Change::Kind::add && kind != Change::Kind::remove;
  Change change = P::make(kind);
  P::at(change) = names_of(pointer, may_be_whole);
  return change;
}

Change named(Change::Kind kind, std::string_view pointer, std::string_view name) {
  Change change = at(kind, pointer);
  P::name(change) = name;
  return change;
}

Change with_parts(Change::Kind kind, std::string_view pointer, std::vector<Change> parts) {
  Change change = at(kind, pointer);
  P::parts(change) = std::move(parts);
  return change;
}

Condition asks(Condition::Kind kind, std::string_view pointer) {
  Condition condition = P::make(kind);
  P::at(condition) = names_of(pointer, true);
  return condition;
}

Error cannot_convert(std::string_view expected, const Value& value) {
  return Error(ErrorCode::step_failed).expected(expected).found(name(value.kind()));
}

Result<Value> integer_to_string(const Value& value) {
  if (value.kind() != Value::Kind::integer) return cannot_convert("integer", value);
  return Value(std::to_string(value.as_integer()));
}

Result<Value> string_to_integer(const Value& value) {
  constexpr std::string_view kExpected = "a string of decimal digits that is a 64-bit integer";
  if (value.kind() != Value::Kind::string) return cannot_convert(kExpected, value);
  const std::string_view text = value.as_string();
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  // The text must be the one that the way back gives.
  if (fault != std::errc() || std::to_string(number) != text) {
    return cannot_convert(kExpected, value);
  }
  return Value(number);
}

struct NamedConversion {
  std::string_view name;
  Result<Value> (*forth)(const Value&);
  Result<Value> (*back)(const Value&);
};
// In the order of Conversion.
constexpr NamedConversion kConversions[] = {
    {"integer_to_string", integer_to_string, string_to_integer},
    {"string_to_integer", string_to_integer, integer_to_string},
};

Change convert_as(std::string_view pointer, const NamedConversion& conversion) {
  Change change = change::convert(pointer, conversion.forth, conversion.back);
  P::name(change) = conversion.name;
  return change;
}

std::string place_text(const Names& names) { return names.empty() ? "it" : pointer_of(names); }

}  // namespace

std::string pointer_of(const Names& names) {
  std::string pointer;
  for (const std::string& name : names) append_pointer(pointer, name);
  return pointer;
}

std::optional<Change> convert_by_name(std::string_view at, std::string_view name) {
  for (const NamedConversion& conversion : kConversions) {
    if (conversion.name == name) return convert_as(at, conversion);
  }
  return std::nullopt;
}

std::string Condition::text() const {
  const std::string place = place_text(at_) + " is ";
  switch (kind_) {
    case Kind::equals: return place + write_json(value_);
    case Kind::present: return place + "there";
    case Kind::absent: return place + "absent";
    case Kind::has_kind: return place + "of kind " + std::string(name(value_kind_));
  }
  return {};
}

std::string Change::text() const {
  const std::string place = place_text(at_);
  switch (kind_) {
    case Kind::rename: return "rename " + place + " to " + name_;
    case Kind::move: return "move " + place + " to " + pointer_of(to_);
    case Kind::add: return "add " + place;
    case Kind::remove: return "remove " + place;
    case Kind::wrap: return "wrap " + place + " as " + name_;
    case Kind::unwrap: return "unwrap " + name_ + " of " + place;
    case Kind::convert: return "convert " + place + (name_.empty() ? "" : ", " + name_);
    case Kind::each: return "each of " + place;
    case Kind::map_values: return "each value of " + place;
    case Kind::when: return "when " + condition_.front().text();
  }
  return {};
}

namespace change {

Change rename(std::string_view at, std::string_view new_name) {
  return named(Change::Kind::rename, at, new_name);
}
Change move(std::string_view from, std::string_view to) {
  Change change = keepsake::at(Change::Kind::move, from);
  P::to(change) = names_of(to, false);
  return change;
}
Change add(std::string_view at, Value value) {
  Change change = keepsake::at(Change::Kind::add, at);
  P::value(change) = std::move(value);
  return change;
}
Change remove(std::string_view at) { return keepsake::at(Change::Kind::remove, at); }
Change remove(std::string_view at, Value restored) {
  Change change = remove(at);
  P::value(change) = std::move(restored);
  P::has_restored(change) = true;
  return change;
}
Change wrap(std::string_view at, std::string_view name) {
  return named(Change::Kind::wrap, at, name);
}
Change unwrap(std::string_view at, std::string_view name) {
  return named(Change::Kind::unwrap, at, name);
}
Change convert(std::string_view at, std::function<Result<Value>(Value)> convert,
               std::function<Result<Value>(Value)> back) {
  Change change = keepsake::at(Change::Kind::convert, at);
  P::convert(change) = std::move(convert);
  P::convert_back(change) = std::move(back);
  return change;
}
Change convert(std::string_view at, Conversion conversion) {
  return convert_as(at, kConversions[static_cast<std::size_t>(conversion)]);
}
Change each(std::string_view at, std::vector<Change> changes) {
  return with_parts(Change::Kind::each, at, std::move(changes));
}
Change map_values(std::string_view at, std::vector<Change> changes) {
  return with_parts(Change::Kind::map_values, at, std::move(changes));
}
Change when(Condition condition, std::vector<Change> changes) {
  Change change = with_parts(Change::Kind::when, "", std::move(changes));
  P::conditions(change).push_back(std::move(condition));
  return change;
}

Condition equals(std::string_view at, Value value) {
  Condition condition = asks(Condition::Kind::equals, at);
  P::value(condition) = std::move(value);
  return condition;
}
Condition present(std::string_view at) { return asks(Condition::Kind::present, at); }
Condition absent(std::string_view at) { return asks(Condition::Kind::absent, at); }
Condition has_kind(std::string_view at, Value::Kind kind) {
  Condition condition = asks(Condition::Kind::has_kind, at);
  P::value_kind(condition) = kind;
  return condition;
}

}  // namespace change
}  // namespace keepsake
