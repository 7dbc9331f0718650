// Migration: how data of one version becomes data of the next.
//
// A Plan is a graph: versions are its points, named; steps are its edges. Steps are added until
// lock(), which proves the graph once and for all; then the plan only answers. The shortest chain
// of steps is taken, found breadth first in the order in which the steps were added: the same on
// every machine. A plan is a value; a locked one may be used by any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// A step as code: the data of one version in, of the next one out. It owns what it is given; the
/// caller's data stays as it was. It may refuse with an Error, and a throw is caught and named. It
/// must give the same output for the same input, always, everywhere. It leaves "version" alone.
using StepFunction = std::function<Result<Value>(Value data)>;

/// One part of a declared step. Made by the functions of namespace `change`.
class Change {
 public:
  enum class Kind : std::uint8_t { rename, move, add, remove, wrap, unwrap, each, convert };
  /// Changes `data` in place. Where what it names is absent, nothing is changed (the next version's
  /// schema says whether that is a fault). step_failed with the path where it can't be done.
  [[nodiscard]] Result<void> apply(Value& data) const;
  [[nodiscard]] Kind kind() const noexcept { return kind_; }

 private:
  friend struct ChangeBuilder;
  explicit Change(Kind kind) noexcept : kind_(kind) {}
  [[nodiscard]] Result<void> apply_each(Value& list) const;
  Kind kind_;
  std::vector<std::string> at_;  // the place, as the names of its pointer
  std::vector<std::string> to_;  // move: the new place
  std::string name_;             // rename, wrap, unwrap
  Value value_;                  // add
  std::vector<Change> parts_;    // each
  std::function<Result<Value>(Value)> convert_;
};

// Places are JSON pointers (RFC 6901) into the data, or, within each(), into the element; "" is the
// whole of it. Members are named by them; an array's elements are reached by each() only.
namespace change {

/// The member keeps its value and its object, and gets another name.
[[nodiscard]] Change rename(std::string_view at, std::string_view new_name);
/// The member goes to another place; objects on the way there are made.
[[nodiscard]] Change move(std::string_view from, std::string_view to);
/// A new member with this value; objects on the way there are made.
[[nodiscard]] Change add(std::string_view at, Value value);
[[nodiscard]] Change remove(std::string_view at);
/// The value x becomes {name: x}.
[[nodiscard]] Change wrap(std::string_view at, std::string_view name);
/// The object {name: x, …} becomes x.
[[nodiscard]] Change unwrap(std::string_view at, std::string_view name);
/// `changes` to each element of the array, or to each value of the map.
[[nodiscard]] Change each(std::string_view at, std::vector<Change> changes);
/// The value there becomes what `convert` makes of it.
[[nodiscard]] Change convert(std::string_view at, std::function<Result<Value>(Value)> convert);

}  // namespace change

/// A field that no schema knew and whose name a step then gave to a member of its own: the step's
/// value is in the data, this is the old one, to be put into quarantine and reported.
struct Displaced {
  std::string pointer;  ///< RFC 6901, in the data that the step gave
  Value value;
  friend bool operator==(const Displaced&, const Displaced&) = default;
};

class Plan {
 public:
  /// duplicate_edge if there is such a step already; the plan is left as it was. Asserts that the
  /// plan is not locked.
  [[nodiscard]] Result<void> add(std::string_view from, std::string_view to, StepFunction step);
  [[nodiscard]] Result<void> add(std::string_view from, std::string_view to,
                                 std::vector<Change> changes);

  /// cycle, naming the versions of one, if there is any in the graph, be it on nobody's way.
  [[nodiscard]] Result<void> lock();
  [[nodiscard]] bool locked() const noexcept { return locked_; }

  /// The versions on the way, both ends included; empty when `from` is `to`. no_path, naming both.
  /// Asserts that the plan is locked.
  [[nodiscard]] Result<std::vector<std::string>> path(std::string_view from,
                                                      std::string_view to) const;

  /// The schema of a version, or nullptr for one that has none.
  using SchemaOf = FunctionRef<const Schema*(std::string_view version)>;

  /// Takes `data`, which its version's schema has passed, along the path. After each step a member
  /// "version" is set to the version reached, and the outcome validated where that has a schema.
  /// An unknown field that bears the name of a member which the next version's schema knows is
  /// hidden from the step. If the step makes that member, the field is `displaced`; if not, it is
  /// put back where it fits the schema, and displaced where it doesn't.
  ///
  /// no_path; step_failed, naming the step, with the step's own text and path, if one refuses,
  /// throws, or gives what its version's schema refuses. `data` at the target is given back as is.
  [[nodiscard]] Result<Value> migrate(Value data, std::string_view from, std::string_view to,
                                      SchemaOf schema_of, std::vector<Displaced>& displaced) const;

 private:
  struct Edge {
    std::string from;
    std::string to;
    StepFunction function;  // or
    std::vector<Change> changes;
  };
  [[nodiscard]] Result<void> add_edge(Edge edge);
  [[nodiscard]] const Edge* find(std::string_view from, std::string_view to) const noexcept;
  [[nodiscard]] static Result<Value> run(const Edge& edge, Value data);
  std::vector<Edge> edges_;
  bool locked_ = false;
};

}  // namespace keepsake
