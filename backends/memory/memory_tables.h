// The tables of the memory backend: ordered maps, nothing else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

class MemoryTables final : public Tables {
 public:
  MemoryTables(const Clock& clock, Generation generation);

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

  /// After these tables, of a backup, are put in the place of `replaced`: another life of the
  /// database, in which nobody owns anything.
  void begin_anew(Generation generation, const MemoryTables& replaced);

  // What only reads ask for.
  [[nodiscard]] std::optional<Record> record(const ProfileKey& key) const;
  [[nodiscard]] ListPage list(std::string_view store, std::string_view after,
                              std::size_t limit) const;
  [[nodiscard]] std::vector<OwnedRow> owned(Incarnation incarnation, const ProfileKey& after,
                                            std::size_t limit) const;
  [[nodiscard]] std::vector<ProfileKey> keys_of(UserId user) const;
  [[nodiscard]] std::vector<QuarantineEntry> quarantine(std::string_view store,
                                                        std::size_t limit) const;
  [[nodiscard]] std::optional<QuarantineEntry> incident(const IncidentId& incident) const;
  [[nodiscard]] std::optional<Snapshot> snapshot(const ProfileKey& key,
                                                 std::uint64_t revision) const;
  [[nodiscard]] std::vector<ProfileKey> subject(UserId user) const;
  [[nodiscard]] Belongings belongings(const ProfileKey& key) const;
  [[nodiscard]] std::vector<AuditEntry> audit(std::size_t limit) const;

 private:
  struct Removal {
    EpochMark mark;
    std::int64_t at_ms = 0;
  };
  using IdOfKey = std::pair<ProfileKey, std::string>;

  const Clock& clock_;
  Generation generation_;

  std::uint64_t epoch_floor_ = 0;
  Incarnation last_incarnation_ = 0;
  std::map<Incarnation, StoredLease> leases_;
  std::map<ProfileKey, Record> profiles_;
  std::map<ProfileKey, Removal> removals_;
  std::set<std::pair<UserId, ProfileKey>> users_;
  std::set<std::pair<Incarnation, ProfileKey>> owned_;
  std::set<std::pair<Incarnation, ProfileKey>> asked_;
  std::map<IdOfKey, Receipt> receipts_;
  std::map<IdOfKey, std::int64_t> handled_;
  std::map<ProfileKey, std::vector<Message>> inboxes_;
  std::vector<QuarantineEntry> quarantine_;  ///< in the order of their coming
  std::map<ProfileKey, std::map<std::uint64_t, Snapshot>> history_;  ///< by revision
  std::set<std::pair<UserId, ProfileKey>> past_users_;
  std::string secret_;
  std::map<std::pair<TombstoneKind, std::string>, Tombstone> tombstones_;
  std::uint64_t erasures_ = 0;
  std::vector<AuditEntry> audit_;

  [[nodiscard]] bool is_free(const ProfileKey& key) const;
  void index(const Record& record);
  void unindex(const Record& record);
};

}  // namespace keepsake
