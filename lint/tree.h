// The project as lint sees it: its source files, and whether each test among them is built and run.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/source.h"

namespace keepsake::lint {

/// The C++ files under `root` that people or our generators write, sorted by path; folders named
/// testdata or build, and those whose name begins with a dot, are left out.
[[nodiscard]] std::vector<Source> read_tree(const std::string& root);

/// Files of include/, src/, backends/ and sim/ that are no C++ (documents, SQL, CMake): they too
/// may not name what belongs to a game.
[[nodiscard]] std::vector<Source> read_other_files(const std::string& root);

/// Each *_test.cc stands in `compile_commands` (what each_alone gives), and the program
/// that it became is one that ctest runs: `is_run` tells by its target's name. Those of
/// tests/consumer and tests/compile_fail are no GoogleTest programs and not meant.
template <class IsRun>
void tests_are_run(const std::vector<Source>& sources, std::string_view compile_commands,
                   IsRun is_run, Findings& findings);

/// compile_commands.json, with each file that is compiled together with others as if it were alone:
/// CMake makes a file that includes them, which `read` gives. `root`: of the sources.
[[nodiscard]] std::string each_alone(
    std::string_view compile_commands, std::string_view root,
    const std::function<std::string(const std::string& path)>& read);

/// The target that compiles `path`, out of what each_alone gives; empty if there is none.
[[nodiscard]] std::string target_of(std::string_view path, std::string_view compile_commands);

template <class IsRun>
void tests_are_run(const std::vector<Source>& sources, std::string_view compile_commands,
                   IsRun is_run, Findings& findings) {
  for (const Source& source : sources) {
    if (!source.is_test()) continue;
    const std::string target = target_of(source.path, compile_commands);
    if (target.empty()) {
      findings.push_back({source.path, 0, "tests_are_run", "is not built by any target"});
    } else if (!is_run(target)) {
      findings.push_back({source.path, 0, "tests_are_run",
                          "is built into '" + target + "', which ctest does not run"});
    }
  }
}

}  // namespace keepsake::lint
