#include "src/cli/datum_paths.h"

#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "keepsake/datum/migration.h"
#include "src/cli/datum_cases.h"

namespace keepsake::cli {

namespace {

/// What a case comes to: a path, or why there is none. `adding`: it failed before the plan was
/// locked.
struct Walk {
  std::vector<std::string> path;
  Result<void> failure;
  bool adding = false;
};

std::string path_text(const std::vector<std::string>& path) {
  std::string text = "[";
  for (const std::string& version : path) text += (text == "[" ? "" : ", ") + version;
  return text + "]";
}

StepFunction step_of(const Value* fail, const std::string& arrow) {
  const Value* text = fail == nullptr ? nullptr : fail->find(arrow);
  if (text == nullptr) return [](Value data) -> Result<Value> { return data; };
  return [why = std::string(string_in(text))](const Value&) -> Result<Value> {
    return Error(ErrorCode::step_failed, why);
  };
}

Walk walk(const Value& test, std::span<const Value> edges) {
  Plan plan;
  for (const Value& edge : edges) {
    const std::string from(string_in(&edge.items()[0]));
    const std::string to(string_in(&edge.items()[1]));
    Result<void> added = plan.add(from, to, step_of(test.find("fail"), from + "->" + to));
    if (!added) return {.path = {}, .failure = std::move(added), .adding = true};
  }
  Result<void> locked = plan.lock();
  if (!locked) return {.path = {}, .failure = std::move(locked)};
  const std::string_view from = string_in(test.find("from"));
  const std::string_view to = string_in(test.find("to"));
  Result<std::vector<std::string>> path = plan.path(from, to);
  if (!path) return {.path = {}, .failure = std::move(path).error()};
  const auto no_schema = [](std::string_view) -> const Schema* { return nullptr; };
  std::vector<Displaced> displaced;
  const Result<Value> moved = plan.migrate(Value::object(), from, to, no_schema, displaced);
  if (!moved) return {.path = {}, .failure = moved.error()};
  return {.path = *std::move(path), .failure = {}};
}

/// Whether an error is what the recorded text ("E:Migration: no path from 1 to 4") says; `prefix`:
/// what it begins with.
bool is_as_recorded(const Error& error, std::string_view recorded, bool prefix) {
  constexpr std::string_view kHead = "E:Migration: ";
  if (recorded.starts_with(kHead)) recorded.remove_prefix(kHead.size());
  // What it names comes last in our text as in the recorded one, whatever words stand before; of a
  // recorded beginning it is the beginning.
  const auto names = [&](ErrorCode code, std::string_view kind) {
    const std::string named(recorded.substr(kind.size()));
    return error.code() == code && (prefix ? error.cause().find(named) != std::string::npos
                                           : error.cause().ends_with(named));
  };
  for (const auto& [kind, code] : {std::pair("no path", ErrorCode::no_path),
                                   std::pair("duplicate edge", ErrorCode::duplicate_edge)}) {
    if (recorded.starts_with(kind)) return names(code, kind);
  }
  if (recorded.starts_with("cycle detected")) return error.code() == ErrorCode::cycle;
  if (error.code() != ErrorCode::step_failed) return false;
  return prefix ? error.cause().starts_with(recorded) : error.cause() == recorded;
}

/// Whether the edges are pairs of texts.
bool good_edges(const Value* edges) {
  if (edges == nullptr || edges->kind() != Value::Kind::array) return false;
  for (const Value& edge : edges->items()) {
    if (edge.kind() != Value::Kind::array || edge.size() != 2) return false;
    for (const Value& version : edge.items()) {
      if (version.kind() != Value::Kind::string) return false;
    }
  }
  return true;
}

/// Empty if the case passes, else what is wrong.
std::string judge_path(const Value& test) {
  const Value* edges = test.find("edges");
  if (!good_edges(edges)) return "unsupported: edges that are no pairs of texts";
  const Walk found = walk(test, edges->items());
  const std::string found_text =
      found.failure ? path_text(found.path) : found.failure.error().message();
  if (const Value* path = test.find("path"); path != nullptr) {
    if (path->kind() != Value::Kind::array) return "unsupported: a path that is no array";
    std::vector<std::string> wanted;
    for (const Value& version : path->items()) wanted.emplace_back(string_in(&version));
    if (found.failure && found.path == wanted) return {};
    return "expected " + path_text(wanted) + ", found " + found_text;
  }
  const bool adding = test.find("add_error") != nullptr;
  const bool prefix = test.find("error_prefix") != nullptr;
  const std::string_view wanted = string_in(test.find(adding   ? "add_error"
                                                      : prefix ? "error_prefix"
                                                               : "error"));
  if (wanted.empty()) return "unsupported: a case without path or error";
  if (!found.failure && found.adding == adding &&
      is_as_recorded(found.failure.error(), wanted, prefix)) {
    return {};
  }
  return "expected " + std::string(wanted) + ", found " + found_text;
}

}  // namespace

Result<CaseReport> run_paths(std::string_view json_text) {
  Result<Value> cases = parse_json(json_text);
  if (!cases) return std::move(cases).error();
  if (cases->kind() != Value::Kind::array) {
    return Error(ErrorCode::invalid_data).expected("array of cases").found(name(cases->kind()));
  }
  CaseReport report;
  for (const Value& test : cases->items()) {
    const std::string wrong = judge_path(test);
    if (wrong.empty()) {
      ++report.passed;
      continue;
    }
    ++report.failed;
    const std::string_view id = string_in(test.find("id"));
    report.lines.push_back((id.empty() ? "(no id)" : std::string(id)) + ": " + wrong);
  }
  return report;
}

}  // namespace keepsake::cli
