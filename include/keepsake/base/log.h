// Where Keepsake says what it does. No logging library is forced on a game: give a sink, or keep
// the default, which writes warnings and worse to stderr.
#pragma once

#include <functional>
#include <string_view>

namespace keepsake {

enum class LogLevel : unsigned char { debug, info, warning, error, critical };

[[nodiscard]] std::string_view name(LogLevel level) noexcept;

/// Called from any thread; must be thread-safe and quick. `text` is one line without a line end,
/// holds no secret and no player's data, and is valid for the call only.
using LogSink = std::function<void(LogLevel level, std::string_view text)>;

/// Writes "keepsake warning: …" to stderr for `least` and worse.
[[nodiscard]] LogSink stderr_log(LogLevel least = LogLevel::warning);

}  // namespace keepsake
