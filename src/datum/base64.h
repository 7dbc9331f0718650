// Base64 (RFC 4648 §4), in which JSON carries bytes. The writer is TextOut::base64.
#pragma once

#include <string>
#include <string_view>

namespace keepsake {

/// Whether `text` is base64 with its padding, without anything else in it and with no bits left
/// over: the one text that the writer writes for these bytes. `out` holds them then.
[[nodiscard]] bool read_base64(std::string_view text, std::string& out);

}  // namespace keepsake
