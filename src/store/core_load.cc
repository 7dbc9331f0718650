// Loading: from the game's call to the session, or to the error that turns the player away.
#include <algorithm>
#include <utility>

#include "keepsake/backend/limits.h"
#include "src/base/assert.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

/// Errors of the data itself, after which it lies in quarantine for somebody to look at.
bool is_fault_of_data(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::invalid_data:
    case ErrorCode::limit_exceeded:
    case ErrorCode::version_unknown:
    case ErrorCode::version_mismatch:
    case ErrorCode::step_failed:
    case ErrorCode::step_unknown: return true;
    default: return false;
  }
}

SchemaStamp stamp_of(const AnyCatalog& catalog) {
  const VersionInfo& current = catalog.current();
  return {.version = current.name,
          .ordinal = static_cast<std::uint32_t>(current.ordinal),
          .last_compatible = static_cast<std::uint32_t>(current.last_compatible)};
}

Error closing_error(const ProfileKey& key) {
  return Error(ErrorCode::shutting_down, "the server is closing").store(key.store).key(key.key);
}

}  // namespace

std::shared_ptr<CollectionState> StoreCore::add_collection(AnyCatalog catalog, const DataOps& ops,
                                                           ErasedHooks hooks) {
  assert_thread();
  const SchemaStamp stamp = stamp_of(catalog);
  for (const auto& other : collections_) {
    require(other->catalog.store_name() != catalog.store_name(),
            "a store name has one collection in a Store");
  }
  auto state = std::make_shared<CollectionState>(
      CollectionState{std::move(catalog), ops, std::move(hooks), stamp, {}});
  collections_.push_back(state);
  return state;
}

std::uint64_t StoreCore::load(CollectionState& collection, std::string_view key, LoadWaiter waiter,
                              Duration deadline) {
  assert_thread();
  const std::uint64_t ticket = waiter.ticket = next_id_++;
  const ProfileKey wanted{collection.catalog.store_name(), std::string(key)};
  const Result<void> valid = valid_key(wanted);
  if (!valid || closing_) {
    later([done = std::move(waiter.done), why = valid ? closing_error(wanted) : valid.error()] {
      done(why);
    });
    return ticket;
  }
  waiter.deadline = now() + (deadline > Duration{0} ? deadline : options_.timing.load_deadline);
  ++stats_.loads;
  const auto found = collection.by_key.find(wanted.key);
  Slot& slot =
      found != collection.by_key.end() ? *found->second : take_slot(collection, wanted.key);
  slot.load_waiters.push_back(std::move(waiter));
  tickets_[ticket] = &slot;
  if (slot.phase == Phase::free) {
    begin_load(slot);
  } else if (slot.phase == Phase::active || slot.phase == Phase::falling) {
    later([this, &slot, serial = slot.serial] {
      if (slot.serial == serial) answer_loads(slot);
    });
  } else if (slot.phase == Phase::ending) {
    if (std::find(delayed_loads_.begin(), delayed_loads_.end(), &slot) == delayed_loads_.end()) {
      delayed_loads_.push_back(&slot);
    }
  }
  return ticket;
}

Slot& StoreCore::take_slot(CollectionState& collection, std::string key) {
  Slot* slot = nullptr;
  if (free_slots_.empty()) {
    slot = &slots_.emplace_back();
    slot->core = this;
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  ++slots_in_use_;
  slot->collection = &collection;
  slot->key = {collection.catalog.store_name(), std::move(key)};
  collection.by_key[slot->key.key] = slot;
  return *slot;
}

void StoreCore::begin_load(Slot& slot) {
  slot.phase = Phase::loading;
  slot.acquire_id = next_id_++;
  acquires_[slot.acquire_id] = &slot;
  MonotonicTime deadline = slot.load_waiters.front().deadline;
  for (const LoadWaiter& waiter : slot.load_waiters) deadline = std::max(deadline, waiter.deadline);
  const std::uint64_t id = slot.acquire_id;
  protocol_->acquire({.id = id,
                      .key = slot.key,
                      .readable_ordinal = slot.collection->current.ordinal,
                      .deadline = deadline,
                      .prepare = [this, id, catalog = slot.collection->catalog,
                                  runtime = runtime_](Result<Record> record) -> GameInbox::Task {
                        auto prepared =
                            prepare(catalog, std::move(record), runtime->clock().wall());
                        return [this, id, prepared] { loaded(id, prepared); };
                      }});
}

std::shared_ptr<StoreCore::Prepared> StoreCore::prepare(const AnyCatalog& catalog,
                                                        Result<Record> record, WallTime wall) {
  auto prepared =
      std::make_shared<Prepared>(Prepared{std::move(record), Error(ErrorCode::not_found), false});
  if (!prepared->record) return prepared;
  const Envelope& envelope = prepared->record->envelope;
  if (envelope.has_data) {
    const bool newer = catalog.find(envelope.schema.version) == nullptr;
    prepared->bound = catalog.decode(prepared->record->payload, envelope.schema.version,
                                     newer ? NewerData::compatible : NewerData::refuse);
    return prepared;
  }
  prepared->is_new = true;
  Result<ErasedData> made = catalog.make_new(wall);
  if (!made) {
    prepared->bound = std::move(made).error();
    return prepared;
  }
  prepared->bound = ErasedBound{std::move(*made), Extras(), catalog.current_version(), false, {}};
  return prepared;
}

void StoreCore::loaded(std::uint64_t acquire_id, std::shared_ptr<Prepared> prepared) {
  const auto found = acquires_.find(acquire_id);
  if (found == acquires_.end()) return;
  Slot& slot = *found->second;
  acquires_.erase(found);
  slot.acquire_id = 0;
  if (!prepared->record) return load_failed(slot, prepared->record.error());

  const Record& record = *prepared->record;
  slot.envelope = record.envelope;
  slot.fence = {.generation = grant_.generation,
                .session = record.envelope.session,
                .epoch = record.envelope.epoch,
                .revision = record.envelope.revision};
  slot.edit_number = slot.durable_edit = record.envelope.edit_number;
  if (slot.removing) return remove_loaded(slot, record);
  std::erase_if(slot.load_waiters, [&](LoadWaiter& waiter) {
    if (!waiter.must_exist || !prepared->is_new) return false;
    tickets_.erase(waiter.ticket);
    const ProfileKey& key = slot.key;
    waiter.done(Error(ErrorCode::not_found, "no such profile").store(key.store).key(key.key));
    return true;
  });
  if (slot.load_waiters.empty()) return release_unused(slot, {});
  if (!prepared->bound) return load_refused(slot, *prepared, prepared->bound.error());
  activate(slot, *prepared);
}

void StoreCore::load_failed(Slot& slot, const Error& why) {
  if (why.code() == ErrorCode::cancelled && !slot.load_waiters.empty()) {
    return begin_load(slot);  // somebody wants it again since
  }
  ++stats_.load_failures;
  Error told = why;
  if (told.key().empty()) told.store(slot.key.store).key(slot.key.key);
  std::vector<LoadWaiter> waiters = std::exchange(slot.load_waiters, {});
  std::vector<EndDone> ends = std::exchange(slot.end_waiters, {});
  forget_ended(slot);
  for (LoadWaiter& waiter : waiters) {
    tickets_.erase(waiter.ticket);
    waiter.done(told);
  }
  for (EndDone& done : ends) done(told);
}

void StoreCore::load_refused(Slot& slot, Prepared& prepared, Error why) {
  ++stats_.load_failures;
  why.store(slot.key.store).key(slot.key.key);
  std::vector<QuarantineEntry> quarantine;
  if (is_fault_of_data(why.code())) {
    const IncidentId incident = Id128::random(runtime_->random());
    why.incident(incident.text()).remedy("see `keepsake quarantine " + incident.text() + "`");
    quarantine.push_back({.incident = incident,
                          .key = slot.key,
                          .code = std::string(name(why.code())),
                          .path = why.path(),
                          .message = why.message(),
                          .schema_version = slot.envelope.schema.version,
                          .payload = std::move(prepared.record->payload),
                          .at_ms = wall_ms(),
                          .server = grant_.self.server});
  }
  log(LogLevel::error, why.text());
  std::vector<LoadWaiter> waiters = std::exchange(slot.load_waiters, {});
  release_unused(slot, std::move(quarantine));
  for (LoadWaiter& waiter : waiters) {
    tickets_.erase(waiter.ticket);
    waiter.done(why);
  }
}

void StoreCore::activate(Slot& slot, Prepared& prepared) {
  ErasedBound& bound = *prepared.bound;
  slot.phase = Phase::active;
  slot.data = std::move(bound.data);
  slot.extras = std::move(bound.extras);
  slot.version = std::move(bound.version);
  const bool ours = slot.version == slot.collection->current.version;
  slot.stamp = ours ? slot.collection->current : slot.envelope.schema;
  slot.migrated = bound.migrated;
  slot.displaced = std::move(bound.displaced);
  slot.user_ids = slot.envelope.user_ids;
  for (const Displaced& displaced : slot.displaced) {
    note(slot, Error(ErrorCode::invalid_data, "a migration step's value replaced an unknown field")
                   .path(displaced.pointer)
                   .remedy("the old value is kept in quarantine"));
  }
  for (const LoadWaiter& waiter : slot.load_waiters) {
    for (const UserId user : waiter.user_ids) {
      if (std::find(slot.user_ids.begin(), slot.user_ids.end(), user) != slot.user_ids.end()) {
        continue;
      }
      slot.user_ids.push_back(user);
      slot.user_ids_changed = true;
    }
  }
  if (prepared.is_new) {
    slot.envelope.created_ms = wall_ms();
    // The template is the profile's first edit.
    const Result<void> first = edit(slot, [](void*) { return Result<void>(); }, nullptr);
    if (!first) note(slot, first.error());  // kept in memory, and saved with the next save
    if (!first) slot.edit_number++;
  }
  if (prepared.is_new || slot.user_ids_changed) {
    mark_dirty(slot, now() + options_.timing.auto_save / 2);
  }
  answer_loads(slot);
  if (slot.ask && slot.phase == Phase::active) end(slot, EndReason::handed_over, {});
  if (closing_ && slot.phase == Phase::active) end(slot, EndReason::shutdown, {});
}

void StoreCore::answer_loads(Slot& slot) {
  std::vector<LoadWaiter> waiters = std::exchange(slot.load_waiters, {});
  const SlotRef handle(&slot, slot.serial);
  for (LoadWaiter& waiter : waiters) {
    tickets_.erase(waiter.ticket);
    if (handle.alive()) {
      waiter.done(handle);
    } else {
      waiter.done(Error(ErrorCode::session_lost, "the session ended before it was used")
                      .store(slot.key.store)
                      .key(slot.key.key));
    }
  }
}

void StoreCore::cancel(std::uint64_t ticket) {
  assert_thread();
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return;
  Slot& slot = *found->second;
  tickets_.erase(found);
  const auto waiter = std::find_if(slot.load_waiters.begin(), slot.load_waiters.end(),
                                   [&](const LoadWaiter& one) { return one.ticket == ticket; });
  if (waiter == slot.load_waiters.end()) return;
  const Error cancelled =
      Error(ErrorCode::cancelled, "the load was withdrawn").store(slot.key.store).key(slot.key.key);
  later([done = std::move(waiter->done), cancelled] { done(cancelled); });
  slot.load_waiters.erase(waiter);
  if (slot.load_waiters.empty() && slot.phase == Phase::loading) {
    protocol_->give_up(slot.acquire_id, cancelled);
  }
}

void StoreCore::expire_delayed_loads(MonotonicTime at) {
  std::vector<LoadWaiter> expired;
  std::erase_if(delayed_loads_, [&](Slot* slot) {
    if (slot->phase != Phase::ending) return true;
    std::erase_if(slot->load_waiters, [&](LoadWaiter& waiter) {
      if (at < waiter.deadline) return false;
      tickets_.erase(waiter.ticket);
      expired.push_back(std::move(waiter));
      return true;
    });
    return slot->load_waiters.empty();
  });
  for (LoadWaiter& waiter : expired) {
    waiter.done(Error(ErrorCode::timed_out, "this server's own last save is still under way")
                    .remedy("see the store's state for why saves wait"));
  }
}

void StoreCore::view(CollectionState& collection, std::vector<std::string> keys,
                     std::function<void(std::vector<Result<ErasedView>>)> done) {
  assert_thread();
  std::vector<ProfileKey> wanted;
  for (std::string& key : keys) {
    wanted.push_back({collection.catalog.store_name(), std::move(key)});
  }
  protocol_->read([&backend = backend_, catalog = collection.catalog, wanted = std::move(wanted),
                   done = std::move(done)]() -> GameInbox::Task {
    auto views = std::make_shared<std::vector<Result<ErasedView>>>();
    const auto records = backend.read(wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto refused = [&](Error why) {
        views->emplace_back(std::move(why).store(wanted[i].store).key(wanted[i].key));
      };
      if (!records) {
        refused(records.error());
        continue;
      }
      const std::optional<Record>& record = (*records)[i];
      if (!record || !record->envelope.has_data) {
        refused(Error(ErrorCode::not_found, "no such profile"));
        continue;
      }
      auto prepared = prepare(catalog, *record, WallTime{});
      if (!prepared->bound) {
        refused(std::move(prepared->bound).error());
        continue;
      }
      views->emplace_back(ErasedView{std::shared_ptr<const void>(std::move(prepared->bound->data)),
                                     info_of(record->key, record->envelope)});
    }
    return [views, done] { done(std::move(*views)); };
  });
}

void StoreCore::remove(CollectionState& collection, std::string_view key, EndDone done) {
  assert_thread();
  const auto found = collection.by_key.find(std::string(key));
  if (found != collection.by_key.end() && found->second->phase != Phase::loading) {
    Slot& slot = *found->second;
    if (slot.phase == Phase::active || slot.phase == Phase::falling) slot.removing = true;
    return end(slot, EndReason::removed, std::move(done));
  }
  const ProfileKey wanted{collection.catalog.store_name(), std::string(key)};
  Result<void> possible = valid_key(wanted);
  if (possible && closing_) possible = closing_error(wanted);
  if (possible && found != collection.by_key.end()) {
    possible = Error(ErrorCode::not_now, "the profile is just being loaded")
                   .store(wanted.store)
                   .key(wanted.key)
                   .remedy("cancel the load, or remove it when it is there");
  }
  if (!possible) {
    later([done = std::move(done), why = possible.error()] { done(why); });
    return;
  }
  Slot& slot = take_slot(collection, wanted.key);
  slot.removing = true;
  slot.end_waiters.push_back(std::move(done));
  LoadWaiter nobody;
  nobody.deadline = now() + options_.timing.load_deadline;
  slot.load_waiters.push_back(std::move(nobody));
  begin_load(slot);
  slot.load_waiters.clear();
}

}  // namespace keepsake::detail
