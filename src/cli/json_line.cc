#include "src/cli/json_line.h"

#include <utility>

namespace keepsake::cli {

namespace {

/// Behind the closing quote of the string that begins at `at`; npos if it has none.
std::size_t end_of_string(std::string_view line, std::size_t at) {
  for (++at; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

std::optional<std::string> text_of(std::string_view quoted) {
  const Result<Value> value = parse_json(quoted);
  if (!value) return std::nullopt;
  return std::string(value->as_string());
}

}  // namespace

Result<Value> parse_json_line(std::string_view line, const JsonLimits& limits) {
  Result<Value> value = parse_json(line, limits);
  if (value) return value;
  constexpr std::string_view kFirst = "line 1, ";
  const std::string& cause = value.error().cause();
  if (!cause.starts_with(kFirst)) return value;
  return Error(value.error().code(), cause.substr(kFirst.size())).path(value.error().path());
}

std::optional<std::string> text_member_of_broken_line(std::string_view line,
                                                      std::string_view name) {
  std::optional<std::string> found;
  std::string_view last;  // the string that stands before us in the outermost object
  bool wanted = false;    // we are in the member's value
  int depth = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') {
      const std::size_t end = end_of_string(line, at);
      if (end == std::string_view::npos) break;
      if (depth == 1) last = line.substr(at, end - at);
      if (depth == 1 && wanted) {
        if (found) return std::nullopt;
        found = text_of(last);
      }
      at = end - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth <= 0) break;
    } else if (depth == 1 && (c == ':' || c == ',')) {
      wanted = c == ':' && !last.empty() && text_of(last) == name;
    }
  }
  return found;
}

}  // namespace keepsake::cli
