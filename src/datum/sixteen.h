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
  /// Of a string's first bytes, where fits_strings(). What is behind its end is its own, though
  /// AddressSanitizer takes it for nobody's.
  [[gnu::no_sanitize_address]] static Sixteen of_string(const char* text) noexcept {
    return Sixteen(text);
  }

  void store(char* p) const noexcept {
#if defined(__SSE2__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes_);
#else
    std::memcpy(p, bytes_, kSize);
#endif
  }

  /// With so much added to the first byte.
  [[nodiscard]] Sixteen with_first_plus(unsigned char more) const noexcept {
    Sixteen sum(*this);
#if defined(__SSE2__)
    sum.bytes_ = _mm_add_epi8(bytes_, _mm_cvtsi32_si128(more));
#else
    auto* const first = reinterpret_cast<unsigned char*>(sum.bytes_);
    *first = static_cast<unsigned char>(*first + more);
#endif
    return sum;
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
    std::uint64_t mask[2];
    first_bytes(count, mask);
    return ((not_plain(bytes_[0]) & mask[0]) | (not_plain(bytes_[1]) & mask[1])) == 0;
#endif
  }

  /// Whether the first `count` bytes are those of `other`.
  [[nodiscard]] bool begins_as(const Sixteen& other, std::size_t count) const noexcept {
#if defined(__SSE2__)
    const auto same =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, other.bytes_)));
    return (~same & ((1U << count) - 1)) == 0;
#else
    std::uint64_t mask[2];
    first_bytes(count, mask);
    return (((bytes_[0] ^ other.bytes_[0]) & mask[0]) |
            ((bytes_[1] ^ other.bytes_[1]) & mask[1])) == 0;
#endif
  }
  /// Whether the first `count` bytes are ASCII.
  [[nodiscard]] bool ascii(std::size_t count) const noexcept {
#if defined(__SSE2__)
    return (static_cast<unsigned>(_mm_movemask_epi8(bytes_)) & ((1U << count) - 1)) == 0;
#else
    constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
    std::uint64_t mask[2];
    first_bytes(count, mask);
    return (((bytes_[0] & mask[0]) | (bytes_[1] & mask[1])) & kHighs) == 0;
#endif
  }

 private:
#if defined(__SSE2__)
  __m128i bytes_;
#else
  static void first_bytes(std::size_t count, std::uint64_t (&mask)[2]) noexcept {
    char bytes[2 * kSize] = {};
    std::memset(bytes, 0xFF, kSize);
    std::memcpy(mask, bytes + kSize - count, kSize);
  }
  std::uint64_t bytes_[2];
#endif
};

}  // namespace keepsake
