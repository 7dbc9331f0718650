// Changes: what a declared step of a migration does, as data rather than as code, so that it can be
// proved against the schemas, undone, counted, fingerprinted and read from a file.
//
//   {change::rename("/name", "title"), change::add("/fame", 0),
//    change::each("/things", {change::wrap("", "id"), change::add("/quantity", 1)})}
//
// Places are JSON pointers (RFC 6901) into the data, or, within each(), map_values() and when(),
// into the element; "" is the whole of it. Members are named by them; an array's elements are
// reached by each() only. A pointer that is none is a bug of the caller (asserted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// What when() asks of the data. null is absent, as in every object.
class Condition {
 public:
  enum class Kind : std::uint8_t { equals, present, absent, has_kind };
  [[nodiscard]] bool holds(const Value& data) const;
  /// "/kind is \"sword\"", "/x is there", "/x is absent", "/x is a string".
  [[nodiscard]] std::string text() const;

 private:
  friend struct ChangeParts;
  explicit Condition(Kind kind) noexcept : kind_(kind) {}
  Kind kind_;
  std::vector<std::string> at_;
  Value value_;                                 // equals
  Value::Kind value_kind_ = Value::Kind::null;  // has_kind
};

/// A conversion that has a name, and so can stand in a file.
enum class Conversion : std::uint8_t {
  integer_to_string,  ///< 12 → "12"
  string_to_integer,  ///< "12" → 12; step_failed for any other text
};

/// How often a change, and each of its parts, found something to do.
struct ChangeCount {
  std::size_t count = 0;
  std::vector<ChangeCount> parts;
};

/// One part of a declared step. A value: made by the functions of namespace `change`.
class Change {
 public:
  enum class Kind : std::uint8_t {
    rename,
    move,
    add,
    remove,
    wrap,
    unwrap,
    convert,
    each,
    map_values,
    when
  };
  /// Changes `data` in place. Where what it names is absent, nothing is changed (the next version's
  /// schema says whether that is a fault). step_failed with the path where it can't be done.
  /// Adds to `count`, if given.
  [[nodiscard]] Result<void> apply(Value& data, ChangeCount* count = nullptr) const;
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// For people: "move /gold to /purse/gold"; of the change alone, not of its parts.
  [[nodiscard]] std::string text() const;
  /// Of each(), map_values() and when().
  [[nodiscard]] const std::vector<Change>& parts() const noexcept { return parts_; }

 private:
  friend struct ChangeParts;
  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);

  explicit Change(Kind kind) noexcept : kind_(kind) {}
  Kind kind_;
  bool lossy_ = false;         // unwrap: of an object that has other members, too
  bool has_restored_ = false;  // remove: value_ is what the way back adds
  bool unknown_ = false;       // convert: by a function that only another program has
  // add, move: how many of the objects on the way to the place it has to make (a plan that is
  // locked with schemas knows better); remove, move: how many of those that it takes from it
  // removes when they are left empty. The latter is set in a way back alone.
  std::size_t made_ = kAll;
  std::size_t pruned_ = 0;
  std::vector<std::string> at_;  // the place, as the names of its pointer
  std::vector<std::string> to_;  // move: the new place
  std::string name_;             // rename, wrap, unwrap; convert: the conversion's, if it has one
  Value value_;                  // add, remove
  std::vector<Change> parts_;    // each, map_values, when
  std::vector<Condition> condition_;  // when: one
  std::function<Result<Value>(Value)> convert_;
  std::function<Result<Value>(Value)> convert_back_;
};

namespace change {

// Each says which way back it has. Going forth and back gives the same data again; what has been
// changed since then stays changed, as far as the older version has a place for it.

/// The member keeps its value and its object, and gets another name. Back: the old name.
[[nodiscard]] Change rename(std::string_view at, std::string_view new_name);
/// The member goes to another place; objects on the way there are made. Back: to the old place.
[[nodiscard]] Change move(std::string_view from, std::string_view to);
/// A new member with this value; objects on the way there are made. Back: the member is removed.
[[nodiscard]] Change add(std::string_view at, Value value);
/// Without a way back.
[[nodiscard]] Change remove(std::string_view at);
/// Back: the member is added with the value `restored`, whatever it was.
[[nodiscard]] Change remove(std::string_view at, Value restored);
/// The value x becomes {name: x}. Back: unwrapped.
[[nodiscard]] Change wrap(std::string_view at, std::string_view name);
/// The object {name: x} becomes x; other members of it are lost. Back: wrapped, if by the schema it
/// has no other members; else there is no way back.
[[nodiscard]] Change unwrap(std::string_view at, std::string_view name);
/// The value there becomes what `convert` makes of it. Back: what `back` makes of it; no way back
/// without that. Both as StepFunction (migration.h).
[[nodiscard]] Change convert(std::string_view at, std::function<Result<Value>(Value)> convert,
                             std::function<Result<Value>(Value)> back = {});
/// Back: the opposite conversion.
[[nodiscard]] Change convert(std::string_view at, Conversion conversion);
/// `changes` to each element of the array. Back: theirs, if each has one.
[[nodiscard]] Change each(std::string_view at, std::vector<Change> changes);
/// `changes` to each value of the map. Back: theirs, if each has one.
[[nodiscard]] Change map_values(std::string_view at, std::vector<Change> changes);
/// `changes`, where the condition holds. Back: theirs, where it holds; so there is no way back if
/// they touch what it asks for. What lies in an object doesn't touch whether that is present.
[[nodiscard]] Change when(Condition condition, std::vector<Change> changes);

[[nodiscard]] Condition equals(std::string_view at, Value value);
[[nodiscard]] Condition present(std::string_view at);
[[nodiscard]] Condition absent(std::string_view at);
[[nodiscard]] Condition has_kind(std::string_view at, Value::Kind kind);

}  // namespace change
}  // namespace keepsake
