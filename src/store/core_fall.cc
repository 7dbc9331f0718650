// When a commit is refused: the member that is lost, and the fall of its tie (rule 26).
#include <algorithm>
#include <utility>

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
  for (const Saving& saving : members) {
    Slot& slot = *saving.slot;
    if (slot.serial != saving.serial) continue;
    slot.commit_id = 0;
    Error why = refusal.error;
    note(slot, why.remedy("the database refused this save; its data is in quarantine"));
    if (slot.data) set_data_aside(slot, why);
    // Nothing of it may be saved again: let the profile go as it is stored.
    if (slot.tie) std::erase(slot.tie->members, &slot);
    slot.tie.reset();
    slot.edit_number = slot.durable_edit;
    slot.migrated = false;
    slot.receipts.clear();
    slot.removing = false;
    mark_clean(slot);
    slot.end_reason = EndReason::refused;
    std::vector<std::pair<std::uint64_t, DurableDone>> waiters = std::exchange(slot.waiters, {});
    for (auto& [edit, done] : waiters) done(why);
    slot.phase = Phase::ending;
    Group group{.token = Id128::random(runtime_->random()),
                .self = grant_.self,
                .now_ms = wall_ms(),
                .members = {},
                .quarantine = {}};
    std::vector<Saving> release(1);
    group.members.push_back(member_commit(slot, release[0], group));
    send(std::move(group), std::move(release), true);
  }
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
    begin_fall(*slot, why);
    fall->survivors.emplace_back(slot, slot->serial);
  }
  std::vector<ProfileKey> keys;
  std::vector<AnyCatalog> catalogs;
  for (const Slot* slot : todo) {
    keys.push_back(slot->key);
    catalogs.push_back(slot->collection->catalog);
  }
  read_durable(fall, std::move(keys), std::move(catalogs));
}

void StoreCore::begin_fall(Slot& slot, const Error& why) {
  if (slot.phase == Phase::falling) return;
  if (slot.phase == Phase::ending) slot.end_wanted = slot.end_reason;
  slot.phase = Phase::falling;
  if (slot.edit_number > slot.durable_edit) {
    set_data_aside(slot, Error(ErrorCode::tie_lost, "a transaction fell: " + why.message()));
  }
  slot.receipts.clear();
  const Error fell = Error(ErrorCode::tie_lost, "a transaction fell, and this change with it")
                         .store(slot.key.store)
                         .key(slot.key.key);
  std::vector<std::pair<std::uint64_t, DurableDone>> waiters = std::exchange(slot.waiters, {});
  for (auto& [edit, done] : waiters) done(fell);
  note(slot, fell);
}

void StoreCore::read_durable(const std::shared_ptr<Fall>& fall, std::vector<ProfileKey> keys,
                             std::vector<AnyCatalog> catalogs) {
  protocol_->read([this, fall, keys = std::move(keys), catalogs = std::move(catalogs),
                   &backend = backend_]() -> GameInbox::Task {
    std::vector<std::shared_ptr<Prepared>> durable;
    auto rows = backend.read(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Result<Record> record = Error(ErrorCode::not_found, "no such profile");
      if (!rows) {
        record = rows.error();
      } else if ((*rows)[i]) {
        record = std::move(*(*rows)[i]);
      }
      durable.push_back(prepare(catalogs[i], std::move(record), WallTime{}));
    }
    return [this, fall, durable = std::move(durable), keys, catalogs]() mutable {
      // A survivor's own commit may still be under way: what was read is then not its last.
      const bool unsettled =
          std::any_of(fall->survivors.begin(), fall->survivors.end(), [](const auto& survivor) {
            return survivor.first->serial == survivor.second && survivor.first->commit_id != 0;
          });
      const bool unreachable = std::any_of(durable.begin(), durable.end(), [](const auto& one) {
        return !one->record && one->record.error().error_class() == ErrorClass::retry;
      });
      if (unreachable || unsettled) {
        return protocol_->after(options_.timing.poll / 10, [this, fall, keys, catalogs] {
          read_durable(fall, keys, catalogs);
        });
      }
      fallen_back(fall, std::move(durable));
    };
  });
}

void StoreCore::fallen_back(const std::shared_ptr<Fall>& fall,
                            std::vector<std::shared_ptr<Prepared>> durable) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < durable.size(); ++i) {
    auto [slot, serial] = fall->survivors[i];
    if (slot->serial != serial) continue;
    Prepared& one = *durable[i];
    const bool ours = one.record && one.record->envelope.session == slot->fence.session &&
                      one.record->envelope.epoch == slot->fence.epoch;
    if (!ours || !one.bound) {
      lose(*slot, ours ? one.bound.error() : Error(ErrorCode::tie_lost, "its tie fell"),
           EndReason::tie_lost);
      continue;
    }
    slot->fence.revision = one.record->envelope.revision;
    slot->durable_edit = one.record->envelope.edit_number;
    Change change;
    change.slot = slot;
    change.data = std::move(one.bound->data);
    change.extras = std::move(one.bound->extras);
    slot->collection->ops.encode(change.data.get(), change.extras, slot->version, change.payload);
    changes.push_back(std::move(change));
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
    if (slot.end_wanted) end(slot, *std::exchange(slot.end_wanted, std::nullopt), {});
  }
}

}  // namespace keepsake::detail
