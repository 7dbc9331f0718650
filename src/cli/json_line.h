// JSON that is one line of a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keepsake/datum/json.h"

namespace keepsake::cli {

/// As parse_json, but that an error's cause names the column alone: which line it is, the caller
/// says.
[[nodiscard]] Result<Value> parse_json_line(std::string_view line, const JsonLimits& limits = {});

/// The text of the member of that name in an object that doesn't parse, or of which only the
/// beginning is there; nothing where it isn't text, stands twice, or can't be told.
[[nodiscard]] std::optional<std::string> text_member_of_broken_line(std::string_view line,
                                                                    std::string_view name);

}  // namespace keepsake::cli
