// Box<T>: an optional T on the heap, with the meaning of a value: copies copy what it holds. So a
// struct may hold one of its own type, and a rarely used part takes one pointer when it is absent.
//
//   struct Node { std::int64_t value = 0; keepsake::Box<Node> next; };
//
// In data, an empty box is an absent member, as an empty std::optional is.
#pragma once

#include <memory>
#include <utility>

namespace keepsake {

template <class T>
class Box {
 public:
  Box() noexcept = default;
  explicit Box(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) { return *this = Box(other); }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  [[nodiscard]] bool has_value() const noexcept { return held_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return held_ != nullptr; }
  /// Undefined where it is empty, as an std::optional's are.
  [[nodiscard]] T& operator*() noexcept { return *held_; }
  [[nodiscard]] const T& operator*() const noexcept { return *held_; }
  [[nodiscard]] T* operator->() noexcept { return held_.get(); }
  [[nodiscard]] const T* operator->() const noexcept { return held_.get(); }
  /// A new T{}, whatever was held before.
  T& emplace() { return *(held_ = std::make_unique<T>()); }
  void reset() noexcept { held_.reset(); }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace keepsake
