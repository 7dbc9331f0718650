// keepsake-lint ROOT BUILD: holds the tree at ROOT to the rules of this folder. BUILD is a
// configured build folder with tests on. Exit status 1 if there are findings.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lint/layers.h"
#include "lint/rules.h"
#include "lint/tree.h"

namespace {

using namespace keepsake::lint;

std::string read_file(const std::filesystem::path& path, Findings& findings) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) findings.push_back({path.string(), 0, "lint", "can't be read"});
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Findings look_at(const std::string& root, const std::string& build) {
  Findings findings;
  const std::vector<Source> sources = read_tree(root);
  if (sources.empty()) findings.push_back({root, 0, "lint", "holds no sources"});
  const Layers layers = read_layers(read_file(root + "/layers.txt", findings), findings);
  for (const Source& source : sources) {
    all_text_rules(source, findings);
    includes(source, layers, findings);
  }
  for (const Source& file : read_other_files(root)) domain_word(file, findings);
  const auto is_run = [&](const std::string& target) {
    return std::filesystem::exists(build + "/" + target + "[1]_include.cmake");
  };
  const std::string commands =
      each_alone(read_file(build + "/compile_commands.json", findings),
                 std::filesystem::canonical(root).string(),
                 [&](const std::string& path) { return read_file(path, findings); });
  tests_are_run(sources, commands, is_run, findings);
  return findings;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: keepsake-lint ROOT BUILD\n", stderr);
    return 2;
  }
  const Findings findings = look_at(argv[1], argv[2]);
  for (const Finding& finding : findings) std::fprintf(stderr, "%s\n", finding.text().c_str());
  if (!findings.empty()) std::fprintf(stderr, "%zu findings\n", findings.size());
  return findings.empty() ? 0 : 1;
}
