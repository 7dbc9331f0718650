#include "src/cli/json_line.h"

#include <algorithm>
#include <charconv>
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

/// The number behind `prefix`, of which `text` then begins behind; 0 if there is none.
std::uint64_t take_number(std::string_view& text, std::string_view prefix) {
  std::uint64_t number = 0;
  if (!text.starts_with(prefix)) return 0;
  const char* const end = text.data() + text.size();
  const char* const stop = std::from_chars(text.data() + prefix.size(), end, number).ptr;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
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

TextPlace TextPlace::behind(std::string_view text) const {
  const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines == 0) return {line, column + text.size()};
  return {line + lines, text.size() - text.rfind('\n')};
}

std::string TextPlace::text() const {
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
}

Result<Value> parse_json_part(std::string_view text, const TextPlace& at) {
  Result<Value> value = parse_json(text);
  if (value) return value;
  std::string_view cause = value.error().cause();
  const std::uint64_t line = take_number(cause, "line ");
  const std::uint64_t column = take_number(cause, ", column ");
  if (line == 0 || column == 0 || !cause.starts_with(": ")) return value;
  const TextPlace place{at.line + line - 1, line == 1 ? at.column + column - 1 : column};
  return Error(value.error().code(), place.text() + std::string(cause.substr(2)))
      .path(value.error().path());
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
