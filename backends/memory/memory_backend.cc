#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

#include "backends/memory/memory_tables.h"
#include "keepsake/backend/memory.h"
#include "src/backend/erasure_operations.h"
#include "src/backend/forget_operations.h"
#include "src/backend/group_operations.h"
#include "src/backend/history_operations.h"
#include "src/backend/lease_operations.h"
#include "src/backend/message_operations.h"
#include "src/backend/profile_operations.h"
#include "src/backend/reads.h"
#include "src/backend/restore_operations.h"
#include "src/backend/steal_operations.h"

namespace keepsake {

/// One mutex around all: each operation is atomic because nothing else runs meanwhile.
class MemoryDatabase {
 public:
  MemoryDatabase(const Clock& clock, Generation generation)
      : tables(std::make_unique<MemoryTables>(clock, generation)) {}

  void wake_all(const std::vector<Owner>& owners) {
    for (const Owner& owner : owners) woken.insert(owner.incarnation);
    if (!owners.empty()) changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::unique_ptr<MemoryTables> tables;  ///< guarded by mutex
  std::vector<Tombstone> tombstones;     ///< guarded by mutex: no backup holds or replaces them
  std::set<Incarnation> woken;           ///< guarded by mutex: who has a change to look at
};

namespace {

class MemoryBackend final : public Backend {
 public:
  explicit MemoryBackend(std::shared_ptr<MemoryDatabase> database)
      : database_(std::move(database)) {}

  Result<Incarnation> open_lease(const OpenLease& request) override {
    const std::scoped_lock lock(database_->mutex);
    return apply_open_lease(tables(), request);
  }
  Result<Renewed> renew(const Renew& request) override {
    const std::scoped_lock lock(database_->mutex);
    return apply_renew(tables(), request);
  }
  Result<bool> close_lease(const CloseLease& request) override {
    const std::scoped_lock lock(database_->mutex);
    return apply_close_lease(tables(), request);
  }
  Result<bool> end_lease(const EndLease& request) override {
    const std::scoped_lock lock(database_->mutex);
    auto ended = apply_end_lease(tables(), request);
    if (ended && *ended) database_->woken.erase(request.target.incarnation);
    return ended;
  }
  Result<std::vector<Lease>> leases() override {
    const std::scoped_lock lock(database_->mutex);
    return list_leases(tables());
  }

  Result<AcquireAnswer> acquire(const Acquire& request) override {
    const std::scoped_lock lock(database_->mutex);
    auto looked = look_at_acquire(tables(), request);
    if (!looked) return looked.error();
    if (*looked) return **std::move(looked);
    std::vector<Owner> wake;
    auto answer = apply_acquire(tables(), request, wake);
    database_->wake_all(wake);
    return answer;
  }
  Result<void> withdraw(const Withdraw& request) override {
    return write_and_wake(apply_withdraw, request);
  }
  Result<StealAnswer> steal(const Steal& request) override {
    return write_and_wake(apply_steal, request);
  }
  Result<std::vector<AskOnOurs>> asks(const Owner& self) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().asks_on(self.incarnation);
  }
  Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                      std::size_t limit) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().owned(incarnation, after, page_size(limit));
  }

  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override {
    const std::scoped_lock lock(database_->mutex);
    if (auto valid = valid_commit(tables(), groups); !valid) return valid.error();
    std::vector<GroupAnswer> answers;
    answers.reserve(groups.size());
    std::vector<Owner> wake;
    for (const Group& group : groups) {
      auto answer = apply_group(tables(), group, wake);
      if (!answer) return answer.error();
      answers.push_back(*std::move(answer));
    }
    database_->wake_all(wake);
    return answers;
  }
  Result<CreateAnswer> create(const Create& request) override {
    const std::scoped_lock lock(database_->mutex);
    return apply_create(tables(), request);
  }

  Result<std::vector<std::optional<Record>>> read(const std::vector<ProfileKey>& keys) override {
    const std::scoped_lock lock(database_->mutex);
    std::vector<std::optional<Record>> records;
    records.reserve(keys.size());
    for (const ProfileKey& key : keys) records.push_back(tables().record(key));
    return records;
  }
  Result<ListPage> list(std::string_view store, std::string_view after,
                        std::size_t limit) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().list(store, after, page_size(limit));
  }
  Result<std::vector<ProfileKey>> keys_of(UserId user) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().keys_of(user);
  }
  Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().receipt(key, id);
  }
  Result<std::vector<Message>> inbox(const ProfileKey& key) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().inbox(key);
  }
  Result<InboxState> inbox_state(const ProfileKey& key, std::string_view id) override {
    const std::scoped_lock lock(database_->mutex);
    return look_at_inbox(tables(), key, id);
  }
  Result<std::vector<MailOnOurs>> mail(const Owner& self) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().mail_on(self.incarnation);
  }
  Result<std::size_t> send_back_expired(const SendBackExpired& request) override {
    return write_and_wake(apply_send_back_expired, request);
  }
  Result<std::size_t> forget(const Forget& request) override {
    const std::scoped_lock lock(database_->mutex);
    return apply_forget(tables(), request);
  }
  Result<void> set_aside(const QuarantineEntry& entry) override {
    const std::scoped_lock lock(database_->mutex);
    return apply_set_aside(tables(), entry);
  }
  Result<std::vector<QuarantineEntry>> quarantine(std::string_view store,
                                                  std::size_t limit) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().quarantine(store, page_size(limit));
  }
  Result<QuarantineEntry> incident(const IncidentId& incident) override {
    const std::scoped_lock lock(database_->mutex);
    auto entry = tables().incident(incident);
    if (!entry) return no_such_incident(incident);
    return *std::move(entry);
  }

  Result<std::vector<Snapshot>> history(const ProfileKey& key) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().history(key);
  }
  Result<Snapshot> snapshot(const ProfileKey& key, std::uint64_t revision) override {
    const std::scoped_lock lock(database_->mutex);
    auto kept = tables().snapshot(key, revision);
    if (!kept) return no_such_snapshot(key, revision);
    return *std::move(kept);
  }
  Result<std::vector<ProfileKey>> subject(UserId user) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().subject(user);
  }
  Result<Belongings> belongings(const ProfileKey& key) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().belongings(key);
  }
  Result<EraseAnswer> erase(const Erase& request) override {
    const std::scoped_lock lock(database_->mutex);
    std::vector<Owner> wake;
    auto answer = apply_erase(tables(), request, wake);
    if (answer && std::holds_alternative<Erased>(*answer)) {
      auto set = tombstones_of(tables(), request);
      if (!set) return std::move(set).error();
      for (Tombstone& tombstone : *set) database_->tombstones.push_back(std::move(tombstone));
    }
    database_->wake_all(wake);
    return answer;
  }
  Result<void> scrub() override { return {}; }
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override {
    const std::scoped_lock lock(database_->mutex);
    return tables().audit(page_size(limit));
  }

  Result<BackendInfo> info() override {
    const std::scoped_lock lock(database_->mutex);
    return BackendInfo{.generation = *tables().generation(),
                       .kind = "memory",
                       .place = "memory",
                       .read_only = false};
  }

  bool wait_for_change(const Owner& self, Duration at_most) override {
    std::unique_lock lock(database_->mutex);
    // Without a wait there is no system call: a World looks so thousands of times.
    if (at_most <= Duration{0}) return database_->woken.erase(self.incarnation) > 0;
    database_->changed.wait_for(
        lock, at_most, [&] { return stopped_ || database_->woken.contains(self.incarnation); });
    return database_->woken.erase(self.incarnation) > 0;
  }
  void stop_waiting() override {
    const std::scoped_lock lock(database_->mutex);
    stopped_ = true;
    database_->changed.notify_all();
  }

 private:
  MemoryTables& tables() { return *database_->tables; }
  /// Applies `operation` (Tables, request, wake → Result<T>) and wakes whom it names.
  template <class T, class Request>
  Result<T> write_and_wake(Result<T> (*operation)(Tables&, const Request&, std::vector<Owner>&),
                           const Request& request) {
    const std::scoped_lock lock(database_->mutex);
    std::vector<Owner> wake;
    auto answer = operation(tables(), request, wake);
    database_->wake_all(wake);
    return answer;
  }

  const std::shared_ptr<MemoryDatabase> database_;
  bool stopped_ = false;  ///< guarded by the database's mutex
};

}  // namespace

std::shared_ptr<MemoryDatabase> make_memory_database(const Clock& clock, Random& random) {
  return std::make_shared<MemoryDatabase>(clock, Generation::random(random));
}

struct MemoryBackup {
  MemoryTables tables;
};

std::shared_ptr<const MemoryBackup> back_up(MemoryDatabase& database) {
  const std::scoped_lock lock(database.mutex);
  return std::make_shared<const MemoryBackup>(MemoryBackup{*database.tables});
}

Result<void> restore(MemoryDatabase& database, const MemoryBackup& backup, Random& random) {
  const std::scoped_lock lock(database.mutex);
  auto anew = std::make_unique<MemoryTables>(backup.tables);
  anew->begin_anew(Generation::random(random), *database.tables);
  if (auto scrubbed = replay_tombstones(*anew, database.tombstones); !scrubbed) {
    return std::move(scrubbed).error();
  }
  database.tables = std::move(anew);
  database.changed.notify_all();
  return {};
}

void put_back(MemoryDatabase& database, const MemoryBackup& backup) {
  const std::scoped_lock lock(database.mutex);
  database.tables = std::make_unique<MemoryTables>(backup.tables);
  database.changed.notify_all();
}

std::unique_ptr<Backend> connect(std::shared_ptr<MemoryDatabase> database) {
  return std::make_unique<MemoryBackend>(std::move(database));
}

std::unique_ptr<Backend> make_memory_backend(const Clock& clock, Random& random) {
  return connect(make_memory_database(clock, random));
}

}  // namespace keepsake
