// CRC32C (Castagnoli), as RFC 3720 §12.1 and its appendix B.4 define it.
#pragma once

#include <cstdint>
#include <string_view>

namespace keepsake {

/// The checksum of `bytes`, or, given the checksum of what stands before them, of both together.
/// Uses the processor's own instruction where there is one.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// The same by table, for processors without the instruction and for tests.
[[nodiscard]] std::uint32_t crc32c_by_table(std::string_view bytes,
                                            std::uint32_t before = 0) noexcept;

}  // namespace keepsake
