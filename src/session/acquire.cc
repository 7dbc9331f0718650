#include "src/session/acquire.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "src/plant/plant.h"
#include "src/session/backoff.h"

namespace keepsake {

namespace {

/// Whether sending the same again can lead to another answer.
bool may_pass(const Error& error) {
  return error.code() == ErrorCode::unavailable || error.code() == ErrorCode::in_doubt;
}

Error not_free(const ProfileKey& key, const Owner& owner) {
  return Error(ErrorCode::held, "another server has the profile, and was not asked for it")
      .store(key.store)
      .key(key.key)
      .found("server " + owner.server.text)
      .remedy("load it, which asks, or try again later");
}

Error contended(const ProfileKey& key, std::int64_t wait_ms) {
  return Error(ErrorCode::contended, "the profile was handed over three times within ten seconds")
      .store(key.store)
      .key(key.key)
      .remedy("load it again in " + std::to_string(wait_ms) + " ms");
}

}  // namespace

AcquireMachine::Send AcquireMachine::request(std::int64_t wall_ms) {
  state_ = State::sent;
  return {{.key = plan_.key,
           .self = plan_.self,
           .generation = plan_.generation,
           .session = plan_.session,
           .readable_ordinal = plan_.readable_ordinal,
           .now_ms = wall_ms,
           .ask = plan_.ask,
           .ask_number =
               ask_number_,  // once it is written, only read by it: the row knows a higher one
           .ask_duration_ms = to_ms(timing_.ask)}};
}

AcquireMachine::SendWithdraw AcquireMachine::send_withdraw() {
  state_ = State::withdrawing;
  return {{.key = plan_.key, .self = plan_.self, .session = plan_.session, .ask = plan_.ask}};
}

AcquireMachine::Commands AcquireMachine::start(MonotonicTime, std::int64_t wall_ms) {
  return {request(wall_ms)};
}

AcquireMachine::WakeAt AcquireMachine::wake_at(MonotonicTime when) {
  wake_at_ = when;
  return {when};
}

AcquireMachine::Commands AcquireMachine::wake(MonotonicTime now, std::int64_t wall_ms,
                                              bool notified) {
  if (!notified && now < wake_at_) return {};
  if (state_ == State::withdraw_wait) return {send_withdraw()};
  if (state_ != State::waiting) return {};
  if (now >= plan_.deadline) {
    const char* why = failures_ > 0 ? "the database did not answer in time"
                                    : "the profile's owner did not pass it on in time";
    return give_up(Error(ErrorCode::timed_out, why)
                       .store(plan_.key.store)
                       .key(plan_.key.key)
                       .remedy("try again; `keepsake sessions` shows who holds it"));
  }
  return {request(wall_ms)};
}

AcquireMachine::Commands AcquireMachine::answered(Result<AcquireAnswer> answer, MonotonicTime now,
                                                  std::int64_t wall_ms) {
  if (given_up_) return {send_withdraw()};
  if (!answer) return on_error(answer.error(), now);
  failures_ = 0;
  if (auto* acquired = std::get_if<Acquired>(&*answer)) return finish(std::move(acquired->record));
  if (auto* held = std::get_if<Held>(&*answer)) return on_held(*held, now, wall_ms);
  const SchemaStamp& stored = std::get<TooNew>(*answer).schema;
  return fail(Error(ErrorCode::needs_newer_server)
                  .store(plan_.key.store)
                  .key(plan_.key.key)
                  .expected("data that version number " + std::to_string(plan_.readable_ordinal) +
                            " or older can read")
                  .found("version \"" + stored.version + "\"")
                  .remedy("send the player to a server with the newer build"));
}

AcquireMachine::Commands AcquireMachine::on_held(const Held& held, MonotonicTime now,
                                                 std::int64_t wall_ms) {
  const bool ours_to_ask = held.owner != plan_.self && held.owner_state == LeaseState::open;
  if (held.ask == AskStanding::ours) {
    asked_ = true;
  } else if (held.ask == AskStanding::newer && (asked_ || ask_in_doubt_) &&
             !planted<Plant::polling_asks_again>()) {
    return finish(Error(ErrorCode::superseded, "a newer request for this profile won")
                      .store(plan_.key.store)
                      .key(plan_.key.key));
  } else if (ours_to_ask && plan_.ask.none()) {
    return fail(not_free(plan_.key, held.owner));
  } else if (ours_to_ask && held.contended_ms > 0) {
    asked_ = false;
    const Duration wait = std::chrono::milliseconds(held.contended_ms);
    if (now + wait >= plan_.deadline) return fail(contended(plan_.key, held.contended_ms));
  } else if (ours_to_ask && held.offered_number > ask_number_) {
    ask_number_ = held.offered_number;  // never written, or refused for certain: draw again
    return {HeldBy{held.owner, held.owner_state}, request(wall_ms)};
  } else {
    asked_ = false;
  }
  state_ = State::waiting;
  const bool soon = held.owner == plan_.self || held.owner_state != LeaseState::open;
  const Duration wait = soon ? timing_.poll / 10 : timing_.poll;
  return {HeldBy{held.owner, held.owner_state},
          wake_at(std::min(now + wait, std::max(now, plan_.deadline)))};
}

/// Spread by the session's id, which is random: those who failed together come again apart.
Duration AcquireMachine::backoff() {
  ++failures_;
  const std::uint64_t random = plan_.session.low ^ std::rotl(plan_.session.high, failures_);
  return Backoff{.first = timing_.poll, .last = timing_.poll * 8}.after(failures_, random);
}

AcquireMachine::Commands AcquireMachine::on_error(const Error& error, MonotonicTime now) {
  if (!may_pass(error)) {
    Error told = error;
    if (told.key().empty()) told.store(plan_.key.store).key(plan_.key.key);
    return fail(std::move(told));
  }
  if (error.code() == ErrorCode::in_doubt) {
    in_doubt_ = true;
    ask_in_doubt_ = ask_in_doubt_ || ask_number_ != 0;
  }
  state_ = State::waiting;
  return {wake_at(std::min(now + backoff(), std::max(now, plan_.deadline)))};
}

AcquireMachine::Commands AcquireMachine::give_up(Error why) {
  if (given_up_ || state_ == State::over) return {};
  given_up_ = true;
  Commands commands{Finish{std::move(why)}};
  if (state_ != State::sent) commands.push_back(send_withdraw());
  return commands;
}

AcquireMachine::Commands AcquireMachine::withdrawn(const Result<void>& answer, MonotonicTime now) {
  if (answer || !may_pass(answer.error())) {
    state_ = State::over;
    return {};
  }
  state_ = State::withdraw_wait;
  return {wake_at(now + backoff())};
}

AcquireMachine::Commands AcquireMachine::fail(Error why) {
  if (ask_number_ == 0 && !in_doubt_) return finish(std::move(why));
  given_up_ = true;
  return {Finish{std::move(why)}, send_withdraw()};
}

AcquireMachine::Commands AcquireMachine::finish(Result<Record> outcome) {
  state_ = State::over;
  return {Finish{std::move(outcome)}};
}

}  // namespace keepsake
