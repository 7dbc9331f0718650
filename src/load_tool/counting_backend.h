// CountingBackend: how often a server calls its database, and how many saves go out together.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "src/backend/forwarding.h"

namespace keepsake::load_tool {

/// Any thread.
class CountingBackend final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  Result<Renewed> renew(const Renew& request) override {
    ++calls_;
    return inner_.renew(request);
  }
  Result<AcquireAnswer> acquire(const Acquire& request) override {
    ++calls_;
    return inner_.acquire(request);
  }
  Result<AcquireAnswers> acquire_many(const std::vector<Acquire>& requests) override {
    ++calls_;
    return inner_.acquire_many(requests);
  }
  Result<std::vector<AskOnOurs>> asks(const Owner& self) override {
    ++calls_;
    return inner_.asks(self);
  }
  Result<std::vector<MailOnOurs>> mail(const Owner& self) override {
    ++calls_;
    return inner_.mail(self);
  }
  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override {
    ++calls_;
    {
      const std::lock_guard lock(mutex_);
      batches_.push_back(static_cast<std::uint32_t>(groups.size()));
    }
    return inner_.commit(groups);
  }

  /// Calls that a server makes while it plays.
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  /// The size of each batch since this was last asked.
  std::vector<std::uint32_t> take_batches() {
    const std::lock_guard lock(mutex_);
    return std::exchange(batches_, {});
  }

 private:
  std::atomic<std::uint64_t> calls_ = 0;
  std::mutex mutex_;
  std::vector<std::uint32_t> batches_;  ///< guarded by mutex_
};

}  // namespace keepsake::load_tool
