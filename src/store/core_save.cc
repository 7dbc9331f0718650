// Saves: which profiles, when, and what follows when a commit is settled.
#include <algorithm>
#include <utility>

#include "src/base/assert.h"
#include "src/plant/plant.h"
#include "src/store/beside.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {
/// Saves begun in one tick that the protocol is told of before its end, so that storage works
/// beside the game.
constexpr std::size_t kSendAtOnce = 64;
}  // namespace

MonotonicTime StoreCore::auto_save_time() {
  const Duration longest = options_.timing.auto_save;
  const auto spread = static_cast<std::uint64_t>(longest.count() / 3 + 1);
  return now() + longest / 2 + Duration(static_cast<std::int64_t>(random_.next() % spread));
}

void StoreCore::mark_dirty(Slot& slot, MonotonicTime due) {
  if (slot.dirty_index != 0) return;
  dirty_.push_back(&slot);
  slot.dirty_index = dirty_.size();
  slot.save_due = due;
  queue_save(slot);
}

/// A slot stands in the queue once, however often it is saved meanwhile.
void StoreCore::queue_save(Slot& slot) {
  if (std::exchange(slot.due_queued, true)) return;
  due_.push({slot.save_due, &slot, slot.serial});
}

void StoreCore::mark_clean(Slot& slot) {
  if (slot.dirty_index == 0) return;
  Slot* last = dirty_.back();
  dirty_[slot.dirty_index - 1] = last;
  last->dirty_index = slot.dirty_index;
  dirty_.pop_back();
  slot.dirty_index = 0;
}

void StoreCore::save_due(MonotonicTime at, MonotonicTime stop) {
  while (!due_.empty() && due_.top().when <= at) {
    const Due due = due_.top();
    due_.pop();
    Slot& slot = *due.slot;
    if (slot.serial != due.serial) continue;
    slot.due_queued = false;
    if (slot.dirty_index == 0) continue;
    if (slot.save_due > at) {  // saved and changed again, since it was put here
      queue_save(slot);
      continue;
    }
    if (slot.phase == Phase::active) request_save(slot);
    if (now() >= stop) break;
  }
}

void StoreCore::request_save(Slot& slot) {
  if (slot.returns) return go_on_returning(slot);
  slot.save_wanted = !build_save(slot);
}

bool StoreCore::build_save(Slot& slot) {
  if (grant_.self.incarnation == 0) return false;
  std::vector<Slot*> members;
  std::vector<Slot*> hooked;
  do {  // a hook may tie further profiles to these, or save them itself
    members = slot.tie ? slot.tie->members : std::vector<Slot*>{&slot};
    if (planted<Plant::survivor_saved_alone>()) members = {&slot};
    for (const Slot* member : members) {
      if ((member->commit_id != 0 && !planted<Plant::saves_overtake>()) ||
          member->phase == Phase::falling)
        return false;
    }
  } while (run_save_hooks(members, hooked));

  for (Slot* member : members) save_touches(*member);
  Group group{.token = Id128::random(random_),
              .self = grant_.self,
              .now_ms = wall_ms(),
              .members = {},
              .quarantine = {}};
  std::vector<Saving> saving(members.size());
  bool urgent = false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    group.members.push_back(member_commit(*members[i], saving[i], group));
    urgent = urgent || saving[i].after != After::keep;
  }
  for (Slot* member : members) {
    if (member->tie) member->saving_tie_since = member->tie->since;
    member->tie.reset();
  }
  send(std::move(group), std::move(saving), urgent);
  return true;
}

/// Whether a save was asked for that had to wait, of it or of what is tied to it.
bool StoreCore::wants_save(const Slot& slot) {
  const auto wants = [](const Slot& one) {
    return one.phase == Phase::ending || (one.save_wanted && one.dirty_index != 0);
  };
  if (!slot.tie) return wants(slot);
  return std::any_of(slot.tie->members.begin(), slot.tie->members.end(),
                     [&](const Slot* member) { return wants(*member); });
}

bool StoreCore::run_save_hooks(std::span<Slot* const> members, std::vector<Slot*>& done) {
  bool any = false;
  for (Slot* member : members) {
    if (std::find(done.begin(), done.end(), member) != done.end()) continue;
    done.push_back(member);
    const auto& hook = member->collection->hooks.on_save;
    if (!hook || member->phase != Phase::active || member->editing || member->returns) continue;
    any = true;
    run_hook(*member, [&](void* data) { hook(SlotRef(member, member->serial), data); });
  }
  return any;
}

void StoreCore::run_hook(Slot& slot, FunctionRef<void(void*)> hook) {
  const Result<void> ran = edit(
      slot,
      [&](void* data) {
        hook(data);
        return Result<void>();
      },
      nullptr, Unchanged::skip);
  if (!ran) note(slot, ran.error());
}

const void* StoreCore::journaled_data(const Slot& slot) {
  return slot.touched ? slot.journaled.get() : slot.data.get();
}

void StoreCore::encode(const Slot& slot, const void* data, const Extras& extras,
                       std::string& out) const {
  slot.collection->ops.encode(data, extras, slot.version, out, slot.collection->form);
}

void StoreCore::encode_payload(Slot& slot) {
  if (slot.payload_valid) return;
  slot.payload.clear();
  encode(slot, journaled_data(slot), slot.extras, slot.payload);
  slot.payload_valid = true;
  slot.most_bytes = slot.payload.size();
}

/// A session's first save keeps what it found, its last what it leaves; an update is no session.
std::optional<KeepHistory> StoreCore::kept_of(const Slot& slot, const Saving& saving) const {
  const bool saves = saving.with_data || slot.saved_here;
  if (!saves || slot.for_updates || options_.history.snapshots == 0) return std::nullopt;
  KeepHistory kept{.before = {},
                   .after = {},
                   .at_most = static_cast<std::uint32_t>(options_.history.snapshots),
                   .since_ms = wall_ms() - to_ms(options_.history.age)};
  if (!slot.saved_here && slot.envelope.has_data) kept.before = SnapshotKind::session_start;
  if (saving.after == After::hand_over) kept.after = SnapshotKind::session_end;
  if (!kept.before && !kept.after) return std::nullopt;
  return kept;
}

MemberCommit StoreCore::member_commit(Slot& slot, Saving& saving, Group& group) {
  const bool last = slot.phase == Phase::ending;
  saving.slot = &slot;
  saving.serial = slot.serial;
  saving.edit_number = slot.edit_number;
  saving.next_sequence = grant_.journal ? grant_.journal->next_sequence() : 1;
  saving.user_ids = slot.user_ids_changed;
  saving.with_data = slot.edit_number > slot.durable_edit || slot.migrated;
  saving.after = !last ? After::keep : slot.removing ? After::remove : After::hand_over;

  MemberCommit member;
  member.key = slot.key;
  member.fence = slot.fence;
  member.edit_number = slot.edit_number;
  member.after = saving.after;
  if (slot.returns) member.recovering = slot.returns->from.self.incarnation;
  if (saving.with_data) {
    encode_payload(slot);
    const bool dropped = (planted<Plant::release_before_save>() && last) ||
                         (planted<Plant::handled_before_commit>() && !slot.beside.handled.empty());
    if (!dropped)
      member.data = NewData{.schema = slot.stamp,
                            .format = format_of(slot.collection->form),
                            .payload = slot.payload};
  }
  member.history = kept_of(slot, saving);
  if (slot.user_ids_changed) member.user_ids = slot.user_ids;
  slot.user_ids_changed = false;
  if (slot.tags_edit > slot.durable_edit) member.tags = slot.envelope.tags;
  add_to(member, slot.beside);
  if (slot.ask && now() - slot.ask_seen > std::chrono::milliseconds(slot.ask->duration_ms)) {
    member.asks_expired = slot.ask->number;
  }
  for (const Displaced& displaced : slot.displaced) {
    group.quarantine.push_back({.incident = Id128::random(random_),
                                .key = slot.key,
                                .code = "displaced",
                                .path = displaced.pointer,
                                .message = "a migration step's value replaced an unknown field",
                                .schema_version = slot.stamp.version,
                                .payload = write_json(displaced.value),
                                .at_ms = group.now_ms,
                                .server = grant_.self.server});
  }
  slot.displaced.clear();
  return member;
}

void StoreCore::send(Group group, std::vector<Saving> members, bool urgent) {
  CommitRequest request{.id = next_id_++, .group = std::move(group), .urgent = urgent, .ends = {}};
  std::vector<MemberView> views;
  for (Saving& saving : members) {
    Slot& slot = *saving.slot;
    slot.commit_id = request.id;
    slot.save_wanted = false;
    if (saving.after != After::keep) request.ends.push_back(slot.fence.session);
    if (!saving.with_data) continue;
    MemberView& view = views.emplace_back(member_view(slot));
    view.token = request.group.token;
  }
  const std::shared_ptr<Journal>& journal = journal_of(*members.front().slot);
  if (journal && !views.empty()) {
    const Result<std::uint64_t> told =
        journal->append({.kind = RecordKind::saving, .members = views});
    (void)told;  // a hint for recovery; the commit doesn't depend on it
  }
  commits_[request.id] = std::move(members);
  outgoing_.push_back(std::move(request));
  if (outgoing_.size() >= kSendAtOnce) (void)flush();
}

bool StoreCore::flush() {
  if (outgoing_.empty()) return false;
  protocol_->commit(std::exchange(outgoing_, {}), grant_.journal);
  return true;
}

void StoreCore::commit(Slot& slot, DurableDone done) {
  assert_thread();
  if (slot.phase == Phase::free || slot.phase == Phase::loading) {
    if (done) {
      later(
          [done = std::move(done)] { done(Error(ErrorCode::not_owner, "the session has ended")); });
    }
    return;
  }
  if (slot.phase == Phase::active) save_touches(slot);
  if (slot.returns && slot.touched) {  // no record has the touch until the session is back
    if (done) slot.waiters.emplace_back(slot.edit_number + 1, std::move(done));
    return;
  }
  if (slot.durable_edit >= slot.edit_number && !slot.user_ids_changed) {
    if (done) {
      later([done = std::move(done), revision = slot.fence.revision] { done(revision); });
    }
    return;
  }
  if (done) slot.waiters.emplace_back(slot.edit_number, std::move(done));
  if (slot.phase == Phase::active) request_save(slot);
}

void StoreCore::when_durable(Slot& slot, DurableDone effect) {
  assert_thread();
  if (slot.editing) return slot.effects.push_back(std::move(effect));
  if (slot.phase == Phase::active) save_touches(slot);
  const bool held = slot.phase == Phase::active || slot.phase == Phase::ending;
  const std::uint64_t last = slot.edit_number + (slot.returns && slot.touched ? 1 : 0);
  if (held && slot.durable_edit < last) {
    slot.waiters.emplace_back(last, std::move(effect));
    return;
  }
  const Result<void> good = slot.phase == Phase::falling ? may_edit(slot) : Result<void>();
  later([effect = std::move(effect), good, revision = slot.fence.revision] {
    effect(good ? Result<std::uint64_t>(revision) : Result<std::uint64_t>(good.error()));
  });
}

void StoreCore::settled(CommitQueue::Settled settled) {
  const auto found = commits_.find(settled.id);
  if (found == commits_.end()) return;
  const std::vector<Saving> members = std::move(found->second);
  commits_.erase(found);
  if (!settled.answer) {
    for (const Saving& saving : members) {
      if (saving.slot->serial == saving.serial) {
        lose(*saving.slot, settled.answer.error(), EndReason::lost);
      }
    }
    return go_on_falling();
  }
  if (const auto* done = std::get_if<Applied>(&*settled.answer)) {
    applied(members, *done);
  } else if (const auto* refused = std::get_if<FenceRefused>(&*settled.answer)) {
    fence_refused(members, *refused, settled.was_in_doubt);
  } else {
    group_refused(members, std::get<GroupRefused>(*settled.answer));
  }
  go_on_falling();
}

void StoreCore::applied(const std::vector<Saving>& members, const Applied& answer) {
  std::vector<MemberView> views;
  std::shared_ptr<Journal> journal;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Saving& saving = members[i];
    if (saving.slot->serial != saving.serial) continue;
    ++stats_.saves;
    journal = journal_of(*saving.slot);
    member_applied(saving, answer.members[i]);
    if (!saving.with_data) continue;
    MemberView& view = views.emplace_back(member_view(*saving.slot));
    view.edit_number = saving.edit_number;
  }
  if (journal && !views.empty()) {
    const Result<std::uint64_t> told =
        journal->append({.kind = RecordKind::confirmed, .members = views});
    (void)told;  // lets a recovery see a database that went back; nothing else depends on it
  }
  journal.reset();  // of a lease that was closed, the last session's return releases it
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Saving& saving = members[i];
    Slot& slot = *saving.slot;
    if (slot.serial != saving.serial) continue;
    if (saving.after != After::keep) {
      if (slot.data && !slot.refusal) ++report_.saved;
      if (slot.end_reason == EndReason::handed_over) ++stats_.handoffs;
      moved(slot, answer.members[i].handed_to);
      finish_end(slot, slot.removing ? EndReason::removed : slot.end_reason,
                 slot.refusal ? Result<void>(*slot.refusal) : Result<void>());
    } else if (slot.returns) {
      go_on_returning(slot);
    } else if (slot.phase != Phase::falling && wants_save(slot)) {
      request_save(slot);
    }
  }
}

void StoreCore::member_applied(const Saving& saving, const MemberResult& result) {
  Slot& slot = *saving.slot;
  slot.commit_id = 0;
  slot.saving_tie_since = {};
  slot.fence.revision = slot.envelope.revision = result.revision;
  slot.durable_edit = saving.edit_number;
  if (saving.with_data) {
    slot.migrated = false;
    slot.saved_here = true;
    slot.envelope.schema = slot.stamp;
    slot.envelope.has_data = true;
    slot.envelope.saved_ms = wall_ms();
  }
  if (saving.user_ids) slot.envelope.user_ids = slot.user_ids;
  drop_until(slot.beside, saving.edit_number);
  const bool more = slot.edit_number > slot.durable_edit || slot.user_ids_changed;
  slot.first_uncovered = slot.edit_number > slot.durable_edit ? saving.next_sequence : 0;
  mark_clean(slot);
  if (more) {
    mark_dirty(slot, auto_save_time());
  } else {
    std::string().swap(slot.payload);  // an idle session costs its data, not its bytes too
    slot.payload_valid = false;
    if (!slot.touched) slot.journaled.reset();
    slot.journaled_fresh = slot.touched;
  }
  tell_waiters(slot);
}

void StoreCore::tell_waiters(Slot& slot) {
  if (slot.waiters.empty()) return;
  std::vector<DurableDone> ready;
  std::erase_if(slot.waiters, [&](auto& waiter) {
    if (waiter.first > slot.durable_edit) return false;
    ready.push_back(std::move(waiter.second));
    return true;
  });
  if (!slot.waiters.empty()) slot.save_wanted = true;
  for (DurableDone& done : ready) {
    later([done = std::move(done), revision = slot.fence.revision] { done(revision); });
  }
}

}  // namespace keepsake::detail
