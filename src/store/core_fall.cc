// When a commit is refused: the member that is lost, and the fall of its tie (rule 26).
#include <algorithm>
#include <utility>

#include "src/store/beside.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

/// What a refused fence means for the session that was refused.
Error why_refused(const Fence& fence, const std::optional<Envelope>& row, bool was_in_doubt) {
  bool hidden = was_in_doubt;
  if (row) {
    for (const EpochMark& mark : row->marks) {
      if (mark.epoch == fence.epoch) hidden = false;  // our last commit is known, and is another
    }
  }
  if (hidden) {
    return Error(ErrorCode::unknown_outcome,
                 "the reply to the last save was lost, and later commits hide its outcome");
  }
  return Error(ErrorCode::session_lost, "another server owns the profile now")
      .expected("epoch " + std::to_string(fence.epoch) + ", revision " +
                std::to_string(fence.revision))
      .found(row ? "epoch " + std::to_string(row->epoch) + ", revision " +
                       std::to_string(row->revision)
                 : std::string("no profile"));
}

}  // namespace

void StoreCore::fence_refused(const std::vector<Saving>& members, const FenceRefused& refusal,
                              bool was_in_doubt) {
  if (std::any_of(members.begin(), members.end(), [](const Saving& saving) {
        return saving.slot->serial == saving.serial && saving.slot->returns;
      })) {
    return return_refused(members, refusal);
  }
  Slot* lost = nullptr;
  std::vector<Slot*> tied;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Slot& slot = *members[i].slot;
    if (slot.serial != members[i].serial) continue;
    slot.commit_id = 0;
    (i == refusal.member ? lost : tied.emplace_back()) = &slot;
  }
  Error why(ErrorCode::session_lost);
  if (lost != nullptr) {
    why = why_refused(lost->fence, refusal.row, was_in_doubt);
    lose(*lost, why, EndReason::lost);  // takes what is tied to it by later transactions along
  }
  if (!tied.empty()) fall(tied, why);
}

void StoreCore::group_refused(const std::vector<Saving>& members, const GroupRefused& refusal) {
  Slot* refused = nullptr;
  std::vector<Slot*> tied;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Slot& slot = *members[i].slot;
    if (slot.serial != members[i].serial) continue;
    slot.commit_id = 0;
    if (i != refusal.member) {
      tied.push_back(&slot);
      continue;
    }
    refused = &slot;
    if (!slot.tie) continue;
    for (Slot* member : slot.tie->members) {
      if (member != &slot) tied.push_back(member);
    }
  }
  if (refused != nullptr &&
      refused->returns) {  // there is nothing that the others can fall back to
    if (tied.size() > 1) tie_together(tied);
    if (!tied.empty()) give_up_returning(*tied.front(), refusal.error);
    tied.clear();
  }
  if (refused != nullptr) refuse(*refused, refusal.error);
  if (!tied.empty()) fall(tied, refusal.error);
}

/// Nothing of it may be saved again: lets the profile go as it is stored.
void StoreCore::refuse(Slot& slot, const Error& refusal) {
  Error why = refusal;
  why.store(slot.key.store).key(slot.key.key);
  if (why.remedy().empty()) why.remedy("the database refused this save; its data is in quarantine");
  if (slot.data) set_data_aside(slot, why);
  if (slot.tie) std::erase(slot.tie->members, &slot);
  slot.tie.reset();
  slot.edit_number = slot.durable_edit;
  slot.migrated = false;
  slot.beside = {};
  slot.touched = false;
  slot.removing = false;
  mark_clean(slot);
  slot.end_reason = EndReason::refused;
  slot.end_wanted.reset();
  slot.refusal = why;
  slot.first_uncovered = 0;
  std::vector<std::pair<std::uint64_t, DurableDone>> waiters = std::exchange(slot.waiters, {});
  release(slot, {});
  note(slot, why);
  for (auto& [edit, done] : waiters) done(why);
}

void StoreCore::fall(std::span<Slot* const> tied, const Error& why) {
  const auto fall = std::make_shared<Fall>();
  std::vector<Slot*> todo(tied.begin(), tied.end());
  for (std::size_t i = 0; i < todo.size(); ++i) {  // and whatever later transactions tied to them
    if (!todo[i]->tie) continue;
    const std::shared_ptr<TieSet> tie = todo[i]->tie;
    for (Slot* member : tie->members) {
      member->tie.reset();
      if (std::find(todo.begin(), todo.end(), member) == todo.end()) todo.push_back(member);
    }
  }
  for (Slot* slot : todo) {
    if (slot->phase != Phase::active && slot->phase != Phase::ending) continue;
    log(LogLevel::warning,
        slot->key.store + "/" + slot->key.key +
            ": a transaction falls, since its other side is lost: " + why.message());
    fall->survivors.emplace_back(slot, slot->serial);
    begin_fall(*slot);
  }
  falls_.push_back(fall);
  go_on_falling();
}

void StoreCore::begin_fall(Slot& slot) {
  if (slot.phase == Phase::ending) slot.end_wanted = slot.end_reason;
  slot.phase = Phase::falling;
}

/// Reads what is durable of those whose own commits are settled: before, it may not be their last.
void StoreCore::go_on_falling() {
  std::vector<std::shared_ptr<Fall>> ready;
  std::erase_if(falls_, [&](const std::shared_ptr<Fall>& fall) {
    std::erase_if(fall->survivors,
                  [](const auto& survivor) { return survivor.first->serial != survivor.second; });
    for (const auto& [slot, serial] : fall->survivors) {
      if (slot->commit_id != 0) return false;
    }
    ready.push_back(fall);
    return true;
  });
  for (const std::shared_ptr<Fall>& fall : ready) read_durable(fall);
}

void StoreCore::read_durable(const std::shared_ptr<Fall>& fall) {
  std::vector<ProfileKey> keys;
  std::vector<AnyCatalog> catalogs;
  for (const auto& [slot, serial] : fall->survivors) {
    if (slot->serial != serial) continue;
    keys.push_back(slot->key);
    catalogs.push_back(slot->collection->catalog);
  }
  if (keys.empty()) return;
  protocol_->read([this, fall, keys = std::move(keys), catalogs = std::move(catalogs),
                   codec = codec_, &backend = backend_]() -> GameInbox::Task {
    std::map<ProfileKey, std::shared_ptr<Prepared>> durable;
    auto rows = backend.read(keys);
    bool unreachable = !rows && rows.error().error_class() == ErrorClass::retry;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Result<Record> record = Error(ErrorCode::not_found, "no such profile");
      if (!rows) {
        record = rows.error();
      } else if ((*rows)[i]) {
        record = std::move(*(*rows)[i]);
      }
      const WallTime created = record ? wall_from_unix_ms(record->envelope.created_ms) : WallTime{};
      durable[keys[i]] = prepare(catalogs[i], *codec, std::move(record), created);
    }
    return [this, fall, unreachable, durable = std::move(durable)] {
      if (unreachable) {
        return protocol_->after(options_.timing.poll, [this, fall] { read_durable(fall); });
      }
      fallen_back(fall, durable);
    };
  });
}

void StoreCore::fallen_back(const std::shared_ptr<Fall>& fall,
                            const std::map<ProfileKey, std::shared_ptr<Prepared>>& durable) {
  std::vector<Change> changes;
  for (const auto& [slot, serial] : fall->survivors) {
    if (slot->serial == serial) fall_back(*slot, *durable.at(slot->key), changes);
  }
  if (changes.empty()) return;
  const Result<std::uint64_t> sequence = journal(RecordKind::fall, changes, nullptr);
  for (Change& change : changes) {
    Slot& slot = *change.slot;
    if (!sequence) {
      lose(slot, sequence.error(), EndReason::tie_lost);
      continue;
    }
    slot.first_uncovered = 0;
    slot.phase = Phase::active;
    adopt(change, *sequence, nullptr);
  }
  for (const auto& [slot, serial] : fall->survivors) {
    if (slot->serial != serial || slot->phase != Phase::active) continue;
    look_at_inbox(*slot);
    note(*slot, Error(ErrorCode::tie_lost, "a transaction fell, and this change with it"));
    if (slot->serial != serial || slot->phase != Phase::active || !slot->end_wanted) continue;
    end(*slot, *std::exchange(slot->end_wanted, std::nullopt), {});
  }
}

/// One survivor: what it has beyond `durable` goes to quarantine; the way back is put in `changes`.
void StoreCore::fall_back(Slot& slot, Prepared& durable, std::vector<Change>& changes) {
  const bool ours = durable.record && durable.record->envelope.session == slot.fence.session &&
                    durable.record->envelope.epoch == slot.fence.epoch;
  if (!ours || !durable.bound) {
    return lose(slot, ours ? durable.bound.error() : Error(ErrorCode::tie_lost, "its tie fell"),
                EndReason::tie_lost);
  }
  slot.fence.revision = durable.record->envelope.revision;
  slot.durable_edit = durable.record->envelope.edit_number;
  drop_until(slot.beside, slot.durable_edit);
  deliver_again(slot);
  slot.beside = {};
  slot.envelope.tags = durable.record->envelope.tags;
  slot.tags_edit = 0;
  slot.user_ids_changed = slot.user_ids != slot.envelope.user_ids;
  const Error fell = Error(ErrorCode::tie_lost, "a transaction fell, and this change with it")
                         .store(slot.key.store)
                         .key(slot.key.key);
  if (slot.edit_number > slot.durable_edit) {
    set_data_aside(slot, fell);
    for (EndDone& done : slot.end_waiters) {  // the session will end well, but not with these edits
      done = [done = std::move(done), fell](const Result<void>&) { done(fell); };
    }
    if (slot.move && slot.move->done) {  // as the end: it may come about, but not with these edits
      slot.move->done = [done = std::move(slot.move->done), fell](const Result<void>& outcome) {
        done(outcome ? Result<void>(fell) : outcome);
      };
    }
  }
  for (auto& [edit, waiter] : std::exchange(slot.waiters, {})) {
    later([done = std::move(waiter), fell] { done(fell); });
  }
  Change change;
  change.slot = &slot;
  change.data = std::move(durable.bound->data);
  change.extras = std::move(durable.bound->extras);
  encode(slot, change.data.get(), change.extras, change.payload);
  changes.push_back(std::move(change));
}

}  // namespace keepsake::detail
