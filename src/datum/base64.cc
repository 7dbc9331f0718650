#include "src/datum/base64.h"

namespace keepsake {

namespace {

/// The six bits of a digit, or 64.
unsigned bits_of(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52;
  return c == '+' ? 62 : c == '/' ? 63 : 64;
}

}  // namespace

bool read_base64(std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 != 0) return false;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t digits = 4;
    if (i + 4 == text.size()) {
      while (digits > 2 && text[i + digits - 1] == '=') --digits;
    }
    unsigned group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const unsigned bits = k < digits ? bits_of(text[i + k]) : 0;
      if (bits == 64) return false;
      group = group << 6 | bits;
    }
    for (std::size_t k = 0; k + 1 < digits; ++k) {
      out += static_cast<char>(group >> (16 - 8 * k) & 0xFFU);
    }
    const unsigned left = digits == 2 ? group & 0xFFFFU : digits == 3 ? group & 0xFFU : 0;
    if (left != 0) return false;
  }
  return true;
}

}  // namespace keepsake
