// Edits: on a copy, validated, journaled, swapped in. All or nothing.
#include <algorithm>
#include <utility>

#include "keepsake/backend/limits.h"
#include "src/base/assert.h"
#include "src/plant/plant.h"
#include "src/store/beside.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

Error ended_error(const Slot& slot, ErrorCode code, const char* cause) {
  return Error(code, cause).store(slot.key.store).key(slot.key.key);
}

}  // namespace

bool StoreCore::doubtful() const { return now() > protocol_->lease_deadline(); }

ProfileState StoreCore::state_of(const Slot& slot) const {
  if (slot.phase == Phase::ending) return ProfileState::ending;
  if (slot.phase != Phase::active && slot.phase != Phase::falling) return ProfileState::ended;
  return doubtful() || slot.returns ? ProfileState::doubtful : ProfileState::active;
}

[[gnu::hot]] Result<void> StoreCore::may_change(const Slot& slot) const {
  switch (slot.phase) {
    case Phase::active: break;
    case Phase::falling:
      return ended_error(slot, ErrorCode::tie_lost,
                         "a transaction of this profile fell; its last durable data is being read");
    case Phase::ending:
      if (planted<Plant::edit_while_ending>()) break;
      return ended_error(slot, ErrorCode::session_ending, "the last save is under way");
    default: return ended_error(slot, ErrorCode::not_owner, "the session has ended");
  }
  if (slot.returns) {
    return ended_error(
        slot, ErrorCode::not_now,
        "another server closed this server's lease; the session is being taken back");
  }
  if (grant_.self.incarnation == 0) {
    return ended_error(slot, ErrorCode::session_lost, "another server closed this server's lease");
  }
  return {};
}

[[gnu::hot]] Result<void> StoreCore::may_edit(const Slot& slot) const {
  if (Result<void> may = may_change(slot); !may) return may;
  if (slot.editing) {
    return ended_error(slot, ErrorCode::invalid_argument,
                       "an edit of a profile inside of an edit of the same profile");
  }
  return {};
}

Result<void> StoreCore::make_change(Slot& slot, Change& change) {
  const DataOps& ops = slot.collection->ops;
  if (Result<void> valid = ops.validate(change.data.get()); !valid) {
    return std::move(valid).error().store(slot.key.store).key(slot.key.key);
  }
  change.extras = ops.rebase(slot.extras, change.data.get());
  change.payload.swap(spare_payload_);
  change.payload.clear();
  encode(slot, change.data.get(), change.extras, change.payload);
  return valid_payload(slot.key, change.payload);
}

[[gnu::hot]] MemberView StoreCore::member_view(const Slot& slot) const {
  MemberView view;
  view.store = slot.key.store;
  view.key = slot.key.key;
  view.generation = slot.fence.generation;
  view.incarnation = (slot.returns ? slot.returns->from : grant_).self.incarnation;
  view.session = slot.fence.session;
  view.epoch = slot.fence.epoch;
  view.revision = slot.fence.revision;
  view.edit_number = slot.edit_number;
  view.links = slot.links;
  view.schema_version = slot.stamp.version;
  view.schema_ordinal = slot.stamp.ordinal;
  view.last_compatible = slot.stamp.last_compatible;
  view.format = format_of(slot.collection->form);
  // Until a save holds them: whose a profile is must not be lost with a server.
  if (slot.user_ids != slot.envelope.user_ids) view.user_ids = &slot.user_ids;
  return view;
}

Result<std::uint64_t> StoreCore::journal(RecordKind kind, std::span<Change> changes,
                                         const Beside* beside) {
  if (!grant_.journal) return 0;
  const bool beyond =
      beside != nullptr && !is_empty(*beside) && !planted<Plant::gap_hides_message>();
  const bool link = kind == RecordKind::edit && (changes.size() > 1 || beyond);
  const BesideViews beside_views = beside != nullptr ? BesideViews(*beside) : BesideViews();
  std::vector<MemberView>& members = journal_views_;
  members.resize(std::max(members.size(), changes.size()));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    MemberView& view = members[i] = member_view(*changes[i].slot);
    view.edit_number += 1;
    changes[i].links = view.links += link ? 1 : 0;
    view.content = ContentKind::image;
    view.bytes = changes[i].payload;
    view.state_hash = changes[i].state_hash = state_hash_of_image(changes[i].payload);
    beside_views.add_to(view);
  }
  Result<std::uint64_t> sequence =
      grant_.journal->append({.kind = kind, .members = std::span(members.data(), changes.size())});
  if (!sequence) {
    const ProfileKey& key = changes[0].slot->key;
    return std::move(sequence).error().store(key.store).key(key.key);
  }
  ++stats_.journal_records;
  for (const Change& change : changes) stats_.journal_bytes += change.payload.size();
  return sequence;
}

void StoreCore::adopt(Change& change, std::uint64_t sequence, const Beside* beside) {
  Slot& slot = *change.slot;
  std::swap(slot.data, change.data);
  slot.extras = std::move(change.extras);
  slot.payload.swap(change.payload);
  spare_payload_.swap(change.payload);
  slot.payload_valid = true;
  slot.most_bytes = slot.payload.size();
  slot.state_hash = change.state_hash;
  slot.links = change.links;
  slot.touched = slot.journaled_fresh = false;
  count_edit(slot, sequence);
  if (beside != nullptr) add(slot.beside, *beside, slot.edit_number);
}

[[gnu::hot]] void StoreCore::count_edit(Slot& slot, std::uint64_t sequence) {
  ++slot.edit_number;
  if (slot.first_uncovered == 0) slot.first_uncovered = sequence;
  if (slot.dirty_index == 0) mark_dirty(slot, auto_save_time());
  if (slot.editing) return;  // tags that are set within an edit: its effects wait for itself
  for (DurableDone& effect : std::exchange(slot.effects, {})) {
    slot.waiters.emplace_back(slot.edit_number, std::move(effect));
  }
}

/// Of an edit that was not made.
void StoreCore::drop_effects(Slot& slot, const Error& why) {
  for (DurableDone& effect : std::exchange(slot.effects, {})) {
    later([effect = std::move(effect), why] { effect(why); });
  }
}

Result<void> StoreCore::edit(Slot& slot, SlotRef::Body body, const Beside* beside,
                             Unchanged unchanged) {
  Result<void> told = try_edit(slot, body, beside, unchanged);
  if (!told) ++stats_.edits_refused;
  return told;
}

Result<void> StoreCore::try_edit(Slot& slot, SlotRef::Body body, const Beside* beside,
                                 Unchanged unchanged) {
  assert_thread();
  const std::uint64_t serial = slot.serial;
  if (Result<void> may = may_edit(slot); !may) return may;
  gather_touches(slot);  // what is wrong with them is not this edit's fault
  Change change;
  change.slot = &slot;
  change.data = slot.collection->ops.clone(slot.data.get());
  Result<void> told;
  {
    const EditingMark mark(slot);
    Result<void> ran = call_caught([&] { told = body(change.data.get()); }, "the edit");
    if (!ran) told = std::move(ran).error().store(slot.key.store).key(slot.key.key);
  }
  if (told && slot.serial != serial) told = Error(ErrorCode::not_owner, "the session has ended");
  if (told) told = may_edit(slot);  // the game's function may have ended it
  const bool same = unchanged == Unchanged::skip && told &&
                    slot.collection->ops.equal(slot.data.get(), change.data.get());
  if (same) {
    for (DurableDone& effect : std::exchange(slot.effects, {})) when_durable(slot, effect);
    return {};
  }
  if (told) told = make_change(slot, change);
  if (told) {
    Result<std::uint64_t> sequence = journal(RecordKind::edit, std::span(&change, 1), beside);
    if (sequence) {
      adopt(change, *sequence, beside);
      ++stats_.edits;
      return {};
    }
    told = std::move(sequence).error();
  }
  if (slot.serial == serial) drop_effects(slot, told.error());
  return told;
}

Result<void> StoreCore::may_transact(std::span<Slot* const> slots) const {
  if (slots.size() > kMaxGroupMembers) {
    return Error(ErrorCode::invalid_argument, "a transaction of too many profiles")
        .expected("at most " + std::to_string(kMaxGroupMembers))
        .found(std::to_string(slots.size()));
  }
  std::vector<const Slot*> tied;  // all that one commit would have to store
  for (const Slot* slot : slots) {
    if (Result<void> may = may_edit(*slot); !may) return may;
    if (std::count(slots.begin(), slots.end(), slot) > 1) {
      return ended_error(*slot, ErrorCode::invalid_argument,
                         "a transaction that names a profile twice");
    }
    if (doubtful()) {
      return ended_error(*slot, ErrorCode::not_now, "the database does not answer");
    }
    const bool sent = slot->saving_tie_since != MonotonicTime{};
    const bool waits = sent || slot->tie;
    const MonotonicTime since = sent ? slot->saving_tie_since : waits ? slot->tie->since : now();
    if (waits && now() - since >= options_.timing.tie) {
      return ended_error(*slot, ErrorCode::not_now,
                         "an earlier transaction of this profile still waits for its save");
    }
    if (slot->tie) tied.insert(tied.end(), slot->tie->members.begin(), slot->tie->members.end());
    tied.push_back(slot);
  }
  std::sort(tied.begin(), tied.end());
  const auto count = std::unique(tied.begin(), tied.end()) - tied.begin();
  if (count > static_cast<std::ptrdiff_t>(kMaxGroupMembers)) {
    return ended_error(*slots[0], ErrorCode::not_now,
                       "earlier transactions tie too many profiles together until they are saved")
        .expected("at most " + std::to_string(kMaxGroupMembers))
        .found(std::to_string(count));
  }
  return {};
}

Result<void> StoreCore::transact(std::span<Slot* const> slots,
                                 FunctionRef<Result<void>(void* const*)> body) {
  assert_thread();
  if (Result<void> may = may_transact(slots); !may) return may;
  std::vector<Change> changes(slots.size());
  std::vector<void*> data;
  std::vector<std::uint64_t> serials;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    gather_touches(*slots[i]);
    changes[i].slot = slots[i];
    changes[i].data = slots[i]->collection->ops.clone(slots[i]->data.get());
    data.push_back(changes[i].data.get());
    serials.push_back(slots[i]->serial);
    slots[i]->editing = true;
  }
  Result<void> told;
  Result<void> ran = call_caught([&] { told = body(data.data()); }, "the transaction");
  for (Slot* slot : slots) slot->editing = false;
  if (!ran) told = std::move(ran);
  for (std::size_t i = 0; told && i < changes.size(); ++i) {
    if (slots[i]->serial != serials[i]) {
      told = Error(ErrorCode::not_owner, "the session has ended");
    } else if (told = may_edit(*slots[i]); told) {
      told = make_change(*slots[i], changes[i]);
    }
  }
  if (told && slots.size() > 1) told = may_transact(slots);  // others may have been tied meanwhile
  Result<std::uint64_t> sequence = told ? journal(RecordKind::edit, changes, nullptr)
                                        : Result<std::uint64_t>(std::move(told).error());
  if (!sequence) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i]->serial == serials[i]) drop_effects(*slots[i], sequence.error());
    }
    return std::move(sequence).error();
  }
  for (Change& change : changes) {
    adopt(change, *sequence, nullptr);
    ++stats_.edits;
  }
  if (slots.size() > 1) tie_together(slots);
  request_save(*slots[0]);
  return {};
}

void StoreCore::tie_together(std::span<Slot* const> slots) {
  auto tied = std::make_shared<TieSet>();
  tied->since = now();
  const auto add = [&](Slot* slot) {
    if (std::find(tied->members.begin(), tied->members.end(), slot) == tied->members.end()) {
      tied->members.push_back(slot);
    }
  };
  for (Slot* slot : slots) {
    if (!slot->tie) {
      add(slot);
      continue;
    }
    tied->since = std::min(tied->since, slot->tie->since);
    for (Slot* member : slot->tie->members) add(member);
  }
  for (Slot* member : tied->members) member->tie = tied;
}

Result<void> StoreCore::set_user_ids(Slot& slot, std::vector<UserId> ids) {
  assert_thread();
  if (Result<void> may = may_edit(slot); !may) return may;
  if (ids.size() > kMaxUserIds) {
    return ended_error(slot, ErrorCode::limit_exceeded, "too many user ids");
  }
  slot.user_ids = std::move(ids);
  slot.user_ids_changed = true;
  mark_dirty(slot, now() + options_.timing.auto_save / 2);
  return {};
}

void StoreCore::note(const Slot& slot, const Error& error) {
  Error told = error;
  told.store(slot.key.store).key(slot.key.key);
  log(LogLevel::warning, told.text());
  if (slot.collection->hooks.on_error) slot.collection->hooks.on_error(slot.key, told);
}

}  // namespace keepsake::detail
