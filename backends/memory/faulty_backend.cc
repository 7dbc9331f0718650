#include <atomic>
#include <string>
#include <type_traits>
#include <utility>

#include "keepsake/backend/faulty.h"

namespace keepsake {

std::string_view name(Call call) noexcept {
  static constexpr std::string_view kNames[kCallCount] = {
      "open_lease", "renew",     "close_lease", "end_lease", "leases",
      "acquire",    "withdraw",  "steal",       "asks",      "owned",
      "commit",     "create",    "read",        "list",      "keys_of",
      "receipt",    "inbox",     "inbox_state", "mail",      "send_back_expired",
      "forget",     "set_aside", "quarantine",  "incident",  "history",
      "snapshot",   "subject",   "belongings",  "erase",     "scrub",
      "audit",      "info"};
  return kNames[static_cast<std::size_t>(call)];
}

bool writes(Call call) noexcept {
  switch (call) {
    case Call::open_lease:
    case Call::renew:
    case Call::close_lease:
    case Call::end_lease:
    case Call::acquire:
    case Call::withdraw:
    case Call::steal:
    case Call::commit:
    case Call::create:
    case Call::send_back_expired:
    case Call::forget:
    case Call::set_aside:
    case Call::erase:
    case Call::scrub: return true;
    default: return false;
  }
}

namespace {

class FaultyBackend final : public Backend {
 public:
  FaultyBackend(Backend& inner, FaultHook hook, CarriedOutHook carried_out)
      : inner_(inner), hook_(std::move(hook)), carried_out_(std::move(carried_out)) {}

  Result<Incarnation> open_lease(const OpenLease& request) override {
    return pass(info_of(Call::open_lease), [&] { return inner_.open_lease(request); });
  }
  Result<Renewed> renew(const Renew& request) override {
    return pass(info_of(Call::renew), [&] { return inner_.renew(request); });
  }
  Result<bool> close_lease(const CloseLease& request) override {
    CallInfo info = info_of(Call::close_lease);
    info.close = &request;
    return pass(info, [&] { return inner_.close_lease(request); });
  }
  Result<bool> end_lease(const EndLease& request) override {
    return pass(info_of(Call::end_lease), [&] { return inner_.end_lease(request); });
  }
  Result<std::vector<Lease>> leases() override {
    return pass(info_of(Call::leases), [&] { return inner_.leases(); });
  }
  Result<AcquireAnswer> acquire(const Acquire& request) override {
    const std::vector<Acquire> requests{request};
    CallInfo info = info_of(Call::acquire);
    info.acquires = &requests;
    return pass(info, [&] { return inner_.acquire(request); });
  }
  Result<AcquireAnswers> acquire_many(const std::vector<Acquire>& requests) override {
    CallInfo info = info_of(Call::acquire);
    info.acquires = &requests;
    return pass(info, [&] { return inner_.acquire_many(requests); });
  }
  Result<void> withdraw(const Withdraw& request) override {
    return pass(info_of(Call::withdraw), [&] { return inner_.withdraw(request); });
  }
  Result<StealAnswer> steal(const Steal& request) override {
    return pass(info_of(Call::steal), [&] { return inner_.steal(request); });
  }
  Result<std::vector<AskOnOurs>> asks(const Owner& self) override {
    return pass(info_of(Call::asks), [&] { return inner_.asks(self); });
  }
  Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                      std::size_t limit) override {
    return pass(info_of(Call::owned), [&] { return inner_.owned(incarnation, after, limit); });
  }
  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override {
    CallInfo info = info_of(Call::commit);
    info.groups = &groups;
    return pass(info, [&] { return inner_.commit(groups); });
  }
  Result<CreateAnswer> create(const Create& request) override {
    return pass(info_of(Call::create), [&] { return inner_.create(request); });
  }
  Result<std::vector<std::optional<Record>>> read(const std::vector<ProfileKey>& keys) override {
    return pass(info_of(Call::read), [&] { return inner_.read(keys); });
  }
  Result<ListPage> list(std::string_view store, std::string_view after,
                        std::size_t limit) override {
    return pass(info_of(Call::list), [&] { return inner_.list(store, after, limit); });
  }
  Result<std::vector<ProfileKey>> keys_of(UserId user) override {
    return pass(info_of(Call::keys_of), [&] { return inner_.keys_of(user); });
  }
  Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) override {
    return pass(info_of(Call::receipt), [&] { return inner_.receipt(key, id); });
  }
  Result<std::vector<Message>> inbox(const ProfileKey& key) override {
    return pass(info_of(Call::inbox), [&] { return inner_.inbox(key); });
  }
  Result<InboxState> inbox_state(const ProfileKey& key, std::string_view id) override {
    return pass(info_of(Call::inbox_state), [&] { return inner_.inbox_state(key, id); });
  }
  Result<std::vector<MailOnOurs>> mail(const Owner& self) override {
    return pass(info_of(Call::mail), [&] { return inner_.mail(self); });
  }
  Result<std::size_t> send_back_expired(const SendBackExpired& request) override {
    return pass(info_of(Call::send_back_expired),
                [&] { return inner_.send_back_expired(request); });
  }
  Result<std::size_t> forget(const Forget& request) override {
    return pass(info_of(Call::forget), [&] { return inner_.forget(request); });
  }
  Result<void> set_aside(const QuarantineEntry& entry) override {
    return pass(info_of(Call::set_aside), [&] { return inner_.set_aside(entry); });
  }
  Result<std::vector<QuarantineEntry>> quarantine(std::string_view store,
                                                  std::size_t limit) override {
    return pass(info_of(Call::quarantine), [&] { return inner_.quarantine(store, limit); });
  }
  Result<QuarantineEntry> incident(const IncidentId& incident) override {
    return pass(info_of(Call::incident), [&] { return inner_.incident(incident); });
  }
  Result<std::vector<Snapshot>> history(const ProfileKey& key) override {
    return pass(info_of(Call::history), [&] { return inner_.history(key); });
  }
  Result<Snapshot> snapshot(const ProfileKey& key, std::uint64_t revision) override {
    return pass(info_of(Call::snapshot), [&] { return inner_.snapshot(key, revision); });
  }
  Result<std::vector<ProfileKey>> subject(UserId user) override {
    return pass(info_of(Call::subject), [&] { return inner_.subject(user); });
  }
  Result<Belongings> belongings(const ProfileKey& key) override {
    return pass(info_of(Call::belongings), [&] { return inner_.belongings(key); });
  }
  Result<EraseAnswer> erase(const Erase& request) override {
    CallInfo info = info_of(Call::erase);
    info.erase = &request;
    return pass(info, [&] { return inner_.erase(request); });
  }
  Result<void> scrub() override {
    return pass(info_of(Call::scrub), [&] { return inner_.scrub(); });
  }
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override {
    return pass(info_of(Call::audit), [&] { return inner_.audit(limit); });
  }
  Result<BackendInfo> info() override {
    return pass(info_of(Call::info), [&] { return inner_.info(); });
  }

  bool wait_for_change(const Owner& self, Duration at_most) override {
    return inner_.wait_for_change(self, at_most);
  }
  void stop_waiting() override { inner_.stop_waiting(); }
  [[nodiscard]] WakeStats wake_stats() const override { return inner_.wake_stats(); }

 private:
  CallInfo info_of(Call call) {
    return {.call = call, .number = ++calls_, .acquires = nullptr, .groups = nullptr};
  }

  template <class F>
  std::invoke_result_t<F> pass(const CallInfo& info, F&& call) {
    const auto carry_out = [&] {
      auto result = call();
      const bool reached = result || result.error().code() != ErrorCode::unavailable;
      if (carried_out_ && reached) carried_out_(info);
      return result;
    };
    const Fault fault = hook_ ? hook_(info) : Fault::none;
    if (fault == Fault::none) return carry_out();
    if (fault == Fault::reply_lost) {
      if (auto result = carry_out(); !result) return result;
    }
    const std::string what(name(info.call));
    if (fault == Fault::unavailable || !writes(info.call)) {
      return Error(ErrorCode::unavailable, "a scripted fault stopped " + what);
    }
    return Error(ErrorCode::in_doubt, "a scripted fault took the answer of " + what);
  }

  Backend& inner_;
  const FaultHook hook_;
  const CarriedOutHook carried_out_;
  std::atomic<std::uint64_t> calls_ = 0;
};

}  // namespace

std::unique_ptr<Backend> make_faulty_backend(Backend& inner, FaultHook hook,
                                             CarriedOutHook carried_out) {
  return std::make_unique<FaultyBackend>(inner, std::move(hook), std::move(carried_out));
}

}  // namespace keepsake
