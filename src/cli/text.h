// Text for people: how wide it shows, what in it is safe to show, times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keepsake::cli {

/// Columns that UTF-8 text takes on a terminal: two for East Asian wide characters and emoji, none
/// for combining marks, one for every other (Unicode 15, UAX #11 in its broad ranges).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The text with control characters, which could steer a terminal, and bytes that are no UTF-8
/// written as \xNN. Line ends are written as \n.
[[nodiscard]] std::string printable(std::string_view text);

/// Unix milliseconds as "2026-11-22 19:23:15Z".
[[nodiscard]] std::string utc_text(std::int64_t unix_ms);
/// The same where 0 means never: "-".
[[nodiscard]] std::string utc_or_dash(std::int64_t unix_ms);
/// As RFC 3339 with milliseconds, for programs: "2026-11-22T19:23:15.042Z".
[[nodiscard]] std::string utc_rfc3339(std::int64_t unix_ms);

/// "1 line", "2 lines".
[[nodiscard]] std::string count_of(std::uint64_t count, std::string_view singular);

}  // namespace keepsake::cli
