// The compact columns of a profile's row: ask, marks, handover times, user ids. Big-endian; the
// format is described, with an example, in docs/storage.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/record.h"

namespace keepsake {

[[nodiscard]] std::string encode_ask(const Ask& ask);
[[nodiscard]] std::optional<Ask> decode_ask(std::string_view bytes);

[[nodiscard]] std::string encode_marks(const std::vector<EpochMark>& marks);
/// False, and `marks` as they were, if the bytes are none.
[[nodiscard]] bool decode_marks(std::string_view bytes, std::vector<EpochMark>& marks);

/// Just one of them; nothing if the bytes are another number, or none.
[[nodiscard]] std::optional<EpochMark> decode_mark(std::string_view bytes);

[[nodiscard]] std::string encode_times(const std::vector<std::int64_t>& times);
[[nodiscard]] std::optional<std::vector<std::int64_t>> decode_times(std::string_view bytes);

/// "17,-4,23"; "" for none.
[[nodiscard]] std::string encode_users(const std::vector<UserId>& users);
[[nodiscard]] std::optional<std::vector<UserId>> decode_users(std::string_view text);

}  // namespace keepsake
