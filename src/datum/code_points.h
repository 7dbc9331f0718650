// UTF-8, one code point after another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keepsake {

inline constexpr char32_t kReplacement = 0xFFFD;

/// The code point at `text[at]`, and `at` behind it. A byte that begins none is U+FFFD.
inline char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return ++at, first;
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  char32_t code = first & (0x3FU >> more);
  bool good = first >= 0xC2 && first < 0xF5 && text.size() - at > more;
  for (std::size_t i = 1; good && i <= more; ++i) {
    good = (byte(at + i) & 0xC0U) == 0x80;
    code = code << 6 | (byte(at + i) & 0x3FU);
  }
  at += good ? more + 1 : 1;
  return good ? code : kReplacement;
}

/// How many code points a well-formed text has.
inline std::size_t code_point_count(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1U : 0U;
  return count;
}

inline void append_code_point(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

}  // namespace keepsake
