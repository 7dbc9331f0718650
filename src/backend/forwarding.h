// A backend that passes everything on: what decorators override parts of.
#pragma once

#include "keepsake/backend/backend.h"

namespace keepsake {

/// Any thread, like the backend that it stands before, which outlives it.
class ForwardingBackend : public Backend {
 public:
  explicit ForwardingBackend(Backend& inner) : inner_(inner) {}

  Result<Incarnation> open_lease(const OpenLease& r) override { return inner_.open_lease(r); }
  Result<Renewed> renew(const Renew& r) override { return inner_.renew(r); }
  Result<bool> close_lease(const CloseLease& r) override { return inner_.close_lease(r); }
  Result<bool> end_lease(const EndLease& r) override { return inner_.end_lease(r); }
  Result<std::vector<Lease>> leases() override { return inner_.leases(); }
  Result<AcquireAnswer> acquire(const Acquire& r) override { return inner_.acquire(r); }
  Result<AcquireAnswers> acquire_many(const std::vector<Acquire>& r) override {
    return inner_.acquire_many(r);
  }
  Result<void> withdraw(const Withdraw& r) override { return inner_.withdraw(r); }
  Result<StealAnswer> steal(const Steal& r) override { return inner_.steal(r); }
  Result<std::vector<AskOnOurs>> asks(const Owner& self) override { return inner_.asks(self); }
  Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                      std::size_t limit) override {
    return inner_.owned(incarnation, after, limit);
  }
  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override {
    return inner_.commit(groups);
  }
  Result<CreateAnswer> create(const Create& r) override { return inner_.create(r); }
  Result<std::vector<std::optional<Record>>> read(const std::vector<ProfileKey>& keys) override {
    return inner_.read(keys);
  }
  Result<ListPage> list(std::string_view store, std::string_view after,
                        std::size_t limit) override {
    return inner_.list(store, after, limit);
  }
  Result<std::vector<ProfileKey>> keys_of(UserId user) override { return inner_.keys_of(user); }
  Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) override {
    return inner_.receipt(key, id);
  }
  Result<std::vector<Message>> inbox(const ProfileKey& key) override { return inner_.inbox(key); }
  Result<InboxState> inbox_state(const ProfileKey& key, std::string_view id) override {
    return inner_.inbox_state(key, id);
  }
  Result<std::vector<MailOnOurs>> mail(const Owner& self) override { return inner_.mail(self); }
  Result<std::size_t> send_back_expired(const SendBackExpired& r) override {
    return inner_.send_back_expired(r);
  }
  Result<std::size_t> forget(const Forget& r) override { return inner_.forget(r); }
  Result<void> set_aside(const QuarantineEntry& entry) override { return inner_.set_aside(entry); }
  Result<std::vector<QuarantineEntry>> quarantine(std::string_view store,
                                                  std::size_t limit) override {
    return inner_.quarantine(store, limit);
  }
  Result<QuarantineEntry> incident(const IncidentId& id) override { return inner_.incident(id); }
  Result<std::vector<Snapshot>> history(const ProfileKey& key) override {
    return inner_.history(key);
  }
  Result<Snapshot> snapshot(const ProfileKey& key, std::uint64_t revision) override {
    return inner_.snapshot(key, revision);
  }
  Result<std::vector<ProfileKey>> subject(UserId user) override { return inner_.subject(user); }
  Result<Belongings> belongings(const ProfileKey& key) override { return inner_.belongings(key); }
  Result<EraseAnswer> erase(const Erase& r) override { return inner_.erase(r); }
  Result<void> scrub() override { return inner_.scrub(); }
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override { return inner_.audit(limit); }
  Result<BackendInfo> info() override { return inner_.info(); }
  bool wait_for_change(const Owner& self, Duration at_most) override {
    return inner_.wait_for_change(self, at_most);
  }
  void stop_waiting() override { inner_.stop_waiting(); }
  [[nodiscard]] WakeStats wake_stats() const override { return inner_.wake_stats(); }

 protected:
  Backend& inner_;
};

}  // namespace keepsake
