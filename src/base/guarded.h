// Guarded<T>: a value that can only be reached with its lock held (as KJ's MutexGuarded).
#pragma once

#include <mutex>
#include <utility>

namespace keepsake {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  /// Holds the lock while it lives; keep it short.
  class Lock {
   public:
    explicit Lock(Guarded& guarded) : lock_(guarded.mutex_), value_(&guarded.value_) {}
    T* operator->() { return value_; }
    T& operator*() { return *value_; }
    /// For a condition variable that waits on this lock.
    std::unique_lock<std::mutex>& mutex_lock() { return lock_; }

   private:
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  [[nodiscard]] Lock lock() { return Lock(*this); }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace keepsake
