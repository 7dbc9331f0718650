#include "keepsake/base/log.h"

#include <cstdio>

namespace keepsake {

std::string_view name(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
    case LogLevel::critical: return "critical";
  }
  return "critical";
}

LogSink stderr_log(LogLevel least) {
  return [least](LogLevel level, std::string_view text) {
    if (level < least) return;
    const std::string_view word = name(level);
    std::fprintf(stderr, "keepsake %.*s: %.*s\n", static_cast<int>(word.size()), word.data(),
                 static_cast<int>(text.size()), text.data());
  };
}

}  // namespace keepsake
