// Acquires: the step machine's commands carried out, and a look at the neighbours that they wait
// for.
#include <algorithm>
#include <chrono>
#include <utility>

#include "src/store/protocol.h"

namespace keepsake::detail {

namespace {
/// How often a neighbour's journal lock is looked at while somebody waits for its profiles.
constexpr Duration kNeighbourLook = std::chrono::milliseconds(10);

/// What a call of loads says of the database's health; null: well.
const Error* failure_of(const Result<AcquireAnswers>& answers) {
  if (!answers) return &answers.error();
  for (const Result<AcquireAnswer>& answer : *answers) {
    if (!answer) return &answer.error();
  }
  return nullptr;
}
}  // namespace

void Protocol::acquire(AcquireRequest request) {
  auto shared = std::make_shared<AcquireRequest>(std::move(request));
  runtime_->post(task([this, shared] { begin(std::move(*shared)); }));
}

void Protocol::begin(AcquireRequest request) {
  const std::uint64_t id = request.id;
  if (lease_.state() != LeaseKeeper::State::open) {
    const Error late = Error(ErrorCode::timed_out, "this server has no lease yet")
                           .store(request.key.store)
                           .key(request.key.key)
                           .remedy("see the store's state for why");
    runtime_->at(request.deadline, task([this, id, late] { (void)give_up_early(id, late); }));
    before_lease_.push_back(std::move(request));
    return;
  }
  const AcquirePlan plan{.key = request.key,
                         .self = lease_.self(),
                         .generation = generation_,
                         .session = Id128::random(runtime_->random()),
                         .ask = request.asks ? Id128::random(runtime_->random()) : AskId{},
                         .readable_ordinal = request.readable_ordinal,
                         .deadline = request.deadline};
  sessions_.emplace(plan.session, 0);
  const auto [entry, fresh] = acquires_.try_emplace(
      id, Acquiring{AcquireMachine(plan, options_.timing), std::move(request)});
  run(id, entry->second.machine.start(now(), wall_ms()));
}

bool Protocol::give_up_early(std::uint64_t id, const Error& why) {
  const auto early = std::find_if(before_lease_.begin(), before_lease_.end(),
                                  [&](const AcquireRequest& one) { return one.id == id; });
  if (early == before_lease_.end()) return false;
  tell(GameInbox::Urgency::answer, early->prepare(why));
  before_lease_.erase(early);
  return true;
}

void Protocol::give_up(std::uint64_t acquire_id, Error why) {
  runtime_->post(task([this, acquire_id, why = std::move(why)] {
    if (give_up_early(acquire_id, why)) return;
    const auto found = acquires_.find(acquire_id);
    if (found != acquires_.end()) run(acquire_id, found->second.machine.give_up(why));
  }));
}

void Protocol::run(std::uint64_t id, AcquireMachine::Commands commands) {
  for (AcquireMachine::Command& command : commands) {
    std::visit([&](auto& one) { run_one(id, one); }, command);
  }
  const auto found = acquires_.find(id);
  if (found == acquires_.end() || !found->second.machine.over()) return;
  waits_for_.erase(id);
  acquires_.erase(found);
}

void Protocol::run_one(std::uint64_t id, AcquireMachine::Send& send) {
  loads_.push_back({.id = id, .request = std::move(send.request)});
  send_loads();
}

/// What waits goes out in one call, unless one is under way: what comes meanwhile makes the next.
void Protocol::send_loads() {
  if (!budget_.takes_loads()) return;
  std::vector<Load> loads;
  while (!loads_.empty() && loads.size() < Budget::kLoads) {
    Load load = std::move(loads_.front());
    loads_.pop_front();
    const auto found = acquires_.find(load.id);
    const bool wanted =
        found != acquires_.end() && found->second.machine.plan().session == load.request.session;
    if (wanted) loads.push_back(std::move(load));
  }
  if (loads.empty()) return;
  if (!breaker_.lets_through(now(), options_.timing.renewal / 4)) {
    const auto refused = std::make_shared<const std::vector<Load>>(std::move(loads));
    return runtime_->post(task([this, refused] {
      const Error away(ErrorCode::unavailable, "the database has not answered lately");
      for (const Load& load : *refused) load_answered(load.id, load.request.session, away);
      send_loads();
    }));
  }
  budget_.loads_sent();
  const auto sent = std::make_shared<const std::vector<Load>>(std::move(loads));
  call(
      Lane::urgent,
      [&backend = backend_, sent] {
        std::vector<Acquire> requests;
        for (const Load& load : *sent) requests.push_back(load.request);
        return backend.acquire_many(requests);
      },
      [this, sent](Result<AcquireAnswers> answers) { loads_answered(*sent, std::move(answers)); });
}

void Protocol::loads_answered(const std::vector<Load>& loads, Result<AcquireAnswers> answers) {
  budget_.loads_answered();
  note_call(failure_of(answers));
  const bool waited = !loads_.empty();
  send_loads();  // the database works on the next while this one is told of
  if (waited && loads_.empty()) send_batches();
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const Load& load = loads[i];
    const auto found = acquires_.find(load.id);
    if (found == acquires_.end()) continue;
    if (found->second.machine.plan().session != load.request.session) continue;
    Result<AcquireAnswer> answer = answers ? std::move((*answers)[i]) : answers.error();
    const ErrorCode code = answer ? ErrorCode::held : answer.error().code();
    // Or of another generation: a backup was restored, and our lease isn't in it.
    if (code == ErrorCode::lease_closed || code == ErrorCode::backend_went_back) {
      return lose_lease(answer.error());
    }
    load_answered(load.id, load.request.session, std::move(answer));
  }
}

/// Of a session that was given up with the lease it was asked under: not ours to use.
void Protocol::load_answered(std::uint64_t id, const SessionId& session,
                             Result<AcquireAnswer> answer) {
  const auto found = acquires_.find(id);
  if (found == acquires_.end() || found->second.machine.plan().session != session) return;
  run(id, found->second.machine.answered(std::move(answer), now(), wall_ms()));
}

void Protocol::run_one(std::uint64_t id, AcquireMachine::SendWithdraw& withdraw) {
  call(
      Lane::urgent,
      [&backend = backend_, request = withdraw.request] { return backend.withdraw(request); },
      [this, id, session = withdraw.request.session](const Result<void>& answer) {
        const auto found = acquires_.find(id);
        if (found == acquires_.end() || found->second.machine.plan().session != session) return;
        if (answer) sessions_.erase(session);
        run(id, found->second.machine.withdrawn(answer, now()));
      });
}

void Protocol::run_one(std::uint64_t id, AcquireMachine::WakeAt& wake) {
  runtime_->at(wake.when, task([this, id] {
                 const auto found = acquires_.find(id);
                 if (found != acquires_.end()) {
                   run(id, found->second.machine.wake(now(), wall_ms(), false));
                 }
               }));
}

void Protocol::run_one(std::uint64_t id, AcquireMachine::HeldBy& held) {
  if (held.owner == lease_.self()) return look_at_own(acquires_.find(id)->second.request.key);
  waits_for_[id] = held.owner.incarnation;
  if (held.state == LeaseState::open) watch_neighbour(held.owner);
}

/// Whether the row is ours under a session that is here no more, or never was.
void Protocol::look_at_own(const ProfileKey& key) {
  call(
      Lane::read, [&backend = backend_, key] { return backend.read({key}); },
      [this, self = lease_.self()](const Result<std::vector<std::optional<Record>>>& rows) {
        if (!rows || !rows->front() || lease_.self() != self) return;
        const Envelope& row = rows->front()->envelope;
        if (lease_.state() != LeaseKeeper::State::open || row.owner != self) return;
        free_unknown({{.key = rows->front()->key, .session = row.session, .epoch = row.epoch}});
      });
}

void Protocol::run_one(std::uint64_t id, AcquireMachine::Finish& finish) {
  const auto found = acquires_.find(id);
  waits_for_.erase(id);
  if (!finish.outcome) {
    sessions_.erase(found->second.machine.plan().session);
    tell(GameInbox::Urgency::answer, found->second.request.prepare(std::move(finish.outcome)));
    return;
  }
  sessions_[found->second.machine.plan().session] = finish.outcome->envelope.epoch;
  runtime_->call(Lane::read,
                 [weak = weak_from_this(), prepare = found->second.request.prepare,
                  outcome = std::move(finish.outcome)]() mutable -> Runtime::Task {
                   GameInbox::Task answer = prepare(std::move(outcome));
                   if (const auto self = weak.lock()) {
                     self->tell(GameInbox::Urgency::answer, std::move(answer));
                   }
                   return [] {};
                 });
}

void Protocol::wake_acquires() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, owner] : waits_for_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::uint64_t id : ids) {
    const auto found = acquires_.find(id);
    if (found != acquires_.end()) run(id, found->second.machine.wake(now(), wall_ms(), true));
  }
}

/// The database answers again: nobody waits for the end of a backoff.
void Protocol::resume_acquires() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, acquiring] : acquires_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::uint64_t id : ids) {
    const auto found = acquires_.find(id);
    if (found != acquires_.end()) run(id, found->second.machine.wake(now(), wall_ms(), true));
  }
}

bool Protocol::anyone_waits_for(Incarnation incarnation) const {
  return std::any_of(waits_for_.begin(), waits_for_.end(),
                     [&](const auto& entry) { return entry.second == incarnation; });
}

void Protocol::watch_neighbour(const Owner& owner) {
  if (neighbours_.contains(owner.incarnation) || recovering_.contains(owner.incarnation)) return;
  neighbours_[owner.incarnation];
  call(
      Lane::read,
      [this, owner]() -> Result<JournalPlace> {
        Result<std::vector<Lease>> leases = backend_.leases();
        if (!leases) return std::move(leases).error();
        for (const Lease& lease : *leases) {
          if (lease.owner != owner || lease.journal.directory.empty()) continue;
          const JournalReach reach = reach_journal(runtime_->machine(), lease.journal);
          const bool here =
              reach.kind == JournalReach::Kind::live || reach.kind == JournalReach::Kind::dead;
          return here ? lease.journal : JournalPlace{};
        }
        return JournalPlace{};
      },
      [this, incarnation = owner.incarnation](Result<JournalPlace> place) {
        if (!place) {
          neighbours_.erase(incarnation);
          return;
        }
        if (place->directory.empty()) return;  // not of this machine: its lease will tell
        neighbours_[incarnation] = std::move(*place);
        look_at_neighbour(incarnation);
      });
}

void Protocol::look_at_neighbour(Incarnation incarnation) {
  const auto found = neighbours_.find(incarnation);
  if (found == neighbours_.end()) return;
  if (!anyone_waits_for(incarnation)) {
    neighbours_.erase(found);
    return;
  }
  call(
      Lane::read,
      [this, place = found->second] {
        return wait_for_death(runtime_->machine(), place, Duration{0});
      },
      [this, incarnation](bool dead) {
        if (!dead) {
          runtime_->at(now() + kNeighbourLook,
                       task([this, incarnation] { look_at_neighbour(incarnation); }));
          return;
        }
        neighbours_.erase(incarnation);
        recover({.server = {}, .incarnation = incarnation}, std::nullopt);
      });
}

}  // namespace keepsake::detail
