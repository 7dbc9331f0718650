#include "lint/tree.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace keepsake::lint {
namespace {

constexpr std::string_view kCommands =
    R"([{"command": "g++ -o CMakeFiles/keepsake_base_test.dir/src/base/a_test.cc.o -c x",)"
    R"( "output": "CMakeFiles/keepsake_base_test.dir/src/base/a_test.cc.o"}])";

std::string said(std::string path, bool run) {
  Findings findings;
  tests_are_run(
      {make_source(std::move(path), "")}, kCommands,
      [&](const std::string& target) { return run && target == "keepsake_base_test"; }, findings);
  return findings.empty() ? "" : findings.front().text();
}

TEST(TestsAreRun, FindsATestThatNoTargetBuilds) {
  EXPECT_EQ(said("src/base/a_test.cc", true), "");
  EXPECT_EQ(said("src/base/b_test.cc", true),
            "src/base/b_test.cc: tests_are_run: is not built by any target");
  EXPECT_EQ(said("src/base/b.cc", true), "");
}

TEST(TestsAreRun, FindsATestThatIsBuiltAndNotRun) {
  EXPECT_EQ(said("src/base/a_test.cc", false),
            "src/base/a_test.cc: tests_are_run: is built into 'keepsake_base_test', which ctest "
            "does not run");
}

TEST(TestsAreRun, FindsATestThatIsCompiledTogetherWithOthers) {
  const std::string alone = each_alone(
      R"([{"file": "/p/src/base/c_test.cc"},)"
      R"({"file": "/b/CMakeFiles/keepsake_base_test.dir/Unity/u.cxx"}])",
      "/p", [](const std::string& path) {
        EXPECT_EQ(path, "/b/CMakeFiles/keepsake_base_test.dir/Unity/u.cxx");
        return "#include \"/p/src/base/a_test.cc\"\n\n#include \"/p/src/base/b_test.cc\"\n";
      });
  EXPECT_EQ(target_of("src/base/b_test.cc", alone), "keepsake_base_test");
  EXPECT_EQ(target_of("src/base/d_test.cc", alone), "");
}

TEST(Tree, ReadsSourcesSortedAndLeavesTestDataOut) {
  const std::filesystem::path root =
      std::filesystem::path(testing::TempDir()) / "keepsake_lint_tree";
  std::filesystem::remove_all(root);
  for (const std::string_view file : {"src/b/z.cc", "src/b/a.h", "src/b/testdata/bad.cc",
                                      "src/b/notes.md", "docs/c.cc", "build/src/d.cc"}) {
    const std::filesystem::path path = root / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "int a;\nint b;";
  }
  const std::vector<Source> sources = read_tree(root.string());
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0].path, "src/b/a.h");
  EXPECT_EQ(sources[1].path, "src/b/z.cc");
  EXPECT_EQ(sources[1].lines, (std::vector<std::string>{"int a;", "int b;"}));
  const std::vector<Source> others = read_other_files(root.string());
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].path, "src/b/notes.md");
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace keepsake::lint
