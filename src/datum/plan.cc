#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "keepsake/datum/migration.h"
#include "src/base/assert.h"
#include "src/datum/displaced.h"

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

}  // namespace

Result<void> Plan::add(std::string_view from, std::string_view to, StepFunction step) {
  return add_edge({std::string(from), std::string(to), std::move(step), {}});
}

Result<void> Plan::add(std::string_view from, std::string_view to, std::vector<Change> changes) {
  return add_edge({std::string(from), std::string(to), {}, std::move(changes)});
}

Result<void> Plan::add_edge(Edge edge) {
  require(!locked_, "no step is added to a plan that is locked");
  if (find(edge.from, edge.to) != nullptr) {
    return Error(ErrorCode::duplicate_edge, "there are two steps " + arrow(edge.from, edge.to));
  }
  edges_.push_back(std::move(edge));
  return {};
}

const Plan::Edge* Plan::find(std::string_view from, std::string_view to) const noexcept {
  const auto found = std::find_if(edges_.begin(), edges_.end(), [&](const Edge& edge) {
    return edge.from == from && edge.to == to;
  });
  return found == edges_.end() ? nullptr : &*found;
}

Result<void> Plan::lock() {
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
  locked_ = true;
  return {};
}

Result<std::vector<std::string>> Plan::path(std::string_view from, std::string_view to) const {
  require(locked_, "a plan is locked before it is asked");
  std::vector<std::string> path;
  if (from == to) return path;
  std::map<std::string_view, std::string_view> reached_from{{from, from}};
  std::deque<std::string_view> open{from};
  while (!open.empty() && !reached_from.contains(to)) {
    const std::string_view at = open.front();
    open.pop_front();
    for (const Edge& edge : edges_) {
      if (edge.from == at && reached_from.emplace(edge.to, at).second) open.push_back(edge.to);
    }
  }
  if (!reached_from.contains(to)) {
    return Error(ErrorCode::no_path,
                 "no chain of steps leads from " + std::string(from) + " to " + std::string(to));
  }
  for (std::string_view at = to; at != from; at = reached_from[at]) path.emplace_back(at);
  path.emplace_back(from);
  std::reverse(path.begin(), path.end());
  return path;
}

Result<Value> Plan::run(const Edge& edge, Value data) {
  const std::string step = arrow(edge.from, edge.to);
  Result<Value> outcome = Value();
  const Result<void> called = call_caught(
      [&] {
        if (edge.function) {
          outcome = edge.function(std::move(data));
          return;
        }
        for (const Change& change : edge.changes) {
          Result<void> done = change.apply(data);
          if (!done) {
            outcome = std::move(done).error();
            return;
          }
        }
        outcome = std::move(data);
      },
      ("step " + step).c_str());
  if (!called) return Error(ErrorCode::step_failed, called.error().cause());
  if (!outcome) return step_error(step, "failed", outcome.error());
  return outcome;
}

Result<Value> Plan::migrate(Value data, std::string_view from, std::string_view to,
                            SchemaOf schema_of, std::vector<Displaced>& displaced) const {
  const Result<std::vector<std::string>> path = this->path(from, to);
  if (!path) return path.error();
  for (std::size_t i = 1; i < path->size(); ++i) {
    const Edge& edge = *find((*path)[i - 1], (*path)[i]);
    const Schema* before = schema_of(edge.from);
    const Schema* after = schema_of(edge.to);
    HiddenFields hidden;
    if (before != nullptr && after != nullptr) {
      hidden = HiddenFields::take_out(data, *before, *after);
    }
    Result<Value> next = run(edge, std::move(data));
    if (!next) return next;
    data = *std::move(next);
    if (data.kind() == Value::Kind::object) data.set("version", edge.to);
    std::move(hidden).put_back(data, displaced);
    if (after == nullptr) continue;
    Result<Validated> validated = after->validate(std::move(data));
    if (!validated) {
      return step_error(arrow(edge.from, edge.to), "gave what version " + edge.to + " refuses",
                        validated.error());
    }
    data = (*std::move(validated)).take();
  }
  return data;
}

}  // namespace keepsake
