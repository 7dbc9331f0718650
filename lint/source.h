// One file as lint reads it: its lines, and the same lines with comments and literals blanked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keepsake::lint {

struct Source {
  std::string path;                ///< from the root, with forward slashes
  std::vector<std::string> lines;  ///< as written
  std::vector<std::string> code;   ///< comments and the insides of literals are spaces

  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
  [[nodiscard]] bool is_public_header() const {
    return path.starts_with("include/") && is_header();
  }
  [[nodiscard]] bool is_generated() const { return path.ends_with(".gen.h"); }
  [[nodiscard]] bool is_test() const { return path.ends_with("_test.cc"); }
  /// A test, or what only tests include or link: "files_test_folder.h".
  [[nodiscard]] bool is_for_tests() const {
    return is_test() || path.find("_test_", path.rfind('/') + 1) != std::string::npos;
  }
};

[[nodiscard]] Source make_source(std::string path, std::string_view text);

/// Something that must be mended. `line` counts from 1; 0 means the file as a whole.
struct Finding {
  std::string path;
  int line = 0;
  std::string rule;
  std::string message;

  [[nodiscard]] std::string text() const;  ///< "path:line: rule: message"
};

using Findings = std::vector<Finding>;

[[nodiscard]] bool is_word_char(char c);

/// Where `word` stands in `line` as a whole word, from `from` on; npos if nowhere.
[[nodiscard]] std::size_t find_word(std::string_view line, std::string_view word,
                                    std::size_t from = 0);

}  // namespace keepsake::lint
