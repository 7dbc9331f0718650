// Edits by member: made to the live data, and undone where they may not stay. What they copy,
// validate and journal is the part that changes.
//
// After a tick's sleep such an edit finds its code in no cache, and to fetch it takes longer than
// to run it. What it runs through, here and in the layers below, is marked [[gnu::hot]]: linkers
// put that together, on few pages (docs/benchmarks.md).
#include <utility>

#include "keepsake/backend/limits.h"
#include "keepsake/store/detail/member_edit.h"
#include "src/datum/member_change.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

[[gnu::hot]] Result<void> StoreCore::edit_member(Slot& slot, const MemberChange& change,
                                                 const MemberEdit& edit) {
  assert_thread();
  Result<void> told = may_edit(slot);
  if (told) told = make_member_change(slot, change, edit);
  ++(told ? stats_.edits : stats_.edits_refused);
  if (told) return told;
  told = std::move(told).error().store(slot.key.store).key(slot.key.key);
  if (!slot.editing) drop_effects(slot, told.error());
  return told;
}

[[gnu::hot]] Result<void> StoreCore::make_member_change(Slot& slot, const MemberChange& change,
                                                        const MemberEdit& edit) {
  const std::uint64_t serial = slot.serial;
  gather_touches(slot);  // what is wrong with them is not this edit's fault
  Result<void*> target = find_target(MemberSite(change, slot.data.get()));
  if (!target) return std::move(target).error();
  Result<void> told;
  {
    const EditingMark mark(slot);
    Result<void> ran = call_caught([&] { told = edit.prepare(*target); }, "the edit");
    if (!ran) told = std::move(ran);
  }
  if (!told) return told;
  if (slot.serial != serial) return Error(ErrorCode::not_owner, "the session has ended");
  if (told = may_edit(slot); !told) return told;  // the game's function may have ended it
  gather_touches(slot);
  const MemberSite site(change, slot.data.get());
  target = find_target(site);
  if (!target) return std::move(target).error();
  const bool was_absent = is_absent(site);
  told = call_caught([&] { edit.apply(*target); }, "the edit");
  if (!told) return told;
  told = keep_member_change(slot, site, was_absent);
  if (!told) {
    edit.undo(*target);
  } else if (slot.touched) {
    settle_touches(slot);
  } else if (slot.journaled_fresh) {
    edit.repeat(*find_target(MemberSite(change, slot.journaled.get())), *target);
  }
  return told;
}

[[gnu::hot]] Result<void> StoreCore::keep_member_change(Slot& slot, const MemberSite& site,
                                                        bool was_absent) {
  if (Result<void> valid = validate_change(site); !valid) return valid;
  Extras extras = slot.touched ? slot.collection->ops.rebase(slot.extras, slot.data.get())
                               : rebase_change(site, slot.extras);
  write_change(site, was_absent, extras, patch_);
  return journal_patch(slot, std::move(extras));
}

/// One record of what the live data has become: `patch_`, or where the journal has nothing that it
/// could be applied to, an image.
[[gnu::hot]] Result<void> StoreCore::journal_patch(Slot& slot, Extras extras) {
  const std::string_view operations = patch_.finish();
  const bool based = !grant_.journal || slot.state_hash != 0;
  std::size_t most_bytes = slot.most_bytes + operations.size();
  const bool whole = !based || slot.most_bytes == 0 || most_bytes > kMaxPayloadBytes;
  if (whole) {
    slot.payload_valid = false;
    slot.payload.clear();
    encode(slot, slot.data.get(), extras, slot.payload);
    if (Result<void> fits = valid_payload(slot.key, slot.payload); !fits) return fits;
    most_bytes = slot.payload.size();
  }
  MemberView view = member_view(slot);
  view.edit_number += 1;
  view.content = based ? ContentKind::patch : ContentKind::image;
  view.bytes = based ? operations : std::string_view(slot.payload);
  view.base_hash = based ? slot.state_hash : 0;
  view.state_hash =
      based ? state_hash_of_patch(operations, slot.state_hash) : state_hash_of_image(slot.payload);
  std::uint64_t sequence = 0;
  if (grant_.journal) {
    const Result<std::uint64_t> appended =
        grant_.journal->append({.kind = RecordKind::edit, .members = std::span(&view, 1)});
    if (!appended) return appended.error();
    sequence = *appended;
    ++stats_.journal_records;
    stats_.journal_bytes += view.bytes.size();
  }
  slot.extras = std::move(extras);
  slot.payload_valid = whole;
  slot.most_bytes = most_bytes;
  slot.state_hash = view.state_hash;
  count_edit(slot, sequence);
  return {};
}

}  // namespace keepsake::detail
