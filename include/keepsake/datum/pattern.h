// Pattern: a regular expression that strings must match. A value: immutable, cheap to copy, shared
// between threads.
//
// The syntax is the part of ECMAScript's (ECMA-262 §22.2, with the flag `u`) that JSON Schema's
// `pattern` recommends, and it works on code points:
//
//   abc  .  [a-z]  [^a-z]  \d \D \w \W \s \S        a character, or one of a class
//   \n \r \t \f \v \0 \cX \xHH \uHHHH \u{H…}  \.    escapes; before punctuation, the character
//   itself x*  x+  x?  x{2}  x{2,}  x{2,5}                 also with `?` behind, which changes
//   nothing here (x)  (?:x)  (?<name>x)  x|y                     groups, of which nothing is
//   remembered ^  $  \b  \B                                    the string's ends, the ends of a
//   word
//
// Not taken, since they can't be matched in linear time or depend on tables that change: back
// references, lookahead and lookbehind, \p{…}. As in JSON Schema, a pattern without `^` and `$`
// matches anywhere in the string.
//
// Matching takes time in proportion to the length of the string times the size of the pattern,
// whatever both hold, and neither allocates nor recurses (Thompson 1968, as told in R. Cox,
// "Regular Expression Matching Can Be Simple And Fast").
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "keepsake/base/result.h"

namespace keepsake {

class Pattern {
 public:
  /// The most steps that a pattern may come to: about one for each character, class and operator,
  /// with `x{n,m}` written out.
  static constexpr std::size_t kMostSteps = 1000;

  /// invalid_schema where `text` is no pattern, isn't UTF-8, or is beyond kMostSteps; the cause
  /// names the fault and its place in bytes, from 1.
  [[nodiscard]] static Result<Pattern> parse(std::string_view text);

  /// Whether the pattern matches somewhere in `text`, which is UTF-8 (bytes that are not count as
  /// U+FFFD, one each).
  [[nodiscard]] bool matches(std::string_view text) const noexcept;
  [[nodiscard]] const std::string& text() const noexcept;

  friend bool operator==(const Pattern& a, const Pattern& b) noexcept {
    return a.text() == b.text();
  }

 private:
  struct Program;
  friend struct PatternParser;
  explicit Pattern(std::shared_ptr<const Program> program) noexcept
      : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace keepsake
