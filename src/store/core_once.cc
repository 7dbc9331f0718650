// once(), and what send() has of it: an edit that takes effect one time for each receipt, for ever
// (rule 29).
#include <algorithm>
#include <utility>

#include "keepsake/backend/limits.h"
#include "keepsake/datum/json.h"
#include "src/plant/plant.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

void StoreCore::once(Slot& slot, std::string_view receipt, std::function<Result<void>(void*)> body,
                     DurableDone done, WallTime purchased) {
  assert_thread();
  if (!done) done = [](const Result<std::uint64_t>&) {};
  Result<void> may = may_edit(slot);
  if (may) may = valid_receipt_id(slot.key, receipt);
  if (may && doubtful()) {
    may = Error(ErrorCode::not_now, "the database does not answer")
              .store(slot.key.store)
              .key(slot.key.key);
  }
  const WallTime wall = runtime_->clock().wall();
  if (may && purchased != WallTime{} && wall - purchased > options_.timing.receipt_retention) {
    may = Error(ErrorCode::too_old, "this purchase is older than receipts are kept")
              .store(slot.key.store)
              .key(slot.key.key)
              .remedy("apply it by hand, after a look at the profile's history");
  }
  if (!may) {
    later([done = std::move(done), why = may.error()] { done(why); });
    return;
  }
  const std::int64_t at_ms = unix_ms(purchased == WallTime{} ? wall : purchased);
  apply_once(slot, {.receipt = {.id = std::string(receipt), .at_ms = at_ms}, .sent = {}},
             std::move(body), std::move(done));
}

void StoreCore::apply_once(Slot& slot, Wanted wanted, std::function<Result<void>(void*)> body,
                           DurableDone done) {
  const std::string& id = wanted.receipt.id;
  const auto& receipts = slot.beside.receipts;
  const auto unsaved = std::find_if(receipts.begin(), receipts.end(),
                                    [&](const auto& one) { return one.second.id == id; });
  if (unsaved != receipts.end()) {
    slot.waiters.emplace_back(unsaved->first, std::move(done));
    return request_save(slot);
  }
  const auto [calls, first] = slot.looking_up.try_emplace(id);
  calls->second.calls.push_back(std::move(done));
  calls->second.deadline = now() + options_.timing.save_deadline;
  if (!first) return;
  protocol_->read([this, &backend = backend_, key = slot.key, wanted = std::move(wanted),
                   body = std::move(body), handle = SlotRef(&slot, slot.serial),
                   &slot]() -> GameInbox::Task {
    auto found = std::make_shared<LookedUp>(look_up(backend, key, wanted));
    return [this, found, wanted, body, handle, &slot] {
      if (handle.alive_or_ending()) looked_up(slot, wanted, body, *found);
      const bool over = handle.alive() && slot.for_updates && slot.phase == Phase::active;
      if (over) end_updates(slot);
    };
  });
}

StoreCore::LookedUp StoreCore::look_up(Backend& backend, const ProfileKey& key,
                                       const Wanted& wanted) {
  const Result<std::optional<Receipt>> receipt = backend.receipt(key, wanted.receipt.id);
  if (!receipt) return receipt.error();
  if (*receipt || !wanted.sent) return receipt->has_value();
  const auto& [to, message] = *wanted.sent;
  const auto refused = [&place = to](Error why) {
    return std::move(why.store(place.store).key(place.key));
  };
  if (const Result<Value> body = parse_json(message.body); !body) return refused(body.error());
  const Result<InboxState> inbox = backend.inbox_state(to, message.id);
  if (!inbox) return inbox.error();
  if (inbox->known) {
    return refused(Error(ErrorCode::already_exists, "another message of that id was sent there")
                       .found(message.id)
                       .remedy("name the sender in the ids of messages"));
  }
  if (inbox->waiting >= kMaxInboxMessages) {
    return refused(Error(ErrorCode::limit_exceeded, "too many messages wait in that inbox")
                       .expected("fewer than " + std::to_string(kMaxInboxMessages))
                       .found(std::to_string(inbox->waiting)));
  }
  return false;
}

void StoreCore::looked_up(Slot& slot, const Wanted& wanted,
                          const std::function<Result<void>(void*)>& body, const LookedUp& found) {
  LookUp look_up = std::move(slot.looking_up.extract(wanted.receipt.id).mapped());
  const auto answer = [&](const Result<std::uint64_t>& what) {
    for (DurableDone& done : look_up.calls) done(what);
  };
  if (now() >= look_up.deadline) {  // the game was told so: it must not be applied after that
    Error late(ErrorCode::timed_out, wanted.sent
                                         ? "an inbox could not be looked at in time"
                                         : "a purchase's receipt could not be looked up in time");
    late.store(slot.key.store)
        .key(slot.key.key)
        .remedy(wanted.sent ? "call send() again with the same id"
                            : "call once() again with the same receipt");
    note(slot, late);
    return answer(late);
  }
  if (!found) return answer(found.error());
  if (*found && !planted<Plant::receipt_not_looked_for>()) return answer(slot.fence.revision);
  Slot* const one = &slot;
  Result<void> applied = wanted.sent ? may_transact(std::span(&one, 1)) : Result<void>();
  Beside beside;
  beside.receipts.emplace_back(0, wanted.receipt);
  if (wanted.sent) beside.sent.emplace_back(0, *wanted.sent);
  if (applied) applied = edit(slot, [&](void* data) { return body(data); }, &beside);
  if (!applied) return answer(applied.error());
  for (DurableDone& done : look_up.calls)
    slot.waiters.emplace_back(slot.edit_number, std::move(done));
  if (!slot.for_updates) request_save(slot);  // else the end does
}

}  // namespace keepsake::detail
