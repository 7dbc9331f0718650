#include "src/backend/lease_operations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "src/backend/copying.h"
#include "src/backend/profile_operations.h"
#include "src/plant/plant.h"

namespace keepsake {

namespace {

/// A recovered lease that no row names is forgotten after so long: late resends still find it.
constexpr std::int64_t kEndedLeaseKeptMs = 3'600'000;
constexpr std::int64_t kRemovalKeptMs = 3'600'000;

Error lease_closed(const Owner& self, const char* how) {
  return Error(ErrorCode::lease_closed, "the lease of server " + self.server.text +
                                            ", incarnation " + std::to_string(self.incarnation) +
                                            ", is " + how)
      .remedy("open a new lease and load the profiles again");
}

Error is_a_copy() {
  return Error(ErrorCode::unavailable, "the database is a copy that is not complete yet")
      .remedy("let keepsake copy end, or run it again: servers start when it has verified all");
}

/// An older copy was put in the database's place, as it was, and so of the same generation.
Error went_back(const Owner& self, std::uint64_t confirmed, std::uint64_t standing) {
  return Error(ErrorCode::backend_went_back,
               "the lease of server " + self.server.text + " is older than what was confirmed")
      .expected("renewal " + std::to_string(confirmed) + " or a later one")
      .found("renewal " + std::to_string(standing))
      .remedy("an old copy was put in its place: put the right one back");
}

Result<void> forget_the_old(Tables& tables, const std::vector<StoredLease>& leases) {
  const std::int64_t now_ms = tables.now_ms();
  for (const StoredLease& stored : leases) {
    if (stored.lease.state != LeaseState::recovered) continue;
    if (stored.ended_ms + kEndedLeaseKeptMs > now_ms) continue;
    const Incarnation incarnation = stored.lease.owner.incarnation;
    auto owns = tables.owns_any(incarnation);
    if (!owns) return owns.error();
    if (*owns) continue;
    if (auto erased = tables.erase_lease(incarnation); !erased) return erased;
  }
  return tables.erase_removals_before(now_ms - kRemovalKeptMs);
}

}  // namespace

Result<StoredLease> need_open_lease(Tables& tables, const Owner& self) {
  auto stored = tables.lease(self.incarnation);
  if (!stored) return stored.error();
  if (!*stored || (*stored)->lease.owner != self) return lease_closed(self, "not known");
  if (planted<Plant::renewed_after_close>()) return **std::move(stored);
  switch ((*stored)->lease.state) {
    case LeaseState::open: return **std::move(stored);
    case LeaseState::closed: return lease_closed(self, "closed");
    case LeaseState::recovered: break;
  }
  return lease_closed(self, "recovered");
}

Result<LeaseState> state_of_lease(Tables& tables, Incarnation incarnation) {
  auto stored = tables.lease(incarnation);
  if (!stored) return stored.error();
  return *stored ? (*stored)->lease.state : LeaseState::recovered;
}

Result<Incarnation> apply_open_lease(Tables& tables, const OpenLease& request) {
  if (!request.server.valid()) {
    return Error(ErrorCode::invalid_argument, "the server's id can't be used")
        .expected("1 to 64 characters out of [A-Za-z0-9._-]")
        .found(std::to_string(request.server.text.size()) + " bytes");
  }
  if (!request.generation.none()) {
    if (auto same = need_generation(tables, request.generation); !same) return same.error();
  }
  auto leases = tables.leases();
  if (!leases) return leases.error();
  for (const StoredLease& stored : *leases) {
    const Lease& lease = stored.lease;
    if (marks_a_copy(lease)) return is_a_copy();
    if (lease.owner.server != request.server || lease.state != LeaseState::open) continue;
    // The ring's name is random: the same one is this very request, sent again.
    const bool resent = !request.journal.ring.empty() && lease.journal == request.journal;
    if (resent && lease.renewal == 0) return lease.owner.incarnation;
    return Error(ErrorCode::server_id_in_use,
                 "server id " + request.server.text + " has an open lease, incarnation " +
                     std::to_string(lease.owner.incarnation) + ", process " +
                     std::to_string(lease.journal.pid) + " on " +
                     (lease.journal.host.empty() ? "an unnamed host" : lease.journal.host))
        .remedy("choose another server id, or end that process and wait for one lease time");
  }
  if (auto forgotten = forget_the_old(tables, *leases); !forgotten) return forgotten.error();
  auto incarnation = tables.new_incarnation();
  if (!incarnation) return incarnation;
  for (const StoredLease& stored : *leases) {
    const bool before = stored.lease.owner.server == request.server;
    if (planted<Plant::no_incarnation>() && before) incarnation = stored.lease.owner.incarnation;
  }
  StoredLease opened;
  opened.lease.owner = {.server = request.server, .incarnation = *incarnation};
  opened.lease.journal = request.journal;
  opened.lease.started_ms = request.now_ms;
  auto erasures = tables.erasures();
  if (!erasures) return std::move(erasures).error();
  opened.lease.scrubbed = *erasures;  // its journal is a new one
  if (auto put = tables.put_lease(opened); !put) return put.error();
  return incarnation;
}

Result<Renewed> apply_renew(Tables& tables, const Renew& request) {
  auto own = need_open_lease(tables, request.self);
  if (!own) return own.error();
  const std::uint64_t standing = own->lease.renewal;
  if (request.confirmed != Renew::kNotTold && request.confirmed > standing) {
    return went_back(request.self, request.confirmed, standing);
  }
  if (request.renewal < standing) {
    return Error(ErrorCode::invalid_argument, "a renewal's number must rise")
        .expected("a number above " + std::to_string(standing))
        .found(std::to_string(request.renewal));
  }
  // Rows of the last two rounds are listed, so that one lost reply hides none of them.
  std::uint64_t listed_since = own->previous_renewal;
  if (request.renewal > standing) {
    own->previous_renewal = standing;
    own->lease.renewal = request.renewal;
  } else if (listed_since > 0) {
    --listed_since;
  }
  own->lease.scrubbed = std::max(own->lease.scrubbed, request.scrubbed);
  const std::uint64_t confirmed_before = request.confirmed > 0 ? request.confirmed - 1 : 0;
  listed_since = std::min(listed_since, confirmed_before);
  if (auto put = tables.put_lease(*own); !put) return put.error();

  Renewed renewed;
  auto leases = tables.leases();
  if (!leases) return leases.error();
  for (StoredLease& stored : *leases) {
    if (stored.lease.state == LeaseState::recovered || stored.lease.owner == request.self) continue;
    renewed.others.push_back(std::move(stored.lease));
  }
  auto acquired =
      tables.owned_since(request.self.incarnation, static_cast<std::int64_t>(listed_since));
  if (!acquired) return acquired.error();
  renewed.acquired = *std::move(acquired);
  auto asks = tables.asks_on(request.self.incarnation);
  if (!asks) return asks.error();
  renewed.asks = *std::move(asks);
  auto erasures = tables.erasures();
  if (!erasures) return std::move(erasures).error();
  renewed.erasures = *erasures;
  return renewed;
}

Result<bool> apply_close_lease(Tables& tables, const CloseLease& request) {
  const Incarnation self = request.self.incarnation;
  if (request.self == request.target) {
    return Error(ErrorCode::invalid_argument, "a server does not close its own lease")
        .remedy("end it");
  }
  const bool starting = self == 0 && request.self.server == request.target.server;
  if (!starting) {
    if (auto own = need_open_lease(tables, request.self); !own) return own.error();
  }
  auto found = tables.lease(request.target.incarnation);
  if (!found) return found.error();
  if (!*found || (*found)->lease.owner != request.target) return false;
  StoredLease& stored = **found;
  Lease& lease = stored.lease;
  switch (lease.state) {
    case LeaseState::recovered: return lease.recoverer == self;
    case LeaseState::open:
      if (lease.renewal != request.renewal && !planted<Plant::close_whatever_number>())
        return false;
      break;
    case LeaseState::closed: {
      if (lease.recoverer == self) break;
      if (lease.recoverer != request.dead_recoverer) return false;
      auto recoverer = state_of_lease(tables, lease.recoverer);
      if (!recoverer) return recoverer.error();
      if (*recoverer == LeaseState::open) return false;
      break;
    }
  }
  lease.state = request.recovered ? LeaseState::recovered : LeaseState::closed;
  lease.recoverer = self;
  if (request.recovered) stored.ended_ms = tables.now_ms();
  if (auto put = tables.put_lease(stored); !put) return put.error();
  return true;
}

Result<bool> apply_end_lease(Tables& tables, const EndLease& request) {
  auto found = tables.lease(request.target.incarnation);
  if (!found) return found.error();
  if (!*found || (*found)->lease.owner != request.target) return false;
  StoredLease& stored = **found;
  if (stored.lease.state == LeaseState::recovered) return true;
  const bool ours = stored.lease.state == LeaseState::open
                        ? request.target == request.self
                        : stored.lease.recoverer == request.self.incarnation;
  if (!ours) return false;
  stored.lease.state = LeaseState::recovered;
  stored.lease.recoverer = request.self.incarnation;
  stored.ended_ms = tables.now_ms();
  if (auto put = tables.put_lease(stored); !put) return put.error();
  return true;
}

Result<std::vector<Lease>> list_leases(Tables& tables) {
  auto all = tables.leases();
  if (!all) return all.error();
  std::vector<Lease> listed;
  for (StoredLease& stored : *all) {
    if (stored.lease.state == LeaseState::recovered) {
      auto owns = tables.owns_any(stored.lease.owner.incarnation);
      if (!owns) return owns.error();
      if (!*owns) continue;
    }
    listed.push_back(std::move(stored.lease));
  }
  return listed;
}

}  // namespace keepsake
