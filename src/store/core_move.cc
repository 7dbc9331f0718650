// move(): a session that goes on here until the server that it is for asks for it (rule 20), and is
// passed on to that one by its last save.
#include <utility>

#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

Error move_error(const Slot& slot, ErrorCode code, const std::string& cause) {
  return Error(code, cause).store(slot.key.store).key(slot.key.key);
}

void answer(Move& move, const Result<void>& outcome) {
  if (const EndDone done = std::exchange(move.done, {})) done(outcome);
}

}  // namespace

void StoreCore::move(Slot& slot, ServerId to, EndDone done) {
  assert_thread();
  Result<void> may = may_change(slot);
  if (may && !to.valid()) {
    may = move_error(slot, ErrorCode::invalid_argument, "no server can have that id");
  }
  if (may && to.text == options_.server) {
    may = move_error(slot, ErrorCode::invalid_argument, "the profile is on that server already");
  }
  if (!may) {
    if (done) later([done = std::move(done), why = may.error()] { done(why); });
    return;
  }
  if (slot.move) {
    answer(*slot.move,
           move_error(slot, ErrorCode::superseded, "the profile is to be moved elsewhere since"));
  }
  const std::uint64_t id = next_id_++;
  slot.move = std::make_unique<Move>(Move{.id = id, .to = std::move(to), .done = std::move(done)});
  protocol_->after(options_.timing.save_deadline, [this, &slot, serial = slot.serial, id] {
    if (slot.serial == serial && slot.move && slot.move->id == id) give_up_move(slot);
  });
}

/// Others than whom it is for wait: an ask that stands is told of again with each poll.
bool StoreCore::is_for_another(const Slot& slot, const Ask& ask) {
  return slot.move && slot.phase == Phase::active && ask.asker.server != slot.move->to;
}

/// The game has ended it: once it has been passed on, or nobody has come for it.
bool StoreCore::holds_for_move(Slot& slot, EndReason reason) {
  if (!slot.move || slot.phase != Phase::active || reason != EndReason::released) return false;
  slot.end_wanted = reason;
  return true;
}

/// It didn't come about: the session goes on, unless somebody wants its end.
void StoreCore::drop_move(Slot& slot, const Error& why) {
  const std::unique_ptr<Move> move = std::move(slot.move);
  const std::uint64_t serial = slot.serial;
  if (move->done) {
    answer(*move, why);
  } else {
    note(slot, why);
  }
  if (slot.serial != serial || slot.phase != Phase::active || slot.move) return;
  if (slot.end_wanted) end(slot, *std::exchange(slot.end_wanted, std::nullopt), {});
}

void StoreCore::give_up_move(Slot& slot) {
  if (slot.phase == Phase::ending) return;  // its end tells
  drop_move(slot, move_error(slot, ErrorCode::timed_out,
                             "server " + slot.move->to.text + " did not ask for the profile")
                      .remedy("load it there, or move it again"));
}

/// Its last save is stored; `to`: whom that has given it to.
void StoreCore::moved(Slot& slot, const std::optional<Owner>& to) {
  if (!slot.move) return;
  const std::unique_ptr<Move> move = std::move(slot.move);
  if (to && to->server == move->to) return answer(*move, {});
  answer(*move, move_error(slot, ErrorCode::superseded,
                           to ? "server " + to->server.text + " asked for the profile, too"
                              : "server " + move->to.text + " has given up its load"));
}

}  // namespace keepsake::detail
