// A runtime that passes everything on, and the backend that does: what the demo's decorators
// override parts of.
#pragma once

#include <memory>
#include <utility>

#include "src/backend/forwarding.h"
#include "src/store/runtime.h"

namespace demo {

using keepsake::ForwardingBackend;

class ForwardingRuntime : public keepsake::detail::Runtime {
 public:
  explicit ForwardingRuntime(std::shared_ptr<keepsake::detail::Runtime> inner)
      : inner_(std::move(inner)) {}

  const keepsake::Clock& clock() const override { return inner_->clock(); }
  keepsake::Random& random() override { return inner_->random(); }
  const keepsake::Machine& machine() override { return inner_->machine(); }
  void post(Task task) override { inner_->post(std::move(task)); }
  void at(keepsake::MonotonicTime when, Task task) override { inner_->at(when, std::move(task)); }
  void call(keepsake::detail::Lane lane, Work work) override {
    inner_->call(lane, std::move(work));
  }
  void drain(std::shared_ptr<keepsake::Journal> journal) override {
    inner_->drain(std::move(journal));
  }
  void stop_drain(Task stopped) override { inner_->stop_drain(std::move(stopped)); }
  void watch(keepsake::Backend& backend, const keepsake::Owner& self, Task on_wake) override {
    inner_->watch(backend, self, std::move(on_wake));
  }
  void idle(keepsake::Duration at_most) override { inner_->idle(at_most); }
  void game_wake() override { inner_->game_wake(); }
  void stop(keepsake::Duration at_most) override { inner_->stop(at_most); }

 protected:
  const std::shared_ptr<keepsake::detail::Runtime> inner_;
};

}  // namespace demo
