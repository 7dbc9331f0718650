// Messages: what a profile sends, and what becomes of those in its inbox (rules 29 to 31).
#include <algorithm>
#include <utility>

#include "keepsake/backend/limits.h"
#include "src/backend/messages.h"
#include "src/base/sha256.h"
#include "src/store/store_core.h"

namespace keepsake {

bool is_returned(const Message& message) { return is_returned_id(message.id); }

}  // namespace keepsake

namespace keepsake::detail {

namespace {

constexpr Duration kAgain = std::chrono::seconds(1);

/// Under this receipt the sender has sent it. It doesn't name the other profile, which may be
/// erased one day.
std::string receipt_of(const ProfileKey& to, const std::string& id) {
  return "sent:" + hex(sha256(std::to_string(to.key.size()) + ":" + to.store + "/" + to.key + id));
}

}  // namespace

Result<void> StoreCore::may_send(Slot& slot, const ProfileKey& to, const Message& message) const {
  if (Result<void> may = may_edit(slot); !may) return may;
  if (Result<void> valid = valid_message(to, message); !valid) return valid;
  const auto bad = [&](const char* what) {
    return Error(ErrorCode::invalid_argument, what).store(to.store).key(to.key);
  };
  if (is_returned_id(message.id)) {
    return bad("the message's id is one of those of messages that come back");
  }
  if (is_expired(message, wall_ms())) return bad("the message has expired before it is sent");
  Slot* const one = &slot;
  return may_transact(std::span(&one, 1));
}

void StoreCore::send(Slot& slot, ProfileKey to, Outgoing outgoing,
                     std::function<Result<void>(void*)> debit, DurableDone done) {
  assert_thread();
  if (!done) done = [](const Result<std::uint64_t>&) {};
  const bool expires = outgoing.expires != WallTime{};
  Message message{.id = std::move(outgoing.id),
                  .body = std::move(outgoing.body),
                  .sent_ms = wall_ms(),
                  .expires_ms = expires ? unix_ms(outgoing.expires) : 0,
                  .sender = sender_text(slot.key),
                  .carries_value = true};
  if (Result<void> may = may_send(slot, to, message); !may) {
    return later([done = std::move(done), why = std::move(may).error()] { done(why); });
  }
  Receipt receipt{.id = receipt_of(to, message.id), .at_ms = message.sent_ms};
  apply_once(slot,
             {.receipt = std::move(receipt), .sent = std::pair(std::move(to), std::move(message))},
             std::move(debit), std::move(done));
}

void StoreCore::mail_waits(const MailOnOurs& mail) {
  Slot* const slot = slot_of(mail.key);
  if (slot == nullptr || slot->phase != Phase::active || !slot->mail) return;
  const Mail& known = *slot->mail;
  const bool expired = known.next_expiry_ms != 0 && known.next_expiry_ms <= wall_ms();
  if (expired || !known.seen.contains(mail.newest)) look_at_inbox(*slot);
}

void StoreCore::look_at_inbox(Slot& slot) {
  if (slot.collection->hooks.on_message.empty()) return;
  if (!slot.mail) slot.mail = std::make_unique<Mail>();
  slot.mail->look_again = slot.mail->looking;
  if (slot.mail->looking) return;
  slot.mail->looking = true;
  protocol_->read([this, &slot, serial = slot.serial, key = slot.key,
                   &backend = backend_]() -> GameInbox::Task {
    auto found = std::make_shared<Result<std::vector<Message>>>(backend.inbox(key));
    return [this, &slot, serial, found] {
      if (slot.serial == serial) inbox_read(slot, *found);
    };
  });
}

void StoreCore::look_at_inbox_after(Slot& slot, Duration wait) {
  protocol_->after(wait, [this, &slot, serial = slot.serial] {
    if (slot.serial == serial && slot.phase == Phase::active) look_at_inbox(slot);
  });
}

/// What isn't there any more was handled and saved: it never comes again, and is forgotten.
void StoreCore::inbox_read(Slot& slot, const Result<std::vector<Message>>& found) {
  Mail& mail = *slot.mail;
  mail.looking = false;
  if (slot.phase != Phase::active) return;  // after a fall it is looked at again
  if (!found) return look_at_inbox_after(slot, kAgain);
  const auto before = std::exchange(mail.seen, {});
  mail.next_expiry_ms = 0;
  for (const Message& message : *found) {
    const auto known = before.find(message.id);
    Mail::Seen& seen = mail.seen[message.id];
    seen = known != before.end() ? known->second : Mail::Seen::queued;
    const bool over = is_expired(message, wall_ms());
    if (message.expires_ms != 0 && !over && seen != Mail::Seen::handled) {
      const std::int64_t next = mail.next_expiry_ms;
      mail.next_expiry_ms = next == 0 ? message.expires_ms : std::min(next, message.expires_ms);
    }
    if (known != before.end() && !(over && seen == Mail::Seen::left)) continue;
    seen = Mail::Seen::queued;
    later([this, &slot, serial = slot.serial, message] {
      if (slot.serial == serial) deliver(slot, message);
    });
  }
  if (mail.look_again) look_at_inbox(slot);
}

void StoreCore::deliver(Slot& slot, const Message& message) {
  const auto seen = slot.mail->seen.find(message.id);
  if (seen == slot.mail->seen.end() || seen->second != Mail::Seen::queued) return;
  if (slot.phase != Phase::active) {
    slot.mail->seen.erase(seen);
  } else if (is_expired(message, wall_ms())) {
    give_back(slot, message);
  } else {
    hand_out(slot, message);
  }
}

void StoreCore::hand_out(Slot& slot, const Message& message) {
  const std::uint64_t serial = slot.serial;
  Beside beside;
  beside.handled.emplace_back(0, message.id);
  const auto& handlers = slot.collection->hooks.on_message;
  for (std::size_t i = 0; i < handlers.size(); ++i) {
    std::optional<Handling> handling;  // none: it threw, or was not asked
    const auto handler = handlers[i];  // a collection may end in it, and its hooks with it
    const Result<void> taken = try_edit(
        slot,
        [&](void* data) -> Result<void> {
          handling = handler(SlotRef(&slot, serial), data, message);
          if (*handling == Handling::handled) return {};
          return Error(ErrorCode::refused, "the message was not handled");
        },
        &beside, Unchanged::journal);
    if (slot.serial != serial || !slot.mail) return;
    if (handling == Handling::pass) continue;
    slot.mail->seen[message.id] = taken ? Mail::Seen::handled : Mail::Seen::left;
    if (!taken && handling != Handling::later) leave_in_inbox(slot, message, taken.error());
    return;
  }
  slot.mail->seen[message.id] = Mail::Seen::left;
}

/// It has expired: its value goes back in the same save in which the message is marked as handled.
void StoreCore::give_back(Slot& slot, const Message& message) {
  Beside beside;
  beside.handled.emplace_back(0, message.id);
  const std::optional<ProfileKey> sender = sender_of(message);
  if (sender && message.carries_value) {
    beside.sent.emplace_back(
        0, std::pair(*sender, keepsake::returned(slot.key, message, {}, wall_ms())));
  }
  const Result<void> given =
      try_edit(slot, [](void*) { return Result<void>(); }, &beside, Unchanged::journal);
  slot.mail->seen[message.id] = given ? Mail::Seen::handled : Mail::Seen::left;
  if (!given) leave_in_inbox(slot, message, given.error());
}

/// An error that may pass is tried again; another leaves it for the next session.
void StoreCore::leave_in_inbox(Slot& slot, const Message& message, const Error& why) {
  if (why.error_class() != ErrorClass::retry) return note(slot, why);
  slot.mail->seen.erase(message.id);
  look_at_inbox_after(slot, kAgain);
}

/// What was handled by edits that are undone.
void StoreCore::deliver_again(Slot& slot) {
  for (const auto& [edit, id] : slot.beside.handled) {
    if (slot.mail) slot.mail->seen.erase(id);
  }
}

}  // namespace keepsake::detail
