// Backend: where profiles are kept. A handful of operations, each atomic and one round trip.
//
// All functions may be called from any thread and block until they are done or their backend's own
// time limit has passed; the store calls them from its workers, never from the game's thread.
// A payload is opaque bytes and comes back as it was given.
//
// Errors, for every function, beside those named: `unavailable` (nothing was changed; call again),
// `in_doubt` (writes only: it may or may not have been committed; send the same request again,
// unchanged), `read_only`, `storage_full`, `corrupt`, `io_error`, `database_replaced` (nothing was
// changed), `backend_went_back` (the generation in the request is not the database's),
// `lease_closed` (the caller's own lease isn't open), and the limits of limits.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/about.h"
#include "keepsake/backend/mail.h"
#include "keepsake/backend/operations.h"
#include "keepsake/backend/steal.h"
#include "keepsake/backend/subject.h"
#include "keepsake/base/result.h"

namespace keepsake {

/// One per request, in the same order.
using AcquireAnswers = std::vector<Result<AcquireAnswer>>;

class Backend {
 public:
  virtual ~Backend() = default;

  // --- leases ---------------------------------------------------------------------------------

  /// Opens a new lease for `server` and gives it an incarnation never used in this database.
  /// Error `server_id_in_use`: another lease of this id is open; `backend_went_back`: a backup was
  /// put in place since the server read the generation; nothing was changed. Sent again after a
  /// lost reply (same id, same ring, not renewed yet) it gives the same incarnation.
  virtual Result<Incarnation> open_lease(const OpenLease& request) = 0;

  /// Raises our number. Error `lease_closed`: it is closed or recovered, and stays so.
  /// `invalid_argument`: the number is lower than the one that stands; the same one is a resend.
  /// `backend_went_back`: the one that stands is lower than what was confirmed to us.
  /// The reads are of the same transaction as the write.
  virtual Result<Renewed> renew(const Renew& request) = 0;

  /// Gives true if the lease is closed now with us as recoverer (also when it was already so),
  /// false if the condition didn't hold; then nothing was changed. Our own lease must be open; only
  /// a server that is starting, whose incarnation is 0, may close an older one of its own id: the
  /// recoverer is then 0, nobody, and whoever has a lease may take the recovery over.
  virtual Result<bool> close_lease(const CloseLease& request) = 0;

  /// Marks as recovered: profiles of that incarnation are free from now on. True also when it was
  /// recovered already; false if `target` isn't ours to end.
  virtual Result<bool> end_lease(const EndLease& request) = 0;

  /// Every lease that is open, closed, or still named by a row; for starting servers and tools.
  virtual Result<std::vector<Lease>> leases() = 0;

  // --- ownership ------------------------------------------------------------------------------

  /// Takes a free profile (no owner, or its owner's lease is recovered), creating its row if there
  /// is none: epoch + 1, our session id, load count + 1. If it is held: writes the ask if the
  /// request bears a number higher than every ask before; otherwise only reads. Sent again after a
  /// lost reply it gives the same answer. Needs our own lease to be open.
  virtual Result<AcquireAnswer> acquire(const Acquire& request) = 0;
  /// Each as acquire() would, in one transaction where the database can: one answer per request, in
  /// the same order. All are of one server. An error is of them all. Each is independent of the
  /// others: what is wrong with one (its key, its row) is its own answer.
  virtual Result<AcquireAnswers> acquire_many(const std::vector<Acquire>& requests);

  /// Frees the row if it is ours under that session id, and removes that ask. Idempotent; says
  /// nothing about whether there was anything to do.
  virtual Result<void> withdraw(const Withdraw& request) = 0;

  /// An operator's override: frees a row that is owned under that session, whoever owns it, and
  /// writes an audit entry, "steal, given" where `self` owned it and "steal, taken" elsewhere. The
  /// session's commits are refused by the fence from then on; its data stays as it was saved last.
  /// Sent again unchanged it answers Stolen{resent}. Needs our own lease to be open. Errors:
  /// `limit_exceeded`, `invalid_argument`.
  virtual Result<StealAnswer> steal(const Steal& request) = 0;

  /// The asks that stand on rows of `self`. Cost grows with asks, not with rows.
  virtual Result<std::vector<AskOnOurs>> asks(const Owner& self) = 0;

  /// Rows owned by `incarnation`, in pages of store and key; for recovery and tools.
  virtual Result<std::vector<OwnedRow>> owned(Incarnation incarnation, const ProfileKey& after,
                                              std::size_t limit) = 0;

  // --- commits --------------------------------------------------------------------------------

  /// Commits each group for itself, in their order; durable when it returns. One answer per group,
  /// in the same order. Resent unchanged, a group that was stored answers Applied{resent}, and its
  /// finding is made durable together with a write of our lease row (rule 23). Our own lease need
  /// not be open: the fence decides; but a profile is handed only to an asker whose lease is open
  /// and which can read the data. A group whose row is locked by somebody else is answered
  /// GroupHeldUp, and holds up no other for long. An error is of the whole batch: `in_doubt` also
  /// when storage failed after some of its groups were stored; any other means that nothing was.
  ///
  /// A message goes into its key's inbox. It goes back to its sender instead (value only, under a
  /// derived id, without expiry), if it has expired, if its key was removed lately, or if its key
  /// knows the id from another commit; a sender that is gone leaves it in quarantine. Of a message
  /// without value nothing goes back. A removal gives back those that wait; receipts and handled
  /// ids stay. A message that is handled and never came here is refused: `backend_went_back`.
  virtual Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) = 0;

  /// Creates a profile that doesn't exist, with the messages that wait for it; ids that its inbox
  /// knows already are passed over. Nothing of it is stored if one message is over a limit.
  virtual Result<CreateAnswer> create(const Create& request) = 0;

  // --- reads, without a session ---------------------------------------------------------------

  /// One record each, in the order asked; nothing where there is no row.
  virtual Result<std::vector<std::optional<Record>>> read(const std::vector<ProfileKey>& keys) = 0;
  /// Profiles of a store in order of key, after the key `after` ("": from the first). `limit`, here
  /// and wherever there is one: 1 to 1000, others are brought into that range.
  virtual Result<ListPage> list(std::string_view store, std::string_view after,
                                std::size_t limit) = 0;
  /// Keys that bear this user id, over all stores, in order.
  virtual Result<std::vector<ProfileKey>> keys_of(UserId user) = 0;
  /// The time of the receipt with that id, if it was ever committed for this profile.
  virtual Result<std::optional<Receipt>> receipt(const ProfileKey& key, std::string_view id) = 0;
  /// Messages that wait for a key, oldest first.
  virtual Result<std::vector<Message>> inbox(const ProfileKey& key) = 0;

  /// Error: invalid_argument (the key).
  virtual Result<InboxState> inbox_state(const ProfileKey& key, std::string_view id) = 0;
  /// The profiles that `self` owns and messages wait for, in order of key. Cost grows with the
  /// profiles that it owns.
  virtual Result<std::vector<MailOnOurs>> mail(const Owner& self) = 0;
  /// Sends back expired messages of keys that nobody holds, as a commit would have; gives how many
  /// it took. Sent again it goes on with what is left.
  virtual Result<std::size_t> send_back_expired(const SendBackExpired& request) = 0;
  /// Deletes receipts, then ids of handled messages, that are older than that, the oldest first;
  /// gives how many. Sent again it goes on with what is left. Error: `invalid_argument` (the age).
  virtual Result<std::size_t> forget(const Forget& request) = 0;

  /// Sets data aside under its incident id; an id that is there already is left as it is.
  virtual Result<void> set_aside(const QuarantineEntry& entry) = 0;
  /// Newest first, without payloads. `store` "" means all.
  virtual Result<std::vector<QuarantineEntry>> quarantine(std::string_view store,
                                                          std::size_t limit) = 0;
  /// With payload. Error `not_found`.
  virtual Result<QuarantineEntry> incident(const IncidentId& incident) = 0;

  // --- history, and a person's data -----------------------------------------------------------

  /// What history keeps of a profile's data, newest first, without payloads.
  virtual Result<std::vector<Snapshot>> history(const ProfileKey& key) = 0;
  /// With payload. Error `not_found`.
  virtual Result<Snapshot> snapshot(const ProfileKey& key, std::uint64_t revision) = 0;

  /// Every key that bears this user id, and every one that ever did, until it is erased: in order.
  virtual Result<std::vector<ProfileKey>> subject(UserId user) = 0;
  /// All that is kept of a key, of one moment.
  virtual Result<Belongings> belongings(const ProfileKey& key) = 0;
  /// What::profile: the row goes with its data, inbox, receipts, handled ids, history, quarantine
  /// and removal; its name goes out of other keys' inboxes and quarantine; its epochs never begin
  /// again (rule 2). What::link: the user id, history and quarantine go, and the row is freed.
  /// Either way keyed hashes of what was erased (tombstones) stay, in the database and in a file
  /// outside of it, and an audit entry; messages to the key go back to their senders from then on,
  /// while there is no such row, and nothing older of it is taken into quarantine. Sent again
  /// unchanged it answers Erased{resent}. Errors: `limit_exceeded`, `invalid_argument`.
  virtual Result<EraseAnswer> erase(const Erase& request) = 0;
  /// Makes sure that no byte of what was erased is left in the database's own files. Error:
  /// `unavailable`, where somebody reads on in an old state: call again.
  virtual Result<void> scrub() = 0;
  /// Newest first.
  virtual Result<std::vector<AuditEntry>> audit(std::size_t limit) = 0;

  // --- the database itself --------------------------------------------------------------------

  virtual Result<BackendInfo> info() = 0;

  /// Blocks until something may have changed for `self` (an ask on a row of ours, a handoff to us),
  /// `at_most` has passed, or stop_waiting was called. Only makes things faster: whoever relies on
  /// state polls it. True if woken by a change. A server waits through one backend object, the one
  /// that opened its lease.
  virtual bool wait_for_change(const Owner& self, Duration at_most) = 0;
  /// Ends every wait, now and later, of this object.
  virtual void stop_waiting() = 0;
  /// How well waits are woken. Waits for nothing; nothing but zeros where waits need no connection.
  [[nodiscard]] virtual WakeStats wake_stats() const { return {}; }
};

}  // namespace keepsake
