#include "lint/rules.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace keepsake::lint {

namespace {

constexpr auto kNone = std::string_view::npos;

void add(Findings& findings, const Source& source, std::size_t index, std::string_view rule,
         std::string message) {
  findings.push_back(
      {source.path, static_cast<int>(index) + 1, std::string(rule), std::move(message)});
}

std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a UTF-8 continuation
  }));
}

bool under_any(std::string_view path, std::initializer_list<std::string_view> folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](std::string_view folder) { return path.starts_with(folder); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  return text;
}

// "#  define X" → "define X"; empty for a line that is no directive.
std::string_view directive(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('#')) return {};
  return trimmed(line.substr(1));
}

}  // namespace

void file_length(const Source& source, Findings& findings) {
  if (source.is_generated()) return;
  const int limit = source.is_public_header() ? kMaxPublicHeaderLines : kMaxFileLines;
  const int length = static_cast<int>(source.lines.size());
  if (length <= limit) return;
  findings.push_back({source.path, 0, "file_length",
                      std::to_string(length) + " lines, at most " + std::to_string(limit)});
}

void line_length(const Source& source, Findings& findings) {
  if (source.is_generated()) return;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::size_t length = columns(source.lines[i]);
    if (length <= kMaxLineColumns) continue;
    add(findings, source, i, "line_length",
        std::to_string(length) + " columns, at most " + std::to_string(kMaxLineColumns));
  }
}

void pragma_once(const Source& source, Findings& findings) {
  if (!source.is_header()) return;
  for (const std::string& line : source.code) {
    if (directive(line) == "pragma once") return;
  }
  findings.push_back({source.path, 0, "pragma_once", "a header begins with #pragma once"});
}

void public_define(const Source& source, Findings& findings) {
  if (!source.is_public_header()) return;
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    const std::string_view line = directive(source.code[i]);
    if (!line.starts_with("define")) continue;
    if (find_word(line, "KEEPSAKE_EXPORT") != kNone) continue;
    add(findings, source, i, "public_define", "a public header defines no macro");
  }
}

void engine_name(const Source& source, Findings& findings) {
  if (!source.is_public_header()) return;
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    for (const std::string_view word : {"check", "verify", "TEXT", "PI"}) {
      if (find_word(source.code[i], word) == kNone) continue;
      add(findings, source, i, "engine_name",
          "engines define '" + std::string(word) + "' as a macro; choose another name");
    }
  }
}

void try_in_header(const Source& source, Findings& findings) {
  if (!source.is_header()) return;
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    if (find_word(source.code[i], "try") == kNone) continue;
    add(findings, source, i, "try_in_header",
        "headers compile without exceptions; use call_caught");
  }
}

void owner_of_note(const Source& source, Findings& findings) {
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string_view line = source.lines[i];
    // Written in two parts, so that lint passes its own rule.
    for (const std::string_view word : {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "X"
                                        "XX"}) {
      const std::size_t at = find_word(line, word);
      if (at == kNone) continue;
      const std::string_view rest = line.substr(at + word.size());
      if (rest.size() > 2 && rest[0] == '(' && is_word_char(rest[1])) continue;
      add(findings, source, i, "owner_of_note",
          "'" + std::string(word) + "' without an owner; do it, or name who will");
    }
  }
}

void switched_off(const Source& source, Findings& findings) {
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    const std::string_view line = source.code[i];
    for (const std::string_view mark : {"GTEST_"
                                        "SKIP",
                                        "DISABLED"
                                        "_"}) {
      if (line.find(mark) == kNone) continue;
      add(findings, source, i, "switched_off",
          "'" + std::string(mark) + "': a test runs or is removed");
    }
    const std::string_view condition = directive(line);
    if (condition.starts_with("if ") && trimmed(condition.substr(3)).starts_with("0")) {
      add(findings, source, i, "switched_off", "code under '#if 0': remove it");
    }
  }
}

void sleeping_test(const Source& source, Findings& findings) {
  if (!source.is_test() || !under_any(source.path, {"src/", "backends/", "sim/"})) return;
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    for (const std::string_view word :
         {"sleep_for", "sleep_until", "usleep", "nanosleep", "sleep"}) {
      if (find_word(source.code[i], word) == kNone) continue;
      add(findings, source, i, "sleeping_test", "tests move a clock, they don't sleep");
    }
  }
}

void domain_word(const Source& source, Findings& findings) {
  if (!under_any(source.path, {"include/", "src/", "backends/", "sim/"})) return;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    std::string line = source.lines[i];
    std::transform(line.begin(), line.end(), line.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view word : {"coins", "gems", "inventory"}) {
      if (line.find(word) == std::string::npos) continue;
      add(findings, source, i, "domain_word",
          "'" + std::string(word) + "' belongs to an example game, not to the library");
    }
  }
}

void all_text_rules(const Source& source, Findings& findings) {
  constexpr std::array kRules{file_length,   line_length,   function_length, pragma_once,
                              public_define, engine_name,   try_in_header,   owner_of_note,
                              switched_off,  sleeping_test, domain_word};
  for (const auto rule : kRules) rule(source, findings);
}

}  // namespace keepsake::lint
