#include "lint/layers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

namespace keepsake::lint {

namespace {

// Headers of the operating system and of C; the standard library's own have no dot in their name.
constexpr std::array<std::string_view, 28> kPosix{
    "sys/",     "linux/",   "netinet/", "arpa/",   "net/",      "unistd.h",   "fcntl.h",
    "signal.h", "poll.h",   "dirent.h", "spawn.h", "pthread.h", "sched.h",    "time.h",
    "errno.h",  "netdb.h",  "pwd.h",    "grp.h",   "dlfcn.h",   "execinfo.h", "termios.h",
    "limits.h", "stdlib.h", "string.h", "stdio.h", "ifaddrs.h", "ucontext.h", "mntent.h"};

// What every test may include.
constexpr std::array<std::string_view, 3> kTestLibraries{"gtest/", "gmock/", "rapidcheck/"};

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::vector<std::string> columns(std::string_view line) {
  std::vector<std::string> out;
  std::istringstream stream{std::string(line)};
  for (std::string column; std::getline(stream, column, '|');) out.push_back(column);
  return out;
}

// The layer whose folder holds `path`; the longest folder wins.
const Layer* layer_of(const Layers& layers, std::string_view path) {
  const Layer* best = nullptr;
  std::size_t best_length = 0;
  for (const Layer& layer : layers) {
    for (const std::string& folder : layer.folders) {
      const bool inside =
          path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
      if (!inside || folder.size() <= best_length) continue;
      best = &layer;
      best_length = folder.size();
    }
  }
  return best;
}

struct Include {
  std::string name;
  bool quoted;
};

std::optional<Include> include_of(std::string_view line, std::string_view code) {
  const std::size_t hash = code.find_first_not_of(" \t");
  if (hash == std::string_view::npos || code[hash] != '#') return std::nullopt;
  const std::size_t word = code.find_first_not_of(" \t", hash + 1);
  if (word == std::string_view::npos || !code.substr(word).starts_with("include")) {
    return std::nullopt;
  }
  const std::size_t open = line.find_first_of("<\"", word);
  if (open == std::string_view::npos) return std::nullopt;
  const bool quoted = line[open] == '"';
  const std::size_t close = line.find(quoted ? '"' : '>', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return Include{std::string(line.substr(open + 1, close - open - 1)), quoted};
}

// One file against its layer's row.
class Judge {
 public:
  Judge(const Source& source, const Layer& layer, const Layers& layers, Findings& findings)
      : source_(source), layer_(layer), layers_(layers), findings_(findings) {}

  void take(const Include& include, int line) {
    if (include.quoted) {
      ours(include.name, line);
    } else if (include.name.find('.') == std::string::npos && include.name.find('/') == npos_) {
      standard(include.name, line);
    } else {
      foreign(include.name, line);
    }
  }

 private:
  static constexpr std::size_t npos_ = std::string::npos;

  void add(int line, std::string message) {
    findings_.push_back({source_.path, line, "layers", std::move(message)});
  }

  void ours(const std::string& name, int line) {
    const std::string path = name.starts_with("keepsake/") ? "include/" + name : name;
    const Layer* target = layer_of(layers_, path);
    if (target == nullptr) {
      return add(line, "\"" + name +
                           "\" is in no layer; write the path from the root, and <> for a "
                           "foreign header");
    }
    if (source_.is_public_header() && !path.starts_with("include/")) {
      return add(line, "a public header includes \"" + name + "\", which is private");
    }
    const bool allowed = target == &layer_ || contains(layer_.may, "*") ||
                         contains(layer_.may, target->name) ||
                         (source_.is_for_tests() && contains(layer_.tests, target->name));
    if (!allowed) {
      add(line, layer_.name + " may not include " + target->name + " (\"" + name + "\")");
    }
  }

  void standard(const std::string& name, int line) {
    if (source_.is_for_tests() || !contains(layer_.never, name)) return;
    add(line, layer_.name + " never includes <" + name + ">");
  }

  void foreign(const std::string& name, int line) {
    const auto begins_name = [&](std::string_view prefix) { return name.starts_with(prefix); };
    if (source_.is_public_header()) {
      return add(line, "a public header includes <" + name + ">, which is foreign");
    }
    if (source_.is_for_tests() &&
        std::any_of(kTestLibraries.begin(), kTestLibraries.end(), begins_name)) {
      return;
    }
    const bool posix = std::any_of(kPosix.begin(), kPosix.end(), begins_name);
    if (posix && (contains(layer_.foreign, "posix") || source_.is_for_tests())) return;
    if (std::any_of(layer_.foreign.begin(), layer_.foreign.end(), begins_name)) return;
    add(line, layer_.name + " may not include <" + name + ">");
  }

  const Source& source_;
  const Layer& layer_;
  const Layers& layers_;
  Findings& findings_;
};

void need_known_names(const Layers& layers, Findings& findings) {
  for (const Layer& layer : layers) {
    for (const auto* list : {&layer.may, &layer.tests}) {
      for (const std::string& name : *list) {
        const bool known = name == "*" || std::any_of(layers.begin(), layers.end(),
                                                      [&](auto& row) { return row.name == name; });
        if (!known) {
          findings.push_back({"layers.txt", 0, "layers",
                              "'" + layer.name +
                                  "' names a layer that "
                                  "is not there: '" +
                                  name + "'"});
        }
      }
    }
  }
}

}  // namespace

Layers read_layers(std::string_view text, Findings& findings) {
  Layers layers;
  const Source file = make_source("layers.txt", text);
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> parts = columns(line);
    const std::vector<std::string> name = parts.empty() ? parts : words(parts[0]);
    if (parts.size() > 6 || parts.size() < 2 || name.size() != 1 || words(parts[1]).empty()) {
      findings.push_back({"layers.txt", static_cast<int>(i) + 1, "layers",
                          "expected: layer | folders | may | foreign | tests | never"});
      continue;
    }
    parts.resize(6);
    layers.push_back({.name = name[0],
                      .folders = words(parts[1]),
                      .may = words(parts[2]),
                      .foreign = words(parts[3]),
                      .tests = words(parts[4]),
                      .never = words(parts[5])});
  }
  need_known_names(layers, findings);
  return layers;
}

void includes(const Source& source, const Layers& layers, Findings& findings) {
  const Layer* layer = layer_of(layers, source.path);
  if (layer == nullptr) {
    findings.push_back({source.path, 0, "layers", "is in no folder of layers.txt"});
    return;
  }
  Judge judge(source, *layer, layers, findings);
  for (std::size_t i = 0; i < source.lines.size() && i < source.code.size(); ++i) {
    const auto include = include_of(source.lines[i], source.code[i]);
    if (include) judge.take(*include, static_cast<int>(i) + 1);
  }
}

}  // namespace keepsake::lint
