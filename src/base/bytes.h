// Little-endian numbers and length-prefixed strings, written to and read from byte strings.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "keepsake/base/ids.h"

namespace keepsake {

static_assert(std::endian::native == std::endian::little, "the formats are written in place");

template <class T>
void store_le(char* to, T value) noexcept {
  static_assert(std::is_integral_v<T>);
  std::memcpy(to, &value, sizeof value);
}
template <class T>
[[nodiscard]] T load_le(const char* from) noexcept {
  static_assert(std::is_integral_v<T>);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Appends to a string that the caller owns and reuses.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  /// Integers, and ids as their 16 bytes, one behind the other.
  template <class... Ts>
  void fields(const Ts&... values) {
    char bytes[(sizeof(Ts) + ...)];
    char* to = bytes;
    ((store(to, values), to += sizeof values), ...);
    out_.append(bytes, sizeof bytes);
  }
  template <class T>
  void number(T value) {
    fields(value);
  }
  void id(const Id128& value) { fields(value); }
  void raw(std::string_view bytes) { out_.append(bytes); }
  /// Length as L, then the bytes. The caller has seen to it that the length fits.
  template <class L>
  void text(std::string_view bytes) {
    number(static_cast<L>(bytes.size()));
    raw(bytes);
  }

 private:
  template <class T>
  static void store(char* to, T value) noexcept {
    store_le(to, value);
  }
  static void store(char* to, const Id128& value) noexcept {
    store_le(to, __builtin_bswap64(value.high));
    store_le(to + 8, __builtin_bswap64(value.low));
  }

  std::string& out_;
};

/// Reads from the front; after the first read that finds too little, ok() is false and every
/// further read gives zero or nothing.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  [[nodiscard]] T number() {
    const std::string_view bytes = raw(sizeof(T));
    return bytes.size() == sizeof(T) ? load_le<T>(bytes.data()) : T{};
  }
  [[nodiscard]] Id128 id() {
    const std::string_view bytes = raw(16);
    if (bytes.size() != 16) return {};
    return Id128::from_bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
  [[nodiscard]] std::string_view raw(std::size_t count) {
    if (!ok_ || rest_.size() < count) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  template <class L>
  [[nodiscard]] std::string_view text() {
    return raw(number<L>());
  }

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return ok_ && rest_.empty(); }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace keepsake
