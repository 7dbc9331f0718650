#include "lint/source.h"

#include <cctype>

namespace keepsake::lint {

namespace {

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// Blanks text from left to right; each skip function starts at its opener and ends past its close.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const std::string_view rest = std::string_view(text_).substr(at_);
      if (rest.starts_with("//")) {
        blank_until(text_.find('\n', at_));
      } else if (rest.starts_with("/*")) {
        blank_past(text_.find("*/", at_ + 2), 2);
      } else if (rest.starts_with("R\"") && !after_word_char()) {
        raw_string();
      } else if (c == '"' || (c == '\'' && !after_word_char())) {
        literal(c);
      } else {
        ++at_;
      }
    }
    return std::move(text_);
  }

 private:
  bool after_word_char() const { return at_ > 0 && is_word_char(text_[at_ - 1]); }

  void blank_until(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) {
      if (text_[at_] != '\n') text_[at_] = ' ';
    }
  }
  void blank_past(std::size_t end, std::size_t length) {
    blank_until(end == std::string::npos ? end : end + length);
  }
  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    ++at_;
    blank_until(end);
    if (at_ < text_.size()) ++at_;
  }
  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string::npos) return void(at_ = text_.size());
    const std::string close = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    blank_past(text_.find(close, open), close.size());
  }

  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

Source make_source(std::string path, std::string_view text) {
  return {.path = std::move(path),
          .lines = split_lines(text),
          .code = split_lines(Blanker(text).run())};
}

std::string Finding::text() const {
  return path + (line > 0 ? ":" + std::to_string(line) : "") + ": " + rule + ": " + message;
}

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t find_word(std::string_view line, std::string_view word, std::size_t from) {
  for (std::size_t at = line.find(word, from); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_char(line[at - 1]);
    const bool ends = end == line.size() || !is_word_char(line[end]);
    if (starts && ends) return at;
  }
  return std::string_view::npos;
}

}  // namespace keepsake::lint
