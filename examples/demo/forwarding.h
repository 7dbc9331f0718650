// A backend and a runtime that pass everything on: what the demo's decorators override parts of.
#pragma once

#include <memory>
#include <utility>

#include "keepsake/backend/backend.h"
#include "src/store/runtime.h"

namespace demo {

class ForwardingBackend : public keepsake::Backend {
 public:
  explicit ForwardingBackend(keepsake::Backend& inner) : inner_(inner) {}

  keepsake::Result<keepsake::Incarnation> open_lease(const keepsake::OpenLease& r) override {
    return inner_.open_lease(r);
  }
  keepsake::Result<keepsake::Renewed> renew(const keepsake::Renew& r) override {
    return inner_.renew(r);
  }
  keepsake::Result<bool> close_lease(const keepsake::CloseLease& r) override {
    return inner_.close_lease(r);
  }
  keepsake::Result<bool> end_lease(const keepsake::EndLease& r) override {
    return inner_.end_lease(r);
  }
  keepsake::Result<std::vector<keepsake::Lease>> leases() override { return inner_.leases(); }
  keepsake::Result<keepsake::AcquireAnswer> acquire(const keepsake::Acquire& r) override {
    return inner_.acquire(r);
  }
  keepsake::Result<void> withdraw(const keepsake::Withdraw& r) override {
    return inner_.withdraw(r);
  }
  keepsake::Result<keepsake::StealAnswer> steal(const keepsake::Steal& r) override {
    return inner_.steal(r);
  }
  keepsake::Result<std::vector<keepsake::AskOnOurs>> asks(const keepsake::Owner& self) override {
    return inner_.asks(self);
  }
  keepsake::Result<std::vector<keepsake::OwnedRow>> owned(keepsake::Incarnation incarnation,
                                                          const keepsake::ProfileKey& after,
                                                          std::size_t limit) override {
    return inner_.owned(incarnation, after, limit);
  }
  keepsake::Result<std::vector<keepsake::GroupAnswer>> commit(
      const std::vector<keepsake::Group>& groups) override {
    return inner_.commit(groups);
  }
  keepsake::Result<keepsake::CreateAnswer> create(const keepsake::Create& r) override {
    return inner_.create(r);
  }
  keepsake::Result<std::vector<std::optional<keepsake::Record>>> read(
      const std::vector<keepsake::ProfileKey>& keys) override {
    return inner_.read(keys);
  }
  keepsake::Result<keepsake::ListPage> list(std::string_view store, std::string_view after,
                                            std::size_t limit) override {
    return inner_.list(store, after, limit);
  }
  keepsake::Result<std::vector<keepsake::ProfileKey>> keys_of(keepsake::UserId user) override {
    return inner_.keys_of(user);
  }
  keepsake::Result<std::optional<keepsake::Receipt>> receipt(const keepsake::ProfileKey& key,
                                                             std::string_view id) override {
    return inner_.receipt(key, id);
  }
  keepsake::Result<std::vector<keepsake::Message>> inbox(const keepsake::ProfileKey& key) override {
    return inner_.inbox(key);
  }
  keepsake::Result<keepsake::InboxState> inbox_state(const keepsake::ProfileKey& key,
                                                     std::string_view id) override {
    return inner_.inbox_state(key, id);
  }
  keepsake::Result<std::vector<keepsake::MailOnOurs>> mail(const keepsake::Owner& self) override {
    return inner_.mail(self);
  }
  keepsake::Result<std::size_t> send_back_expired(const keepsake::SendBackExpired& r) override {
    return inner_.send_back_expired(r);
  }
  keepsake::Result<std::size_t> forget(const keepsake::Forget& r) override {
    return inner_.forget(r);
  }
  keepsake::Result<void> set_aside(const keepsake::QuarantineEntry& entry) override {
    return inner_.set_aside(entry);
  }
  keepsake::Result<std::vector<keepsake::QuarantineEntry>> quarantine(std::string_view store,
                                                                      std::size_t limit) override {
    return inner_.quarantine(store, limit);
  }
  keepsake::Result<keepsake::QuarantineEntry> incident(const keepsake::IncidentId& id) override {
    return inner_.incident(id);
  }
  keepsake::Result<std::vector<keepsake::Snapshot>> history(
      const keepsake::ProfileKey& key) override {
    return inner_.history(key);
  }
  keepsake::Result<keepsake::Snapshot> snapshot(const keepsake::ProfileKey& key,
                                                std::uint64_t revision) override {
    return inner_.snapshot(key, revision);
  }
  keepsake::Result<std::vector<keepsake::ProfileKey>> subject(keepsake::UserId user) override {
    return inner_.subject(user);
  }
  keepsake::Result<keepsake::Belongings> belongings(const keepsake::ProfileKey& key) override {
    return inner_.belongings(key);
  }
  keepsake::Result<keepsake::EraseAnswer> erase(const keepsake::Erase& r) override {
    return inner_.erase(r);
  }
  keepsake::Result<void> scrub() override { return inner_.scrub(); }
  keepsake::Result<std::vector<keepsake::AuditEntry>> audit(std::size_t limit) override {
    return inner_.audit(limit);
  }
  keepsake::Result<keepsake::BackendInfo> info() override { return inner_.info(); }
  bool wait_for_change(const keepsake::Owner& self, keepsake::Duration at_most) override {
    return inner_.wait_for_change(self, at_most);
  }
  void stop_waiting() override { inner_.stop_waiting(); }

 protected:
  keepsake::Backend& inner_;
};

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
