#include "lint/rules.h"

#include <gtest/gtest.h>

namespace keepsake::lint {
namespace {

using Rule = void (*)(const Source&, Findings&);

// What `rule` says of a file of that path and text, one line each.
std::string said(Rule rule, std::string path, std::string_view text) {
  Findings findings;
  rule(make_source(std::move(path), text), findings);
  std::string out;
  for (const Finding& finding : findings) out += finding.text() + "\n";
  return out;
}

std::string lines(int count, std::string_view line) {
  std::string out;
  for (int i = 0; i < count; ++i) out += std::string(line) + "\n";
  return out;
}

TEST(FileLength, Allows500LinesAndNotOneMore) {
  EXPECT_EQ(said(file_length, "src/base/a.cc", lines(500, "int a;")), "");
  EXPECT_EQ(said(file_length, "src/base/a.cc", lines(501, "int a;")),
            "src/base/a.cc: file_length: 501 lines, at most 500\n");
}

TEST(FileLength, AllowsAPublicHeader200Lines) {
  EXPECT_EQ(said(file_length, "include/keepsake/base/a.h", lines(200, "")), "");
  EXPECT_EQ(said(file_length, "include/keepsake/base/a.h", lines(201, "")),
            "include/keepsake/base/a.h: file_length: 201 lines, at most 200\n");
}

TEST(FileLength, LeavesGeneratedHeadersAlone) {
  EXPECT_EQ(said(file_length, "include/keepsake/base/a.gen.h", lines(900, "")), "");
}

TEST(LineLength, CountsCharactersAndNotBytes) {
  EXPECT_EQ(said(line_length, "src/a.cc", std::string(100, 'x') + "\n"), "");
  EXPECT_EQ(said(line_length, "src/a.cc", "int a;\n" + std::string(101, 'x') + "\n"),
            "src/a.cc:2: line_length: 101 columns, at most 100\n");
  std::string arrows;
  for (int i = 0; i < 100; ++i) arrows += "→";
  EXPECT_EQ(said(line_length, "src/a.cc", arrows), "");
}

TEST(FunctionLength, CountsFromBraceToBrace) {
  const std::string fits = "int f() {\n" + lines(68, "  g();") + "}\n";
  const std::string too_long = "int f() {\n" + lines(69, "  g();") + "}\n";
  EXPECT_EQ(said(function_length, "src/a.cc", fits), "");
  EXPECT_EQ(said(function_length, "src/a.cc", too_long),
            "src/a.cc:1: function_length: 71 lines from brace to brace, at most 70\n");
}

TEST(FunctionLength, SeesEveryKindOfFunction) {
  const std::string body = " {\n" + lines(80, "  if (a) { b(); }") + "}\n";
  for (const std::string_view head :
       {"TEST(A, B)", "static auto f(int a) -> std::vector<int>", "void A::f() const noexcept",
        "A::A(int a) : a_(a), b_{a}, C<int>{1}", "template <class T>\nvoid f(T t)",
        "template <class T>\n  requires(sizeof(T) > 2)\nstruct S f(T t)", "struct S f()",
        "auto lambda = [](int a)"}) {
    EXPECT_NE(said(function_length, "src/a.cc", std::string(head) + body), "") << head;
    EXPECT_NE(said(function_length, "src/a.cc",
                   "namespace a {\nclass X {\n public:\n  X() = default;\n  " + std::string(head) +
                       body + "};\n}\n"),
              "")
        << head;
  }
}

TEST(FunctionLength, MeasuresNoTypeNamespaceOrTable) {
  const std::string body = " {\n" + lines(80, "  int a;") + "};\n";
  for (const std::string_view head :
       {"namespace a", "struct A", "class A : public B<decltype(c())>", "enum class E : int",
        "template <class T>\n  requires(sizeof(T) > 2)\nclass R", "struct alignas(64) Slot",
        "const std::array<int, 3> kTable", "int table[] ="}) {
    EXPECT_EQ(said(function_length, "src/a.cc", std::string(head) + body), "") << head;
  }
}

TEST(FunctionLength, IsNotFooledByBracesInTextAndComments) {
  const std::string text =
      "void f() {\n  g(\"{{{\", '{', R\"(}}}}{)\");  // {\n  /* { */\n}\nint big() {\n" +
      lines(60, "  g(1'000, '\\'', \"\\\"{\");") + "}\n";
  EXPECT_EQ(said(function_length, "src/a.cc", text), "");
  EXPECT_NE(said(function_length, "src/a.cc", text + "int h() {\n" + lines(80, "") + "}\n"), "");
}

TEST(PragmaOnce, IsAskedOfHeadersAlone) {
  EXPECT_EQ(said(pragma_once, "src/a.h", "#pragma once\n"), "");
  EXPECT_EQ(said(pragma_once, "src/a.cc", "int a;\n"), "");
  EXPECT_EQ(said(pragma_once, "src/a.h", "// #pragma once\n"),
            "src/a.h: pragma_once: a header begins with #pragma once\n");
}

TEST(PublicDefine, RefusesAMacroButTheExportMacro) {
  const std::string_view path = "include/keepsake/base/a.h";
  EXPECT_EQ(said(public_define, std::string(path), "#  define KEEPSAKE_EXPORT\n"), "");
  EXPECT_EQ(said(public_define, "src/base/a.h", "#define A 1\n"), "");
  EXPECT_EQ(said(public_define, std::string(path), "int a;\n # define A 1\n"),
            "include/keepsake/base/a.h:2: public_define: a public header defines no macro\n");
}

TEST(EngineName, RefusesNamesThatEnginesDefine) {
  const std::string path = "include/keepsake/base/a.h";
  EXPECT_EQ(said(engine_name, path, "int checked; int TEXTURE; // check it, verify it\n"), "");
  EXPECT_EQ(said(engine_name, "src/base/a.h", "void check();\n"), "");
  EXPECT_EQ(said(engine_name, path, "void check();\n"),
            "include/keepsake/base/a.h:1: engine_name: engines define 'check' as a macro; choose "
            "another name\n");
  for (const std::string_view bad : {"bool verify();", "int TEXT;", "double PI = 3;"}) {
    EXPECT_NE(said(engine_name, path, bad), "") << bad;
  }
}

TEST(TryInHeader, RefusesTheWordInCode) {
  EXPECT_EQ(said(try_in_header, "src/a.h", "int try_lock();  // try again\n"), "");
  EXPECT_EQ(said(try_in_header, "src/a.cc", "try {\n"), "");
  EXPECT_EQ(said(try_in_header, "src/a.h", "  try {\n"),
            "src/a.h:1: try_in_header: headers compile without exceptions; use call_caught\n");
}

TEST(OwnerOfNote, AsksWhoWillDoIt) {
  const std::string note =
      "// TO"
      "DO";
  EXPECT_EQ(said(owner_of_note, "src/a.cc", note + "(ann): later\n"), "");
  EXPECT_EQ(said(owner_of_note, "src/a.cc", note + ": later\n"),
            "src/a.cc:1: owner_of_note: 'TO"
            "DO' without an owner; do it, or name who will\n");
  EXPECT_NE(said(owner_of_note, "src/a.cc",
                 "int a;  // FIX"
                 "ME\n"),
            "");
}

TEST(SwitchedOff, RefusesSkippedAndDisabledTestsAndDeadCode) {
  EXPECT_EQ(said(switched_off, "src/a_test.cc", "#if 10\nTEST(A, B) {}\n#endif\n#if !0\n#endif\n"),
            "");
  EXPECT_NE(said(switched_off, "src/a_test.cc",
                 "TEST(A, DISABLED"
                 "_B) {}\n"),
            "");
  EXPECT_NE(said(switched_off, "src/a_test.cc",
                 "  GTEST_"
                 "SKIP();\n"),
            "");
  EXPECT_EQ(said(switched_off, "src/a.cc", "# if 0\n"),
            "src/a.cc:1: switched_off: code under '#if 0': remove it\n");
}

TEST(SleepingTest, RefusesSleepInTestsBesideTheCode) {
  const std::string sleep = "std::this_thread::sleep_for(1ms);\n";
  EXPECT_EQ(said(sleeping_test, "src/os/a_test.cc", sleep),
            "src/os/a_test.cc:1: sleeping_test: tests move a clock, they don't sleep\n");
  EXPECT_EQ(said(sleeping_test, "src/os/a.cc", sleep), "");
  EXPECT_EQ(said(sleeping_test, "tests/kill_test.cc", sleep), "");
}

TEST(DomainWord, IsFoundInAnyCaseAndAnywhereInTheLibrary) {
  EXPECT_EQ(said(domain_word, "examples/player/player.h", "int coins;\n"), "");
  EXPECT_EQ(said(domain_word, "src/store/a.cc", "int coin, gem;\n"), "");
  EXPECT_EQ(said(domain_word, "src/store/a.cc", "\n// not_enough_Coins\n"),
            "src/store/a.cc:2: domain_word: 'coins' belongs to an example game, not to the "
            "library\n");
  for (const std::string_view path :
       {"include/keepsake/a.h", "backends/memory/a.cc", "sim/a.cc", "src/store/notes.md"}) {
    EXPECT_NE(said(domain_word, std::string(path), "GEMS"), "") << path;
    EXPECT_NE(said(domain_word, std::string(path), "playerInventory"), "") << path;
  }
}

TEST(AllTextRules, HaveEachRuleAmongThem) {
  const std::string text =
      "#define A\nvoid check(); try coins TO"
      "DO DISABLED"
      "_\n" +
      std::string(101, 'x') + "\nvoid f() {\n" + lines(200, "") + "}\n";
  const std::string all = said(all_text_rules, "include/keepsake/base/a.h", text) +
                          said(all_text_rules, "src/a_test.cc", "usleep(1);\n");
  for (const std::string_view rule :
       {"file_length", "line_length", "function_length", "pragma_once", "public_define",
        "engine_name", "try_in_header", "owner_of_note", "switched_off", "sleeping_test",
        "domain_word"}) {
    EXPECT_NE(all.find(": " + std::string(rule) + ": "), std::string::npos) << rule;
  }
}

}  // namespace
}  // namespace keepsake::lint
