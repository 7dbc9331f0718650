// A pattern's text to its steps. Fragments jump by offsets, so that they can be copied and put
// behind each other; the offsets become places at the end.
#include <algorithm>
#include <iterator>

#include "keepsake/datum/value.h"
#include "src/datum/code_points.h"
#include "src/datum/pattern_program.h"

namespace keepsake {

namespace {

using StepKind = PatternStep::Kind;

struct LooseStep {
  StepKind kind = StepKind::match;
  char32_t code = 0;
  int first = 0;  // of a set: its index; else an offset from here
  int second = 0;
};
using Fragment = std::vector<LooseStep>;

constexpr char32_t kLastCode = 0x10FFFF;
constexpr std::size_t kMostGroups = 50;
using Range = CodeSet::Range;

void normalise(CodeSet& set, bool negated) {
  std::vector<Range>& ranges = set.ranges;
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  if (negated) {
    std::vector<Range> others;
    char32_t next = 0;
    for (const Range& range : merged) {
      if (range.first > next) others.push_back({next, range.first - 1});
      next = range.last + 1;
    }
    if (next <= kLastCode) others.push_back({next, kLastCode});
    merged = std::move(others);
  }
  ranges = std::move(merged);
  set.ascii = {};
  for (const Range& range : ranges) {
    for (char32_t code = range.first; code <= range.last && code < 128; ++code) {
      set.ascii[code / 64] |= std::uint64_t{1} << (code % 64);
    }
  }
}

/// \d, \w, \s and their opposites; nothing for any other letter.
bool class_of(char32_t letter, CodeSet& set) {
  const auto lower = static_cast<char32_t>(letter | 0x20U);
  if (lower == 'd') {
    set.ranges = {{'0', '9'}};
  } else if (lower == 'w') {
    set.ranges = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  } else if (lower == 's') {
    set.ranges = {{0x09, 0x0D},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
                  {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                  {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  } else {
    return false;
  }
  normalise(set, letter != lower);
  return true;
}

int length(const Fragment& fragment) { return static_cast<int>(fragment.size()); }

void append(Fragment& to, const Fragment& from) { to.insert(to.end(), from.begin(), from.end()); }

Fragment any_number(const Fragment& x) {
  Fragment out{{.kind = StepKind::fork, .first = 1, .second = length(x) + 2}};
  append(out, x);
  out.push_back({.kind = StepKind::jump, .first = -(length(x) + 1)});
  return out;
}

Fragment either(const Fragment& a, const Fragment& b) {
  Fragment out{{.kind = StepKind::fork, .first = 1, .second = length(a) + 2}};
  append(out, a);
  out.push_back({.kind = StepKind::jump, .first = length(b) + 1});
  append(out, b);
  return out;
}

}  // namespace

struct PatternParser {
  static constexpr std::size_t kEndless = static_cast<std::size_t>(-1);

  std::string_view text;
  Pattern::Program program{};
  std::size_t at = 0;
  const char* fault = nullptr;
  std::size_t depth = 0;

  [[nodiscard]] bool done() const { return at == text.size(); }
  [[nodiscard]] bool next_is(char c) const { return !done() && text[at] == c; }
  bool take(char c) { return next_is(c) && (++at, true); }
  bool take(std::string_view word) {
    return text.substr(at).starts_with(word) && (at += word.size(), true);
  }
  bool fail(const char* why) {
    if (fault == nullptr) fault = why;
    return false;
  }
  bool fits(const Fragment& fragment) {
    return fragment.size() <= Pattern::kMostSteps || fail("it comes to more than 1000 steps");
  }

  int add_set(CodeSet set) {
    program.sets.push_back(std::move(set));
    return static_cast<int>(program.sets.size()) - 1;
  }

  bool alternatives(Fragment& out) {
    if (!sequence(out)) return false;
    while (take('|')) {
      Fragment other;
      if (!sequence(other)) return false;
      out = either(out, other);
      if (!fits(out)) return false;
    }
    return true;
  }

  bool sequence(Fragment& out) {
    while (!done() && text[at] != '|' && text[at] != ')') {
      Fragment part;
      if (!term(part)) return false;
      append(out, part);
      if (!fits(out)) return false;
    }
    return true;
  }

  bool term(Fragment& out) {
    const auto assertion = [&](StepKind kind) {
      out = {{.kind = kind}};
      const bool repeated = !done() && std::string_view("*+?{").find(text[at]) != text.npos;
      return !repeated || fail("nothing to repeat");
    };
    if (take('^')) return assertion(StepKind::begin);
    if (take('$')) return assertion(StepKind::end);
    if (take("\\b")) return assertion(StepKind::word_edge);
    if (take("\\B")) return assertion(StepKind::no_edge);
    return atom(out) && repetition(out);
  }

  bool atom(Fragment& out) {
    if (take('(')) return group(out);
    if (take('[')) return bracket(out);
    if (take('.')) {
      CodeSet set{.ranges = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}};
      normalise(set, true);
      out = {{.kind = StepKind::set, .first = add_set(std::move(set))}};
      return true;
    }
    if (std::string_view("*+?{").find(text[at]) != text.npos) return fail("nothing to repeat");
    if (next_is('}') || next_is(']')) return fail("a bracket that was not opened");
    CodeSet set;
    char32_t code = 0;
    bool is_set = false;
    if (!character(code, set, is_set)) return false;
    out = is_set ? Fragment{{.kind = StepKind::set, .first = add_set(std::move(set))}}
                 : Fragment{{.kind = StepKind::one, .code = code}};
    return true;
  }

  bool group(Fragment& out) {
    if (take("?=") || take("?!") || take("?<=") || take("?<!")) {
      return fail("looking ahead or behind is not supported");
    }
    if (take("?<")) {
      while (!done() && text[at] != '>') ++at;
      if (!take('>')) return fail("a group's name that is not closed");
    } else if (!take("?:") && next_is('?')) {
      return fail("a group of an unknown kind");
    }
    if (++depth > kMostGroups) return fail("groups within each other beyond 50");
    if (!alternatives(out)) return false;
    --depth;
    return take(')') || fail("a group that is not closed");
  }

  bool number(std::size_t& out) {
    const std::size_t from = at;
    for (out = 0; !done() && text[at] >= '0' && text[at] <= '9'; ++at) {
      out = std::min<std::size_t>(out * 10 + static_cast<std::size_t>(text[at] - '0'), 100'000);
    }
    return at > from || fail("a repetition without its number");
  }

  bool repetition(Fragment& x) {
    std::size_t least = 0;
    std::size_t most = kEndless;
    if (take('+')) {
      least = 1;
    } else if (take('?')) {
      most = 1;
    } else if (take('{')) {
      if (!number(least)) return false;
      most = least;
      if (take(',')) {
        most = kEndless;
        if (!next_is('}') && !number(most)) return false;
      }
      if (!take('}')) return fail("a repetition that is not closed");
      if (most < least) return fail("a repetition of at least more than at most");
    } else if (!take('*')) {
      return true;
    }
    static_cast<void>(take('?'));
    if (!done() && std::string_view("*+?{").find(text[at]) != text.npos) {
      return fail("nothing to repeat");
    }
    return repeat(x, least, most);
  }

  bool repeat(Fragment& x, std::size_t least, std::size_t most) {
    const std::size_t copies = most == kEndless ? least + 1 : most;
    if (copies * (x.size() + 1) > 2 * Pattern::kMostSteps) {
      return fail("it comes to more than 1000 steps");
    }
    Fragment out;
    for (std::size_t i = 0; i < least; ++i) append(out, x);
    if (most == kEndless && least == 0) {
      out = any_number(x);
    } else if (most == kEndless) {
      out.push_back({.kind = StepKind::fork, .first = -length(x), .second = 1});
    } else {
      for (std::size_t left = most - least; left > 0; --left) {
        const int behind = static_cast<int>(left) * (length(x) + 1);
        out.push_back({.kind = StepKind::fork, .first = 1, .second = behind});
        append(out, x);
      }
    }
    x = std::move(out);
    return fits(x);
  }

  bool bracket(Fragment& out) {
    const bool negated = take('^');
    CodeSet set;
    while (!take(']')) {
      if (done()) return fail("a class that is not closed");
      CodeSet part;
      char32_t first = 0;
      bool is_set = false;
      if (!character(first, part, is_set)) return false;
      char32_t last = first;
      const bool range = next_is('-') && at + 1 < text.size() && text[at + 1] != ']';
      if (range) {
        ++at;
        bool also_set = false;
        if (!character(last, part, also_set)) return false;
        if (is_set || also_set) return fail("a class as the end of a range");
        if (last < first) return fail("a range that runs backwards");
      }
      if (is_set) {
        set.ranges.insert(set.ranges.end(), part.ranges.begin(), part.ranges.end());
      } else {
        set.ranges.push_back({first, last});
      }
    }
    normalise(set, negated);
    out = {{.kind = StepKind::set, .first = add_set(std::move(set))}};
    return true;
  }

  /// One character, spelled or escaped, or one of the classes \d, \w, \s.
  bool character(char32_t& code, CodeSet& set, bool& is_set) {
    if (!take('\\')) {
      code = next_code_point(text, at);
      return true;
    }
    if (done()) return fail("a backslash at the end");
    const char32_t letter = next_code_point(text, at);
    if (class_of(letter, set)) return is_set = true;
    switch (letter) {
      case 'n': return code = '\n', true;
      case 'r': return code = '\r', true;
      case 't': return code = '\t', true;
      case 'f': return code = '\f', true;
      case 'v': return code = '\v', true;
      case '0':
        if (!done() && text[at] >= '0' && text[at] <= '9') return fail("an octal escape");
        return code = 0, true;
      case 'b': return code = '\b', true;  // within a class
      case 'c':
        if (done() || !((text[at] | 0x20) >= 'a' && (text[at] | 0x20) <= 'z')) break;
        return code = static_cast<char32_t>(text[at++] & 0x1F), true;
      case 'x': return hex(2, code);
      case 'u': return unicode(code);
      case 'k': return fail("back references are not supported");
      case 'p':
      case 'P': return fail("\\p is not supported");
      default: break;
    }
    if (letter >= '1' && letter <= '9') return fail("back references are not supported");
    const bool punctuation = letter > ' ' && letter < 0x7F && !(letter >= '0' && letter <= '9') &&
                             !((letter | 0x20U) >= 'a' && (letter | 0x20U) <= 'z');
    return punctuation ? (code = letter, true) : fail("an escape of an unknown kind");
  }

  bool hex(std::size_t digits, char32_t& code) {
    code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (done()) return fail("an escape that is cut short");
      const char c = text[at];
      const int value = c >= '0' && c <= '9'                     ? c - '0'
                        : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                 : -1;
      if (value < 0) return fail("an escape that is cut short");
      code = code * 16 + static_cast<char32_t>(value);
      ++at;
    }
    return true;
  }

  bool unicode(char32_t& code) {
    if (take('{')) {
      const std::size_t close = text.find('}', at);
      if (close == text.npos || close == at || close - at > 6) {
        return fail("an escape that is cut short");
      }
      if (!hex(close - at, code)) return false;
      ++at;
    } else {
      if (!hex(4, code)) return false;
      if (code >= 0xD800 && code < 0xDC00 && take("\\u")) {
        char32_t low = 0;
        if (!hex(4, low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return fail("half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      }
    }
    if (code > kLastCode) return fail("a code point beyond U+10FFFF");
    return (code < 0xD800 || code > 0xDFFF) || fail("half of a surrogate pair");
  }

  void finish(const Fragment& fragment) {
    for (const LooseStep& loose : fragment) {
      const int here = static_cast<int>(program.steps.size());
      const bool jumps = loose.kind == StepKind::fork || loose.kind == StepKind::jump;
      program.steps.push_back(
          {.kind = loose.kind,
           .code = loose.code,
           .first = static_cast<std::uint16_t>(loose.first + (jumps ? here : 0)),
           .second = static_cast<std::uint16_t>(loose.second + here)});
    }
    program.steps.push_back({});
    program.at_begin_only = begins_only();
    program.text = text;
  }

  /// Whether every way from the first step comes to ^ before it reads anything.
  [[nodiscard]] bool begins_only() const {
    std::vector<bool> seen(program.steps.size());
    std::vector<std::size_t> later{0};
    while (!later.empty()) {
      const std::size_t step = later.back();
      later.pop_back();
      if (seen[step]) continue;
      seen[step] = true;
      const PatternStep& what = program.steps[step];
      if (what.kind == StepKind::fork) later.push_back(what.second);
      if (what.kind == StepKind::fork || what.kind == StepKind::jump) {
        later.push_back(what.first);
      } else if (what.kind == StepKind::end || what.kind == StepKind::word_edge ||
                 what.kind == StepKind::no_edge) {
        later.push_back(step + 1);
      } else if (what.kind != StepKind::begin) {
        return false;
      }
    }
    return true;
  }

  static Result<Pattern> parse(std::string_view text) {
    const auto refused = [](std::size_t at, std::string_view why) {
      return Error(ErrorCode::invalid_schema,
                   "a pattern's byte " + std::to_string(at + 1) + ": " + std::string(why));
    };
    if (!is_utf8(text)) return refused(0, "it is not UTF-8");
    PatternParser parser{.text = text};
    Fragment fragment;
    if (parser.alternatives(fragment) && !parser.done()) parser.fail("a group that was not opened");
    if (parser.fault != nullptr) return refused(parser.at, parser.fault);
    parser.finish(fragment);
    return Pattern(std::make_shared<const Pattern::Program>(std::move(parser.program)));
  }
};

Result<Pattern> Pattern::parse(std::string_view text) { return PatternParser::parse(text); }

}  // namespace keepsake
