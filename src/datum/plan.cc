#include <algorithm>
#include <map>
#include <utility>

#include "keepsake/datum/migration.h"
#include "src/base/assert.h"
#include "src/datum/change_parts.h"
#include "src/datum/displaced.h"
#include "src/datum/plan_proof.h"
#include "src/datum/recipe.h"

namespace keepsake {

namespace {

std::string arrow(std::string_view from, std::string_view to) {
  return std::string(from) + " -> " + std::string(to);
}

Error step_error(std::string_view step, std::string_view what, const Error& why) {
  std::string cause = "step " + std::string(step) + " " + std::string(what);
  if (!why.cause().empty()) cause += ": " + why.cause();
  return Error(ErrorCode::step_failed, std::move(cause))
      .path(why.path())
      .expected(why.expected())
      .found(why.found());
}

/// Whether one of the changes, or of their parts, is code of another program.
bool any_unknown(const std::vector<Change>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const Change& change) {
    return ChangeParts::unknown(change) || any_unknown(change.parts());
  });
}

Error unknown_step(std::string_view from, std::string_view to) {
  return Error(ErrorCode::step_unknown, "step " + arrow(from, to) +
                                            " is code of the game's program, which a catalog's "
                                            "file doesn't hold")
      .remedy("use the game's own tool");
}

void add_lines(const std::vector<Change>& changes, const std::vector<ChangeCount>& counts,
               int level, std::vector<MigrationReport::Line>& lines) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const ChangeCount& count = i < counts.size() ? counts[i] : ChangeCount{};
    lines.push_back({.change = changes[i].text(), .count = count.count, .level = level});
    add_lines(changes[i].parts(), count.parts, level + 1, lines);
  }
}

}  // namespace

Result<void> Plan::add(std::string_view from, std::string_view to, StepFunction step,
                       StepFunction back) {
  return add_edge({.from = std::string(from),
                   .to = std::string(to),
                   .forth = {.function = std::move(step), .changes = {}},
                   .back = {.function = std::move(back), .changes = {}}});
}

Result<void> Plan::add(std::string_view from, std::string_view to, std::vector<Change> changes) {
  const bool unknown = any_unknown(changes);
  return add_edge({.from = std::string(from),
                   .to = std::string(to),
                   .forth = {.function = {}, .changes = std::move(changes)},
                   .unknown = unknown});
}

Result<void> Plan::add_unknown(std::string_view from, std::string_view to, bool has_way_back) {
  const auto refuse = [why = unknown_step(from, to)](const Value&) -> Result<Value> { return why; };
  return add_edge({.from = std::string(from),
                   .to = std::string(to),
                   .forth = {.function = refuse, .changes = {}},
                   .unknown = true,
                   .unknown_back = has_way_back});
}

Result<void> Plan::add_edge(Edge edge) {
  require(!locked_, "no step is added to a plan that is locked");
  if (find(edge.from, edge.to) != nullptr) {
    return Error(ErrorCode::duplicate_edge, "there are two steps " + arrow(edge.from, edge.to));
  }
  edges_.push_back(std::move(edge));
  return {};
}

std::vector<Plan::Step> Plan::steps() const {
  require(locked_, "a plan is locked before it is asked");
  std::vector<Step> steps;
  for (const Edge& edge : edges_) {
    steps.push_back({.from = edge.from,
                     .to = edge.to,
                     .changes = edge.forth.function ? nullptr : &edge.forth.changes,
                     .has_way_back = edge.has_back.has_value() || edge.unknown_back});
  }
  return steps;
}

const Plan::Edge* Plan::find(std::string_view from, std::string_view to) const noexcept {
  const auto found = std::find_if(edges_.begin(), edges_.end(), [&](const Edge& edge) {
    return edge.from == from && edge.to == to;
  });
  return found == edges_.end() ? nullptr : &*found;
}

Result<void> Plan::prove_graph() const {
  // Depth first; a step back to a version that is still on the way closes a cycle.
  enum class State : unsigned char { unseen, open, done };
  std::map<std::string_view, State> states;
  std::vector<std::string_view> way;
  std::vector<std::size_t> edge_of;  // for each version on the way: the next edge to look at
  for (const Edge& start : edges_) {
    if (states[start.from] != State::unseen) continue;
    way.assign(1, start.from);
    edge_of.assign(1, 0);
    states[start.from] = State::open;
    while (!way.empty()) {
      const std::size_t i = edge_of.back()++;
      if (i == edges_.size()) {
        states[way.back()] = State::done;
        way.pop_back();
        edge_of.pop_back();
      } else if (edges_[i].from == way.back()) {
        const std::string_view to = edges_[i].to;
        State& state = states[to];
        if (state == State::open) {
          std::string text = "the steps form a cycle: ";
          for (auto at = std::find(way.begin(), way.end(), to); at != way.end(); ++at) {
            text += std::string(*at) + " -> ";
          }
          return Error(ErrorCode::cycle, text + std::string(to));
        }
        if (state == State::done) continue;
        state = State::open;
        way.push_back(to);
        edge_of.push_back(0);
      }
    }
  }
  return {};
}

void Plan::find_ways_back() {
  for (Edge& edge : edges_) {
    const std::string step = "step " + arrow(edge.from, edge.to) + " has no way back: ";
    if (edge.forth.function) {
      if (!edge.back.function && !edge.unknown_back) {
        edge.has_back = Error(ErrorCode::no_path, step + "it is a function without one");
      }
    } else if (Result<std::vector<Change>> back = keepsake::way_back(edge.forth.changes); back) {
      edge.back.changes = *std::move(back);
      edge.unknown_back = edge.unknown;
    } else {
      edge.has_back = Error(ErrorCode::no_path, step + back.error().cause());
    }
    if (edge.unknown_back) edge.has_back = unknown_step(edge.from, edge.to);
  }
}

Result<void> Plan::lock() {
  Result<void> proved = prove_graph();
  if (!proved) return proved;
  find_ways_back();
  locked_ = true;
  return {};
}

Result<void> Plan::lock(SchemaOf schema_of) {
  Result<void> proved = prove_graph();
  if (!proved) return proved;
  for (Edge& edge : edges_) {
    const Schema* before = schema_of(edge.from);
    const Schema* after = schema_of(edge.to);
    if (edge.forth.function || before == nullptr || after == nullptr) continue;
    proved = prove_step(edge.from, edge.to, *before, *after, edge.forth.changes);
    if (!proved) return proved;
    edge.recipe = Recipe::of(edge.forth.changes, *before, *after, edge.to);
  }
  find_ways_back();
  locked_ = true;
  return {};
}

Result<std::vector<const Plan::Edge*>> Plan::edges_between(std::string_view from,
                                                           std::string_view to) const {
  require(locked_, "a plan is locked before it is asked");
  std::vector<const Edge*> way;
  if (from == to) return way;
  constexpr auto kNone = static_cast<std::size_t>(-1);
  struct Reached {
    const Edge* by;
    std::size_t through;  // the one before, or kNone
  };
  std::vector<Reached> reached;
  const auto is_reached = [&](std::string_view version) {
    return version == from || std::ranges::any_of(reached, [version](const Reached& one) {
             return one.by->to == version;
           });
  };
  const auto go_on = [&](std::string_view version, std::size_t through) {
    for (const Edge& edge : edges_) {
      if (edge.from == version && !is_reached(edge.to)) reached.push_back({&edge, through});
    }
  };
  go_on(from, kNone);
  for (std::size_t at = 0; at < reached.size(); ++at) {
    if (reached[at].by->to != to) {
      go_on(reached[at].by->to, at);
      continue;
    }
    for (; at != kNone; at = reached[at].through) way.push_back(reached[at].by);
    std::ranges::reverse(way);
    return way;
  }
  return Error(ErrorCode::no_path,
               "no chain of steps leads from " + std::string(from) + " to " + std::string(to));
}

Result<std::vector<std::string>> Plan::path(std::string_view from, std::string_view to) const {
  const Result<std::vector<const Edge*>> edges = edges_between(from, to);
  if (!edges) return edges.error();
  std::vector<std::string> path;
  if (!edges->empty()) path.emplace_back(from);
  for (const Edge* edge : *edges) path.push_back(edge->to);
  return path;
}

Result<std::vector<const Plan::Edge*>> Plan::known_edges(std::string_view from,
                                                         std::string_view to) const {
  Result<std::vector<const Edge*>> edges = edges_between(from, to);
  for (std::size_t i = 0; edges && i < edges->size(); ++i) {
    const Edge& edge = *(*edges)[i];
    if (edge.unknown) return unknown_step(edge.from, edge.to);
  }
  return edges;
}

Result<Value> Plan::run(const Way& way, const std::string& step, Value data,
                        MigrationReport::Step* report) {
  Result<Value> outcome = Value();
  std::vector<ChangeCount> counts(report == nullptr ? 0 : way.changes.size());
  const Result<void> called = call_caught(
      [&] {
        if (way.function) {
          outcome = way.function(std::move(data));
          return;
        }
        for (std::size_t i = 0; i < way.changes.size(); ++i) {
          Result<void> done = way.changes[i].apply(data, report == nullptr ? nullptr : &counts[i]);
          if (!done) {
            outcome = std::move(done).error();
            return;
          }
        }
        outcome = std::move(data);
      },
      ("step " + step).c_str());
  if (report != nullptr) add_lines(way.changes, counts, 0, report->lines);
  if (report != nullptr && way.function) {
    report->lines.push_back({.change = "a function", .count = 1, .level = 0});
  }
  if (!called) return Error(ErrorCode::step_failed, called.error().cause());
  if (!outcome) return step_error(step, "failed", outcome.error());
  return outcome;
}

Result<Value> Plan::take_step(const Edge& edge, bool back, Value data, SchemaOf schema_of,
                              std::vector<Displaced>& displaced, MigrationReport* report) {
  const std::string& from = back ? edge.to : edge.from;
  const std::string& to = back ? edge.from : edge.to;
  const Schema* before = schema_of(from);
  const Schema* after = schema_of(to);
  if (edge.recipe != nullptr && !back && report == nullptr && before != nullptr &&
      after != nullptr && edge.recipe->is_for(*before, *after)) {
    if (std::optional<Value> made = edge.recipe->make(data)) return *std::move(made);
  }
  const std::string step = arrow(edge.from, edge.to) + (back ? ", on its way back," : "");
  HiddenFields hidden;
  if (before != nullptr && after != nullptr) {
    hidden = HiddenFields::take_out(data, *before, *after);
  }
  if (report != nullptr) report->steps.push_back({from, to, back, {}});
  Result<Value> next = run(back ? edge.back : edge.forth, step, std::move(data),
                           report == nullptr ? nullptr : &report->steps.back());
  if (!next) return next;
  data = *std::move(next);
  if (data.kind() == Value::Kind::object) data.set("version", to);
  std::move(hidden).put_back(data, displaced);
  if (after == nullptr) return data;
  Result<Validated> validated = after->validate(std::move(data));
  if (!validated) {
    return step_error(step, "gave what version " + to + " refuses", validated.error());
  }
  return (*std::move(validated)).take();
}

Result<Value> Plan::migrate(Value data, std::string_view from, std::string_view to,
                            SchemaOf schema_of, std::vector<Displaced>& displaced,
                            MigrationReport* report) const {
  const Result<std::vector<const Edge*>> edges = known_edges(from, to);
  if (!edges) return edges.error();
  for (const Edge* edge : *edges) {
    Result<Value> next = take_step(*edge, false, std::move(data), schema_of, displaced, report);
    if (!next) return next;
    data = *std::move(next);
  }
  return data;
}

Result<void> Plan::way_back(std::string_view from, std::string_view to) const {
  const Result<std::vector<const Edge*>> edges = edges_between(to, from);
  if (!edges) {
    return Error(ErrorCode::no_path, "no chain of steps leads back from " + std::string(from) +
                                         " to " + std::string(to));
  }
  for (std::size_t i = edges->size(); i-- > 0;) {
    if (!(*edges)[i]->has_back) return (*edges)[i]->has_back;
  }
  return {};
}

Result<Value> Plan::migrate_back(Value data, std::string_view from, std::string_view to,
                                 SchemaOf schema_of, std::vector<Displaced>& displaced,
                                 MigrationReport* report) const {
  Result<void> has_way = way_back(from, to);
  if (!has_way) return std::move(has_way).error();
  const std::vector<const Edge*> edges = edges_between(to, from).value();
  for (std::size_t i = edges.size(); i-- > 0;) {
    Result<Value> next = take_step(*edges[i], true, std::move(data), schema_of, displaced, report);
    if (!next) return next;
    data = *std::move(next);
  }
  return data;
}

std::string MigrationReport::text() const {
  std::string text;
  for (const Step& step : steps) {
    text += arrow(step.from, step.to) + (step.back ? " (back)\n" : "\n");
    for (const Line& line : step.lines) {
      text += std::string(static_cast<std::size_t>(2 + 2 * line.level), ' ') + line.change + ": " +
              std::to_string(line.count) + "\n";
    }
  }
  return text;
}

}  // namespace keepsake
