// How a server comes to its lease: rules 8, 9 and 15.
#include <algorithm>
#include <chrono>
#include <utility>

#include "src/store/protocol.h"

namespace keepsake::detail {

namespace {

constexpr Duration kStartRetry = std::chrono::milliseconds(500);

JournalOptions journal_options(const JournalSettings& settings) {
  JournalOptions options;
  options.ring_bytes = settings.ring_bytes;
  options.segment_bytes = settings.segment_bytes;
  options.max_bytes = settings.max_bytes;
  options.sync_interval = settings.sync_every;
  return options;
}

std::string directory_for(const JournalSettings& settings, const BackendInfo& info) {
  if (!settings.directory.empty()) return settings.directory;
  return info.kind == "sqlite" ? info.place + ".journal" : std::string();
}

}  // namespace

void Protocol::look_around() {
  call(
      Lane::lease,
      [this, server = options_.server, sent = now()]() -> Result<StartFindings> {
        StartFindings findings;
        findings.sent = sent;
        Result<BackendInfo> info = backend_.info();
        if (!info) return std::move(info).error();
        findings.info = std::move(*info);
        Result<std::vector<Lease>> leases = backend_.leases();
        if (!leases) return std::move(leases).error();
        for (Lease& lease : *leases) {
          if (lease.owner.server.text != server || lease.state != LeaseState::open) continue;
          const JournalReach reach = reach_journal(runtime_->machine(), lease.journal);
          if (!lease.journal.directory.empty() && reach.kind == JournalReach::Kind::dead) {
            findings.dead.insert(lease.owner.incarnation);
          }
          findings.leases.push_back(std::move(lease));
        }
        return findings;
      },
      [this](Result<StartFindings> findings) { found(std::move(findings)); });
}

void Protocol::found(Result<StartFindings> findings) {
  if (ending_) return;
  if (!findings) return start_failed(findings.error(), kStartRetry);
  if (findings->info.read_only) {
    return start_failed(Error(ErrorCode::read_only, findings->info.place + " takes no writes")
                            .remedy("give the server's user the right to write it and its folder"),
                        kStartRetry);
  }
  if (same_id_in_the_way(*findings)) return;
  generation_ = findings->info.generation;
  make_journal(findings->info);
}

/// Rule 8: another process of our id is watched for one lease, by the rules of any other lease.
bool Protocol::same_id_in_the_way(const StartFindings& findings) {
  std::erase_if(same_id_, [&](const auto& entry) {
    return std::none_of(findings.leases.begin(), findings.leases.end(),
                        [&](const Lease& lease) { return lease.owner.incarnation == entry.first; });
  });
  if (findings.leases.empty()) return false;
  const MonotonicTime confirmed = now();
  const bool counts = confirmed - findings.sent <= LeaseWatch::kReadCounts;
  MonotonicTime next = confirmed + options_.timing.renewal;
  for (const Lease& lease : findings.leases) {
    const auto [entry, fresh] = same_id_.try_emplace(lease.owner.incarnation);
    LeaseWatch& watch = entry->second;
    const bool dead = findings.dead.contains(lease.owner.incarnation);
    if (!dead && !fresh && watch.lease().renewal != lease.renewal) {
      start_failed(Error(ErrorCode::server_id_in_use,
                         "another process runs under the server id \"" + options_.server + "\"")
                       .found("process " + std::to_string(lease.journal.pid) + " on host " +
                              lease.journal.host)
                       .remedy("give each server an id of its own, or stop the other process"),
                   options_.timing.lease);
      same_id_.clear();
      return true;
    }
    watch.seen(lease, findings.sent, confirmed, counts, options_.timing);
    if (dead || watch.expired(options_.timing)) {
      close_same_id(lease);
      return true;
    }
    if (const auto due = watch.due(options_.timing)) next = std::min(next, *due);
  }
  runtime_->at(std::max(next, confirmed + std::chrono::milliseconds(1)),
               task([this] { look_around(); }));
  return true;
}

void Protocol::close_same_id(const Lease& lease) {
  // Nobody recovers it yet (incarnation 0): we do, once we have a lease of our own.
  const CloseLease request{.self = {.server = {options_.server}, .incarnation = 0},
                           .target = lease.owner,
                           .renewal = lease.renewal,
                           .dead_recoverer = 0,
                           .recovered = false};
  call(
      Lane::lease, [&backend = backend_, request] { return backend.close_lease(request); },
      [this](const Result<bool>& closed) {
        if (!closed) return start_failed(closed.error(), kStartRetry);
        look_around();
      });
}

void Protocol::make_journal(const BackendInfo& info) {
  journal_directory_ = directory_for(options_.journal, info);
  opening_ = true;
  const auto opening = std::make_shared<Opening>();
  opening->request = {
      .server = {options_.server}, .journal = {}, .now_ms = wall_ms(), .generation = generation_};
  call(
      Lane::lease,
      [this, opening, directory = journal_directory_]() -> Result<void> {
        if (directory.empty()) return {};
        auto journal =
            Journal::create(runtime_->machine(), journal_options(options_.journal), directory);
        if (!journal) return std::move(journal).error();
        opening->journal = std::move(*journal);
        opening->request.journal = opening->journal->place();
        return {};
      },
      [this, opening](const Result<void>& made) {
        if (made && !ending_) return open_lease(opening);
        abandon(opening, std::nullopt);
        if (!made) start_failed(made.error(), kStartRetry);
      });
}

/// Sent again unchanged after a lost reply: the backend knows the journal's ring again.
void Protocol::open_lease(const std::shared_ptr<Opening>& opening) {
  opening->sent = now();
  call(
      Lane::lease,
      [&backend = backend_, request = opening->request] { return backend.open_lease(request); },
      [this, opening](Result<Incarnation> answer) { lease_answered(opening, std::move(answer)); });
}

void Protocol::lease_answered(const std::shared_ptr<Opening>& opening, Result<Incarnation> answer) {
  if (!answer && !ending_ && answer.error().code() == ErrorCode::in_doubt) {
    set_state(StoreState::degraded, &answer.error());
    runtime_->at(now() + kStartRetry, task([this, opening] { open_lease(opening); }));
    return;
  }
  if (!answer) {
    abandon(opening, std::nullopt);
    // Somebody was quicker: watch that lease.
    if (answer.error().code() == ErrorCode::server_id_in_use && !ending_) return look_around();
    return start_failed(answer.error(), kStartRetry);
  }
  const Owner self{.server = {options_.server}, .incarnation = *answer};
  if (ending_) return abandon(opening, self);
  call(
      Lane::lease,
      [journal = opening->journal, self, generation = generation_]() -> Result<void> {
        return journal ? journal->start(generation, self) : Result<void>();
      },
      [this, opening, self](const Result<void>& started) {
        if (started && !ending_) return opened(*opening, self);
        abandon(opening, self);
        if (!started) start_failed(started.error(), kStartRetry);
      });
}

void Protocol::abandon(const std::shared_ptr<Opening>& opening, const std::optional<Owner>& self) {
  call(
      Lane::lease,
      [&backend = backend_, opening, self]() -> Result<void> {
        if (self) (void)backend.end_lease({.self = *self, .target = *self});
        return opening->journal ? opening->journal->close_clean() : Result<void>();
      },
      [this](const Result<void>&) { opening_over(); });  // what is left of it is harmless
}

void Protocol::opening_over() {
  opening_ = false;
  if (const Runtime::Task then = std::exchange(after_opening_, {})) then();
}

void Protocol::opened(const Opening& opening, const Owner& self) {
  opening_over();
  same_id_.clear();
  erasures_ = scrubbed_ = 0;
  journal_ = opening.journal;
  lease_.opened(self, opening.sent);
  lease_deadline_ns_.store(lease_.deadline().time_since_epoch().count(), std::memory_order_relaxed);
  pumped_.store(true, std::memory_order_relaxed);
  next_send_back_ = now() + options_.timing.returns;
  if (journal_) runtime_->drain(journal_);
  runtime_->watch(backend_, lease_.self(), task([this] { woken(); }));
  const LeaseGrant grant{.self = lease_.self(), .generation = generation_, .journal = journal_};
  tell(GameInbox::Urgency::ownership, [this, grant] { game_.lease_opened(grant); });
  set_state(StoreState::ready, nullptr);
  if (!journal_directory_.empty()) recover_directory(journal_directory_);
  for (AcquireRequest& request : std::exchange(before_lease_, {})) begin(std::move(request));
  arm(now());
}

void Protocol::start_failed(const Error& why, Duration again_after) {
  note_call(&why);
  if (ending_) return;
  const bool refused = why.code() == ErrorCode::server_id_in_use;
  set_state(refused ? StoreState::closed : StoreState::degraded, &why);
  if (refused) {
    for (AcquireRequest& request : std::exchange(before_lease_, {})) {
      tell(GameInbox::Urgency::answer, request.prepare(why));
    }
  }
  runtime_->at(now() + again_after, task([this] {
                 if (!ending_) look_around();
               }));
}

}  // namespace keepsake::detail
