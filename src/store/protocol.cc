// The running protocol: renewals, asks, batches. See protocol_start.cc, protocol_acquire.cc,
// protocol_recovery.cc for the rest.
#include "src/store/protocol.h"

#include <algorithm>
#include <utility>

#include "src/plant/plant.h"

namespace keepsake::detail {

namespace {
constexpr std::size_t kSentBackAtOnce = 64;
constexpr Duration kForgetEvery = std::chrono::hours(1);
constexpr std::size_t kForgottenAtOnce = 200;
/// Receipts are kept for so much longer than promised: who judges a purchase and who deletes its
/// receipt go by different clocks.
constexpr Duration kClocksDiffer = std::chrono::hours(24);
}  // namespace

Protocol::Protocol(Backend& backend, const StoreOptions& options, std::shared_ptr<Runtime> runtime,
                   GameInbox& inbox, GameSide& game)
    : backend_(backend),
      options_(options),
      runtime_(std::move(runtime)),
      inbox_(inbox),
      game_(game),
      lease_(options.timing),
      urgent_(runtime_->random()),
      saves_(runtime_->random()) {}

MonotonicTime Protocol::lease_now() const {
  if (planted<Plant::wall_clock_ends_watch>()) {
    return MonotonicTime(runtime_->clock().wall().time_since_epoch());
  }
  return now();
}

void Protocol::start() {
  runtime_->post(task([this] { look_around(); }));
}

/// Once, before it is sent: what comes again comes unchanged.
void Protocol::pack(Group& group) {
  for (MemberCommit& member : group.members) {
    if (!member.data) continue;
    NewData& data = *member.data;
    codec_.pack(payload_of(options_, member.key.store), data.format, data.payload);
  }
}

void Protocol::commit(std::vector<CommitRequest> requests, std::weak_ptr<Journal> journal) {
  auto shared = std::make_shared<std::vector<CommitRequest>>(std::move(requests));
  runtime_->post(task([this, shared, journal = std::move(journal)] {
    const std::shared_ptr<Journal> drained = journal.lock();
    if (drained && drained->wants_wake()) drained->wake();
    for (CommitRequest& request : *shared) {
      if (!request.ends.empty()) ending_sessions_[request.id] = std::move(request.ends);
      pack(request.group);
      (request.urgent ? urgent_ : saves_).add(request.id, std::move(request.group));
    }
    send_batches();
  }));
}

void Protocol::release(ProfileKey key, const SessionId& session) {
  runtime_->post(task([this, key = std::move(key), session] {
    sessions_.erase(session);
    if (lease_.state() != LeaseKeeper::State::open) return;
    free_row({.key = key, .self = lease_.self(), .session = session, .ask = {}});
  }));
}

void Protocol::free_row(const Withdraw& request, int failures) {
  call(
      Lane::urgent, [&backend = backend_, request] { return backend.withdraw(request); },
      [this, request, failures](const Result<void>& done) {
        if (done || done.error().error_class() == ErrorClass::fix) return;
        runtime_->at(again(failures + 1), task([this, request, failures] {
                       if (lease_.self() == request.self) free_row(request, failures + 1);
                     }));
      });
}

void Protocol::set_aside(QuarantineEntry entry, GameInbox::Task done, int failures) {
  auto shared = std::make_shared<const QuarantineEntry>(std::move(entry));
  call(
      Lane::save, [&backend = backend_, shared] { return backend.set_aside(*shared); },
      [this, shared, done = std::move(done), failures](const Result<void>& answer) {
        if (answer || answer.error().error_class() == ErrorClass::fix) {
          return tell(GameInbox::Urgency::answer, done);
        }
        runtime_->at(again(failures + 1), task([this, shared, done, failures] {
                       set_aside(*shared, done, failures + 1);
                     }));
      });
}

void Protocol::read(std::function<GameInbox::Task()> work) {
  runtime_->call(Lane::read, [weak = weak_from_this(), work = std::move(work)]() -> Runtime::Task {
    GameInbox::Task answer = work();
    if (const auto self = weak.lock()) {
      self->tell(GameInbox::Urgency::answer, std::move(answer));
    }
    return [] {};
  });
}

void Protocol::after(Duration wait, GameInbox::Task later) {
  runtime_->at(now() + wait, task([this, later = std::move(later)]() mutable {
                 tell(GameInbox::Urgency::answer, std::move(later));
               }));
}

void Protocol::end(bool clean) {
  runtime_->post(task([this, clean] {
    ending_ = true;
    const auto finished = [this] {
      lease_.closed();
      set_state(StoreState::closed, nullptr);
      tell(GameInbox::Urgency::ownership, [this] { game_.lease_ended(); });
    };
    runtime_->watch(backend_, lease_.self(), {});
    runtime_->stop_drain(task([this, clean, finished] {
      if (opening_) {
        after_opening_ = finished;
        return;
      }
      if (!clean || lease_.state() != LeaseKeeper::State::open) return finished();
      call(
          Lane::lease,
          [this, self = lease_.self(), journal = std::move(journal_)]() -> bool {
            const Result<bool> ended = backend_.end_lease({.self = self, .target = self});
            return ended && *ended && journal && journal->close_clean();
          },
          [finished](bool) { finished(); });
    }));
  }));
}

void Protocol::arm(MonotonicTime when) {
  const MonotonicTime current = now();
  if (armed_ > current && armed_ <= when) return;
  armed_ = std::max(when, current);
  runtime_->at(armed_, task([this] { tick(); }));
}

/// It has pumped since the last renewal, or said that it wouldn't.
bool Protocol::game_lives(MonotonicTime current) const {
  return pumped_.load(std::memory_order_relaxed) ||
         current.time_since_epoch().count() < stall_until_ns_.load(std::memory_order_relaxed);
}

void Protocol::tick() {
  if (ending_ && lease_.state() == LeaseKeeper::State::none) return;
  const MonotonicTime current = now();
  if (lease_.state() == LeaseKeeper::State::open) {
    if (const auto request = lease_.tick(lease_now(), game_lives(current))) {
      pumped_.store(false, std::memory_order_relaxed);
      renew(*request);
    }
    if (current >= next_poll_ && !breaker_.open()) poll_asks();
    if (current >= next_send_back_ && !breaker_.open()) send_back_expired();
    if (current >= next_forget_ && !breaker_.open()) forget();
  }
  look_at_health();
  send_batches();

  MonotonicTime next = current + options_.timing.poll;
  if (lease_.state() == LeaseKeeper::State::open) {
    next = std::min(next, std::max(lease_.next_tick(), current + std::chrono::milliseconds(1)));
  }
  for (const CommitQueue* queue : {&urgent_, &saves_}) {
    if (const auto due = due_of(*queue)) next = std::min(next, *due);
  }
  arm(next);
}

void Protocol::renew(Renew request) {
  request.scrubbed = scrubbed_;
  call(
      Lane::lease, [&backend = backend_, request] { return backend.renew(request); },
      [this](const Result<Renewed>& answer) { on_renewed(answer); });
}

void Protocol::on_renewed(const Result<Renewed>& answer) {
  note_call(answer ? nullptr : &answer.error());
  if (lease_.state() != LeaseKeeper::State::open) return;
  lease_.renewed(answer, lease_now());
  lease_deadline_ns_.store(lease_.deadline().time_since_epoch().count(), std::memory_order_relaxed);
  if (lease_.state() == LeaseKeeper::State::lost) return lose_lease(answer.error());
  if (!answer) {
    set_state(answer.error().code() == ErrorCode::read_only ? StoreState::read_only
                                                            : StoreState::degraded,
              &answer.error());
    return arm(lease_.next_tick());
  }
  set_state(StoreState::ready, nullptr);
  free_unknown(answer->acquired);
  on_asks(answer->asks);
  look_for_mail();
  if (answer->erasures > erasures_) {
    erasures_ = answer->erasures;
    tell(GameInbox::Urgency::answer, [this, number = erasures_] { game_.erased(number); });
  }
  for (const CloseLease& close : lease_.to_close()) recover(close.target, close);
  arm(lease_.next_tick());
}

void Protocol::free_unknown(const std::vector<OwnedRow>& rows) {
  for (const OwnedRow& row : rows) {
    const auto known = sessions_.find(row.session);
    // Under a later epoch it is a copy of the acquire, which landed when the session had given the
    // profile away.
    const bool ours =
        known != sessions_.end() && (known->second == 0 || known->second == row.epoch);
    if (ours) continue;
    free_row({.key = row.key, .self = lease_.self(), .session = row.session, .ask = {}});
  }
}

void Protocol::poll_asks() {
  next_poll_ = now() + options_.timing.poll;
  poll_again_ = poll_in_flight_;  // that one may have looked too early
  if (poll_in_flight_) return;
  poll_in_flight_ = true;
  call(
      Lane::urgent, [&backend = backend_, self = lease_.self()] { return backend.asks(self); },
      [this](const Result<std::vector<AskOnOurs>>& asks) {
        poll_in_flight_ = false;
        note_call(asks ? nullptr : &asks.error());
        if (asks) on_asks(*asks);
        if (poll_again_ && lease_.state() == LeaseKeeper::State::open) poll_asks();
      });
}

/// After a renewal and a notification; not at each poll, since its cost grows with our profiles.
void Protocol::look_for_mail() {
  if (!wants_mail_.load(std::memory_order_relaxed)) return;
  mail_again_ = mail_in_flight_;  // that look may have been too early
  if (mail_in_flight_) return;
  mail_in_flight_ = true;
  call(
      Lane::read, [&backend = backend_, self = lease_.self()] { return backend.mail(self); },
      [this](const Result<std::vector<MailOnOurs>>& mail) {
        mail_in_flight_ = false;
        if (mail) {
          for (const MailOnOurs& one : *mail) {
            tell(GameInbox::Urgency::answer, [this, one] { game_.mail_waits(one); });
          }
        }
        if (mail_again_ && lease_.state() == LeaseKeeper::State::open) look_for_mail();
      });
}

/// Of keys that nobody holds; each owner sees to its own.
void Protocol::send_back_expired() {
  next_send_back_ = now() + options_.timing.returns;
  call(
      Lane::save,
      [&backend = backend_,
       request =
           SendBackExpired{.self = lease_.self(), .now_ms = wall_ms(), .limit = kSentBackAtOnce}] {
        return backend.send_back_expired(request);
      },
      [this](const Result<std::size_t>& sent) {
        if (sent && *sent == kSentBackAtOnce) next_send_back_ = now();
      });
}

/// What is too old to be brought again (rule 29).
void Protocol::forget() {
  next_forget_ = now() + kForgetEvery;
  const Duration age = options_.timing.receipt_retention + kClocksDiffer;
  call(
      Lane::save,
      [&backend = backend_, request = Forget{.age_ms = to_ms(age), .limit = kForgottenAtOnce}] {
        return backend.forget(request);
      },
      [this](const Result<std::size_t>& forgotten) {
        if (forgotten && *forgotten == kForgottenAtOnce) next_forget_ = now();
      });
}

/// What nobody here has a session of isn't listed by every renewal: a row that an older state of
/// the database has made ours again is found when somebody asks for it.
void Protocol::on_asks(const std::vector<AskOnOurs>& asks) {
  const bool open = lease_.state() == LeaseKeeper::State::open;
  for (const AskOnOurs& ask : asks) {
    if (open && !sessions_.contains(ask.session)) {
      free_row({.key = ask.key, .self = lease_.self(), .session = ask.session, .ask = {}});
      continue;
    }
    tell(GameInbox::Urgency::ownership, [this, ask] { game_.asked(ask); });
  }
}

void Protocol::woken() {
  if (lease_.state() != LeaseKeeper::State::open) return;
  wake_acquires();  // first: who waits for a profile mostly is who was woken
  poll_asks();
  look_for_mail();
}

std::optional<MonotonicTime> Protocol::due_of(const CommitQueue& queue) const {
  const auto due = queue.next_due();
  if (!due || &queue != &saves_) return due;
  return std::max(*due, budget_.next_save(!loads_.empty()));
}

void Protocol::send_batches() {
  const Lanes lanes[] = {{&urgent_, Lane::urgent}, {&saves_, Lane::save}};
  for (const Lanes& lane : lanes) {
    const auto due = due_of(*lane.first);
    if (due && *due > now()) arm(*due);
    if (!due || *due > now()) continue;
    const auto batch = lane.first->next(now());
    if (lane.first == &saves_) budget_.save_sent(now());
    call(
        lane.second, [&backend = backend_, batch = *batch] { return backend.commit(*batch); },
        [this, lane](Result<std::vector<GroupAnswer>> answer) {
          on_answer(lane, std::move(answer));
        });
  }
}

void Protocol::on_answer(Lanes lane, Result<std::vector<GroupAnswer>> answer) {
  note_call(answer ? nullptr : &answer.error());
  if (!answer && answer.error().code() != ErrorCode::in_doubt) {
    set_state(answer.error().code() == ErrorCode::read_only ? StoreState::read_only
                                                            : StoreState::degraded,
              &answer.error());
  } else if (answer && lease_.state() == LeaseKeeper::State::open) {
    set_state(StoreState::ready, nullptr);
  }
  const std::size_t sent = lane.first->under_way()->size();
  const CommitQueue::Batch done = answer ? lane.first->under_way() : nullptr;
  auto all = std::make_shared<std::vector<CommitQueue::Settled>>(
      lane.first->answered(std::move(answer), now()));
  if (all->size() < sent && lease_.state() == LeaseKeeper::State::open) {
    tell(GameInbox::Urgency::answer,
         [this, again = sent - all->size(), held_up = lane.first->held_up()] {
           game_.sent_again(again, held_up ? &*held_up : nullptr);
         });
  }
  send_batches();  // storage works on the next while this one is told of and freed
  for (const CommitQueue::Settled& settled : *all) {
    const bool over = settled.answer && std::holds_alternative<Applied>(*settled.answer);
    if (const auto ends = ending_sessions_.extract(settled.id); ends && over) {
      for (const SessionId& session : ends.mapped()) sessions_.erase(session);
    }
  }
  if (all->empty()) return;
  tell(GameInbox::Urgency::ownership, [this, all] {
    for (CommitQueue::Settled& settled : *all) game_.settled(std::move(settled));
  });
}

void Protocol::scrubbed(std::uint64_t erasures) {
  runtime_->post(task([this, erasures] { scrubbed_ = std::max(scrubbed_, erasures); }));
}

void Protocol::journal_sealed() {
  runtime_->post(task([this] {
    if (lease_.state() != LeaseKeeper::State::open) return;
    lose_lease(Error(ErrorCode::lease_closed, "another server has sealed this server's journal")
                   .remedy("open a new lease and load the profiles again"));
  }));
}

void Protocol::lose_lease(const Error& why) {
  lease_.closed();
  journal_.reset();
  sessions_.clear();
  ending_sessions_.clear();
  neighbours_.clear();
  (void)urgent_.drop_waiting();
  (void)saves_.drop_waiting();
  runtime_->watch(backend_, {}, {});
  for (auto& [id, acquiring] : acquires_) {  // they begin again under the next lease
    if (!acquiring.machine.given_up()) before_lease_.push_back(std::move(acquiring.request));
  }
  acquires_.clear();
  loads_.clear();
  waits_for_.clear();
  tell(GameInbox::Urgency::ownership, [this, why] { game_.lease_lost(why); });
  set_state(StoreState::starting, &why);
  runtime_->stop_drain(task([this] {
    if (!ending_) look_around();
  }));
}

void Protocol::note_call(const Error* error) {
  const bool failed = error != nullptr && (error->code() == ErrorCode::unavailable ||
                                           error->code() == ErrorCode::in_doubt);
  const bool was_open = breaker_.open();
  breaker_.ended(failed, now());
  look_at_health();
  if (was_open && !breaker_.open()) resume_acquires();
}

void Protocol::look_at_health() {
  const bool critical = breaker_.critical(now());
  if (critical == std::exchange(critical_, critical)) return;
  tell(GameInbox::Urgency::ownership, [this, critical] { game_.critical_changed(critical); });
}

void Protocol::set_state(StoreState state, const Error* trouble) {
  if (state == state_ && trouble == nullptr) return;
  const bool changed = state != state_;
  state_ = state;
  if (!changed) return;
  std::optional<Error> copy;
  if (trouble != nullptr) copy = *trouble;
  tell(GameInbox::Urgency::ownership,
       [this, state, copy] { game_.state_changed(state, copy ? &*copy : nullptr); });
}

}  // namespace keepsake::detail
