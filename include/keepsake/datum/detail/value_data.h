// What a Value is made of. No part of the interface: see value.h.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace keepsake::detail {

/// A longer text, an array or an object: its bytes, items or members lie right behind it.
struct ValueNode {
  ValueNode* counted;                 // itself; or its document's, whose nodes are counted as one
  std::atomic<std::uint32_t> owners;  // of what is counted
  std::uint32_t capacity;             // in items or members
  std::size_t size;                   // in bytes, items or members
};

/// Sixteen bytes: a scalar, up to 14 bytes of text (`small`, and right behind it `more`), or a
/// pointer to a shared node; an array or object without parts has none. What isn't used is zero.
struct ValueData {
  static constexpr std::uint8_t kHeap = 16;
  static constexpr std::size_t kSmallText = 14;

  union {
    std::int64_t integer;
    double number;
    ValueNode* node;
    char small[8];
  };
  char more[6];
  std::uint8_t small_size;  // of a small text
  std::uint8_t tag;         // the kind, and kHeap where a node is held

  /// Two words, each written as a whole: what is written in smaller parts can't be read as a whole
  /// until it has left the processor.
  void set(std::uint64_t content, std::uint64_t rest) noexcept {
    std::memcpy(static_cast<void*>(this), &content, 8);
    std::memcpy(reinterpret_cast<char*>(this) + 8, &rest, 8);
  }
  /// The second word of what has no more than one word of content.
  [[nodiscard]] static constexpr std::uint64_t rest(std::uint8_t tag,
                                                    std::uint8_t small_size = 0) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      return std::uint64_t{tag} << 56 | std::uint64_t{small_size} << 48;
    }
    return std::uint64_t{small_size} << 8 | tag;
  }

  [[nodiscard]] bool on_heap() const noexcept { return (tag & kHeap) != 0; }
  [[nodiscard]] std::uint64_t word(std::size_t index) const noexcept {
    std::uint64_t word;
    std::memcpy(&word, reinterpret_cast<const char*>(this) + 8 * index, 8);
    return word;
  }
  [[nodiscard]] std::size_t size() const noexcept { return on_heap() ? node->size : small_size; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(on_heap() ? static_cast<const void*>(node + 1) : this),
            size()};
  }
  /// Of an array or object.
  template <class Part>
  [[nodiscard]] std::span<const Part> parts() const noexcept {
    if (!on_heap()) return {};
    return {reinterpret_cast<const Part*>(node + 1), node->size};
  }
  void retain() const noexcept { node->counted->owners.fetch_add(1, std::memory_order_relaxed); }
  void copy(const ValueData& other) noexcept { set(other.word(0), other.word(1)); }
  void swap(ValueData& other) noexcept {
    const std::uint64_t words[2] = {word(0), word(1)};
    copy(other);
    other.set(words[0], words[1]);
  }
  [[nodiscard]] bool same_bytes(const ValueData& other) const noexcept {
    return word(0) == other.word(0) && word(1) == other.word(1);
  }
};
static_assert(sizeof(ValueData) == 16);

}  // namespace keepsake::detail
