// Where a process test finds the programs that were built with it.
#pragma once

#include <unistd.h>

#include <climits>
#include <string>
#include <string_view>

namespace keepsake::tests {

/// The build folder: that of the running test program.
inline std::string build_folder() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string_view whole(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return std::string(whole.substr(0, whole.rfind('/')));
}

/// The path of a program of apps/: program("keepsake").
inline std::string program(std::string_view name) {
  return build_folder() + "/" + std::string(name);
}

}  // namespace keepsake::tests
