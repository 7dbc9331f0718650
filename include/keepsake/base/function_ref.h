// FunctionRef: a callable passed down for the length of a call. Two pointers, never owns, never
// allocates; the callable must outlive the call it is given to.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace keepsake {

template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
             std::is_invocable_r_v<R, F&, Args...>)
  FunctionRef(F&& f) noexcept  // NOLINT(google-explicit-constructor)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// Calls `f`; if it throws, gives ErrorCode::callback_threw with the exception's text and `what`
/// (what was called, for the message). Where the library is built without exceptions, a throw ends
/// the program as it does everywhere else in such a build.
class Error;
template <class T>
class Result;
[[nodiscard]] Result<void> call_caught(FunctionRef<void()> f, const char* what);

}  // namespace keepsake
