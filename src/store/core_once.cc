// once(): an edit that takes effect one time for each receipt, for ever (rule 29).
#include <algorithm>
#include <utility>

#include "keepsake/backend/limits.h"
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
  const std::string id(receipt);
  const auto unsaved = std::find_if(slot.receipts.begin(), slot.receipts.end(),
                                    [&](const auto& one) { return one.second.id == id; });
  if (unsaved != slot.receipts.end()) {
    slot.waiters.emplace_back(unsaved->first, std::move(done));
    return request_save(slot);
  }
  const auto [calls, first] = slot.looking_up.try_emplace(id);
  calls->second.calls.push_back(std::move(done));
  calls->second.deadline = now() + options_.timing.save_deadline;
  if (!first) return;
  const Receipt wanted{.id = id, .at_ms = unix_ms(purchased == WallTime{} ? wall : purchased)};
  protocol_->read([this, &backend = backend_, key = slot.key, wanted, body = std::move(body),
                   handle = SlotRef(&slot, slot.serial), &slot]() -> GameInbox::Task {
    auto found = std::make_shared<Result<std::optional<Receipt>>>(backend.receipt(key, wanted.id));
    return [this, found, wanted, body, handle, &slot] {
      if (handle.alive_or_ending()) looked_up(slot, wanted, body, *found);
    };
  });
}

void StoreCore::looked_up(Slot& slot, const Receipt& wanted,
                          const std::function<Result<void>(void*)>& body,
                          const Result<std::optional<Receipt>>& found) {
  LookUp look_up = std::move(slot.looking_up.extract(wanted.id).mapped());
  const auto answer = [&](const Result<std::uint64_t>& what) {
    for (DurableDone& done : look_up.calls) done(what);
  };
  if (now() >= look_up.deadline) {  // the game was told so: it must not be applied after that
    Error late(ErrorCode::timed_out, "a purchase's receipt could not be looked up in time");
    late.store(slot.key.store).key(slot.key.key).remedy("call once() again with the same receipt");
    note(slot, late);
    return answer(late);
  }
  if (!found) return answer(found.error());
  if (*found && !planted<Plant::receipt_not_looked_for>()) return answer(slot.fence.revision);
  const Result<void> applied = edit(slot, [&](void* data) { return body(data); }, &wanted);
  if (!applied) return answer(applied.error());
  for (DurableDone& done : look_up.calls)
    slot.waiters.emplace_back(slot.edit_number, std::move(done));
  request_save(slot);
}

}  // namespace keepsake::detail
