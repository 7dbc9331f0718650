#include "keepsake/datum/pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "keepsake/datum/value.h"

namespace keepsake {
namespace {

bool found(std::string_view pattern, std::string_view text) {
  const Result<Pattern> parsed = Pattern::parse(pattern);
  EXPECT_TRUE(parsed.has_value()) << pattern << ": " << parsed.error().text();
  return parsed.has_value() && parsed->matches(text);
}

std::string fault(std::string_view pattern) {
  const Result<Pattern> parsed = Pattern::parse(pattern);
  return parsed ? "accepted" : parsed.error().text();
}

TEST(Pattern, MatchesAnywhereUnlessItIsHeldAtTheEnds) {
  EXPECT_TRUE(found("b", "abc"));
  EXPECT_FALSE(found("^b", "abc"));
  EXPECT_TRUE(found("^a.c$", "abc"));
  EXPECT_FALSE(found("^ab$", "abc"));
  EXPECT_TRUE(found("", ""));
  EXPECT_TRUE(found("^$", ""));
  EXPECT_FALSE(found("^$", "a"));
  EXPECT_TRUE(found("^a|c$", "xc"));
}

TEST(Pattern, KnowsClassesAndEscapes) {
  EXPECT_TRUE(found("^[a-z_][a-z0-9_-]*$", "sword_of-7"));
  EXPECT_FALSE(found("^[a-z_]+$", "Sword"));
  EXPECT_TRUE(found("^[^0-9]$", "x"));
  EXPECT_FALSE(found("^[^0-9]$", "7"));
  EXPECT_TRUE(found(R"(^\d{3}-\d{2,4}$)", "123-4567"));
  EXPECT_FALSE(found(R"(^\d{3}-\d{2,4}$)", "123-45678"));
  EXPECT_TRUE(found(R"(^[\w.]+@[\w.]+\.\w+$)", "a.b@c.de"));
  EXPECT_TRUE(found(R"(^\x41\u0042\u{43}\cJ\0$)", std::string("ABC\n\0", 5)));
  EXPECT_TRUE(found(R"(^[\]\\^-]+$)", "]\\^-"));
  EXPECT_TRUE(found(R"(^\S\s\S$)", "a\xC2\xA0z"));
  EXPECT_FALSE(found(".", "\n"));
  EXPECT_TRUE(found(R"(\bcat\b)", "a cat."));
  EXPECT_FALSE(found(R"(\bcat\b)", "concat"));
  EXPECT_TRUE(found(R"(\Bcat\b)", "concat"));
  EXPECT_FALSE(found("[]", "a"));
  EXPECT_TRUE(found("^[^]$", "\n"));
}

TEST(Pattern, WorksOnCodePoints) {
  EXPECT_TRUE(found("^.$", "\xF0\x9F\x98\x80"));
  EXPECT_TRUE(found("^[\xC3\xA0-\xC3\xBF]+$", "\xC3\xA9\xC3\xA8"));
  EXPECT_FALSE(found("^[\xC3\xA0-\xC3\xBF]+$", "e"));
  EXPECT_TRUE(found(R"(^\uD83D\uDE00$)", "\xF0\x9F\x98\x80"));
  EXPECT_TRUE(found(R"(^\uFFFD$)", "\xFF"));
}

TEST(Pattern, RepeatsAndGroups) {
  EXPECT_TRUE(found("^(?:ab)+$", "abab"));
  EXPECT_FALSE(found("^(ab)+$", "aba"));
  EXPECT_TRUE(found("^(?<year>a{0,2}b?)*$", "aabab"));
  EXPECT_TRUE(found("^(a*)*$", "aaaa"));
  EXPECT_TRUE(found("^(a|b|)+?c$", "abc"));
  EXPECT_TRUE(found("^a{2}$", "aa"));
  EXPECT_FALSE(found("^a{2}$", "aaa"));
  EXPECT_TRUE(found("^a{2,}$", "aaaaa"));
  EXPECT_FALSE(found("^a{2,}$", "a"));
  EXPECT_TRUE(found("^a{0}$", ""));
}

TEST(Pattern, SaysWhatItCannotRead) {
  const std::string at = "invalid_schema: a pattern's byte ";
  EXPECT_EQ(fault("a("), at + "3: a group that is not closed");
  EXPECT_EQ(fault("a)"), at + "2: a group that was not opened");
  EXPECT_EQ(fault("[a"), at + "3: a class that is not closed");
  EXPECT_EQ(fault("a]"), at + "2: a bracket that was not opened");
  EXPECT_EQ(fault("*"), at + "1: nothing to repeat");
  EXPECT_EQ(fault("a**"), at + "3: nothing to repeat");
  EXPECT_EQ(fault("^*"), at + "2: nothing to repeat");
  EXPECT_EQ(fault("a{"), at + "3: a repetition without its number");
  EXPECT_EQ(fault("a{1"), at + "4: a repetition that is not closed");
  EXPECT_EQ(fault("a{3,2}"), at + "7: a repetition of at least more than at most");
  EXPECT_EQ(fault("[z-a]"), at + "5: a range that runs backwards");
  EXPECT_EQ(fault("[\\d-z]"), at + "6: a class as the end of a range");
  EXPECT_EQ(fault("(?=a)"), at + "4: looking ahead or behind is not supported");
  EXPECT_EQ(fault("(?<!a)"), at + "5: looking ahead or behind is not supported");
  EXPECT_EQ(fault("(?i)"), at + "2: a group of an unknown kind");
  EXPECT_EQ(fault("(?<a"), at + "5: a group's name that is not closed");
  EXPECT_EQ(fault("(a)\\1"), at + "6: back references are not supported");
  EXPECT_EQ(fault("\\k<a>"), at + "3: back references are not supported");
  EXPECT_EQ(fault("\\p{L}"), at + "3: \\p is not supported");
  EXPECT_EQ(fault("\\"), at + "2: a backslash at the end");
  EXPECT_EQ(fault("\\q"), at + "3: an escape of an unknown kind");
  EXPECT_EQ(fault("\\01"), at + "3: an octal escape");
  EXPECT_EQ(fault("\\x4"), at + "4: an escape that is cut short");
  EXPECT_EQ(fault("\\u{}"), at + "4: an escape that is cut short");
  EXPECT_EQ(fault("\\uD800"), at + "7: half of a surrogate pair");
  EXPECT_EQ(fault("\\u{110000}"), at + "11: a code point beyond U+10FFFF");
  EXPECT_EQ(fault("\xFF"), at + "1: it is not UTF-8");
  EXPECT_EQ(fault("a{1001}"), at + "8: it comes to more than 1000 steps");
  EXPECT_EQ(fault("((a{99}){99}){99}"), at + "13: it comes to more than 1000 steps");
  EXPECT_EQ(fault(std::string(60, '(')), at + "52: groups within each other beyond 50");
}

TEST(Pattern, TakesAsManyStepsAsItSays) {
  EXPECT_TRUE(found("^a{998}$", std::string(998, 'a')));
  EXPECT_FALSE(found("^a{998}$", std::string(997, 'a')));
  EXPECT_EQ(fault("^a{999}$"),
            "invalid_schema: a pattern's byte 9: it comes to more than 1000 "
            "steps");
}

TEST(Pattern, TakesLinearTimeWhereOthersTakeForEver) {
  // Backtracking would take more than 2^30 steps on each of these.
  const std::string many(30'000, 'a');
  EXPECT_FALSE(found("^(a+)+$", many + "!"));
  EXPECT_FALSE(found("^(a|a)*$", many + "!"));
  EXPECT_FALSE(found("^(a*)*b$", many));
  EXPECT_FALSE(found("(x+x+)+y", std::string(30'000, 'x')));
}

TEST(Pattern, AgreesWithTheStandardLibraryAtRandom) {
  constexpr unsigned kSeed = 20240611;
  std::mt19937 random(kSeed);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  static const char* const kAtoms[] = {"a",     "b",    "c",   "[ab]", "[^a]", ".",
                                       "(a|b)", "(ab)", "\\w", "\\b",  "(a|)", "(b*c)"};
  static const char* const kRepeats[] = {"", "", "", "*", "+", "?", "{2}", "{1,3}", "*?"};
  int matched = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string pattern = below(3) == 0 ? "^" : "";
    for (unsigned n = 1 + below(4); n > 0; --n) {
      const char* atom = kAtoms[below(std::size(kAtoms))];
      pattern += atom;
      if (std::string_view(atom) != "\\b") pattern += kRepeats[below(std::size(kRepeats))];
      if (below(8) == 0) pattern += '|';
    }
    if (below(3) == 0) pattern += '$';
    const Result<Pattern> ours = Pattern::parse(pattern);
    ASSERT_TRUE(ours.has_value()) << pattern;
    const std::regex theirs(pattern, std::regex::ECMAScript);
    for (int k = 0; k < 10; ++k) {
      std::string text;
      for (unsigned n = below(7); n > 0; --n) text += "abc "[below(4)];
      const bool expected = std::regex_search(text, theirs);
      matched += expected ? 1 : 0;
      ASSERT_EQ(ours->matches(text), expected)
          << pattern << " on '" << text << "' (seed " << kSeed << ")";
    }
  }
  EXPECT_GT(matched, 5000);
  EXPECT_LT(matched, 29'000);
}

TEST(Pattern, ReadsAnyTextWithoutHarm) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (unsigned n = static_cast<unsigned>(random() % 12); n > 0; --n) {
      text += "ab0^$.*+?()[]{}|\\-,:<dwub1"[random() % 26];
    }
    const Result<Pattern> parsed = Pattern::parse(text);
    if (parsed) static_cast<void>(parsed->matches("ab0-a,"));
  }
}

}  // namespace
}  // namespace keepsake
