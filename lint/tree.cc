#include "lint/tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace keepsake::lint {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 10> kFolders{
    "apps", "backends", "bench", "examples", "fuzz", "include", "lint", "sim", "src", "tests"};
constexpr std::array<std::string_view, 4> kLibraryFolders{"backends", "include", "sim", "src"};

bool is_cpp(const fs::path& path) { return path.extension() == ".h" || path.extension() == ".cc"; }

bool left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "testdata" || name == "build" || name.starts_with(".");
}

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

template <class Folders>
std::vector<Source> read(const std::string& root, const Folders& folders, bool cpp) {
  std::vector<Source> sources;
  for (const std::string_view folder : folders) {
    const fs::path top = fs::path(root) / folder;
    if (!fs::is_directory(top)) continue;
    for (fs::recursive_directory_iterator it(top), end; it != end; ++it) {
      if (it->is_directory() && left_out(it->path())) it.disable_recursion_pending();
      const bool hidden = it->path().filename().string().starts_with(".");
      if (!it->is_regular_file() || hidden || is_cpp(it->path()) != cpp) continue;
      sources.push_back(
          make_source(fs::relative(it->path(), root).generic_string(), slurp(it->path())));
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

}  // namespace

std::vector<Source> read_tree(const std::string& root) { return read(root, kFolders, true); }

std::vector<Source> read_other_files(const std::string& root) {
  return read(root, kLibraryFolders, false);
}

std::string each_alone(std::string_view compile_commands, std::string_view root,
                       const std::function<std::string(const std::string& path)>& read) {
  constexpr std::string_view kFile = "\"file\": \"";
  constexpr std::string_view kTogether = ".dir/Unity/";
  std::string all(compile_commands);
  for (std::size_t at = 0; (at = compile_commands.find(kFile, at)) != std::string_view::npos;) {
    at += kFile.size();
    const std::string file(compile_commands.substr(at, compile_commands.find('"', at) - at));
    const std::size_t behind = file.find(kTogether);
    if (behind == std::string::npos) continue;
    const std::string objects =
        file.substr(file.rfind('/', behind), behind - file.rfind('/', behind)) + ".dir/";
    std::istringstream together(read(file));
    const std::string include = "#include \"" + std::string(root) + "/";
    for (std::string line; std::getline(together, line);) {
      if (!line.starts_with(include)) continue;
      const std::size_t size = line.find('"', include.size()) - include.size();
      all += objects + line.substr(include.size(), size) + ".o\n";
    }
  }
  return all;
}

std::string target_of(std::string_view path, std::string_view compile_commands) {
  // CMake's Ninja generator writes "-o CMakeFiles/<target>.dir/<path>.o".
  const std::string object = ".dir/" + std::string(path) + ".o";
  const std::size_t at = compile_commands.find(object);
  if (at == std::string_view::npos) return {};
  const std::size_t slash = compile_commands.rfind('/', at);
  return std::string(compile_commands.substr(slash + 1, at - slash - 1));
}

}  // namespace keepsake::lint
