// Migration: how data of one version becomes data of the next, and where there is a way, of the one
// before.
//
// A Plan is a graph: versions are its points, named; steps are its edges. Steps are added until
// lock(), which proves the graph once and for all; then the plan only answers. The shortest chain
// of steps is taken, found breadth first in the order in which the steps were added: the same on
// every machine. A step's way back belongs to the step and is no edge. A plan is a value; a locked
// one may be used by any number of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/change.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

class Recipe;

/// A step as code: the data of one version in, of the next one out. It owns what it is given; the
/// caller's data stays as it was. It may refuse with an Error, and a throw is caught and named. It
/// must give the same output for the same input, always, everywhere. It leaves "version" alone.
using StepFunction = std::function<Result<Value>(Value data)>;

/// A field that no schema knew and whose name a step then gave to a member of its own: the step's
/// value is in the data, this is the old one, to be put into quarantine and reported.
struct Displaced {
  std::string pointer;  ///< RFC 6901, in the data that the step gave
  Value value;
  friend bool operator==(const Displaced&, const Displaced&) = default;
};

/// What a migration did, step by step.
struct MigrationReport {
  struct Line {
    std::string change;     ///< Change::text(), or "a function"
    std::size_t count = 0;  ///< how often it found something to do
    int level = 0;          ///< a part of the line above that has a lower one
  };
  struct Step {
    std::string from;
    std::string to;
    bool back = false;  ///< the way back of the step to -> from
    std::vector<Line> lines;
  };
  std::vector<Step> steps;

  /// For people: a line for each step and change.
  [[nodiscard]] std::string text() const;
};

class Plan {
 public:
  /// duplicate_edge if there is such a step already; the plan is left as it was. Asserts that the
  /// plan is not locked. `back`: from `to` to `from`; empty if there is no way back.
  [[nodiscard]] Result<void> add(std::string_view from, std::string_view to, StepFunction step,
                                 StepFunction back = {});
  [[nodiscard]] Result<void> add(std::string_view from, std::string_view to,
                                 std::vector<Change> changes);
  /// A step that is code of another program, as a catalog's file has it: known to be there, but no
  /// data can take it.
  [[nodiscard]] Result<void> add_unknown(std::string_view from, std::string_view to,
                                         bool has_way_back);

  /// The schema of a version, or nullptr for one that has none.
  using SchemaOf = FunctionRef<const Schema*(std::string_view version)>;

  /// Proves the graph: cycle, naming the versions of one, if there is any, be it on nobody's way.
  [[nodiscard]] Result<void> lock();
  /// And each declared step against its versions' schemas, as far as they tell. invalid_schema,
  /// naming the step and, by a pointer whose "*" stands for each element, the place, where the
  /// changes name what the older version doesn't have, would put something over what it has, don't
  /// make what the newer version asks for (the remedy is the line to add), or leave what it
  /// refuses. Lengths, ranges and patterns are seen at migration only.
  [[nodiscard]] Result<void> lock(SchemaOf schema_of);
  [[nodiscard]] bool locked() const noexcept { return locked_; }

  /// The versions on the way, both ends included; empty when `from` is `to`. no_path, naming both.
  /// Asserts that the plan is locked.
  [[nodiscard]] Result<std::vector<std::string>> path(std::string_view from,
                                                      std::string_view to) const;

  /// Takes `data`, which its version's schema has passed, along the path. After each step a member
  /// "version" is set to the version reached, and the outcome validated where that has a schema.
  /// An unknown field that bears the name of a member which the next version's schema knows is
  /// hidden from the step. If the step makes that member, the field is `displaced`; if not, it is
  /// put back where it fits the schema, and displaced where it doesn't.
  ///
  /// no_path; step_unknown, before any step is taken, if one on the path is another program's;
  /// step_failed, naming the step, with the step's own text and path, if one refuses,
  /// throws, or gives what its version's schema refuses. `data` at the target is given back as is.
  /// `report`, if given, gets the steps that were taken, on failure, too.
  [[nodiscard]] Result<Value> migrate(Value data, std::string_view from, std::string_view to,
                                      SchemaOf schema_of, std::vector<Displaced>& displaced,
                                      MigrationReport* report = nullptr) const;

  /// As migrate(), from `from` back to the older `to`, on the ways back of the path between them.
  /// no_path also where a step on it has none, naming step and change; then no step was taken.
  [[nodiscard]] Result<Value> migrate_back(Value data, std::string_view from, std::string_view to,
                                           SchemaOf schema_of, std::vector<Displaced>& displaced,
                                           MigrationReport* report = nullptr) const;
  /// Whether migrate_back() has a way; its error if not.
  [[nodiscard]] Result<void> way_back(std::string_view from, std::string_view to) const;

  /// A step as it was added. Valid as long as the plan.
  struct Step {
    std::string_view from;
    std::string_view to;
    const std::vector<Change>* changes;  ///< nullptr for a function, or one of another program
    bool has_way_back;                   ///< for a step of another program: there
  };
  /// In the order in which they were added. Asserts that the plan is locked.
  [[nodiscard]] std::vector<Step> steps() const;

 private:
  /// What is done on one way along an edge.
  struct Way {
    StepFunction function;  // or
    std::vector<Change> changes;
  };
  struct Edge {
    std::string from;
    std::string to;
    Way forth;
    Way back;
    Result<void> has_back;                 // or why not
    bool unknown = false;                  // it, or a part of it, is code of another program
    std::shared_ptr<const Recipe> recipe;  // a quick way forth
    bool unknown_back = false;             // which has a way back of it
  };
  [[nodiscard]] Result<void> add_edge(Edge edge);
  [[nodiscard]] Result<void> prove_graph() const;
  void find_ways_back();
  /// The edges of path(), where none is of another program.
  [[nodiscard]] Result<std::vector<const Edge*>> known_edges(std::string_view from,
                                                             std::string_view to) const;
  [[nodiscard]] Result<std::vector<const Edge*>> edges_between(std::string_view from,
                                                               std::string_view to) const;
  [[nodiscard]] const Edge* find(std::string_view from, std::string_view to) const noexcept;
  [[nodiscard]] static Result<Value> run(const Way& way, const std::string& step, Value data,
                                         MigrationReport::Step* report);
  [[nodiscard]] static Result<Value> take_step(const Edge& edge, bool back, Value data,
                                               SchemaOf schema_of,
                                               std::vector<Displaced>& displaced,
                                               MigrationReport* report);
  std::vector<Edge> edges_;
  bool locked_ = false;
};

}  // namespace keepsake
