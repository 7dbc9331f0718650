// update(): an edit of a profile that this server needs no session of. Where there is one here it
// is an edit like any other; else the profile is taken if it is free, edited, and freed by the
// save.
#include <algorithm>
#include <utility>

#include "src/store/store_core.h"

namespace keepsake::detail {

void StoreCore::update(CollectionState& collection, std::string_view key,
                       std::function<Result<void>(void*)> body, DurableDone done, bool must_exist,
                       Duration deadline) {
  if (!done) done = [](const Result<std::uint64_t>&) {};
  LoadWaiter waiter;
  waiter.done = [this, body = std::move(body), done = std::move(done)](Result<SlotRef> slot) {
    if (!slot) return done(std::move(slot).error());
    apply_update(*slot->slot(), body, done);
  };
  waiter.must_exist = must_exist;
  waiter.is_update = true;
  (void)load(collection, key, std::move(waiter), deadline);
}

void StoreCore::apply_update(Slot& slot, const std::function<Result<void>(void*)>& body,
                             const DurableDone& done) {
  const Result<void> applied = edit(slot, [&](void* data) { return body(data); }, nullptr);
  if (!applied) return done(applied.error());
  slot.waiters.emplace_back(slot.edit_number, saved_in_time(done, slot));
  if (!slot.for_updates && slot.phase == Phase::active) request_save(slot);  // else the end does
}

/// A purchase for somebody who may not be here. The profile is held while its receipt is looked up:
/// what is found is true until the purchase is stored.
void StoreCore::once(CollectionState& collection, std::string_view key, Purchase purchase,
                     bool must_exist, Duration deadline) {
  if (!purchase.done) purchase.done = [](const Result<std::uint64_t>&) {};
  LoadWaiter waiter;
  waiter.done = [this, purchase = std::move(purchase)](Result<SlotRef> found) {
    if (!found) return purchase.done(std::move(found).error());
    Slot& slot = *found->slot();
    once(slot, purchase.receipt, purchase.body, saved_in_time(purchase.done, slot),
         purchase.purchased);
  };
  waiter.must_exist = must_exist;
  waiter.is_update = true;
  (void)load(collection, key, std::move(waiter), deadline);
}

/// Updates had it, and nobody else wants it. What none of them changed stays as it is stored.
void StoreCore::end_updates(Slot& slot) {
  if (!slot.looking_up.empty()) return;  // looked_up() comes back here
  if (slot.edit_number != slot.durable_edit) return end(slot, EndReason::released, {});
  slot.migrated = false;
  slot.displaced.clear();
  release_unused(slot, {});
}

/// Whether a server that holds the profile is asked for it.
bool StoreCore::asks_for(const Slot& slot) {
  return slot.removing || std::any_of(slot.load_waiters.begin(), slot.load_waiters.end(),
                                      [](const LoadWaiter& waiter) { return !waiter.is_update; });
}

void StoreCore::refuse_updates(Slot& slot, const Error& why) {
  std::vector<LoadWaiter> refused;
  std::erase_if(slot.load_waiters, [&](LoadWaiter& waiter) {
    if (!waiter.is_update) return false;
    tickets_.erase(waiter.ticket);
    refused.push_back(std::move(waiter));
    return true;
  });
  for (LoadWaiter& waiter : refused) {
    later([done = std::move(waiter.done), why] { done(why); });
  }
}

}  // namespace keepsake::detail
