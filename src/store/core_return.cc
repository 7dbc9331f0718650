// The return of sessions whose lease was closed while their server couldn't be heard (rule 22):
// what only the journal has is stored, ties whole, under the fence that the rows still bear; then
// each profile is taken anew, if nobody had it in between. Until then nothing may change.
#include <algorithm>
#include <utility>

#include "src/plant/plant.h"
#include "src/store/beside.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

Error lost_error() {
  return Error(ErrorCode::session_lost, "another server closed this server's lease");
}

bool has_unsaved(const Slot& slot) {
  return slot.phase == Phase::ending || slot.edit_number > slot.durable_edit ||
         slot.user_ids_changed;
}

/// The members of a commit that are still the sessions that it was of.
template <class Members>
std::vector<Slot*> alive(const Members& members) {
  std::vector<Slot*> slots;
  for (const auto& saving : members) {
    if (saving.slot->serial == saving.serial) slots.push_back(saving.slot);
  }
  return slots;
}

}  // namespace

/// Commits under way are settled by nobody any more: whether they were stored, the rows will tell.
void StoreCore::keep_for_return(const LeaseGrant& from) {
  for (const auto& [id, members] : commits_) {
    for (const Saving& saving : members) {
      if (saving.slot->serial != saving.serial) continue;
      saving.slot->user_ids_changed = saving.slot->user_ids_changed || saving.user_ids;
    }
    if (const std::vector<Slot*> slots = alive(members); slots.size() > 1) tie_together(slots);
  }
  commits_.clear();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    const bool held = slot.phase == Phase::active || slot.phase == Phase::ending;
    if (held && !slot.refusal) begin_return(slot, from);
  }
}

void StoreCore::begin_return(Slot& slot, const LeaseGrant& from) {
  slot.commit_id = 0;
  if (slot.returns) return;  // it was on its way back under the lease that is lost now
  slot.returns = std::make_unique<Return>(
      Return{.from = from, .until = now() + options_.timing.lease, .acquire = 0});
  ++returning_;
  slot.ask.reset();
  slot.first_uncovered = 0;  // of another journal than the next one
  slot.state_hash = 0;       // there an image comes first
  slot.saving_tie_since = {};
}

void StoreCore::go_on_returning(Slot& slot) {
  Return& way = *slot.returns;
  if (grant_.self.incarnation == 0 || slot.commit_id != 0 || way.acquire != 0) return;
  if (way.from.generation != grant_.generation) return give_up_returning(slot, lost_error());
  const bool tied = slot.tie != nullptr && slot.tie->members.size() > 1;
  if (tied || has_unsaved(slot)) {
    (void)build_save(slot);
  } else {
    take_back(slot);
  }
}

void StoreCore::go_on_returning_after(Slot& slot, Duration wait) {
  protocol_->after(wait, [this, &slot, serial = slot.serial] {
    if (slot.serial == serial && slot.returns) go_on_returning(slot);
  });
}

/// All that it had is stored: what stands between it and the row now is only who owns it.
void StoreCore::take_back(Slot& slot) {
  const std::uint64_t id = slot.returns->acquire = next_id_++;
  protocol_->acquire(
      {.id = id,
       .key = slot.key,
       .readable_ordinal = std::max(slot.collection->current.ordinal, slot.stamp.last_compatible),
       .deadline = slot.returns->until,
       .asks = false,
       .prepare = [this, &slot, serial = slot.serial, id](Result<Record> record) {
         auto shared = std::make_shared<Result<Record>>(std::move(record));
         return [this, &slot, serial, id, shared] {
           if (slot.serial == serial && slot.returns && slot.returns->acquire == id) {
             taken_back(slot, std::move(*shared));
           } else if (*shared) {
             protocol_->release((*shared)->key, (*shared)->envelope.session);
           }
         };
       }});
}

void StoreCore::taken_back(Slot& slot, Result<Record> record) {
  slot.returns->acquire = 0;
  if (!record) return give_up_returning(slot, lost_error());
  const Envelope& row = record->envelope;
  if (row.owner != grant_.self) return go_on_returning(slot);  // of a lease that is lost, too
  // Had anybody owned it meanwhile, the epoch would tell; what our session left in it, the number.
  const bool untouched = row.epoch == slot.fence.epoch + 1 && row.edit_number == slot.edit_number;
  if (untouched || planted<Plant::returned_over_another>()) return returned(slot, *record);
  protocol_->release(slot.key, row.session);
  give_up_returning(slot, lost_error());
}

void StoreCore::returned(Slot& slot, const Record& record) {
  end_return(slot);
  ++stats_.sessions_returned;
  const std::string tags = slot.envelope.tags;
  slot.envelope = record.envelope;
  slot.envelope.tags = tags;
  std::vector<EpochMark>().swap(slot.envelope.marks);
  slot.fence = fence_of(record.envelope, grant_.generation);
  log(LogLevel::info, slot.key.store + "/" + slot.key.key +
                          ": its session goes on under a new lease, epoch " +
                          std::to_string(slot.fence.epoch));
  answer_loads(slot);
  if (slot.end_wanted) return end(slot, *std::exchange(slot.end_wanted, std::nullopt), {});
  if (slot.for_updates) return end_updates(slot);
  look_at_inbox(slot);
}

/// The row is ours no longer, or not free yet, or further than we knew: by a commit of ours whose
/// reply was lost, or by the replay of our journal.
void StoreCore::return_refused(const std::vector<Saving>& members, const FenceRefused& refusal) {
  std::vector<Slot*> slots = alive(members);
  for (const Saving& saving : members) {
    if (saving.slot->serial != saving.serial) continue;
    saving.slot->commit_id = 0;
    saving.slot->user_ids_changed = saving.slot->user_ids_changed || saving.user_ids;
  }
  if (slots.size() > 1) tie_together(slots);
  Slot& refused = *members[refusal.member].slot;
  if (refused.serial != members[refusal.member].serial) {
    return slots.empty() ? void() : give_up_returning(*slots.front(), lost_error());
  }
  const std::optional<Envelope>& row = refusal.row;
  const bool same = row && row->session == refused.fence.session &&
                    row->epoch == refused.fence.epoch && row->edit_number <= refused.edit_number;
  if (!same || now() >= refused.returns->until) return give_up_returning(refused, lost_error());
  const bool moved = row->revision != refused.fence.revision;
  refused.fence.revision = row->revision;
  if (row->edit_number > refused.durable_edit) {
    refused.durable_edit = row->edit_number;
    drop_until(refused.beside, refused.durable_edit);
    tell_waiters(refused);
  }
  go_on_returning_after(refused, moved ? Duration{0} : options_.timing.poll / 10);
}

/// It is lost, and what is tied to it with it.
void StoreCore::give_up_returning(Slot& slot, const Error& why) {
  std::vector<Slot*> members{&slot};
  if (slot.tie) members = slot.tie->members;
  std::vector<std::pair<Slot*, std::uint64_t>> lost;
  for (Slot* member : members) {
    member->tie.reset();
    lost.emplace_back(member, member->serial);
  }
  for (const auto& [member, serial] : lost) {
    if (member->serial == serial) lose(*member, why, EndReason::lost);
  }
}

void StoreCore::expire_returns(MonotonicTime at) {
  for (std::size_t i = 0; returning_ > 0 && i < slots_.size(); ++i) {
    if (slots_[i].returns && at >= slots_[i].returns->until + options_.timing.margin) {
      give_up_returning(slots_[i], lost_error());
    }
  }
}

/// It is back, or lost. The journal of its old lease has then nothing of it that is missing.
void StoreCore::end_return(Slot& slot) {
  if (!slot.returns) return;
  const std::unique_ptr<Return> way = std::move(slot.returns);
  if (way->acquire != 0) protocol_->give_up(way->acquire, lost_error());
  if (--returning_ > 0) return;
  way->from.journal.reset();
  protocol_->journal_released();
}

}  // namespace keepsake::detail
