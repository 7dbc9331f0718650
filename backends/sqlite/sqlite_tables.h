// The tables of the SQLite backend, seen through one connection inside one of its transactions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backends/sqlite/connection.h"
#include "src/backend/copy_tables.h"
#include "src/backend/known_rows.h"

namespace keepsake {

class SqliteTables final : public CopyTables {
 public:
  /// `clock`: nullptr for SQLite's own time. The connection outlives it.
  SqliteTables(Connection& connection, const Clock* clock)
      : connection_(connection), clock_(clock) {}
  /// For what is no table of ours to read or write.
  [[nodiscard]] Connection& connection() { return connection_; }

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
  Result<bool> save_at_once(const MemberCommit& member, const Owner& self, const CommitToken& token,
                            std::int64_t now_ms) override;
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

  /// A new transaction begins: what was noted of rows in the last is forgotten.
  void begin() { rows_.clear(); }

  // What only reads ask for.
  Result<std::optional<Record>> record(const ProfileKey& key);
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
  /// Notes which row a key is, for the writes that follow in this transaction.
  void note_row(const ProfileKey& key, std::int64_t id);
  [[nodiscard]] std::int64_t row_of(const ProfileKey& key) const;
  /// Runs a statement that changes just one row.
  Result<void> change_one(Query& query);
  Result<void> replace_users(const ProfileKey& key, const std::vector<UserId>& users);
  Result<std::vector<OwnedRow>> owned_rows(Query& query);
  Result<void> erase_of(const sql::Text& statement, const ProfileKey& key);
  Result<std::size_t> erase_some(const sql::Text& statement, std::int64_t before_ms,
                                 std::size_t limit);
  template <class Read>
  auto all_of(const sql::Text& statement, const ProfileKey& key, Read read);

  Connection& connection_;
  const Clock* const clock_;
  std::vector<std::pair<ProfileKey, std::int64_t>> rows_;  ///< the last ones read; newest last
  KnownRows known_;                                        ///< of all transactions
};

}  // namespace keepsake
