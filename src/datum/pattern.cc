#include "keepsake/datum/pattern.h"

#include <algorithm>
#include <bit>

#include "src/datum/code_points.h"
#include "src/datum/pattern_program.h"

namespace keepsake {

namespace {

using StepKind = PatternStep::Kind;

bool is_word(char32_t code) {
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
         (code >= '0' && code <= '9') || code == '_';
}

/// Steps that wait for the next code point, each at most once.
class StepSet {
 public:
  void clear() noexcept {
    seen_.fill(0);
    count_ = 0;
  }
  /// Whether the step was not seen before.
  bool see(std::uint16_t step) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (step % 64);
    if ((seen_[step / 64] & bit) != 0) return false;
    seen_[step / 64] |= bit;
    return true;
  }
  void wait(std::uint16_t step) noexcept { waiting_[count_++] = step; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint16_t operator[](std::size_t i) const noexcept { return waiting_[i]; }

 private:
  static constexpr std::size_t kRoom = Pattern::kMostSteps + 1;
  std::array<std::uint64_t, (kRoom + 63) / 64> seen_{};
  std::array<std::uint16_t, kRoom> waiting_;
  std::size_t count_ = 0;
};

/// Where the machine stands in the string.
struct Spot {
  bool begin;
  bool end;
  bool edge;  // of a word
};

/// Adds what is reached from `step` without reading; true if that is a match.
bool follow(const std::vector<PatternStep>& steps, std::uint16_t step, Spot spot, StepSet& set) {
  std::array<std::uint16_t, Pattern::kMostSteps + 1> later;
  std::size_t depth = 0;
  later[depth++] = step;
  const auto push = [&](std::uint16_t next) {
    if (set.see(next)) later[depth++] = next;
  };
  if (!set.see(step)) return false;
  while (depth > 0) {
    const std::uint16_t at = later[--depth];
    const auto next = static_cast<std::uint16_t>(at + 1);
    switch (steps[at].kind) {
      case StepKind::one:
      case StepKind::set: set.wait(at); break;
      case StepKind::fork:
        push(steps[at].second);
        push(steps[at].first);
        break;
      case StepKind::jump: push(steps[at].first); break;
      case StepKind::begin:
        if (spot.begin) push(next);
        break;
      case StepKind::end:
        if (spot.end) push(next);
        break;
      case StepKind::word_edge:
        if (spot.edge) push(next);
        break;
      case StepKind::no_edge:
        if (!spot.edge) push(next);
        break;
      case StepKind::match: return true;
    }
  }
  return false;
}

}  // namespace

bool CodeSet::has(char32_t code) const noexcept {
  if (code < 128) return (ascii[code / 64] >> (code % 64) & 1) != 0;
  const auto range = std::partition_point(ranges.begin(), ranges.end(),
                                          [code](const Range& r) { return r.last < code; });
  return range != ranges.end() && range->first <= code;
}

bool Pattern::matches(std::string_view text) const noexcept {
  const Program& program = *program_;
  StepSet sets[2];
  StepSet* now = &sets[0];
  StepSet* next = &sets[1];
  bool word_before = false;
  std::size_t at = 0;
  while (true) {
    const bool end = at == text.size();
    std::size_t behind = at;
    const char32_t code = end ? 0 : next_code_point(text, behind);
    const bool word = !end && is_word(code);
    const Spot spot{.begin = at == 0, .end = end, .edge = word != word_before};
    // What waits was followed up to here without knowing what comes next, so it is followed now.
    next->clear();
    for (std::size_t i = 0; i < now->count(); ++i) {
      if (follow(program.steps, (*now)[i], spot, *next)) return true;
    }
    const bool start = at == 0 || !program.at_begin_only;
    if (start && follow(program.steps, 0, spot, *next)) return true;
    if (end || (next->count() == 0 && program.at_begin_only)) return false;
    now->clear();
    for (std::size_t i = 0; i < next->count(); ++i) {
      const PatternStep& step = program.steps[(*next)[i]];
      const bool taken =
          step.kind == StepKind::one ? step.code == code : program.sets[step.first].has(code);
      const auto reached = static_cast<std::uint16_t>((*next)[i] + 1);
      if (taken && now->see(reached)) now->wait(reached);
    }
    word_before = word;
    at = behind;
  }
}

const std::string& Pattern::text() const noexcept { return program_->text; }

}  // namespace keepsake
