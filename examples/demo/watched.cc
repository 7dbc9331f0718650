#include "examples/demo/watched.h"

#include <signal.h>

#include <thread>
#include <variant>

namespace demo {

using keepsake::MonotonicTime;
using keepsake::Result;

MonotonicTime Watch::take_acquired(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = acquired_.find(key);
  if (found == acquired_.end()) return {};
  const Acquired taken = found->second;
  acquired_.erase(found);
  return taken.woken != MonotonicTime{} ? taken.woken : taken.at;
}

void Watch::acquired(const std::string& key) {
  const std::lock_guard lock(mutex_);
  acquired_[key] = {.at = clock_.now(), .woken = {}};
}

void Watch::woken() {
  const std::lock_guard lock(mutex_);
  for (auto& [key, one] : acquired_) {
    if (one.woken == MonotonicTime{}) one.woken = clock_.now();
  }
}

void Watch::freeze_here(keepsake::Duration hold) {
  const std::unique_lock lock(calls_);
  ::raise(SIGSTOP);
  hold_ns_ = (clock_.now() + hold).time_since_epoch().count();
}

std::shared_lock<std::shared_mutex> Watch::renewal() {
  while (true) {
    std::shared_lock lock = call();
    if (clock_.now().time_since_epoch().count() >= hold_ns_) return lock;
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

namespace {

class WatchedBackend final : public ForwardingBackend {
 public:
  WatchedBackend(keepsake::Backend& inner, Watch& watch)
      : ForwardingBackend(inner), watch_(watch) {}

  Result<keepsake::Renewed> renew(const keepsake::Renew& request) override {
    const auto lock = watch_.renewal();
    return inner_.renew(request);
  }
  Result<bool> close_lease(const keepsake::CloseLease& request) override {
    const auto lock = watch_.call();
    return inner_.close_lease(request);
  }
  Result<bool> end_lease(const keepsake::EndLease& request) override {
    const auto lock = watch_.call();
    return inner_.end_lease(request);
  }
  Result<void> withdraw(const keepsake::Withdraw& request) override {
    const auto lock = watch_.call();
    return inner_.withdraw(request);
  }
  Result<void> set_aside(const keepsake::QuarantineEntry& entry) override {
    const auto lock = watch_.call();
    return inner_.set_aside(entry);
  }
  Result<keepsake::AcquireAnswer> acquire(const keepsake::Acquire& request) override {
    const auto lock = watch_.call();
    Result<keepsake::AcquireAnswer> answer = inner_.acquire(request);
    if (answer && std::holds_alternative<keepsake::Acquired>(*answer)) {
      watch_.acquired(request.key.key);
    }
    return answer;
  }
  Result<std::vector<keepsake::GroupAnswer>> commit(
      const std::vector<keepsake::Group>& groups) override {
    const auto lock = watch_.call();
    Result<std::vector<keepsake::GroupAnswer>> answers = inner_.commit(groups);
    if (!answers) return answers;
    for (const keepsake::GroupAnswer& answer : *answers) {
      if (std::holds_alternative<keepsake::FenceRefused>(answer)) watch_.refused_by_fence();
    }
    return answers;
  }

 private:
  Watch& watch_;
};

class WatchedRuntime final : public ForwardingRuntime {
 public:
  WatchedRuntime(std::shared_ptr<keepsake::detail::Runtime> inner, Watch& watch)
      : ForwardingRuntime(std::move(inner)), watch_(watch) {}
  void game_wake() override {
    watch_.woken();
    inner_->game_wake();
  }

 private:
  Watch& watch_;
};

}  // namespace

std::unique_ptr<keepsake::Backend> watch_backend(keepsake::Backend& inner, Watch& watch) {
  return std::make_unique<WatchedBackend>(inner, watch);
}
std::shared_ptr<keepsake::detail::Runtime> watch_runtime(
    std::shared_ptr<keepsake::detail::Runtime> inner, Watch& watch) {
  return std::make_shared<WatchedRuntime>(std::move(inner), watch);
}

}  // namespace demo
