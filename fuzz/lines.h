// What fuzzers that take two texts share: an input is two lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "keepsake/datum/json.h"

namespace fuzz {

struct TwoLines {
  std::string_view first;
  std::string_view second;  ///< all that stands behind the first line's end
};
[[nodiscard]] inline std::optional<TwoLines> two_lines(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  return TwoLines{text.substr(0, line_end), text.substr(line_end + 1)};
}

struct TwoValues {
  keepsake::Value first;
  keepsake::Value second;
};
/// Nothing where one of the lines is no JSON.
[[nodiscard]] inline std::optional<TwoValues> two_values(const std::uint8_t* data,
                                                         std::size_t size) {
  const std::optional<TwoLines> lines = two_lines(data, size);
  if (!lines) return std::nullopt;
  keepsake::Result<keepsake::Value> first = keepsake::parse_json(lines->first);
  keepsake::Result<keepsake::Value> second = keepsake::parse_json(lines->second);
  if (!first || !second) return std::nullopt;
  return TwoValues{*std::move(first), *std::move(second)};
}

}  // namespace fuzz
