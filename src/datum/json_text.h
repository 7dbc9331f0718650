// JSON's strings, shared by the reader of trees and the reader of structs; and the buffer that all
// writers write into.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "src/datum/number.h"

namespace keepsake {

/// Of eight bytes: the high bit of each one that can't stand in a string as it is (a quote, a
/// backslash, a control character). Exact for the first such byte, and zero where there is none.
inline std::uint64_t not_plain(std::uint64_t eight) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  const std::uint64_t quotes = eight ^ (kOnes * '"');
  const std::uint64_t slashes = eight ^ (kOnes * '\\');
  // A byte below n, or zero, borrows.
  const std::uint64_t stop = ((quotes - kOnes) & ~quotes) | ((slashes - kOnes) & ~slashes) |
                             ((eight - kOnes * 0x20) & ~eight);
  return stop & kHighs;
}

/// The first byte that ends or interrupts a plain run of a string: a quote, a backslash, a control
/// character; or `end`. `bits` collects the high bits seen: with 0x80 in it, UTF-8 has to be looked
/// at.
inline const char* skip_plain(const char* p, const char* end, std::uint64_t& bits) {
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  while (end - p >= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, p, 8);
    const std::uint64_t stop = not_plain(eight);
    if (stop != 0) {
      if constexpr (std::endian::native != std::endian::little) break;
      const int before = std::countr_zero(stop) - 7;  // bits of the bytes before it
      bits |= eight & kHighs & ((std::uint64_t{1} << before) - 1);
      return p + before / 8;
    }
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

/// Collects what a writer writes and appends it to a string, which has it all after finish().
class TextOut {
 public:
  /// What begin() may be asked for.
  static constexpr std::size_t kMostRoom = 512;

  explicit TextOut(std::string& out) : out_(out) {}
  TextOut(const TextOut&) = delete;
  TextOut& operator=(const TextOut&) = delete;

  void finish() {
    out_.append(buffer_, static_cast<std::size_t>(p_ - buffer_));
    p_ = buffer_;
  }

  /// Room for that many bytes, to be written at the place that this gives; written_to() says how
  /// far they went.
  char* begin(std::size_t bytes) {
    if (room_at(p_) < bytes) [[unlikely]] {
      finish();
    }
    return p_;
  }
  void written_to(char* p) { p_ = p; }
  /// Both in one, for a writer that keeps its place.
  char* begin_at(char* p, std::size_t bytes) {
    if (room_at(p) >= bytes) [[likely]] {
      return p;
    }
    written_to(p);
    return begin(bytes);
  }

  /// What is left at `p` of the room that it was begun in.
  [[nodiscard]] std::size_t room_at(const char* p) const {
    return static_cast<std::size_t>(buffer_ + kBuffer - p);
  }

  void put(char c) {
    *begin(1) = c;
    ++p_;
  }
  void put(std::string_view text) {
    if (text.empty()) return;  // it may have no data, which memcpy doesn't take
    if (text.size() > kMostRoom) return put_long(text);
    std::memcpy(begin(text.size()), text.data(), text.size());
    p_ += text.size();
  }
  void integer(std::int64_t value) { p_ = write_integer(begin(kNumberRoom), value); }
  void number(double value) { p_ = write_double(begin(kNumberRoom), value); }
  /// With quotes and escapes.
  void quoted(std::string_view text);
  void base64(std::string_view octets);

 private:
  void put_long(std::string_view text);

  static constexpr std::size_t kBuffer = 4096;
  std::string& out_;
  char buffer_[kBuffer];
  char* p_ = buffer_;
};

}  // namespace keepsake
