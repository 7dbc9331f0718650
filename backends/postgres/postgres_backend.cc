#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "backends/postgres/commit_of.h"
#include "backends/postgres/engine.h"
#include "backends/postgres/listener.h"
#include "keepsake/backend/postgres.h"
#include "src/backend/erasure_operations.h"
#include "src/backend/forget_operations.h"
#include "src/backend/group_limits.h"
#include "src/backend/group_operations.h"
#include "src/backend/history_operations.h"
#include "src/backend/lease_operations.h"
#include "src/backend/message_operations.h"
#include "src/backend/profile_operations.h"
#include "src/backend/reads.h"
#include "src/backend/steal_operations.h"
#include "src/backend/tombstone_file.h"
#include "src/os/posix_file_system.h"

namespace keepsake::postgres {

namespace {

/// Longer reads are made of several transactions.
constexpr std::size_t kReadsTogether = 256;

/// As apply_renew has it: what was acquired since the last renewal whose answer came.
RenewalAhead ahead_of(const Renew& request) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t since = request.confirmed > 0 ? request.confirmed - 1 : 0;
  return {.incarnation = request.self.incarnation,
          .owned_since = static_cast<std::int64_t>(std::min(since, kMost))};
}

class PostgresBackend final : public Backend {
 public:
  PostgresBackend(std::unique_ptr<Engine> engine, std::optional<Address> listen)
      : engine_(std::move(engine)),
        listener_(std::move(listen),
                  std::chrono::milliseconds(engine_->options().connect_timeout_ms)) {}

  Result<Incarnation> open_lease(const OpenLease& request) override {
    auto opened = engine_->write({.urgency = Urgency::urgent},
                                 [&](PostgresTables& tables) -> Result<Incarnation> {
                                   auto turn = tables.lock_meta();
                                   if (!turn) return std::move(turn).error();
                                   return apply_open_lease(tables, request);
                                 });
    if (!opened) return opened;
    forget_generation();
    engine_->begin_renewals();
    if (auto known = generation()) listener_.listen(channel_of(*known, *opened));
    return opened;
  }
  Result<Renewed> renew(const Renew& request) override;
  Result<bool> close_lease(const CloseLease& request) override {
    return engine_->write(ending({request.self.incarnation, request.target.incarnation}),
                          [&](Tables& tables) { return apply_close_lease(tables, request); });
  }
  Result<bool> end_lease(const EndLease& request) override {
    return engine_->write(ending({request.target.incarnation}),
                          [&](Tables& tables) { return apply_end_lease(tables, request); });
  }
  Result<std::vector<Lease>> leases() override {
    return engine_->read([](Tables& tables) { return list_leases(tables); });
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
    return write_and_wake({.urgency = Urgency::urgent, .ahead = {.rows = {request.key}}},
                          [&](Tables& tables, std::vector<Owner>& wake) {
                            return apply_withdraw(tables, request, wake);
                          });
  }
  Result<StealAnswer> steal(const Steal& request) override {
    return write_and_wake({.urgency = Urgency::urgent,
                           .ahead = {.rows = {request.key}, .leases = {request.self.incarnation}}},
                          [&](Tables& tables, std::vector<Owner>& wake) {
                            return apply_steal(tables, request, wake);
                          });
  }
  Result<std::vector<AskOnOurs>> asks(const Owner& self) override {
    return engine_->read([&](Tables& tables) { return tables.asks_on(self.incarnation); });
  }
  Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                      std::size_t limit) override {
    return engine_->read(
        [&](PostgresTables& tables) { return tables.owned(incarnation, after, page_size(limit)); });
  }

  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override;
  Result<CreateAnswer> create(const Create& request) override {
    const ProfileKey& key = request.record.key;
    return engine_->write({.ahead = {.rows = {key}, .removals = {key}}},
                          [&](Tables& tables) { return apply_create(tables, request); });
  }

  Result<std::vector<std::optional<Record>>> read(const std::vector<ProfileKey>& keys) override;
  Result<ListPage> list(std::string_view store, std::string_view after,
                        std::size_t limit) override {
    return engine_->read(
        [&](PostgresTables& tables) { return tables.list(store, after, page_size(limit)); });
  }
  Result<std::vector<ProfileKey>> keys_of(UserId user) override {
    return engine_->read([&](PostgresTables& tables) { return tables.keys_of(user); });
  }
  Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) override {
    return engine_->read([&](Tables& tables) { return tables.receipt(key, id); });
  }
  Result<std::vector<Message>> inbox(const ProfileKey& key) override {
    return engine_->read([&](Tables& tables) { return tables.inbox(key); });
  }
  Result<InboxState> inbox_state(const ProfileKey& key, std::string_view id) override {
    return engine_->read([&](Tables& tables) { return look_at_inbox(tables, key, id); });
  }
  Result<std::vector<MailOnOurs>> mail(const Owner& self) override {
    return engine_->read([&](Tables& tables) { return tables.mail_on(self.incarnation); });
  }
  Result<std::size_t> send_back_expired(const SendBackExpired& request) override {
    auto any = engine_->read([&](Tables& tables) { return any_expired(tables, request.now_ms); });
    if (!any) return std::move(any).error();
    if (!*any) return std::size_t{0};
    return write_and_wake({}, [&](Tables& tables, std::vector<Owner>& wake) {
      return apply_send_back_expired(tables, request, wake);
    });
  }
  Result<std::size_t> forget(const Forget& request) override {
    auto any = engine_->read([&](PostgresTables& tables) -> Result<bool> {
      auto before = forgotten_before(tables, request);
      if (!before) return std::move(before).error();
      return tables.any_before(*before);
    });
    if (!any) return std::move(any).error();
    if (!*any) return std::size_t{0};
    return engine_->write({}, [&](Tables& tables) { return apply_forget(tables, request); });
  }
  Result<void> set_aside(const QuarantineEntry& entry) override {
    return engine_->write({.ahead = {.keys = {entry.key}}},
                          [&](Tables& tables) { return apply_set_aside(tables, entry); });
  }
  Result<std::vector<QuarantineEntry>> quarantine(std::string_view store,
                                                  std::size_t limit) override {
    return engine_->read(
        [&](PostgresTables& tables) { return tables.quarantine(store, page_size(limit)); });
  }
  Result<QuarantineEntry> incident(const IncidentId& incident) override {
    auto entry = engine_->read([&](PostgresTables& tables) { return tables.incident(incident); });
    if (!entry) return std::move(entry).error();
    if (!*entry) return no_such_incident(incident);
    return **std::move(entry);
  }

  Result<std::vector<Snapshot>> history(const ProfileKey& key) override {
    return engine_->read([&](Tables& tables) { return tables.history(key); });
  }
  Result<Snapshot> snapshot(const ProfileKey& key, std::uint64_t revision) override {
    auto kept =
        engine_->read([&](PostgresTables& tables) { return tables.snapshot(key, revision); });
    if (!kept) return std::move(kept).error();
    if (!*kept) return no_such_snapshot(key, revision);
    return **std::move(kept);
  }
  Result<std::vector<ProfileKey>> subject(UserId user) override {
    return engine_->read([&](PostgresTables& tables) { return tables.subject(user); });
  }
  Result<Belongings> belongings(const ProfileKey& key) override {
    return engine_->read([&](PostgresTables& tables) { return tables.belongings(key); });
  }
  Result<EraseAnswer> erase(const Erase& request) override {
    return write_and_wake({.ahead = {.rows = {request.key}, .keys = {request.key}}},
                          [&](PostgresTables& tables, std::vector<Owner>& wake) {
                            return erase_in(tables, request, wake);
                          });
  }
  Result<void> scrub() override;
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override {
    return engine_->read([&](PostgresTables& tables) { return tables.audit(page_size(limit)); });
  }

  Result<BackendInfo> info() override {
    auto generation = engine_->read([](Tables& tables) { return tables.generation(); });
    if (!generation) return std::move(generation).error();
    return BackendInfo{.generation = *generation,
                       .kind = "postgres",
                       .place = engine_->place(),
                       .read_only = false};
  }

  bool wait_for_change(const Owner& self, Duration at_most) override;
  void stop_waiting() override { listener_.stop(); }
  [[nodiscard]] WakeStats wake_stats() const override { return listener_.stats(); }

 private:
  static Transaction ending(std::vector<Incarnation> leases) {
    std::erase(leases, Incarnation{0});
    std::sort(leases.begin(), leases.end());
    return {.urgency = Urgency::urgent, .ahead = {.locked_leases = std::move(leases)}};
  }

  Result<EraseAnswer> erase_in(PostgresTables& tables, const Erase& request,
                               std::vector<Owner>& wake);

  /// Runs `body` (PostgresTables, wake → Result<T>), and wakes whom it names once that is
  /// committed.
  template <class F>
  auto write_and_wake(const Transaction& how, F&& body)
      -> decltype(body(std::declval<PostgresTables&>(), std::declval<std::vector<Owner>&>())) {
    std::vector<Owner> wake;
    auto answer = engine_->write(how, [&](PostgresTables& tables) {
      wake.clear();
      return body(tables, wake);
    });
    if (answer) wake_all(wake);
    return answer;
  }
  Result<AcquireAnswers> acquire_together(const std::vector<Acquire>& requests);
  void wake_all(const std::vector<Owner>& owners);
  /// Sends what the listener has to hear, if it waits for that.
  void try_listening() {
    const auto channel = listener_.trial_due();
    if (channel && !engine_->notify({*channel}, Listener::kTrial)) listener_.trial_failed();
  }
  Result<Generation> generation();
  /// A server that opens a lease may have been told that another was restored.
  void forget_generation() {
    const std::scoped_lock lock(mutex_);
    generation_ = {};
  }

  const std::unique_ptr<Engine> engine_;
  Listener listener_;

  std::mutex mutex_;
  Generation generation_;  ///< guarded by mutex_: for channels' names; none before it was read
};

Result<Renewed> PostgresBackend::renew(const Renew& request) {
  const std::uint64_t first = engine_->first_renewal();
  const std::uint64_t for_good = engine_->renewed_for_good(request.confirmed);
  auto renewed = engine_->write(
      {.sync = Sync::local,
       .urgency = Urgency::urgent,
       .ahead = {.locked_leases = {request.self.incarnation}, .renewal = ahead_of(request)}},
      [&](Tables& tables) -> Result<Renewed> {
        auto own = tables.lease(request.self.incarnation);
        if (!own) return std::move(own).error();
        Renew told = request;
        const std::uint64_t standing = *own ? (*own)->lease.renewal : 0;
        // Those between are lost, as a failover may lose them: no older copy stands there.
        if (standing >= for_good) told.confirmed = std::min(told.confirmed, standing);
        return apply_renew(tables, told);
      });
  if (!renewed) return renewed;
  engine_->note_renewal(first, request.renewal);
  try_listening();
  return renewed;
}

/// Read without a lock, written if the rows are still as they were read: two round trips, and
/// whoever looks again and again locks nothing.
Result<AcquireAnswers> PostgresBackend::acquire_together(const std::vector<Acquire>& requests) {
  std::vector<ProfileKey> keys;
  std::set<Incarnation> leases;
  std::vector<std::size_t> order(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    keys.push_back(requests[i].key);
    leases.insert(requests[i].self.incarnation);
    order[i] = i;
  }
  // In order of key, so that two don't wait for each other.
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  const Transaction how{
      .urgency = Urgency::urgent,
      .locking = Locking::none,
      .ahead = {.rows = keys, .removals = keys, .leases = {leases.begin(), leases.end()}}};
  AcquireAnswers answers(requests.size(), Error(ErrorCode::unavailable));
  std::vector<Owner> wake;
  auto stored = engine_->write(how, [&](PostgresTables& tables) -> Result<void> {
    wake.clear();
    for (const std::size_t i : order) {
      auto given = apply_acquire(tables, requests[i], wake);
      if (!given) return std::move(given).error();
      answers[i] = *std::move(given);
    }
    for (const Incarnation incarnation : leases) tables.need_lease_open_still(incarnation);
    return {};
  });
  if (!stored) return std::move(stored).error();
  wake_all(wake);
  return answers;
}

Result<std::vector<GroupAnswer>> PostgresBackend::commit(const std::vector<Group>& groups) {
  std::vector<Owner> wake;
  auto answers = CommitOf(*engine_, groups, wake).run();
  wake_all(wake);  // also of what is stored where the rest failed
  return answers;
}

Result<std::vector<std::optional<Record>>> PostgresBackend::read(
    const std::vector<ProfileKey>& keys) {
  std::vector<std::optional<Record>> records;
  records.reserve(keys.size());
  while (records.size() < keys.size()) {
    const auto from = keys.begin() + static_cast<std::ptrdiff_t>(records.size());
    const auto left = static_cast<std::size_t>(keys.end() - from);
    const std::vector<ProfileKey> some(
        from, from + static_cast<std::ptrdiff_t>(std::min(left, kReadsTogether)));
    auto read = engine_->read([&](PostgresTables& tables) { return tables.records(some); });
    if (!read) return std::move(read).error();
    for (auto& record : *read) records.push_back(std::move(record));
  }
  return records;
}

Result<EraseAnswer> PostgresBackend::erase_in(PostgresTables& tables, const Erase& request,
                                              std::vector<Owner>& wake) {
  const std::string& path = engine_->options().tombstones;
  if (path.empty()) return apply_erase(tables, request, wake);
  // Whoever else erases waits: the file is written by one at a time.
  if (auto turn = tables.lock_meta(); !turn) return std::move(turn).error();
  auto erased = apply_erase(tables, request, wake);
  if (!erased || !std::holds_alternative<Erased>(*erased)) return erased;
  os::PosixFileSystem files;
  if (auto kept = note_tombstones(files, path, tables, request); !kept) {
    return std::move(kept).error();
  }
  return erased;
}

Result<void> PostgresBackend::scrub() { return engine_->vacuum(); }

Result<Generation> PostgresBackend::generation() {
  {
    const std::scoped_lock lock(mutex_);
    if (!generation_.none()) return generation_;
  }
  auto read = engine_->read([](Tables& tables) { return tables.generation(); });
  if (!read) return read;
  const std::scoped_lock lock(mutex_);
  generation_ = *read;
  return read;
}

void PostgresBackend::wake_all(const std::vector<Owner>& owners) {
  if (owners.empty()) return;
  auto known = generation();
  if (!known) return;
  std::set<std::string> channels;
  for (const Owner& owner : owners) channels.insert(channel_of(*known, owner.incarnation));
  // Where it can't be sent, whoever waits looks by itself.
  (void)engine_->notify({channels.begin(), channels.end()});
}

bool PostgresBackend::wait_for_change(const Owner& self, Duration at_most) {
  auto known = generation();
  const std::string channel = known ? channel_of(*known, self.incarnation) : std::string();
  return listener_.wait(channel, std::chrono::ceil<std::chrono::milliseconds>(at_most));
}

Result<void> in_range(const char* option, std::int64_t value, std::int64_t least,
                      std::int64_t most) {
  if (value >= least && value <= most) return {};
  return Error(ErrorCode::invalid_options, std::string(option) + " is out of range")
      .expected(std::to_string(least) + " to " + std::to_string(most))
      .found(std::to_string(value));
}

Result<void> valid_options(const PostgresOptions& options) {
  constexpr std::int64_t kMostMs = 600'000;
  constexpr std::size_t kLongestName = 63;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  const std::string& schema = options.schema;
  const bool named = !schema.empty() && schema.size() <= kLongestName &&
                     std::all_of(schema.begin(), schema.end(), good) &&
                     !(schema[0] >= '0' && schema[0] <= '9');
  if (!named) {
    return Error(ErrorCode::invalid_options, "schema can't be used as a name")
        .expected("[a-z_][a-z0-9_]*, at most 63 characters")
        .found(schema.empty() ? "nothing" : schema);
  }
  Result<void> valid = in_range("connections", options.connections, 1, 64);
  if (valid) valid = in_range("connect_timeout_ms", options.connect_timeout_ms, 1, kMostMs);
  if (valid) valid = in_range("statement_timeout_ms", options.statement_timeout_ms, 1, kMostMs);
  if (valid) valid = in_range("lock_timeout_ms", options.lock_timeout_ms, 1, kMostMs);
  return valid;
}

}  // namespace
}  // namespace keepsake::postgres

namespace keepsake {

using postgres::Address;
using postgres::Engine;

Result<std::unique_ptr<Backend>> open_postgres(const std::string& url,
                                               const PostgresOptions& options) {
  if (auto valid = postgres::valid_options(options); !valid) return std::move(valid).error();
  auto address = Address::parse(url);
  if (!address) return std::move(address).error();
  auto listen = postgres::listening_at(options.listen, *address);
  if (!listen) return std::move(listen).error();
  auto engine = Engine::open(*std::move(address), options);
  if (!engine) return std::move(engine).error();
  return std::unique_ptr<Backend>(
      std::make_unique<postgres::PostgresBackend>(*std::move(engine), *std::move(listen)));
}

}  // namespace keepsake
