// A tool's lease: the right to take over the work of dead servers, renewed for as long as the tool
// lives.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "keepsake/backend/backend.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"

namespace keepsake::cli {

class ToolLease {
 public:
  /// Opens a lease under a random id and renews it every two seconds on a thread of its own until
  /// end() or destruction. `backend` outlives it. Errors: those of Backend::open_lease.
  [[nodiscard]] static Result<std::unique_ptr<ToolLease>> open(Backend& backend, Random& random,
                                                               std::int64_t now_ms);
  /// As end(), with nobody to hear an error.
  ~ToolLease();
  ToolLease(const ToolLease&) = delete;
  ToolLease& operator=(const ToolLease&) = delete;

  [[nodiscard]] const Owner& self() const noexcept { return self_; }
  /// Stops renewing and ends the lease; once.
  [[nodiscard]] Result<void> end();

 private:
  ToolLease(Backend& backend, Owner self) : backend_(backend), self_(std::move(self)) {}
  void renew();

  Backend& backend_;
  const Owner self_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;  // guarded by mutex_
  std::thread renewer_;
};

}  // namespace keepsake::cli
