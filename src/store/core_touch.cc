// Touches: changes in place, journaled once a tick, or with the next edit or save (rule 28).
//
// While a profile is touched, `Slot::journaled` is its data as the journal has it: it tells what
// was changed, is what an invalid touch goes back to, and is what payloads are encoded from.
#include <utility>

#include "src/datum/typed_diff.h"
#include "src/plant/plant.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

Result<void> StoreCore::touch(Slot& slot, SlotRef::Body body) {
  assert_thread();
  if (Result<void> may = may_edit(slot); !may) return may;
  const DataOps& ops = slot.collection->ops;
  if (!slot.journaled) {
    slot.journaled = ops.clone(slot.data.get());
  } else if (!slot.journaled_fresh) {
    ops.assign(slot.journaled.get(), slot.data.get());
  }
  slot.journaled_fresh = true;
  if (!slot.touched) touched_.emplace_back(&slot, slot.serial);
  slot.touched = true;
  const EditingMark mark(slot);
  Result<void> told;
  Result<void> ran = call_caught([&] { told = body(slot.data.get()); }, "the touch");
  if (ran) ran = std::move(told);
  if (ran) return ran;
  undo_touches(slot);
  drop_effects(slot, ran.error());
  return std::move(ran).error().store(slot.key.store).key(slot.key.key);
}

void StoreCore::undo_touches(Slot& slot) {
  slot.collection->ops.assign(slot.data.get(), slot.journaled.get());
  slot.touched = false;
}

/// In the next pump, since the game may call back.
void StoreCore::report_soon(Slot& slot, const Error& why) {
  later([this, &slot, serial = slot.serial, why] {
    if (slot.serial == serial) note(slot, why);
  });
}

void StoreCore::refuse_touches(Slot& slot, const Error& why) {
  undo_touches(slot);
  drop_effects(slot, why);
  report_soon(slot, why);
}

/// Leaves in `patch_` what was touched; where that is invalid it is undone, and reported.
[[gnu::hot]] void StoreCore::gather_touches(Slot& slot) {
  patch_.clear();
  if (!slot.touched) return;
  const Result<void> valid =
      diff_typed(slot.collection->ops.type(), slot.journaled.get(), slot.data.get(), patch_);
  if (!valid) {
    patch_.clear();
    refuse_touches(slot, valid.error());
  } else if (!patch_.empty() && !slot.extras.empty()) {
    slot.state_hash = 0;  // their way through arrays is in no patch: an image
  }
}

/// A record of what was touched, if anything is different. An error leaves it for the next time.
Result<void> StoreCore::journal_touches(Slot& slot) {
  gather_touches(slot);
  if (patch_.empty()) {
    slot.touched = false;
    return {};
  }
  Result<void> journaled =
      journal_patch(slot, slot.collection->ops.rebase(slot.extras, slot.data.get()));
  if (journaled) {
    settle_touches(slot);
  } else if (journaled.error().code() == ErrorCode::limit_exceeded) {
    refuse_touches(slot, journaled.error());
    return {};
  }
  return journaled;
}

/// The journal has what was touched.
void StoreCore::settle_touches(Slot& slot) {
  slot.collection->ops.assign(slot.journaled.get(), slot.data.get());
  slot.touched = false;
}

/// What the journal can't take now is part of the save all the same, and that is reported: until
/// the save is durable nothing else holds it.
void StoreCore::save_touches(Slot& slot) {
  if (!slot.touched || slot.editing || slot.returns) return;
  const Result<void> journaled = planted<Plant::touch_not_journaled>()
                                     ? Error(ErrorCode::journal_full)
                                     : journal_touches(slot);
  if (journaled) return;
  report_soon(slot, journaled.error());
  slot.extras = slot.collection->ops.rebase(slot.extras, slot.data.get());
  slot.state_hash = 0;
  slot.payload_valid = false;
  settle_touches(slot);
  count_edit(slot, 0);
}

void StoreCore::journal_all_touches() {
  std::erase_if(touched_, [this](const auto& one) {
    const auto& [slot, serial] = one;
    if (slot->serial != serial || !slot->touched) return true;
    if (slot->phase == Phase::falling || slot->editing || slot->returns) return false;
    return journal_touches(*slot).has_value();
  });
}

}  // namespace keepsake::detail
