// What a Value is made of. No part of the interface: see value.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace keepsake::detail {

/// A longer text, an array or an object: its bytes, items or members lie right behind it.
struct ValueNode {
  ValueNode* counted;                 // itself; or its document's, whose nodes are counted as one
  std::atomic<std::uint32_t> owners;  // of what is counted
  std::uint32_t capacity;             // in items or members
  std::size_t size;                   // in bytes, items or members
};

/// Sixteen bytes: a scalar, up to 14 bytes of text (`small`, and right behind it `more`), or a
/// pointer to a shared node. What isn't used is zero.
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

  [[nodiscard]] bool on_heap() const noexcept { return (tag & kHeap) != 0; }
  [[nodiscard]] bool same_bytes(const ValueData& other) const noexcept {
    return std::memcmp(this, &other, sizeof(ValueData)) == 0;
  }
};
static_assert(sizeof(ValueData) == 16);

}  // namespace keepsake::detail
