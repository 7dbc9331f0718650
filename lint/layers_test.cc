#include "lint/layers.h"

#include <gtest/gtest.h>

namespace keepsake::lint {
namespace {

constexpr std::string_view kTable =
    "# layer | folders | may | foreign | tests | never\n"
    "base    | include/keepsake/base src/base   |          |           |        |\n"
    "os      | src/os                           | base     | posix     |        |\n"
    "session | include/keepsake/session src/session | base |           | memory | thread\n"
    "memory  | backends/memory                  | base     |           |        |\n"
    "sqlite  | backends/sqlite                  | base os  | sqlite3.h |        |\n"
    "apps    | apps                             | *        | CLI/      |        |\n";

std::string said(std::string path, std::string_view text) {
  Findings findings;
  const Layers layers = read_layers(kTable, findings);
  includes(make_source(std::move(path), text), layers, findings);
  std::string out;
  for (const Finding& finding : findings) out += finding.text() + "\n";
  return out;
}

TEST(Layers, AllowWhatTheRowAllows) {
  EXPECT_EQ(said("src/session/a.cc",
                 "#include <vector>\n#include \"keepsake/base/result.h\"\n"
                 "#include \"src/base/assert.h\"\n#include \"src/session/b.h\"\n"),
            "");
  EXPECT_EQ(said("apps/demo/main.cc", "#include \"src/os/file.h\"\n#include <CLI/CLI.hpp>\n"), "");
}

TEST(Layers, RefuseALayerThatTheRowDoesNotName) {
  EXPECT_EQ(said("src/session/a.cc", "int a;\n  #  include \"src/os/file.h\"\n"),
            "src/session/a.cc:2: layers: session may not include os (\"src/os/file.h\")\n");
  EXPECT_EQ(said("src/base/a.cc", "#include \"keepsake/session/a.h\"\n"),
            "src/base/a.cc:1: layers: base may not include session (\"keepsake/session/a.h\")\n");
}

TEST(Layers, IgnoreAnIncludeInAComment) {
  EXPECT_EQ(said("src/base/a.cc", "// #include \"src/os/file.h\"\n/*\n#include <unistd.h>\n*/\n"),
            "");
}

TEST(Layers, GiveTestsWhatTheirColumnNamesAndTheTestLibraries) {
  const std::string_view text = "#include <gtest/gtest.h>\n#include \"backends/memory/memory.h\"\n";
  EXPECT_EQ(said("src/session/a_test.cc", text), "");
  EXPECT_EQ(said("src/session/a_test.cc", "#include <rapidcheck/gtest.h>\n"), "");
  EXPECT_EQ(said("src/session/a_test_folder.h", text), "");
  EXPECT_EQ(said("src/session/a.cc", text),
            "src/session/a.cc:1: layers: session may not include <gtest/gtest.h>\n"
            "src/session/a.cc:2: layers: session may not include memory "
            "(\"backends/memory/memory.h\")\n");
}

TEST(Layers, KeepAForeignHeaderInItsOneFolder) {
  EXPECT_EQ(said("backends/sqlite/a.cc", "#include <sqlite3.h>\n"), "");
  EXPECT_EQ(said("src/session/a.cc", "#include <sqlite3.h>\n"),
            "src/session/a.cc:1: layers: session may not include <sqlite3.h>\n");
  EXPECT_EQ(said("src/os/a.cc", "#include <sys/mman.h>\n"), "");
  EXPECT_EQ(said("src/base/a.cc", "#include <sys/mman.h>\n"),
            "src/base/a.cc:1: layers: base may not include <sys/mman.h>\n");
}

TEST(Layers, RefuseAForeignHeaderInQuotes) {
  EXPECT_EQ(said("backends/sqlite/a.cc", "#include \"sqlite3.h\"\n"),
            "backends/sqlite/a.cc:1: layers: \"sqlite3.h\" is in no layer; write the path from the "
            "root, and <> for a foreign header\n");
}

TEST(Layers, KeepPublicHeadersFreeOfForeignAndPrivateOnes) {
  EXPECT_EQ(
      said("include/keepsake/session/a.h", "#include <unistd.h>\n#include \"src/base/assert.h\"\n"),
      "include/keepsake/session/a.h:1: layers: a public header includes <unistd.h>, which is "
      "foreign\n"
      "include/keepsake/session/a.h:2: layers: a public header includes "
      "\"src/base/assert.h\", which is private\n");
}

TEST(Layers, RefuseAStandardHeaderThatTheLayerNeverIncludes) {
  EXPECT_EQ(said("src/session/a.cc", "#include <thread>\n"),
            "src/session/a.cc:1: layers: session never includes <thread>\n");
  EXPECT_EQ(said("src/session/a_test.cc", "#include <thread>\n"), "");
}

TEST(Layers, RefuseAFileOutsideEveryFolder) {
  EXPECT_EQ(said("src/util/a.cc", "int a;\n"),
            "src/util/a.cc: layers: is in no folder of layers.txt\n");
}

TEST(Layers, RefuseATableThatDoesNotHold) {
  Findings findings;
  (void)read_layers("base\nos | src/os | bass\n", findings);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].text(),
            "layers.txt:1: layers: expected: layer | folders | may | foreign | tests | never");
  EXPECT_EQ(findings[1].text(), "layers.txt: layers: 'os' names a layer that is not there: 'bass'");
}

}  // namespace
}  // namespace keepsake::lint
