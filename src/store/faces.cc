// The public faces, each a line: Store, Collection, SlotRef.
#include <utility>

#include "src/base/assert.h"
#include "src/store/store_core.h"
#include "src/store/threaded_runtime.h"

namespace keepsake {

Store::Store(Backend& backend, const StoreOptions& options)
    : Store(backend, options, detail::make_threaded_runtime(options.read_threads)) {}
Store::Store(Backend& backend, StoreOptions options, std::shared_ptr<detail::Runtime> runtime)
    : core_(std::make_unique<detail::StoreCore>(backend, std::move(options), std::move(runtime))) {}
Store::~Store() = default;

void Store::pump(PumpOptions options) { core_->pump(options.budget); }
Result<void> Store::expect_stall(Duration at_most) { return core_->expect_stall(at_most); }
StoreState Store::state() const { return core_->state(); }
bool Store::critical() const { return core_->critical(); }
const Error* Store::trouble() const { return core_->trouble(); }
Owner Store::self() const { return core_->self(); }
StoreStats Store::stats() const { return core_->stats(); }
void Store::begin_shutdown(Duration within) { core_->begin_shutdown(within); }
ShutdownReport Store::shutdown_report() const { return core_->shutdown_report(); }
ShutdownReport Store::shutdown(Duration within) { return core_->shutdown(within); }
void Store::keys_of(UserId user, std::function<void(Result<std::vector<ProfileKey>>)> done) {
  core_->keys_of(user, std::move(done));
}

namespace detail {

Collection::Collection(StoreCore& core, AnyCatalog catalog, const DataOps& ops, ErasedHooks hooks)
    : core_(core), state_(core.add_collection(std::move(catalog), ops, std::move(hooks))) {}
Collection::~Collection() { state_->hooks = {}; }  // what they refer to may go with us

std::uint64_t Collection::load(std::string_view key, std::function<void(Result<SlotRef>)> done,
                               Duration deadline, std::vector<UserId> user_ids, bool must_exist) {
  return core_.load(*state_, key,
                    {.ticket = 0,
                     .done = std::move(done),
                     .user_ids = std::move(user_ids),
                     .must_exist = must_exist,
                     .deadline = {}},
                    deadline);
}
void Collection::cancel(std::uint64_t ticket) { core_.cancel(ticket); }
SlotRef Collection::find(std::string_view key) const {
  core_.assert_thread();
  const auto found = state_->by_key.find(std::string(key));
  if (found == state_->by_key.end() || !is_session(*found->second)) return {};
  return {found->second, found->second->serial};
}
void Collection::for_each(FunctionRef<void(SlotRef)> f) const {
  core_.assert_thread();
  for (const auto& [key, slot] : state_->by_key) {
    if (is_session(*slot)) f({slot, slot->serial});
  }
}
const std::string& Collection::store_name() const { return state_->catalog.store_name(); }
std::size_t Collection::size() const {
  std::size_t count = 0;
  for (const auto& [key, slot] : state_->by_key) count += is_session(*slot) ? 1 : 0;
  return count;
}
void Collection::view(std::vector<std::string> keys,
                      std::function<void(std::vector<Result<ErasedView>>)> done) {
  core_.view(*state_, std::move(keys), std::move(done));
}
void Collection::update(std::string_view key, std::function<Result<void>(void*)> body,
                        std::function<void(Result<std::uint64_t>)> done, bool must_exist,
                        Duration deadline) {
  core_.update(*state_, key, std::move(body), std::move(done), must_exist, deadline);
}
void Collection::once(std::string_view key, std::string_view receipt,
                      std::function<Result<void>(void*)> body,
                      std::function<void(Result<std::uint64_t>)> done, WallTime purchased,
                      bool must_exist, Duration deadline) {
  core_.once(*state_, key,
             {.receipt = std::string(receipt),
              .body = std::move(body),
              .done = std::move(done),
              .purchased = purchased},
             must_exist, deadline);
}
void Collection::remove(std::string_view key, std::function<void(Result<void>)> done) {
  core_.remove(
      *state_, key,
      core_.removed_in_time(std::move(done), {state_->catalog.store_name(), std::string(key)}));
}

namespace {

Error not_owner() { return Error(ErrorCode::not_owner, "the session has ended"); }
const ProfileKey kNoKey;

}  // namespace

[[gnu::hot]] bool SlotRef::alive_or_ending() const {
  return slot_ != nullptr && slot_->serial == serial_;
}
bool SlotRef::alive() const {
  return alive_or_ending() && (slot_->phase == Phase::active || slot_->phase == Phase::falling);
}
const void* SlotRef::data() const {
  require(alive_or_ending() && slot_->data, "data() of a profile whose session has ended");
  return slot_->data.get();
}
Result<void> SlotRef::edit(Body body) const {
  if (!alive_or_ending()) return not_owner();
  return slot_->core->edit(*slot_, body, nullptr);
}
[[gnu::hot]] Result<void> SlotRef::edit_member(const MemberChange& change,
                                               const MemberEdit& edit) const {
  if (!alive_or_ending()) return not_owner();
  return slot_->core->edit_member(*slot_, change, edit);
}
Result<void> SlotRef::touch(Body body) const {
  if (!alive_or_ending()) return not_owner();
  return slot_->core->touch(*slot_, body);
}
void SlotRef::once(std::string_view receipt, std::function<Result<void>(void*)> body,
                   std::function<void(Result<std::uint64_t>)> done, WallTime purchased) const {
  require(slot_ != nullptr, "once() of a handle that never was a session");
  if (!alive_or_ending()) {
    if (done) slot_->core->later([done = std::move(done)] { done(not_owner()); });
    return;
  }
  StoreCore& core = *slot_->core;
  core.once(*slot_, receipt, std::move(body), core.saved_in_time(std::move(done), *slot_),
            purchased);
}
void SlotRef::commit(std::function<void(Result<std::uint64_t>)> done) const {
  require(slot_ != nullptr, "commit() of a handle that never was a session");
  if (!alive_or_ending()) {
    if (done) slot_->core->later([done = std::move(done)] { done(not_owner()); });
    return;
  }
  slot_->core->commit(*slot_, slot_->core->saved_in_time(std::move(done), *slot_));
}
void SlotRef::send(ProfileKey to, Outgoing message, std::function<Result<void>(void*)> debit,
                   std::function<void(Result<std::uint64_t>)> done) const {
  require(slot_ != nullptr, "send() of a handle that never was a session");
  if (!alive_or_ending()) {
    if (done) slot_->core->later([done = std::move(done)] { done(not_owner()); });
    return;
  }
  StoreCore& core = *slot_->core;
  core.send(*slot_, std::move(to), std::move(message), std::move(debit),
            core.saved_in_time(std::move(done), *slot_));
}
void SlotRef::when_durable(std::function<void(Result<std::uint64_t>)> effect) const {
  require(slot_ != nullptr, "when_durable() of a handle that never was a session");
  if (!effect) return;
  if (alive_or_ending()) return slot_->core->when_durable(*slot_, std::move(effect));
  slot_->core->later([effect = std::move(effect)] { effect(not_owner()); });
}
void SlotRef::end(std::function<void(Result<void>)> done) const {
  require(slot_ != nullptr, "end() of a handle that never was a session");
  if (!alive_or_ending()) {
    if (done) slot_->core->later([done = std::move(done)] { done(not_owner()); });
    return;
  }
  slot_->core->end(*slot_, EndReason::released,
                   slot_->core->ended_in_time(std::move(done), *slot_));
}
void SlotRef::move(ServerId to, std::function<void(Result<void>)> done) const {
  require(slot_ != nullptr, "move() of a handle that never was a session");
  if (alive_or_ending()) {
    return slot_->core->move(*slot_, std::move(to),
                             slot_->core->moved_in_time(std::move(done), *slot_));
  }
  if (done) slot_->core->later([done = std::move(done)] { done(not_owner()); });
}
std::uint64_t SlotRef::edit_number() const { return alive_or_ending() ? slot_->edit_number : 0; }
std::uint64_t SlotRef::durable_edit_number() const {
  return alive_or_ending() ? slot_->durable_edit : 0;
}
std::uint64_t SlotRef::durable_revision() const {
  return alive_or_ending() ? slot_->fence.revision : 0;
}
ProfileState SlotRef::state() const {
  return alive_or_ending() ? slot_->core->state_of(*slot_) : ProfileState::ended;
}
const ProfileKey& SlotRef::key() const { return alive_or_ending() ? slot_->key : kNoKey; }
ProfileInfo SlotRef::info() const {
  return alive_or_ending() ? info_of(slot_->key, slot_->envelope) : ProfileInfo{};
}
Result<void> SlotRef::set_user_ids(std::vector<UserId> ids) const {
  if (!alive_or_ending()) return not_owner();
  return slot_->core->set_user_ids(*slot_, std::move(ids));
}
Result<void> SlotRef::set_tags(const Value& tags) const {
  if (!alive_or_ending()) return not_owner();
  return slot_->core->set_tags(*slot_, tags);
}

Result<void> transact(std::span<const SlotRef> members,
                      FunctionRef<Result<void>(void* const* data)> body) {
  std::vector<Slot*> slots;
  for (const SlotRef& member : members) {
    if (!member.alive_or_ending()) return not_owner();
    slots.push_back(member.slot());
    require(slots.back()->core == slots.front()->core, "a transaction's profiles are of one Store");
  }
  if (slots.empty()) return Error(ErrorCode::invalid_argument, "a transaction of no profiles");
  return slots.front()->core->transact(slots, body);
}

}  // namespace detail
}  // namespace keepsake
