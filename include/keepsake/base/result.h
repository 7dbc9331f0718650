// Result<T>: a value or an Error, with the interface of std::expected (C++23, [expected]).
//
// Result<void> holds nothing or an Error. Asking for the value of a failed result is a bug of the
// caller: it ends the program with the error's text, in every build.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "keepsake/base/error.h"

namespace keepsake {

namespace detail {
/// Ends the program: `value()` of a result that holds an error.
[[noreturn]] void value_of_failed_result(const Error& error);
/// Ends the program: `error()` of a result that holds a value.
[[noreturn]] void error_of_good_result();
}  // namespace detail

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  Result(U&& value) : has_value_(true) {  // NOLINT(google-explicit-constructor)
    ::new (&value_) T(std::forward<U>(value));
  }
  Result()
    requires std::is_default_constructible_v<T>
      : has_value_(true) {
    ::new (&value_) T();
  }
  Result(Error error) : has_value_(false) {  // NOLINT(google-explicit-constructor)
    ::new (&error_) Error(std::move(error));
  }
  Result(const Result& other) : has_value_(other.has_value_) { construct(other); }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
      : has_value_(other.has_value_) {
    construct(std::move(other));
  }
  Result& operator=(const Result& other) {
    if (this != &other) *this = Result(other);
    return *this;
  }
  Result& operator=(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    if (this != &other) {
      destroy();
      has_value_ = other.has_value_;
      construct(std::move(other));
    }
    return *this;
  }
  ~Result() { destroy(); }

  [[nodiscard]] bool has_value() const noexcept { return has_value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value_; }

  [[nodiscard]] T& value() & { return need(), value_; }
  [[nodiscard]] const T& value() const& { return need(), value_; }
  [[nodiscard]] T&& value() && { return need(), std::move(value_); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  [[nodiscard]] Error& error() & { return need_error(), error_; }
  [[nodiscard]] const Error& error() const& { return need_error(), error_; }
  [[nodiscard]] Error&& error() && { return need_error(), std::move(error_); }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value_ ? value_ : static_cast<T>(std::forward<U>(fallback));
  }
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  template <class Other>
  void construct(Other&& other) {
    if (has_value_) {
      ::new (&value_) T(std::forward<Other>(other).value_);
    } else {
      ::new (&error_) Error(std::forward<Other>(other).error_);
    }
  }
  void destroy() noexcept {
    if (has_value_) {
      value_.~T();
    } else {
      error_.~Error();
    }
  }
  void need() const {
    if (!has_value_) detail::value_of_failed_result(error_);
  }
  void need_error() const {
    if (has_value_) detail::error_of_good_result();
  }

  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept = default;
  Result(Error error) : error_(new Error(std::move(error))) {}  // NOLINT
  Result(const Result& other) : error_(other.error_ ? new Error(*other.error_) : nullptr) {}
  Result& operator=(const Result& other) {
    if (this != &other) error_.reset(other.error_ ? new Error(*other.error_) : nullptr);
    return *this;
  }
  Result(Result&&) noexcept = default;
  Result& operator=(Result&&) noexcept = default;
  ~Result() = default;

  [[nodiscard]] bool has_value() const noexcept { return error_ == nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (error_) detail::value_of_failed_result(*error_);
  }
  void operator*() const { value(); }
  [[nodiscard]] Error& error() & { return need_error(), *error_; }
  [[nodiscard]] const Error& error() const& { return need_error(), *error_; }
  [[nodiscard]] Error&& error() && { return need_error(), std::move(*error_); }

 private:
  void need_error() const {
    if (!error_) detail::error_of_good_result();
  }
  std::unique_ptr<Error> error_;
};

}  // namespace keepsake
