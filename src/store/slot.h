// Slot: one session's place on the game's thread, from the first call of load to the end of the
// session. Slots are pooled and never move; a handle knows its slot and the serial it was made for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/datum/catalog.h"
#include "keepsake/store/detail/collection.h"
#include "keepsake/store/detail/slot_ref.h"
#include "keepsake/store/info.h"
#include "src/store/lease_grant.h"

namespace keepsake::detail {

class StoreCore;

/// One named store on this server.
struct CollectionState {
  AnyCatalog catalog;
  const DataOps& ops;
  ErasedHooks hooks;
  SchemaStamp current;  ///< what is written with new data
  DataForm form;        ///< what data is encoded in
  std::unordered_map<std::string, Slot*> by_key;
};

/// Profiles changed by transactions that no commit carries yet; they are saved together.
struct TieSet {
  std::vector<Slot*> members;
  MonotonicTime since{};
};

using DurableDone = std::function<void(Result<std::uint64_t>)>;
using LoadDone = std::function<void(Result<SlotRef>)>;
using EndDone = std::function<void(Result<void>)>;

struct LoadWaiter {
  std::uint64_t ticket = 0;
  LoadDone done;
  std::vector<UserId> user_ids;
  bool must_exist = false;
  bool is_update = false;  ///< wants no session, and doesn't ask for the profile
  MonotonicTime deadline{};
};

/// Calls of once() with one receipt.
struct LookUp {
  std::vector<DurableDone> calls;
  MonotonicTime deadline{};  ///< of the last of them: later, nobody waits for it
};

/// What is committed beside data, each under the number of the edit that it belongs to.
struct Beside {
  std::vector<std::pair<std::uint64_t, Receipt>> receipts;
  std::vector<std::pair<std::uint64_t, std::string>> handled;  ///< ids of messages
  std::vector<std::pair<std::uint64_t, std::pair<ProfileKey, Message>>> sent;
};

/// What this session knows of its inbox.
struct Mail {
  enum class Seen : unsigned char {
    queued,   ///< its handlers are about to be asked
    left,     ///< nobody took it: it waits for the next session
    handled,  ///< in the journal, and in the inbox until the next save
  };
  std::unordered_map<std::string, Seen> seen;  ///< what was there at the last look, by id
  std::int64_t next_expiry_ms = 0;             ///< of those; 0: none expires
  bool looking = false;
  bool look_again = false;  ///< that look may have been too early
};

enum class Phase : unsigned char {
  free,     ///< in the pool
  loading,  ///< being acquired or decoded
  active,
  falling,  ///< its tie fell: the last durable data is being read again
  ending,   ///< the last save is under way, or the profile is being freed
};

/// Where a session is to go on.
struct Move {
  std::uint64_t id = 0;
  ServerId to;
  EndDone done;  ///< may be empty; true once that server has the profile
};

/// A session whose lease was closed, on its way back under the next one (rule 22).
struct Return {
  LeaseGrant from;            ///< the lease that was closed, and the journal that has its edits
  MonotonicTime until{};      ///< later, it is lost
  std::uint64_t acquire = 0;  ///< that takes it back; 0: not begun
};

struct Slot {
  StoreCore* core = nullptr;
  std::uint64_t serial = 1;
  Phase phase = Phase::free;
  CollectionState* collection = nullptr;
  ProfileKey key;

  // The data, as of the last edit.
  ErasedData data;
  Extras extras;
  std::string version;  ///< what encode writes; of a newer server's data, that one's
  SchemaStamp stamp;
  std::string payload;  ///< the encoded data, while `payload_valid`
  bool payload_valid = false;
  std::size_t most_bytes = 0;    ///< the encoded data has at most so many; 0: not known
  std::uint64_t state_hash = 0;  ///< of the data in the journal; 0: an image has to come first
  bool touched = false;          ///< `data` has touches that the journal hasn't
  bool journaled_fresh = false;  ///< `journaled` is the data that the journal has
  ErasedData journaled;          ///< kept while the profile is touched now and then
  bool saved_here = false;       ///< this session has saved data
  bool migrated = false;         ///< differs from what is stored by a migration alone
  bool editing = false;
  std::vector<Displaced> displaced;  ///< noted in quarantine with the next save

  // Ownership.
  Fence fence;
  Envelope envelope;         ///< as acquired, kept up to date with our commits; tags: as set last
  std::unique_ptr<Ask> ask;  ///< few sessions have one
  SessionId asked_session;   ///< of ours, which the ask is for
  MonotonicTime ask_seen{};

  // Edits not yet durable.
  std::uint64_t edit_number = 0;
  std::uint64_t durable_edit = 0;
  std::uint32_t links = 0;            ///< MemberView::links
  std::uint64_t first_uncovered = 0;  ///< journal record of the oldest of them; 0: none
  Beside beside;
  std::uint64_t tags_edit = 0;  ///< that set envelope.tags last; above durable_edit: not saved
  bool user_ids_changed = false;
  std::vector<UserId> user_ids;
  std::size_t dirty_index = 0;  ///< 1-based place in the core's list; 0: clean
  MonotonicTime save_due{};     ///< while it is dirty
  bool due_queued = false;      ///< the core's queue holds it
  std::shared_ptr<TieSet> tie;
  MonotonicTime saving_tie_since{};  ///< of the oldest transaction in the save under way; 0: none

  // The save under way.
  std::uint64_t commit_id = 0;  ///< 0: none
  bool save_wanted = false;     ///< another one, as soon as that is settled
  std::vector<std::pair<std::uint64_t, DurableDone>> waiters;  ///< by edit number

  std::vector<DurableDone> effects;  ///< of the edit that is running

  std::unique_ptr<Mail> mail;  ///< once its inbox was looked at

  // once() calls whose receipt is being looked up, by receipt id.
  std::unordered_map<std::string, LookUp> looking_up;

  // Loading and ending.
  std::uint64_t acquire_id = 0;
  std::vector<LoadWaiter> load_waiters;  ///< for this load; while ending, for the next
  MonotonicTime load_deadline{};         ///< of the acquire under way
  bool asks = true;                      ///< the acquire under way
  bool for_updates = false;              ///< no session of the game's: updates made it, and end it
  bool removing = false;
  EndReason end_reason = EndReason::released;
  std::optional<EndReason> end_wanted;  ///< once the fall, move or return is over
  std::unique_ptr<Move> move;           ///< while it waits for another server to ask
  std::unique_ptr<Return> returns;      ///< nothing may change until it is back
  std::optional<Error> refusal;         ///< why the database refused the data
  std::vector<EndDone> end_waiters;
};

/// Whether the game has a session of it; updates have one for themselves.
[[nodiscard]] inline bool is_session(const Slot& slot) {
  return slot.phase == Phase::active && !slot.for_updates;
}
/// Whether it is about to be free, or may be another's: who wants it waits until that is over.
[[nodiscard]] inline bool is_leaving(const Slot& slot) {
  return slot.phase == Phase::ending || slot.returns != nullptr ||
         (slot.phase == Phase::active && slot.for_updates);
}

/// Whether it has data and stays, as far as this server knows.
[[nodiscard]] inline bool is_held(const Slot& slot) {
  return (slot.phase == Phase::active || slot.phase == Phase::falling) && !is_leaving(slot);
}

/// While the game's function works on a profile: an edit of it within that would be lost.
class EditingMark {
 public:
  explicit EditingMark(Slot& slot) : slot_(slot) { slot_.editing = true; }
  ~EditingMark() { slot_.editing = false; }
  EditingMark(const EditingMark&) = delete;
  EditingMark& operator=(const EditingMark&) = delete;

 private:
  Slot& slot_;
};

}  // namespace keepsake::detail
