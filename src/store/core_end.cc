// The end of a session: the last save and the handoff, or the loss.
#include <algorithm>
#include <utility>

#include "src/store/store_core.h"

namespace keepsake::detail {

void StoreCore::asked(const AskOnOurs& ask) {
  Slot* const asked = slot_of(ask.key);
  if (asked == nullptr) return;
  Slot& slot = *asked;
  // While it loads the session is not known here yet; the ask is heeded once it is active.
  if (slot.phase != Phase::loading && slot.fence.session != ask.session) return;
  if (is_for_another(slot, ask.ask)) return;
  if (!slot.ask || slot.ask->id != ask.ask.id) {
    slot.ask = std::make_unique<Ask>(ask.ask);
    slot.asked_session = ask.session;
    slot.ask_seen = now();
  }
  if (slot.phase == Phase::active) end(slot, EndReason::handed_over, {});
}

Slot* StoreCore::slot_of(const ProfileKey& key) const {
  for (const auto& collection : collections_) {
    if (collection->catalog.store_name() != key.store) continue;
    const auto found = collection->by_key.find(key.key);
    return found == collection->by_key.end() ? nullptr : found->second;
  }
  return nullptr;
}

void StoreCore::end(Slot& slot, EndReason reason, EndDone done) {
  assert_thread();
  if (slot.phase == Phase::free || slot.phase == Phase::loading) {
    if (done) {
      later(
          [done = std::move(done)] { done(Error(ErrorCode::not_owner, "the session has ended")); });
    }
    return;
  }
  if (slot.editing) {  // called by the game's own edit of it: once that has returned
    later([this, &slot, serial = slot.serial, reason, done = std::move(done)] {
      if (slot.serial == serial) return end(slot, reason, done);
      if (done) done(Error(ErrorCode::not_owner, "the session has ended"));
    });
    return;
  }
  if (done) slot.end_waiters.push_back(std::move(done));
  if (slot.phase == Phase::ending || holds_for_move(slot, reason)) return;
  if (slot.phase == Phase::falling || slot.returns) {
    slot.end_wanted = reason;
    return;
  }
  slot.end_wanted.reset();
  slot.end_reason = reason;
  save_touches(slot);  // a session that ends waits for no further pump, and may have to come back
  run_last_save_hook(slot);
  slot.phase = Phase::ending;
  request_save(slot);
}

void StoreCore::run_last_save_hook(Slot& slot) {
  const ErasedHooks& hooks = slot.collection->hooks;
  const bool of_the_game = !slot.for_updates;
  const SlotRef handle(&slot, slot.serial);
  if (hooks.on_last_save && of_the_game) {
    run_hook(slot, [&](void* data) { hooks.on_last_save(handle, data, slot.end_reason); });
  }
  if (hooks.on_save && slot.edit_number != slot.durable_edit) {
    run_hook(slot, [&](void* data) { hooks.on_save(handle, data); });
  }
}

void StoreCore::finish_end(Slot& slot, EndReason reason, const Result<void>& outcome) {
  CollectionState& collection = *slot.collection;
  const ProfileKey key = slot.key;
  std::vector<EndDone> ends = std::exchange(slot.end_waiters, {});
  std::vector<std::pair<std::uint64_t, DurableDone>> waiters = std::exchange(slot.waiters, {});
  std::vector<LoadWaiter> loads = std::exchange(slot.load_waiters, {});
  const EndDone move_done = slot.move ? std::move(slot.move->done) : EndDone();
  const bool was_session = slot.data != nullptr && !slot.for_updates;
  forget_ended(slot);
  const Error ended = Error(ErrorCode::not_owner, "the session ended before this was durable")
                          .store(key.store)
                          .key(key.key);
  for (auto& [edit, done] : waiters) done(outcome ? ended : outcome.error());
  if (move_done) move_done(outcome ? ended : outcome.error());
  if (was_session && collection.hooks.on_end) collection.hooks.on_end(key, reason);
  for (EndDone& done : ends) done(outcome);
  for (LoadWaiter& load : loads) {
    const MonotonicTime deadline = load.deadline;
    const std::uint64_t ticket = load.ticket;
    const auto found = collection.by_key.find(key.key);
    Slot& next = found != collection.by_key.end() ? *found->second : take_slot(collection, key.key);
    load.deadline = std::max(deadline, now() + std::chrono::milliseconds(1));
    next.load_waiters.push_back(std::move(load));
    tickets_[ticket] = &next;
    if (next.phase == Phase::free) begin_load(next);
  }
}

void StoreCore::forget_ended(Slot& slot) {
  mark_clean(slot);
  end_return(slot);
  if (slot.tie) std::erase(slot.tie->members, &slot);
  if (slot.acquire_id != 0) acquires_.erase(slot.acquire_id);
  slot.collection->by_key.erase(slot.key.key);
  std::erase(delayed_loads_, &slot);
  for (auto& [id, look_up] : slot.looking_up) {
    for (DurableDone& done : look_up.calls) {
      later(
          [done = std::move(done)] { done(Error(ErrorCode::not_owner, "the session has ended")); });
    }
  }
  const std::uint64_t serial = slot.serial + 1;
  slot = Slot{};
  slot.core = this;
  slot.serial = serial;
  free_slots_.push_back(&slot);
  --slots_in_use_;
}

void StoreCore::lose(Slot& slot, const Error& why, EndReason reason) {
  if (slot.data) ++stats_.sessions_lost;
  const std::shared_ptr<TieSet> tie = slot.tie;
  if (slot.edit_number > slot.durable_edit && slot.data) set_data_aside(slot, why);
  protocol_->release(slot.key, slot.fence.session);
  Error told = why;
  told.store(slot.key.store).key(slot.key.key);
  note(slot, told);
  finish_end(slot, reason, told);
  if (tie && !tie->members.empty()) {
    const std::vector<Slot*> rest = tie->members;
    fall(rest, told);
  }
}

void StoreCore::set_data_aside(const Slot& slot, const Error& why) {
  // The same id as a replay of our journal would give it, should that be found later.
  const IncidentId incident{.high = slot.fence.session.high ^ slot.fence.epoch,
                            .low = slot.fence.session.low ^ slot.edit_number};
  std::string payload = slot.payload;
  if (!slot.payload_valid) {
    payload.clear();
    encode(slot, journaled_data(slot), slot.extras, payload);
  }
  ++asides_;
  protocol_->set_aside({.incident = incident,
                        .key = slot.key,
                        .code = std::string(name(why.code())),
                        .path = why.path(),
                        .message = "not saved when the session was lost: " + why.message(),
                        .schema_version = slot.version,
                        .payload = std::move(payload),
                        .at_ms = wall_ms(),
                        .server = grant_.self.server},
                       [this] { --asides_; });
  log(LogLevel::warning, slot.key.store + "/" + slot.key.key +
                             ": unsaved data is kept in quarantine as incident " + incident.text());
}

void StoreCore::release_unused(Slot& slot, std::vector<QuarantineEntry> quarantine) {
  slot.data.reset();
  release(slot, std::move(quarantine));
}

/// One commit that leaves the data as it is stored and frees the profile.
void StoreCore::release(Slot& slot, std::vector<QuarantineEntry> quarantine) {
  slot.phase = Phase::ending;
  if (!slot.load_waiters.empty()) delay_load(slot);
  Group group{.token = Id128::random(random_),
              .self = grant_.self,
              .now_ms = wall_ms(),
              .members = {},
              .quarantine = std::move(quarantine)};
  std::vector<Saving> saving(1);
  group.members.push_back(member_commit(slot, saving[0], group));
  send(std::move(group), std::move(saving), true);
}

void StoreCore::remove_loaded(Slot& slot, const Record& record) {
  if (!record.envelope.has_data && record.envelope.revision == 0) {
    std::vector<EndDone> ends = std::exchange(slot.end_waiters, {});
    slot.removing = false;
    for (EndDone& done : ends) {
      done(Error(ErrorCode::not_found, "no such profile").store(slot.key.store).key(slot.key.key));
    }
  }
  release_unused(slot, {});
}

}  // namespace keepsake::detail
