// Sixteen bytes at once: nearly all short texts are no longer, and then a loop, and a branch for
// each length that they may have, cost more than the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#if defined(__SSE2__)
#include <emmintrin.h>
#else
#include "src/datum/json_text.h"
#endif

namespace keepsake {

class Sixteen {
 public:
  static constexpr std::size_t kSize = 16;
  /// A string has at least the room of an empty one, be it within itself or elsewhere: whether that
  /// is enough for all strings to be read so, whatever lies behind their end.
  static bool fits_strings() { return std::string().capacity() >= kSize - 1; }

  /// There must be as many bytes.
  explicit Sixteen(const char* p) noexcept {
#if defined(__SSE2__)
    bytes_ = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
#else
    std::memcpy(bytes_, p, kSize);
#endif
  }
  void store(char* p) const noexcept {
#if defined(__SSE2__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes_);
#else
    std::memcpy(p, bytes_, kSize);
#endif
  }

  /// Whether the first `count` bytes can stand in a string of JSON as they are.
  [[nodiscard]] bool plain(std::size_t count) const noexcept {
#if defined(__SSE2__)
    const __m128i quotes = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('"'));
    const __m128i slashes = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('\\'));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_);
    const __m128i stop = _mm_or_si128(_mm_or_si128(quotes, slashes), controls);
    const auto bits = static_cast<unsigned>(_mm_movemask_epi8(stop));
    return (bits & ((1U << count) - 1)) == 0;
#else
    char masks[2 * kSize] = {};
    std::memset(masks, 0xFF, kSize);
    std::uint64_t mask[2];
    std::memcpy(mask, masks + kSize - count, kSize);
    return ((not_plain(bytes_[0]) & mask[0]) | (not_plain(bytes_[1]) & mask[1])) == 0;
#endif
  }

 private:
#if defined(__SSE2__)
  __m128i bytes_;
#else
  std::uint64_t bytes_[2];
#endif
};

}  // namespace keepsake
