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
      [this, server = options_.server]() -> Result<StartFindings> {
        StartFindings findings;
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
  open_lease(findings->info);
}

bool Protocol::same_id_in_the_way(const StartFindings& findings) {
  for (const Lease& lease : findings.leases) {
    const Incarnation incarnation = lease.owner.incarnation;
    const auto [watch, fresh] = same_id_.try_emplace(incarnation, lease.renewal, now());
    const bool dead = findings.dead.contains(incarnation);
    const bool moved = !fresh && watch->second.renewal != lease.renewal;
    if (!dead && moved) {
      start_failed(Error(ErrorCode::server_id_in_use,
                         "another process runs under the server id \"" + options_.server + "\"")
                       .found("process " + std::to_string(lease.journal.pid) + " on host " +
                              lease.journal.host)
                       .remedy("give each server an id of its own, or stop the other process"),
                   options_.timing.lease);
      same_id_.clear();
      return true;
    }
    if (dead || now() - watch->second.since >= options_.timing.lease) {
      close_same_id(lease);
      return true;
    }
  }
  if (findings.leases.empty()) return false;
  const Lease& first = findings.leases.front();
  const MonotonicTime complete = same_id_.at(first.owner.incarnation).since + options_.timing.lease;
  const MonotonicTime next = std::min(now() + options_.timing.renewal, complete);
  runtime_->at(std::max(next, now() + std::chrono::milliseconds(1)),
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

void Protocol::open_lease(const BackendInfo& info) {
  journal_directory_ = directory_for(options_.journal, info);
  call(
      Lane::lease,
      [this, info, directory = journal_directory_, sent = now()]() -> Result<Opened> {
        Opened opened;
        opened.sent = sent;
        OpenLease request{.server = {options_.server}, .journal = {}, .now_ms = wall_ms()};
        if (!directory.empty()) {
          auto journal =
              Journal::create(runtime_->machine(), journal_options(options_.journal), directory);
          if (!journal) return std::move(journal).error();
          opened.journal = std::move(*journal);
          request.journal = opened.journal->place();
        }
        const auto abandon = [&](Error why) {
          if (opened.journal) (void)opened.journal->close_clean();
          return why;
        };
        Result<Incarnation> incarnation = backend_.open_lease(request);
        if (!incarnation) return abandon(std::move(incarnation).error());
        opened.self = {.server = {options_.server}, .incarnation = *incarnation};
        if (!opened.journal) return opened;
        Result<void> started = opened.journal->start(info.generation, opened.self);
        if (started) return opened;
        (void)backend_.end_lease({.self = opened.self, .target = opened.self});
        return abandon(std::move(started).error());
      },
      [this](Result<Opened> result) { opened(std::move(result)); });
}

void Protocol::opened(Result<Opened> result) {
  if (!result) {
    const bool taken = result.error().code() == ErrorCode::server_id_in_use;
    if (taken) return look_around();  // somebody was quicker: watch that lease
    return start_failed(result.error(), kStartRetry);
  }
  same_id_.clear();
  journal_ = result->journal;
  lease_.opened(result->self, result->sent);
  lease_deadline_ns_.store(lease_.deadline().time_since_epoch().count(), std::memory_order_relaxed);
  pumped_.store(true, std::memory_order_relaxed);
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
