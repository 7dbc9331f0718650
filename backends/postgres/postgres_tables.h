// The tables of the PostgreSQL backend, seen through one connection inside one of its transactions.
//
// What a request will surely ask for is fetched ahead, in one round trip, and kept until it is
// written; what is not there is asked for when it is wanted. Writes are sent and not waited for:
// the server carries them out in order, before whatever is read after them.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/postgres/connection.h"
#include "src/backend/copy_tables.h"
#include "src/backend/known_rows.h"

namespace keepsake::postgres {

/// What a renewal reads, beside its own lease.
struct RenewalAhead {
  Incarnation incarnation = 0;
  std::int64_t owned_since = 0;  ///< or since the renewal before the last, if that is earlier
};

/// What a transaction fetches in its first round trip.
struct Ahead {
  std::vector<ProfileKey> rows;     ///< with their payloads, and the leases of owners and askers
  std::vector<ProfileKey> targets;  ///< of messages: locked against removal alone
  std::vector<ProfileKey> removals;
  std::vector<ProfileKey> keys;  ///< locked, whether they have a row or not
  std::vector<Incarnation> leases;
  std::vector<Incarnation> locked_leases;  ///< in order, so that two don't wait in a circle
  std::optional<RenewalAhead> renewal;
};

/// Whether rows that are read stay as they are until the transaction ends.
enum class Locking : std::uint8_t { none, rows };

/// What is known of rows from one transaction to the next, by all connections.
struct SharedRows {
  std::mutex mutex;
  KnownRows rows;  ///< guarded by mutex
  /// The open leases of the last renewal: all but what renewals change in them. Guarded by mutex.
  std::map<Incarnation, Lease> leases;
};

/// Two arrays, of stores and of keys.
[[nodiscard]] Params keys_as_params(const std::vector<ProfileKey>& keys);

class PostgresTables final : public CopyTables {
 public:
  /// `clock`: nullptr for the database's own time. The others outlive it.
  PostgresTables(Connection& connection, const Clock* clock, SharedRows& known, Locking locking)
      : connection_(connection), clock_(clock), known_(known), locking_(locking) {}

  /// Fetches it, with all that was sent before. Once, at the transaction's beginning.
  Result<void> fetch(const Ahead& ahead);

  /// The database's own row stays ours until the transaction ends: servers start one by one.
  Result<void> lock_meta();
  /// If anything was written, it is stored only if that lease is open by then.
  void need_lease_open_still(Incarnation incarnation);

  std::int64_t now_ms() override;
  Result<Generation> generation() override;
  Result<std::uint64_t> epoch_floor() override;
  Result<void> set_epoch_floor(std::uint64_t floor) override;
  Result<Incarnation> new_incarnation() override;

  Result<std::optional<StoredLease>> lease(Incarnation incarnation) override;
  Result<std::vector<StoredLease>> leases() override;
  Result<void> put_lease(const StoredLease& lease) override;
  Result<void> erase_lease(Incarnation incarnation) override;
  Result<void> stamp_lease(Incarnation incarnation) override;
  Result<bool> owns_any(Incarnation incarnation) override;

  Result<std::optional<Envelope>> envelope(const ProfileKey& key) override;
  Result<std::string> payload(const ProfileKey& key) override;
  Result<void> insert_profile(const Record& record) override;
  Result<void> update_profile(const ProfileKey& key, const Envelope& before, const Envelope& after,
                              const std::string* payload) override;
  Result<void> erase_profile(const ProfileKey& key) override;
  Result<std::vector<OwnedRow>> owned_since(Incarnation incarnation, std::int64_t renewal) override;
  Result<std::vector<AskOnOurs>> asks_on(Incarnation incarnation) override;

  Result<std::optional<EpochMark>> removal(const ProfileKey& key) override;
  Result<void> put_removal(const ProfileKey& key, const EpochMark& mark,
                           std::int64_t at_ms) override;
  Result<void> erase_removal(const ProfileKey& key) override;
  Result<void> erase_removals_before(std::int64_t at_ms) override;

  Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) override;
  Result<void> add_receipt(const ProfileKey& key, const Receipt& receipt) override;
  Result<std::size_t> erase_before(std::int64_t at_ms, std::size_t limit) override;
  Result<bool> message_known(const ProfileKey& key, std::string_view id) override;
  Result<std::size_t> inbox_count(const ProfileKey& key) override;
  Result<std::vector<Message>> inbox(const ProfileKey& key) override;
  Result<std::vector<std::pair<ProfileKey, Message>>> expired_messages(std::int64_t now_ms,
                                                                       std::size_t limit) override;
  Result<std::vector<MailOnOurs>> mail_on(Incarnation incarnation) override;
  Result<void> add_message(const ProfileKey& key, const Message& message) override;
  Result<void> acknowledge(const ProfileKey& key, std::string_view id, std::int64_t at_ms) override;
  Result<void> add_quarantine(const QuarantineEntry& entry) override;

  Result<std::vector<Snapshot>> history(const ProfileKey& key) override;
  Result<void> add_snapshot(const ProfileKey& key, const Snapshot& snapshot) override;
  Result<void> erase_snapshot(const ProfileKey& key, std::uint64_t revision) override;
  Result<void> erase_history(const ProfileKey& key) override;
  Result<void> erase_quarantine(const ProfileKey& key) override;
  Result<void> erase_beside(const ProfileKey& key) override;
  Result<void> forget_subjects(const ProfileKey& key, std::optional<UserId> user) override;
  Result<void> each_key(FunctionRef<void(const ProfileKey&)> f) override;
  Result<void> each_subject(FunctionRef<void(const ProfileKey&, UserId)> f) override;
  Result<std::string> tombstone_secret() override;
  Result<std::optional<Tombstone>> tombstone(TombstoneKind kind, std::string_view hash) override;
  Result<void> put_tombstone(const Tombstone& tombstone) override;
  Result<std::uint64_t> erasures() override;
  Result<void> count_erasure() override;
  Result<void> add_audit(const AuditEntry& entry) override;

  Result<std::vector<ProfileKey>> keys_after(const ProfileKey& after, std::size_t limit) override;
  Result<std::vector<Belongings>> belongings_of(const std::vector<ProfileKey>& keys) override;
  Result<std::vector<std::vector<UserId>>> past_users_of(
      const std::vector<ProfileKey>& keys) override;
  Result<void> add_past_user(const ProfileKey& key, UserId user) override;
  Result<void> erase_kept(const ProfileKey& key) override;
  Result<std::vector<Tombstone>> tombstones() override;
  Result<void> set_tombstone_secret(std::string_view secret) override;
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override;

  /// A new generation, nobody's leases and sessions; numbers go on far above those that stand.
  /// Gives how many sessions ended.
  Result<std::size_t> begin_anew();

  // What only reads ask for.
  Result<std::vector<std::optional<Record>>> records(const std::vector<ProfileKey>& keys);
  Result<ListPage> list(std::string_view store, std::string_view after, std::size_t limit);
  Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                      std::size_t limit);
  Result<std::vector<ProfileKey>> keys_of(UserId user);
  Result<std::vector<QuarantineEntry>> quarantine(std::string_view store, std::size_t limit);
  Result<std::optional<QuarantineEntry>> incident(const IncidentId& incident);
  /// Whether erase_before() would find something.
  Result<bool> any_before(std::int64_t at_ms);
  Result<std::optional<Snapshot>> snapshot(const ProfileKey& key, std::uint64_t revision);
  Result<std::vector<ProfileKey>> subject(UserId user);
  Result<Belongings> belongings(const ProfileKey& key);

 private:
  struct Meta {
    Generation generation;
    std::uint64_t epoch_floor = 0;
    std::uint64_t erasures = 0;
    std::string secret;
    std::int64_t now_ms = 0;
  };
  struct StoredRow {
    Envelope envelope;
    std::string payload;
    bool has_payload = false;
    std::int64_t stamp = 0;
  };
  using Slot = std::optional<StoredRow>;
  struct Owned {
    OwnedRow row;
    std::int64_t since = 0;
  };
  /// What was fetched ahead of a renewal; leases, those that aren't recovered, as they are by now.
  struct Renewal {
    Incarnation incarnation = 0;
    std::map<Incarnation, StoredLease> leases;
    std::vector<std::int64_t> unknown;  ///< further leases, of which only the number is known
    std::vector<AskOnOurs> asks;
    std::vector<Owned> owned;
  };

  Result<const Meta*> meta();
  Result<void> take_meta(const Rows& rows);
  Result<Slot*> row(const ProfileKey& key, bool with_payload);
  /// Keeps what a statement of the records gave; a key that it gave no row has none.
  Result<void> take_rows(const std::vector<ProfileKey>& keys, const Rows& rows, bool with_payload);
  /// That it stands so now.
  void note_lease(Incarnation incarnation, const std::optional<StoredLease>& lease);
  void send_renewal(const RenewalAhead& renewal);
  /// `back`: of the last of its answers; moves it on.
  Result<void> take_renewal(Incarnation incarnation, std::size_t& back);
  void take_standing(const Rows& rows, Renewal& renewal);
  Result<void> fetch_unknown();
  static Owned read_owned(Row& row);
  [[nodiscard]] Result<std::vector<AskOnOurs>> read_asks(const Rows& rows) const;
  [[nodiscard]] Result<std::optional<EpochMark>> read_removal(const Rows& rows) const;
  Result<void> replace_users(const ProfileKey& key, const std::vector<UserId>& users);
  void note(const ProfileKey& key, const Envelope& row);
  Result<std::size_t> erase_some(const sql::Text& statement, std::int64_t before_ms,
                                 std::size_t limit);
  Result<Rows> of_key(const sql::Text& statement, const ProfileKey& key);
  void send_of_key(const sql::Text& statement, const ProfileKey& key);

  Connection& connection_;
  const Clock* const clock_;
  SharedRows& known_;
  const Locking locking_;

  std::optional<Meta> meta_;
  std::map<Incarnation, std::optional<StoredLease>> leases_;
  std::optional<Renewal> renewal_;
  std::map<ProfileKey, Slot> rows_;
  std::map<ProfileKey, std::optional<EpochMark>> removals_;
};

}  // namespace keepsake::postgres
