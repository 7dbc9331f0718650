// What a pattern is compiled to: the steps of a machine that is in many states at once.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/datum/pattern.h"

namespace keepsake {

/// A set of code points: ranges in order, and the first 128 by bit.
struct CodeSet {
  struct Range {
    char32_t first;
    char32_t last;
  };
  std::vector<Range> ranges;
  std::array<std::uint64_t, 2> ascii{};

  [[nodiscard]] bool has(char32_t code) const noexcept;
};

struct PatternStep {
  enum class Kind : std::uint8_t {
    one,        // the code point `code`, then the next step
    set,        // one of sets[first], then the next step
    fork,       // both first and second
    jump,       // first
    begin,      // ^
    end,        // $
    word_edge,  // \b
    no_edge,    // \B
    match,
  };
  Kind kind = Kind::match;
  char32_t code = 0;
  std::uint16_t first = 0;
  std::uint16_t second = 0;
};

struct Pattern::Program {
  std::string text;
  std::vector<PatternStep> steps;  // the last one is `match`
  std::vector<CodeSet> sets;
  bool at_begin_only = false;  // every way begins with ^
};

}  // namespace keepsake
