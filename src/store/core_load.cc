// Loading: from the game's call to the session, or to the error that turns the player away.
#include <algorithm>
#include <utility>

#include "keepsake/backend/limits.h"
#include "src/base/assert.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

constexpr Duration kLoadLook = std::chrono::milliseconds(50);
/// How long after its deadline an acquire that was not given up yet is not waited for any more.
constexpr Duration kHangs = std::chrono::seconds(1);

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

/// A row's data, whatever format and version it has, at the current version.
Result<ErasedBound> read_row(const AnyCatalog& catalog, PayloadCodec& codec, const Record& record) {
  const SchemaStamp& stored = record.envelope.schema;
  const SchemaStamp ours = stamp_of(catalog);
  const bool readable = stored.ordinal > ours.ordinal && stored.last_compatible <= ours.ordinal;
  std::string room;
  const Result<EncodedData> data = codec.open(record.envelope.format, record.payload, room);
  if (!data) return data.error();
  return catalog.decode(*data, stored.version,
                        readable ? NewerData::compatible : NewerData::refuse);
}

Error closing_error(const ProfileKey& key) {
  return Error(ErrorCode::shutting_down, "the server is closing").store(key.store).key(key.key);
}

}  // namespace

std::shared_ptr<CollectionState> StoreCore::add_collection(AnyCatalog catalog, const DataOps& ops,
                                                           ErasedHooks hooks) {
  assert_thread();
  const SchemaStamp stamp = stamp_of(catalog);
  if (!hooks.on_message.empty()) protocol_->want_mail();
  for (const auto& other : collections_) {
    require(other->catalog.store_name() != catalog.store_name(),
            "a store name has one collection in a Store");
  }
  const DataForm form = form_of(payload_of(options_, catalog.store_name()));
  auto state = std::make_shared<CollectionState>(
      CollectionState{std::move(catalog), ops, std::move(hooks), stamp, form, {}});
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
  next_load_look_ = {};
  ++stats_.loads;
  const auto found = collection.by_key.find(wanted.key);
  Slot& slot =
      found != collection.by_key.end() ? *found->second : take_slot(collection, wanted.key);
  slot.load_waiters.push_back(std::move(waiter));
  tickets_[ticket] = &slot;
  if (slot.move && slot.end_wanted) {  // the player has come back here instead
    drop_move(slot, Error(ErrorCode::cancelled, "the profile was loaded here again"));
  }
  if (slot.phase == Phase::free) {
    begin_load(slot);
  } else if (is_leaving(slot)) {
    delay_load(slot);
  } else if (slot.phase == Phase::active || slot.phase == Phase::falling) {
    later([this, &slot, serial = slot.serial] { answer_when_certain(slot, serial); });
  }
  return ticket;
}

/// Of a session that is doubtful nobody knows whether another server has gone on with the profile:
/// who loads it waits until it is ours again, or somebody else's.
void StoreCore::answer_when_certain(Slot& slot, std::uint64_t serial) {
  if (slot.serial != serial) return;
  if (is_leaving(slot) || is_doubtful(slot)) return delay_load(slot);
  answer_loads(slot);
}

bool StoreCore::is_doubtful(const Slot& slot) const { return doubtful() && is_held(slot); }

/// The slot is about to be free, or nobody knows whose it is: who waits to load it goes on when
/// that is over.
void StoreCore::delay_load(Slot& slot) {
  if (std::find(delayed_loads_.begin(), delayed_loads_.end(), &slot) != delayed_loads_.end())
    return;
  delayed_loads_.push_back(&slot);
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
  slot.load_deadline = slot.removing ? now() + options_.timing.load_deadline : MonotonicTime{};
  for (const LoadWaiter& waiter : slot.load_waiters) {
    slot.load_deadline = std::max(slot.load_deadline, waiter.deadline);
  }
  const std::uint64_t id = slot.acquire_id;
  slot.asks = asks_for(slot);
  protocol_->acquire({.id = id,
                      .key = slot.key,
                      .readable_ordinal = slot.collection->current.ordinal,
                      .deadline = slot.load_deadline,
                      .asks = slot.asks,
                      .prepare = [this, id, catalog = slot.collection->catalog, codec = codec_,
                                  runtime = runtime_](Result<Record> record) -> GameInbox::Task {
                        auto prepared =
                            prepare(catalog, *codec, std::move(record), runtime->clock().wall());
                        return [this, id, prepared] { loaded(id, prepared); };
                      }});
}

std::shared_ptr<StoreCore::Prepared> StoreCore::prepare(const AnyCatalog& catalog,
                                                        PayloadCodec& codec, Result<Record> record,
                                                        WallTime wall) {
  auto prepared =
      std::make_shared<Prepared>(Prepared{std::move(record), Error(ErrorCode::not_found), false});
  if (!prepared->record) return prepared;
  if (prepared->record->envelope.has_data) {
    prepared->bound = read_row(catalog, codec, *prepared->record);
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
  if (prepared->record && doubtful()) {  // our lease may be closed: the next renewal tells
    protocol_->after(options_.timing.poll / 10,
                     [this, acquire_id, prepared] { loaded(acquire_id, prepared); });
    return;
  }
  acquires_.erase(found);
  slot.acquire_id = 0;
  if (!prepared->record) return load_failed(slot, prepared->record.error());

  const Record& record = *prepared->record;
  if (record.envelope.owner != grant_.self) {  // of a lease that was lost since
    if (!slot.load_waiters.empty() || slot.removing) return begin_load(slot);
    return load_failed(slot,
                       Error(ErrorCode::session_lost, "the lease it was loaded under is lost"));
  }
  slot.envelope = record.envelope;
  std::vector<EpochMark>().swap(slot.envelope.marks);  // for the backend's judgement alone
  slot.fence = fence_of(record.envelope, grant_.generation);
  if (slot.ask && slot.asked_session != slot.fence.session) slot.ask.reset();
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
  if (why.code() == ErrorCode::held && asks_for(slot)) {  // a load has come since
    refuse_updates(slot, why);
    return begin_load(slot);
  }
  const bool again = why.code() == ErrorCode::cancelled || why.code() == ErrorCode::timed_out;
  const auto later_than_this = [&](const LoadWaiter& waiter) {
    return why.code() == ErrorCode::cancelled || waiter.deadline > slot.load_deadline;
  };
  if (again && !closing_ &&
      std::any_of(slot.load_waiters.begin(), slot.load_waiters.end(), later_than_this)) {
    return begin_load(slot);  // somebody has come since who wants it, or wants it for longer
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
    const IncidentId incident = Id128::random(random_);
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
  slot.for_updates = !asks_for(slot);
  for (const Displaced& displaced : slot.displaced) {
    note(slot, Error(ErrorCode::invalid_data, "a migration step's value replaced an unknown field")
                   .path(displaced.pointer)
                   .remedy("the old value is kept in quarantine"));
  }
  if (prepared.is_new) {
    slot.envelope.created_ms = wall_ms();
  }
  // Before the first record, which then says whose the profile is.
  for (LoadWaiter& waiter : slot.load_waiters) {
    add_user_ids(slot, std::exchange(waiter.user_ids, {}));
  }
  if (prepared.is_new && !slot.for_updates) {
    // The template is the profile's first edit.
    const Result<void> first = edit(slot, [](void*) { return Result<void>(); }, nullptr);
    if (!first) note(slot, first.error());  // kept in memory, and saved with the next save
    if (!first) slot.edit_number++;
    mark_dirty(slot, auto_save_time());
  }
  answer_loads(slot);
  if (slot.for_updates && slot.phase == Phase::active) end_updates(slot);
  if (is_session(slot)) look_at_inbox(slot);
  if (slot.ask && slot.phase == Phase::active) end(slot, EndReason::handed_over, {});
  if (closing_ && slot.phase == Phase::active) end(slot, EndReason::shutdown, {});
}

void StoreCore::answer_loads(Slot& slot) {
  std::vector<LoadWaiter> waiters = std::exchange(slot.load_waiters, {});
  const SlotRef handle(&slot, slot.serial);
  for (const LoadWaiter& waiter : waiters) add_user_ids(slot, waiter.user_ids);
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
  const bool unwanted = slot.load_waiters.empty() || (slot.asks && !asks_for(slot));
  if (unwanted && slot.phase == Phase::loading && !slot.removing) {
    protocol_->give_up(slot.acquire_id, cancelled);
  }
}

void StoreCore::add_user_ids(Slot& slot, const std::vector<UserId>& ids) {
  for (const UserId user : ids) {
    if (std::find(slot.user_ids.begin(), slot.user_ids.end(), user) != slot.user_ids.end())
      continue;
    if (slot.user_ids.size() >= kMaxUserIds) {
      return note(slot, Error(ErrorCode::limit_exceeded, "too many user ids")
                            .expected("at most " + std::to_string(kMaxUserIds)));
    }
    slot.user_ids.push_back(user);
    slot.user_ids_changed = true;
    mark_dirty(slot, auto_save_time());
  }
}

/// Those who have waited long enough, where what they wait for has no such deadline of its own: a
/// load that others wait for longer, a session's end, a call to the database that doesn't return.
void StoreCore::expire_loads(MonotonicTime at) {
  next_load_look_ = at + kLoadLook;
  for (Slot* slot : std::vector<Slot*>(delayed_loads_)) {
    if (is_held(*slot) && !doubtful()) answer_loads(*slot);
  }
  std::vector<Slot*> waiting(delayed_loads_);
  for (const auto& [id, slot] : acquires_) waiting.push_back(slot);
  std::vector<std::pair<LoadWaiter, const char*>> expired;
  for (Slot* slot : waiting) {
    const bool ending = is_leaving(*slot);
    const bool uncertain = is_doubtful(*slot);
    const std::size_t before = slot->load_waiters.size();
    std::erase_if(slot->load_waiters, [&](LoadWaiter& waiter) {
      const bool own = !ending && !uncertain && waiter.deadline == slot->load_deadline;
      if (at < waiter.deadline + (own ? kHangs : Duration{0})) return false;
      tickets_.erase(waiter.ticket);
      const char* why = "the profile could not be loaded in time";
      if (ending) why = "this server's own last save is still under way";
      if (uncertain) why = "this server can't tell whether the profile is still its own";
      expired.emplace_back(std::move(waiter), why);
      return true;
    });
    const bool unwanted = before > 0 && slot->load_waiters.empty() && !slot->removing;
    if (unwanted && slot->phase == Phase::loading) {
      protocol_->give_up(slot->acquire_id, Error(ErrorCode::timed_out));
    }
  }
  std::erase_if(delayed_loads_, [this](const Slot* slot) {
    return slot->load_waiters.empty() || !(is_leaving(*slot) || is_doubtful(*slot));
  });
  std::sort(expired.begin(), expired.end(),
            [](const auto& a, const auto& b) { return a.first.ticket < b.first.ticket; });
  for (auto& [waiter, why] : expired) {
    waiter.done(Error(ErrorCode::timed_out, why).remedy("see the store's state for why it waits"));
  }
}

void StoreCore::view(CollectionState& collection, std::vector<std::string> keys,
                     std::function<void(std::vector<Result<ErasedView>>)> done) {
  assert_thread();
  std::vector<ProfileKey> wanted;
  for (std::string& key : keys) {
    wanted.push_back({collection.catalog.store_name(), std::move(key)});
  }
  done = answers_.owe(std::move(done), now() + options_.timing.load_deadline,
                      {.key = {},
                       .cause = "the profiles were not read in time",
                       .remedy = "see the store's state for why it waits"},
                      [wanted](const Error& why) {
                        std::vector<Result<ErasedView>> all;
                        for (const ProfileKey& one : wanted) {
                          all.emplace_back(Error(why).store(one.store).key(one.key));
                        }
                        return all;
                      });
  protocol_->read([&backend = backend_, catalog = collection.catalog, codec = codec_,
                   wanted = std::move(wanted), done = std::move(done)]() -> GameInbox::Task {
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
      Result<ErasedBound> bound = read_row(catalog, *codec, *record);
      if (!bound) {
        refused(std::move(bound).error());
        continue;
      }
      views->emplace_back(ErasedView{std::shared_ptr<const void>(std::move(bound->data)),
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
    if (slot.phase == Phase::ending && !slot.removing) {  // it ends for another reason: then
      slot.end_waiters.push_back(
          [this, &collection, key = std::string(key), done = std::move(done)](const Result<void>&) {
            remove(collection, key, done);
          });
      return;
    }
    slot.removing = true;
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
  begin_load(slot);
}

}  // namespace keepsake::detail
