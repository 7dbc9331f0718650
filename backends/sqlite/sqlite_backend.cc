#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "backends/sqlite/database_file.h"
#include "backends/sqlite/engine.h"
#include "backends/sqlite/transaction_size.h"
#include "keepsake/backend/sqlite.h"
#include "src/backend/erasure_operations.h"
#include "src/backend/forget_operations.h"
#include "src/backend/group_operations.h"
#include "src/backend/history_operations.h"
#include "src/backend/lease_operations.h"
#include "src/backend/message_operations.h"
#include "src/backend/profile_operations.h"
#include "src/backend/reads.h"
#include "src/backend/steal_operations.h"
#include "src/backend/tombstone_file.h"
#include "src/os/posix_file_system.h"

namespace keepsake {

namespace {

/// Longer reads are made of several transactions: none keeps the log from beginning again.
constexpr std::size_t kReadsTogether = 256;

std::size_t payload_bytes(const Group& group) {
  std::size_t bytes = 0;
  for (const MemberCommit& member : group.members) {
    if (member.data) bytes += member.data->payload.size();
  }
  return bytes;
}

std::size_t payload_bytes(const AcquireAnswer& answer) {
  const auto* acquired = std::get_if<Acquired>(&answer);
  return acquired != nullptr ? acquired->record.payload.size() : 0;
}

Urgency urgency_of(const std::vector<Group>& groups) {
  return ends_sessions(groups) ? Urgency::urgent : Urgency::ordinary;
}

class SqliteBackend final : public Backend {
 public:
  explicit SqliteBackend(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Result<Incarnation> open_lease(const OpenLease& request) override;
  Result<Renewed> renew(const Renew& request) override {
    return engine_->write(Sync::normal, Urgency::urgent,
                          [&](Tables& tables) { return apply_renew(tables, request); });
  }
  Result<bool> close_lease(const CloseLease& request) override {
    return engine_->write(Sync::full, Urgency::urgent,
                          [&](Tables& tables) { return apply_close_lease(tables, request); });
  }
  Result<bool> end_lease(const EndLease& request) override {
    auto ended = engine_->write(Sync::full, Urgency::urgent,
                                [&](Tables& tables) { return apply_end_lease(tables, request); });
    if (ended && *ended) engine_->wakes()->forget(request.target.incarnation);
    return ended;
  }
  Result<std::vector<Lease>> leases() override {
    return engine_->read([&](SqliteTables& tables) { return list_leases(tables); });
  }

  Result<AcquireAnswer> acquire(const Acquire& request) override {
    auto answers = acquire_together({request});
    if (!answers) return std::move(answers).error();
    return std::move(answers->front());
  }
  Result<AcquireAnswers> acquire_many(const std::vector<Acquire>& requests) override {
    auto together = acquire_together(requests);
    if (together || !may_be_of_one(together.error())) return together;
    return Backend::acquire_many(requests);
  }
  Result<void> withdraw(const Withdraw& request) override {
    return write_and_wake(Urgency::urgent, [&](Tables& tables, std::vector<Owner>& wake) {
      return apply_withdraw(tables, request, wake);
    });
  }
  Result<StealAnswer> steal(const Steal& request) override {
    return write_and_wake(Urgency::urgent, [&](Tables& tables, std::vector<Owner>& wake) {
      return apply_steal(tables, request, wake);
    });
  }
  Result<std::vector<AskOnOurs>> asks(const Owner& self) override {
    return engine_->read([&](SqliteTables& tables) { return tables.asks_on(self.incarnation); });
  }
  Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                      std::size_t limit) override {
    return engine_->read(
        [&](SqliteTables& tables) { return tables.owned(incarnation, after, page_size(limit)); });
  }

  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override;
  Result<CreateAnswer> create(const Create& request) override {
    return engine_->write(Sync::full, Urgency::ordinary,
                          [&](Tables& tables) { return apply_create(tables, request); });
  }

  Result<std::vector<std::optional<Record>>> read(const std::vector<ProfileKey>& keys) override;
  Result<ListPage> list(std::string_view store, std::string_view after,
                        std::size_t limit) override {
    return engine_->read(
        [&](SqliteTables& tables) { return tables.list(store, after, page_size(limit)); });
  }
  Result<std::vector<ProfileKey>> keys_of(UserId user) override {
    return engine_->read([&](SqliteTables& tables) { return tables.keys_of(user); });
  }
  Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) override {
    return engine_->read([&](SqliteTables& tables) { return tables.receipt(key, id); });
  }
  Result<std::vector<Message>> inbox(const ProfileKey& key) override {
    return engine_->read([&](SqliteTables& tables) { return tables.inbox(key); });
  }
  Result<InboxState> inbox_state(const ProfileKey& key, std::string_view id) override {
    return engine_->read([&](SqliteTables& tables) { return look_at_inbox(tables, key, id); });
  }
  Result<std::vector<MailOnOurs>> mail(const Owner& self) override {
    return engine_->read([&](SqliteTables& tables) { return tables.mail_on(self.incarnation); });
  }
  Result<std::size_t> send_back_expired(const SendBackExpired& request) override {
    auto any =
        engine_->read([&](SqliteTables& tables) { return any_expired(tables, request.now_ms); });
    if (!any) return any.error();
    if (!*any) return std::size_t{0};
    return write_and_wake(Urgency::ordinary, [&](Tables& tables, std::vector<Owner>& wake) {
      return apply_send_back_expired(tables, request, wake);
    });
  }
  Result<std::size_t> forget(const Forget& request) override {
    auto any = engine_->read([&](SqliteTables& tables) -> Result<bool> {
      auto before = forgotten_before(tables, request);
      if (!before) return std::move(before).error();
      return tables.any_before(*before);
    });
    if (!any) return std::move(any).error();
    if (!*any) return std::size_t{0};
    return engine_->write(Sync::full, Urgency::ordinary,
                          [&](Tables& tables) { return apply_forget(tables, request); });
  }
  Result<void> set_aside(const QuarantineEntry& entry) override {
    return engine_->write(Sync::full, Urgency::ordinary,
                          [&](Tables& tables) { return apply_set_aside(tables, entry); });
  }
  Result<std::vector<QuarantineEntry>> quarantine(std::string_view store,
                                                  std::size_t limit) override {
    return engine_->read(
        [&](SqliteTables& tables) { return tables.quarantine(store, page_size(limit)); });
  }
  Result<QuarantineEntry> incident(const IncidentId& incident) override {
    auto entry = engine_->read([&](SqliteTables& tables) { return tables.incident(incident); });
    if (!entry) return entry.error();
    if (!*entry) return no_such_incident(incident);
    return **std::move(entry);
  }

  Result<std::vector<Snapshot>> history(const ProfileKey& key) override {
    return engine_->read([&](SqliteTables& tables) { return tables.history(key); });
  }
  Result<Snapshot> snapshot(const ProfileKey& key, std::uint64_t revision) override {
    auto kept = engine_->read([&](SqliteTables& tables) { return tables.snapshot(key, revision); });
    if (!kept) return std::move(kept).error();
    if (!*kept) return no_such_snapshot(key, revision);
    return **std::move(kept);
  }
  Result<std::vector<ProfileKey>> subject(UserId user) override {
    return engine_->read([&](SqliteTables& tables) { return tables.subject(user); });
  }
  Result<Belongings> belongings(const ProfileKey& key) override {
    return engine_->read([&](SqliteTables& tables) { return tables.belongings(key); });
  }
  Result<EraseAnswer> erase(const Erase& request) override;
  Result<void> scrub() override { return engine_->scrub(); }
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override {
    return engine_->read([&](SqliteTables& tables) { return tables.audit(page_size(limit)); });
  }

  Result<BackendInfo> info() override {
    auto generation = engine_->read([](SqliteTables& tables) { return tables.generation(); });
    if (!generation) return generation.error();
    return BackendInfo{.generation = *generation,
                       .kind = "sqlite",
                       .place = engine_->path(),
                       .read_only = engine_->read_only()};
  }

  bool wait_for_change(const Owner& self, Duration at_most) override {
    return waiting_.wait(self.incarnation, at_most, engine_->wakes());
  }
  void stop_waiting() override { waiting_.stop(engine_->wakes()); }

 private:
  /// Waiting where there are no sockets: only stop() ends it early.
  class Waiting {
   public:
    bool wait(Incarnation incarnation, Duration at_most, Wakes* wakes) {
      if (wakes != nullptr) return wakes->wait(incarnation, at_most);
      std::unique_lock lock(mutex_);
      stopped_now_.wait_for(lock, at_most, [&] { return stopped_; });
      return false;
    }
    void stop(Wakes* wakes) {
      if (wakes != nullptr) return wakes->stop();
      const std::scoped_lock lock(mutex_);
      stopped_ = true;
      stopped_now_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable stopped_now_;
    bool stopped_ = false;  ///< guarded by mutex_
  };

  /// Runs `body` (Tables, wake → Result<T>), and wakes whom it names once that is committed.
  template <class F>
  auto write_and_wake(Urgency urgency, F&& body)
      -> decltype(body(std::declval<Tables&>(), std::declval<std::vector<Owner>&>())) {
    std::vector<Owner> wake;
    auto answer =
        engine_->write(Sync::full, urgency, [&](Tables& tables) { return body(tables, wake); });
    if (answer) wake_all(wake);
    return answer;
  }
  Result<AcquireAnswers> acquire_together(const std::vector<Acquire>& requests);
  void wake_all(const std::vector<Owner>& owners) {
    for (const Owner& owner : owners) engine_->wakes()->wake(owner.incarnation);
  }
  void sweep_sockets();

  const std::unique_ptr<Engine> engine_;
  Waiting waiting_;
};

Result<Incarnation> SqliteBackend::open_lease(const OpenLease& request) {
  auto incarnation = engine_->write(Sync::full, Urgency::urgent, [&](Tables& tables) {
    return apply_open_lease(tables, request);
  });
  if (!incarnation) return incarnation;
  engine_->wakes()->listen(*incarnation);
  sweep_sockets();
  return incarnation;
}

/// Removes the sockets of servers that died. The folder is read before the leases: a socket is made
/// after its lease, so one that is in the folder and has no lease is nobody's any more.
void SqliteBackend::sweep_sockets() {
  const std::vector<Incarnation> found = engine_->wakes()->found();
  auto leases = engine_->read([](SqliteTables& tables) { return tables.leases(); });
  if (!leases) return;
  std::set<Incarnation> alive;
  for (const StoredLease& stored : *leases) {
    if (stored.lease.state != LeaseState::recovered) alive.insert(stored.lease.owner.incarnation);
  }
  for (const Incarnation incarnation : found) {
    if (!alive.contains(incarnation)) engine_->wakes()->forget(incarnation);
  }
}

Result<AcquireAnswers> SqliteBackend::acquire_together(const std::vector<Acquire>& requests) {
  std::vector<std::optional<AcquireAnswer>> given(requests.size());
  auto looked = engine_->read([&](SqliteTables& tables) -> Result<void> {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto answer = look_at_acquire(tables, requests[i]);
      if (!answer) return std::move(answer).error();
      given[i] = *std::move(answer);
    }
    return {};
  });
  if (!looked) return std::move(looked).error();

  std::vector<std::size_t> writing;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) writing.push_back(i);
  }
  for (std::size_t done = 0; done < writing.size();) {
    auto stored = write_and_wake(
        Urgency::urgent, [&](Tables& tables, std::vector<Owner>& wake) -> Result<std::size_t> {
          TransactionSize size;
          std::size_t at = done;
          for (bool full = false; at < writing.size() && !full; ++at) {
            auto answer = apply_acquire(tables, requests[writing[at]], wake);
            if (!answer) return std::move(answer).error();
            full = size.takes_no_more(payload_bytes(*answer));
            given[writing[at]] = *std::move(answer);
          }
          return at;
        });
    if (!stored && done > 0) return part_in_doubt(stored.error());
    if (!stored) return std::move(stored).error();
    done = *stored;
  }
  AcquireAnswers answers;
  answers.reserve(given.size());
  for (auto& answer : given) answers.emplace_back(*std::move(answer));
  return answers;
}

Result<std::vector<GroupAnswer>> SqliteBackend::commit(const std::vector<Group>& groups) {
  std::vector<GroupAnswer> answers;
  answers.reserve(groups.size());
  const Urgency urgency = urgency_of(groups);
  std::size_t next = 0;
  while (next < groups.size() || groups.empty()) {
    std::vector<Owner> wake;
    std::vector<GroupAnswer> given;
    given.reserve(groups.size() - next);
    auto stored = engine_->write(Sync::full, urgency, [&](Tables& tables) -> Result<void> {
      if (auto valid = valid_commit(tables, groups); !valid) return valid;
      TransactionSize size;
      while (next + given.size() < groups.size()) {
        const Group& group = groups[next + given.size()];
        if (size.takes_no_more(payload_bytes(group)) && !given.empty()) return {};
        auto answer = apply_group(tables, group, wake);
        if (!answer) return answer.error();
        given.push_back(*std::move(answer));
      }
      return {};
    });
    if (!stored && answers.empty()) return stored.error();
    if (!stored) return part_in_doubt(stored.error());
    wake_all(wake);
    next += given.size();
    for (GroupAnswer& answer : given) answers.push_back(std::move(answer));
    if (groups.empty()) break;
  }
  return answers;
}

Result<EraseAnswer> SqliteBackend::erase(const Erase& request) {
  return write_and_wake(
      Urgency::ordinary, [&](Tables& tables, std::vector<Owner>& wake) -> Result<EraseAnswer> {
        auto erased = apply_erase(tables, request, wake);
        if (!erased || !std::holds_alternative<Erased>(*erased)) return erased;
        // There before the erasure is: a backup that is restored after a crash
        // here is scrubbed, too.
        os::PosixFileSystem files;
        auto kept = note_tombstones(files, tombstone_path(engine_->path()), tables, request);
        if (!kept) return std::move(kept).error();
        return erased;
      });
}

Result<std::vector<std::optional<Record>>> SqliteBackend::read(
    const std::vector<ProfileKey>& keys) {
  std::vector<std::optional<Record>> records;
  records.reserve(keys.size());
  while (records.size() < keys.size()) {
    auto some = engine_->read([&](SqliteTables& tables) -> Result<void> {
      const std::size_t until = std::min(keys.size(), records.size() + kReadsTogether);
      while (records.size() < until) {
        auto record = tables.record(keys[records.size()]);
        if (!record) return record.error();
        records.push_back(*std::move(record));
      }
      return {};
    });
    if (!some) return some.error();
  }
  return records;
}

Result<void> valid_options(const SqliteOptions& options) {
  constexpr std::int64_t kMaxBusyMs = 600'000;
  constexpr int kMaxReaders = 64;
  constexpr std::int64_t kLeastMaxBytes = 1 << 20;
  if (options.busy_timeout_ms < 1 || options.busy_timeout_ms > kMaxBusyMs) {
    return Error(ErrorCode::invalid_options, "busy_timeout_ms is out of range")
        .expected("1 to 600000")
        .found(std::to_string(options.busy_timeout_ms));
  }
  if (options.max_bytes != 0 && options.max_bytes < kLeastMaxBytes) {
    return Error(ErrorCode::invalid_options, "max_bytes is out of range")
        .expected("0, or at least 1048576")
        .found(std::to_string(options.max_bytes));
  }
  if (options.readers < 1 || options.readers > kMaxReaders) {
    return Error(ErrorCode::invalid_options, "readers is out of range")
        .expected("1 to 64")
        .found(std::to_string(options.readers));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Backend>> open_sqlite(const std::string& path,
                                             const SqliteOptions& options) {
  if (auto valid = valid_options(options); !valid) return valid.error();
  auto file = find_database(path, options);
  if (!file) return file.error();
  auto engine = Engine::open(*file, options);
  if (!engine) return engine.error();
  return std::unique_ptr<Backend>(std::make_unique<SqliteBackend>(*std::move(engine)));
}

}  // namespace keepsake
