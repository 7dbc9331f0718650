// Finds function bodies by their braces. What is a body is judged by the words before the brace:
// those of a namespace, a type or an initialiser open none.
#include <algorithm>
#include <string>
#include <vector>

#include "lint/rules.h"

namespace keepsake::lint {

namespace {

enum class Brace : unsigned char { scope, body, initialiser };

struct Open {
  Brace kind;
  std::size_t line;
};

bool has_word(std::string_view text, std::string_view word) {
  return find_word(text, word) != std::string_view::npos;
}

char last_char(std::string_view text) {
  const std::size_t at = text.find_last_not_of(" \n\t");
  return at == std::string_view::npos ? '\0' : text[at];
}

// Whether `head` has, after its parameters, the ":" of a constructor's initialisers.
bool in_constructor_initialisers(std::string_view head) {
  int depth = 0;
  bool parameters_over = false;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '(') ++depth;
    if (head[i] == ')' && --depth == 0) parameters_over = true;
    if (head[i] != ':' || depth != 0 || !parameters_over) continue;
    const bool doubled = (i + 1 < head.size() && head[i + 1] == ':') || head[i - 1] == ':';
    if (!doubled) return true;
  }
  return false;
}

// What stands before the declaration itself: "public:", "template <…>".
std::string_view without_preamble(std::string_view head) {
  for (const std::string_view label : {"public:", "protected:", "private:"}) {
    if (head.starts_with(label)) head.remove_prefix(label.size());
  }
  head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
  if (!head.starts_with("template")) return head;
  int depth = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '<') ++depth;
    if (head[i] == '>' && --depth == 0) return without_preamble(head.substr(i + 1));
  }
  return head;
}

bool names_type(std::string_view head) {
  for (const std::string_view word : {"namespace", "class", "struct", "union", "enum", "extern"}) {
    if (has_word(head, word)) return true;
  }
  return false;
}

Brace kind_of(std::string_view head) {
  head = without_preamble(head);
  const std::size_t parameters_end = head.rfind(')');
  if (parameters_end == std::string_view::npos) {
    return names_type(head) ? Brace::scope : Brace::initialiser;
  }
  const char last = last_char(head);
  if (last == '=' || last == '(' || last == ',') return Brace::initialiser;
  // "struct alignas(64) Slot", "requires(size > 0) class Ring"
  const bool begins_as_type = head.starts_with("struct ") || head.starts_with("class ");
  if (begins_as_type && !in_constructor_initialisers(head) && last != ')') return Brace::scope;
  if (names_type(head.substr(parameters_end))) return Brace::scope;
  const bool after_name = is_word_char(last) || last == '>';
  return in_constructor_initialisers(head) && after_name ? Brace::initialiser : Brace::body;
}

class Scanner {
 public:
  Scanner(const Source& source, Findings& findings) : source_(source), findings_(findings) {}

  void run() {
    bool continued = false;
    for (line_ = 0; line_ < source_.code.size(); ++line_) {
      const std::string& line = source_.code[line_];
      const std::size_t first = line.find_first_not_of(" \t");
      const bool directive = continued || (first != std::string::npos && line[first] == '#');
      continued = directive && last_char(line) == '\\';
      if (directive) continue;
      for (const char c : line) take(c);
      take(' ');
    }
  }

 private:
  void take(char c) {
    if (c == '{') {
      open_.push_back({in_body() ? Brace::initialiser : kind_of(head_), line_});
      if (open_.back().kind != Brace::initialiser) head_.clear();
    } else if (c == '}') {
      close();
    } else if (in_body()) {
      return;
    } else if (c == ';' && !in_initialiser()) {
      head_.clear();
    } else if (!in_initialiser() && (!head_.empty() || c != ' ')) {
      head_ += c;
    }
  }

  bool in_initialiser() const { return !open_.empty() && open_.back().kind == Brace::initialiser; }
  bool in_body() const {
    for (const Open& open : open_) {
      if (open.kind == Brace::body) return true;
    }
    return false;
  }

  void close() {
    if (open_.empty()) return;
    const Open open = open_.back();
    open_.pop_back();
    if (open.kind == Brace::initialiser) {
      if (!in_body()) head_ += '}';
      return;
    }
    head_.clear();
    const std::size_t length = line_ - open.line + 1;
    if (open.kind != Brace::body || length <= kMaxFunctionLines) return;
    findings_.push_back({source_.path, static_cast<int>(open.line) + 1, "function_length",
                         std::to_string(length) + " lines from brace to brace, at most " +
                             std::to_string(kMaxFunctionLines)});
  }

  const Source& source_;
  Findings& findings_;
  std::size_t line_ = 0;
  std::vector<Open> open_;
  std::string head_;  ///< the words since the last statement or scope
};

}  // namespace

void function_length(const Source& source, Findings& findings) {
  if (source.is_generated()) return;
  Scanner(source, findings).run();
}

}  // namespace keepsake::lint
