// JSON that is a line or another part of a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keepsake/datum/json.h"

namespace keepsake::cli {

/// As parse_json, but that an error's cause names the column alone: which line it is, the caller
/// says.
[[nodiscard]] Result<Value> parse_json_line(std::string_view line, const JsonLimits& limits = {});

/// Where something stands in a text; both from 1, the column in bytes.
struct TextPlace {
  std::uint64_t line = 1;
  std::uint64_t column = 1;

  [[nodiscard]] TextPlace behind(std::string_view text) const;
  /// "line 3, column 7: ".
  [[nodiscard]] std::string text() const;
};
/// As parse_json, but that an error's cause names line and column in the whole of which the text is
/// the part that begins at `at`.
[[nodiscard]] Result<Value> parse_json_part(std::string_view text, const TextPlace& at);

/// The text of the member of that name in an object that doesn't parse, or of which only the
/// beginning is there; nothing where it isn't text, stands twice, or can't be told.
[[nodiscard]] std::optional<std::string> text_member_of_broken_line(std::string_view line,
                                                                    std::string_view name);

}  // namespace keepsake::cli
