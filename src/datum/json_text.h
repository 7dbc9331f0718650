// JSON's strings, shared by the reader of trees and the reader of structs; and the buffer that both
// writers write into.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "src/datum/number.h"

namespace keepsake {

/// The first byte that ends or interrupts a plain run of a string: a quote, a backslash, a control
/// character; or `end`. `bits` collects the high bits seen: with 0x80 in it, UTF-8 has to be looked
/// at.
inline const char* skip_plain(const char* p, const char* end, std::uint64_t& bits) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  while (end - p >= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, p, 8);
    const std::uint64_t quotes = eight ^ (kOnes * '"');
    const std::uint64_t slashes = eight ^ (kOnes * '\\');
    // A byte below n, or zero, borrows (exact for the first such byte, and that is all we need).
    const std::uint64_t stop = ((quotes - kOnes) & ~quotes) | ((slashes - kOnes) & ~slashes) |
                               ((eight - kOnes * 0x20) & ~eight);
    if ((stop & kHighs) != 0) break;
    bits |= eight & kHighs;
    p += 8;
  }
  while (p != end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) {
    bits |= static_cast<unsigned char>(*p) & 0x80U;
    ++p;
  }
  return p;
}

/// What went wrong within a string, in words; and nothing went wrong.
using TextFault = const char*;

/// Reads a string whose opening quote is behind us. `p` goes behind the closing quote, or to the
/// fault. `text` is a part of the input where that has no escapes, else of `scratch`.
[[nodiscard]] TextFault read_text(const char*& p, const char* end, std::string& scratch,
                                  std::string_view& text);

/// Grows a string and writes into it by pointer. The string has its final size after finish().
class TextOut {
 public:
  explicit TextOut(std::string& out) : out_(out), base_(out.size()) { grow(kFirstRoom); }
  TextOut(const TextOut&) = delete;
  TextOut& operator=(const TextOut&) = delete;

  void finish() { out_.resize(static_cast<std::size_t>(p_ - out_.data())); }

  void put(char c) {
    room(1);
    *p_++ = c;
  }
  void put(std::string_view text) {
    room(text.size());
    std::memcpy(p_, text.data(), text.size());
    p_ += text.size();
  }
  void integer(std::int64_t value) {
    room(kNumberRoom);
    p_ = write_integer(p_, value);
  }
  void number(double value) {
    room(kNumberRoom);
    p_ = write_double(p_, value);
  }
  /// With quotes and escapes.
  void quoted(std::string_view text);
  void base64(std::string_view octets);

 private:
  void room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - p_) < bytes) [[unlikely]] {
      grow(bytes);
    }
  }
  void grow(std::size_t bytes);

  static constexpr std::size_t kFirstRoom = 1024;
  std::string& out_;
  const std::size_t base_;  // what stood there before
  char* p_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace keepsake
