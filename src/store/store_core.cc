// The pump, the events of the lease, and shutdown.
#include "src/store/store_core.h"

#include <algorithm>
#include <utility>

#include "src/base/assert.h"

namespace keepsake::detail {

namespace {
constexpr Duration kStopWait = std::chrono::milliseconds(200);
constexpr Duration kLeaseEndWait = std::chrono::milliseconds(500);

std::string in_ms(Duration time) { return std::to_string(to_ms(time)) + " ms"; }
}  // namespace

StoreCore::StoreCore(Backend& backend, StoreOptions options, std::shared_ptr<Runtime> runtime)
    : backend_(backend),
      options_(std::move(options)),
      runtime_(std::move(runtime)),
      thread_(std::this_thread::get_id()),
      random_(runtime_->random()) {
  const Result<void> valid = valid_options(options_);
  require(valid.has_value(), valid ? "" : valid.error().text().c_str());
  if (!options_.log) options_.log = stderr_log();
  inbox_.set_wake([runtime = runtime_.get()] { runtime->game_wake(); });
  protocol_ = std::make_shared<Protocol>(backend_, options_, runtime_, inbox_, *this);
  protocol_->start();
}

StoreCore::~StoreCore() { runtime_->stop(kStopWait); }

[[gnu::hot]] void StoreCore::assert_thread() const {
  require(std::this_thread::get_id() == thread_, "a store is used from the thread that made it");
}

void StoreCore::pump(Duration budget) {
  assert_thread();
  const MonotonicTime began = now();
  const MonotonicTime stop = began + budget;
  protocol_->note_pump();
  if (stall_since_) end_stall(began);
  journal_all_touches();
  while (const auto task = inbox_.take()) {
    (*task)();
    if (now() >= stop && !inbox_.has_ownership()) break;
  }
  const MonotonicTime after = now();
  answers_.expire(after);
  if (after >= next_load_look_) expire_loads(after);
  if (returning_ > 0) expire_returns(after);
  save_due(after, stop);
  if (closing_) shut_down_step(after);
  const bool told = flush();  // then the protocol wakes the drain: a tick wakes one thread
  if (after >= next_journal_look_) look_after_journal(after);
  if (!told && grant_.journal && grant_.journal->wants_wake()) grant_.journal->wake();
}

Result<void> StoreCore::expect_stall(Duration at_most) {
  assert_thread();
  if (at_most <= Duration{0} || at_most > kLongestStall) {
    return Error(ErrorCode::invalid_argument, "a stall of that length can't be announced")
        .expected("more than 0 ms, at most " + in_ms(kLongestStall))
        .found(in_ms(at_most));
  }
  protocol_->expect_stall(now() + at_most);
  stall_since_ = now();
  stall_at_most_ = at_most;
  ++stats_.stalls;
  log(LogLevel::info, "the game won't pump for up to " + in_ms(at_most) +
                          ", as announced; its lease is renewed meanwhile");
  return {};
}

void StoreCore::end_stall(MonotonicTime at) {
  const Duration took = at - *std::exchange(stall_since_, std::nullopt);
  const bool longer = took > stall_at_most_;
  log(longer ? LogLevel::warning : LogLevel::info, "the game pumps again, " + in_ms(took) +
                                                       " after it announced a stall of up to " +
                                                       in_ms(stall_at_most_));
}

DurableDone StoreCore::saved_in_time(DurableDone done, const Slot& slot) {
  if (!done) return done;
  return answers_.owe(
      std::move(done), now() + options_.timing.save_deadline,
      {.key = slot.key,
       .cause = "the change is not durable yet",
       .remedy = "what an edit or once() has changed is in the journal and is saved "
                 "as soon as the database answers; a purchase may be tried again "
                 "with the same receipt"});
}

EndDone StoreCore::ended_in_time(EndDone done, const Slot& slot) {
  if (!done) return done;
  return answers_.owe(std::move(done), now() + options_.timing.save_deadline,
                      {.key = slot.key,
                       .cause = "the last save is not durable yet",
                       .remedy = "the data is in the journal; the profile is free as soon as the "
                                 "database answers, and on_end tells it"});
}

EndDone StoreCore::moved_in_time(EndDone done, const Slot& slot) {
  if (!done) return done;
  return answers_.owe(std::move(done), now() + 2 * options_.timing.save_deadline,
                      {.key = slot.key,
                       .cause = "the last save is not durable yet",
                       .remedy = "the data is in the journal; the other server gets the profile as "
                                 "soon as the database answers, and on_end tells it"});
}

EndDone StoreCore::removed_in_time(EndDone done, const ProfileKey& key) {
  if (!done) return done;
  return answers_.owe(std::move(done),
                      now() + options_.timing.load_deadline + options_.timing.save_deadline,
                      {.key = key,
                       .cause = "the profile is not removed yet",
                       .remedy = "it may still come about; ask again"});
}

void StoreCore::lease_opened(const LeaseGrant& grant) {
  grant_ = grant;
  scrub_ = {};
  log(LogLevel::info, "server " + grant.self.server.text + " opened its lease, incarnation " +
                          std::to_string(grant.self.incarnation));
  for (std::size_t i = 0; returning_ > 0 && i < slots_.size(); ++i) {
    if (slots_[i].returns) go_on_returning(slots_[i]);
  }
}

void StoreCore::lease_lost(const Error& why) {
  log(LogLevel::error, "lease lost: " + why.text());
  LeaseGrant from = grant_;
  grant_.self.incarnation = 0;
  grant_.journal.reset();
  outgoing_.clear();
  falls_.clear();
  if (why.code() == ErrorCode::lease_closed) keep_for_return(from);
  commits_.clear();
  for (Slot& slot : slots_) {
    if (!slot.returns) slot.tie.reset();  // all of it is lost: nothing falls by itself
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {  // a hook may load, and so add slots
    Slot& slot = slots_[i];
    if (slot.returns) continue;
    if (slot.phase == Phase::active || slot.phase == Phase::falling ||
        slot.phase == Phase::ending) {
      lose(slot, Error(ErrorCode::session_lost, "another server closed this server's lease"),
           slot.phase == Phase::ending && slot.refusal ? EndReason::refused : EndReason::lost);
    }
  }
  from.journal.reset();
  if (returning_ == 0) protocol_->journal_released();
}

void StoreCore::state_changed(StoreState state, const Error* trouble) {
  state_ = state;
  trouble_.reset();
  if (trouble != nullptr) trouble_ = *trouble;
  if (state == StoreState::ready) {
    log(LogLevel::info, "store is ready");
  } else if (trouble_) {
    log(LogLevel::warning, "store is " + std::string(name(state)) + ": " + trouble_->text());
    report(*trouble_);
  }
}

void StoreCore::critical_changed(bool critical) {
  database_critical_ = critical;
  if (critical) {
    log(LogLevel::error, "the database's calls fail: play goes on into the journal");
  } else {
    log(LogLevel::info, "the database's calls have not failed for a while");
  }
  look_at_health(now());
}

void StoreCore::recovered(const RecoveryReport& done) {
  if (!done.done) {
    for (const Error& damage : done.damage) report(damage);
    return;
  }
  ++stats_.takeovers;
  stats_.recovered_edits += done.edits;
  log(LogLevel::warning,
      "took over incarnation " + std::to_string(done.target.incarnation) + ": " +
          std::to_string(done.edits) + " edits of " + std::to_string(done.profiles) +
          " profiles replayed, " + std::to_string(done.quarantined) + " set aside" +
          (done.journal_found ? "" : "; its journal can't be reached from here"));
  for (const Error& damage : done.damage) report(damage);
}

void StoreCore::lease_ended() {
  state_ = StoreState::closed;
  finish_shutdown();
}

void StoreCore::finish_shutdown() {
  report_.finished = true;
  answers_.answer_all(ErrorCode::shutting_down);
  for (std::size_t i = 0; i < slots_.size(); ++i) {  // what waits without a deadline
    for (auto& [edit, effect] : std::exchange(slots_[i].waiters, {})) {
      effect(Error(ErrorCode::shutting_down, "the server is closing, and this is not durable")
                 .store(slots_[i].key.store)
                 .key(slots_[i].key.key)
                 .remedy("what an edit has changed is in the journal"));
    }
  }
}

void StoreCore::report(const Error& error) {
  log(LogLevel::warning, error.text());
  if (options_.on_error) options_.on_error(error);
}

void StoreCore::begin_shutdown(Duration within) {
  assert_thread();
  if (closing_) return;
  closing_ = true;
  shutdown_deadline_ = now() + within;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    std::vector<LoadWaiter> loads = std::exchange(slot.load_waiters, {});
    const Error closing = Error(ErrorCode::shutting_down, "the server is closing")
                              .store(slot.key.store)
                              .key(slot.key.key);
    for (LoadWaiter& load : loads) {
      tickets_.erase(load.ticket);
      later([done = std::move(load.done), closing] { done(closing); });
    }
    if (slot.phase == Phase::loading) {
      protocol_->give_up(slot.acquire_id, closing);
    } else if (slot.phase == Phase::active) {
      end(slot, EndReason::shutdown, {});
    }
  }
}

void StoreCore::shut_down_step(MonotonicTime at) {
  if (ending_lease_) {
    if (at >= shutdown_deadline_ + kLeaseEndWait && !report_.finished) {
      report_.errors.push_back(Error(ErrorCode::timed_out, "the lease could not be ended in time")
                                   .remedy("it will run out; nothing is lost"));
      finish_shutdown();
    }
    return;
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].phase == Phase::active) end(slots_[i], EndReason::shutdown, {});
  }
  const bool clean = slots_in_use_ == 0 && commits_.empty() && asides_ == 0;
  if (!clean && at < shutdown_deadline_) return;
  for (const Slot& slot : slots_) {
    if (slot.phase == Phase::free || slot.phase == Phase::loading) continue;
    if (!slot.data || slot.refusal) continue;  // nothing of it is unsaved: it was to be freed
    report_.left_in_journal.push_back(slot.key);
  }
  if (!report_.left_in_journal.empty()) {
    report_.errors.push_back(
        Error(ErrorCode::timed_out, std::to_string(report_.left_in_journal.size()) +
                                        " sessions could not be saved by the deadline")
            .remedy("their edits are in the journal and are replayed by the next start"));
  }
  ending_lease_ = true;
  protocol_->end(clean);
}

ShutdownReport StoreCore::shutdown(Duration within) {
  begin_shutdown(within);
  while (!report_.finished) {
    pump(std::chrono::milliseconds(50));
    if (!report_.finished) runtime_->idle(std::chrono::milliseconds(10));
  }
  return report_;
}

void StoreCore::keys_of(UserId user, std::function<void(Result<std::vector<ProfileKey>>)> done) {
  assert_thread();
  done = answers_.owe(std::move(done), now() + options_.timing.load_deadline,
                      {.key = {},
                       .cause = "the index of users was not read in time",
                       .remedy = "see the store's state for why it waits"});
  protocol_->read([&backend = backend_, user, done = std::move(done)]() -> GameInbox::Task {
    auto keys = std::make_shared<Result<std::vector<ProfileKey>>>(backend.keys_of(user));
    return [keys, done] { done(std::move(*keys)); };
  });
}

void StoreCore::sent_again(std::size_t commits, const Error* held_up) {
  stats_.save_retries += commits;
  if (held_up != nullptr) log(LogLevel::warning, "a commit is held up: " + held_up->text());
}

StoreStats StoreCore::stats() const {
  StoreStats stats = stats_;
  const WakeStats wakes = backend_.wake_stats();
  stats.wakes = wakes.heard;
  stats.wakes_lost = wakes.lost;
  return stats;
}

}  // namespace keepsake::detail
