// Tables: what a backend stores, seen from inside one of its transactions. The operations of a
// backend are written once, over this interface (lease_operations.h, profile_operations.h,
// group_operations.h), so that no two backends can differ in what a request does to a row; a
// backend adds storage and transactions.
//
// Reads see the transaction's own writes. The operations check before they write: where one answers
// "refused" it has written nothing, so that a backend needs no way back but that of its
// transactions. An error of any function ends the transaction without a trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/backend/mail.h"
#include "keepsake/backend/operations.h"
#include "keepsake/backend/subject.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "src/backend/tombstones.h"

namespace keepsake {

struct StoredLease {
  Lease lease;
  std::uint64_t previous_renewal = 0;  ///< the number before the last that was written
  std::int64_t ended_ms = 0;           ///< database time when it was recovered; 0 before
};

class Tables {
 public:
  virtual ~Tables() = default;

  /// The database's own time, Unix ms: delays handovers and prunes what is old, decides nothing.
  virtual std::int64_t now_ms() = 0;
  virtual Result<Generation> generation() = 0;
  virtual Result<std::uint64_t> epoch_floor() = 0;
  virtual Result<void> set_epoch_floor(std::uint64_t floor) = 0;
  virtual Result<Incarnation> new_incarnation() = 0;

  virtual Result<std::optional<StoredLease>> lease(Incarnation incarnation) = 0;
  /// All of them, by incarnation.
  virtual Result<std::vector<StoredLease>> leases() = 0;
  virtual Result<void> put_lease(const StoredLease& lease) = 0;
  virtual Result<void> erase_lease(Incarnation incarnation) = 0;
  /// Writes something into the lease's row, so that the transaction has to be made durable.
  virtual Result<void> stamp_lease(Incarnation incarnation) = 0;
  virtual Result<bool> owns_any(Incarnation incarnation) = 0;

  virtual Result<std::optional<Envelope>> envelope(const ProfileKey& key) = 0;
  /// A shorter way for the most frequent group, if the tables have one: stores a commit of the
  /// row's owner that brings data and nothing else, as apply_commit() would. False: nothing was
  /// changed, and the way of every other group tells why (the fence, a resend), or stores it.
  virtual Result<bool> save_at_once(const MemberCommit&, const Owner&, const CommitToken&,
                                    std::int64_t /*now_ms*/) {
    return false;
  }
  virtual Result<std::string> payload(const ProfileKey& key) = 0;
  virtual Result<void> insert_profile(const Record& record) = 0;
  /// `payload`: nullptr leaves it as it is. `before`: what envelope() gave.
  virtual Result<void> update_profile(const ProfileKey& key, const Envelope& before,
                                      const Envelope& after, const std::string* payload) = 0;
  virtual Result<void> erase_profile(const ProfileKey& key) = 0;
  /// Rows of `incarnation` acquired at or after that renewal, in order of key.
  virtual Result<std::vector<OwnedRow>> owned_since(Incarnation incarnation,
                                                    std::int64_t renewal) = 0;
  /// Asks that stand on rows of `incarnation`, in order of key.
  virtual Result<std::vector<AskOnOurs>> asks_on(Incarnation incarnation) = 0;

  /// The last mark of a removed profile, kept for a while so that a resent removal is recognised.
  virtual Result<std::optional<EpochMark>> removal(const ProfileKey& key) = 0;
  virtual Result<void> put_removal(const ProfileKey& key, const EpochMark& mark,
                                   std::int64_t at_ms) = 0;
  virtual Result<void> erase_removal(const ProfileKey& key) = 0;
  virtual Result<void> erase_removals_before(std::int64_t at_ms) = 0;

  virtual Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) = 0;
  virtual Result<void> add_receipt(const ProfileKey& key, const Receipt& receipt) = 0;
  /// Receipts and handled ids of before then, at most so many, receipts first, the oldest first (of
  /// one time in order of key and id); gives how many went.
  virtual Result<std::size_t> erase_before(std::int64_t at_ms, std::size_t limit) = 0;

  /// Whether the inbox holds that id, or it was handled before.
  virtual Result<bool> message_known(const ProfileKey& key, std::string_view id) = 0;
  virtual Result<std::size_t> inbox_count(const ProfileKey& key) = 0;
  /// Oldest first.
  virtual Result<std::vector<Message>> inbox(const ProfileKey& key) = 0;
  /// Messages that are expired by then, of keys without a row or whose row is free, soonest first.
  virtual Result<std::vector<std::pair<ProfileKey, Message>>> expired_messages(
      std::int64_t now_ms, std::size_t limit) = 0;
  /// Rows of `incarnation` for which messages wait, in order of key.
  virtual Result<std::vector<MailOnOurs>> mail_on(Incarnation incarnation) = 0;
  virtual Result<void> add_message(const ProfileKey& key, const Message& message) = 0;
  /// Takes it out of the inbox, if it is there, and remembers the id as handled.
  virtual Result<void> acknowledge(const ProfileKey& key, std::string_view id,
                                   std::int64_t at_ms) = 0;

  /// A known incident is left as it is.
  virtual Result<void> add_quarantine(const QuarantineEntry& entry) = 0;

  // --- history, and a person's data -----------------------------------------------------------

  /// Newest first, without payloads.
  virtual Result<std::vector<Snapshot>> history(const ProfileKey& key) = 0;
  virtual Result<void> add_snapshot(const ProfileKey& key, const Snapshot& snapshot) = 0;
  virtual Result<void> erase_snapshot(const ProfileKey& key, std::uint64_t revision) = 0;
  virtual Result<void> erase_history(const ProfileKey& key) = 0;

  virtual Result<void> erase_quarantine(const ProfileKey& key) = 0;
  /// Inbox, receipts, handled ids and removal of a key; it is named as sender nowhere any more.
  virtual Result<void> erase_beside(const ProfileKey& key) = 0;
  /// Forgets whose the profile ever was: of `user`, or of all. Whoever a row that is written or
  /// removed bore before is remembered until then.
  virtual Result<void> forget_subjects(const ProfileKey& key, std::optional<UserId> user) = 0;

  /// Every key of which anything is kept, and every user that a key bears or bore; in no order,
  /// some more than once. Nothing is written meanwhile.
  virtual Result<void> each_key(FunctionRef<void(const ProfileKey&)> f) = 0;
  virtual Result<void> each_subject(FunctionRef<void(const ProfileKey&, UserId)> f) = 0;

  /// Random, made with the database.
  virtual Result<std::string> tombstone_secret() = 0;
  virtual Result<std::optional<Tombstone>> tombstone(TombstoneKind kind, std::string_view hash) = 0;
  /// In place of one of the same kind and hash.
  virtual Result<void> put_tombstone(const Tombstone& tombstone) = 0;
  /// How many erasures there were; count_erasure adds one.
  virtual Result<std::uint64_t> erasures() = 0;
  virtual Result<void> count_erasure() = 0;
  virtual Result<void> add_audit(const AuditEntry& entry) = 0;
};

}  // namespace keepsake
