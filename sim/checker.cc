// What the checker is told, and what it looks at then. The promises are in promises.cc.
#include "sim/checker.h"

#include <algorithm>
#include <utility>

namespace sim {

using keepsake::Call;
using keepsake::CallInfo;
using keepsake::EndReason;
using keepsake::Error;
using keepsake::LeaseState;
using keepsake::ProfileKey;
using keepsake::Record;

Marks marks_of(const std::vector<std::string>& things) {
  Marks marks;
  for (const std::string& thing : things) marks.insert(thing.substr(0, thing.find('*')));
  return marks;
}

void Checker::violated(std::string_view promise, std::string what) {
  if (!violation_) violation_ = Violation{std::string(promise), std::move(what)};
}

void Checker::durable(const std::string& key, const Marks& marks) {
  Row& row = rows_[key];
  for (const std::string& mark : marks) {
    // Where a profile was removed meanwhile, what is told of later may be gone with it.
    if (!row.was_removed || row.returned.contains(mark)) row.durable.insert(mark);
  }
}

void Checker::loaded(const Server& server, const std::string& key,
                     const std::vector<std::string>& things) {
  const Marks found = marks_of(things);
  // One that was robbed of it before it could be told is shown what it had; it can't save that.
  const std::optional<keepsake::Owner>& owner = rows_[key].owner;
  if (scenario_.thief && (!owner || owner->incarnation != server.incarnation)) return;
  exactly_once(key, things, found, "a load");
  nothing_acknowledged_is_lost(key, found, "a load");
  crash_loses_nothing(key, found, "a load");
}

Marks Checker::removing(const std::string& key) {
  rows_[key].was_removed = true;
  ++rows_[key].removals;
  return rows_[key].returned;
}

void Checker::removed(const std::string& key, const Marks& had, bool for_certain) {
  Row& row = rows_[key];
  if (for_certain) row.removed.insert(had.begin(), had.end());
  --row.removals;
  // What was done meanwhile may be in the new profile or gone with the old one.
  row.returned.clear();
  row.durable.clear();
}

void Checker::erased(const std::string& key) {
  const ProfileKey profile{std::string(kPurses), key};
  erased_is_gone(profile);
  Row& row = rows_[key];
  ++row.erasures;
  row.past_asks.clear();
  take_in(row, {});
}

void Checker::backed_up() { backup_ = rows_; }

std::map<std::string, bool> Checker::restored(bool declared) {
  std::map<std::string, bool> changed;
  std::map<std::string, Row> before = std::exchange(rows_, {});
  for (auto& [key, was] : before) {
    Row& row = rows_[key];
    const auto kept = backup_.find(key);
    const bool erased = declared && kept != backup_.end() && kept->second.erasures != was.erasures;
    if (kept != backup_.end() && !erased) row = kept->second;
    if (erased) row.removed = was.removed;  // the tombstones know
    row.erasures = was.erasures;
    row.removals = was.removals;
    row.was_removed = row.was_removed || was.was_removed;
    row.returned = row.durable;
    row.past_asks.clear();
    look_at_row(key, row);
    changed[key] =
        row.session != was.session || row.epoch != was.epoch || row.revision != was.revision;
  }
  if (!declared) forget_leases();
  check_all_gold();
  return changed;
}

void Checker::forget_leases() {
  renewed_.clear();
  const auto leases = database_.leases();
  if (!leases) return violated("ValidAtRest", "the database can't be read");
  for (const keepsake::Lease& lease : *leases) given_up_.insert(lease.owner.incarnation);
}

void Checker::look_at_row(const std::string& key, Row& row) {
  const bool guild = std::find(kGuildKeys.begin(), kGuildKeys.end(), key) != kGuildKeys.end();
  const ProfileKey profile{std::string(guild ? kGuilds : kPurses), key};
  const auto read = database_.read({profile});
  if (!read) return violated("ValidAtRest", "the database can't be read");
  const Seen seen = seen_of(read->front());
  if (seen.has_data) {
    valid_at_rest(profile, seen);
    nothing_acknowledged_is_lost(key, seen.marks, "the row");
    exactly_once(key, seen.stored.things, seen.marks, "the row");
  }
  take_in(row, seen);
}

Checker::Seen Checker::seen_of(const std::optional<Record>& row) {
  Seen seen;
  if (!row) return seen;
  seen.record = &*row;
  seen.has_data = row->envelope.has_data;
  if (!seen.has_data) return seen;
  const keepsake::Envelope& envelope = row->envelope;
  seen.stored =
      read_payload(row->key.store, envelope.schema.version, envelope.format, row->payload);
  seen.marks = marks_of(seen.stored.things);
  return seen;
}

void Checker::stolen(const ProfileKey& key) {
  Row& row = rows_[key.key];
  const Row before = row;
  look_at_row(key.key, row);
  if (row.owner || row.epoch != before.epoch || row.revision != before.revision + 1) {
    violated("OneOwner", key.key + " was stolen, and has an owner or is another's");
  }
  if (row.marks != before.marks || row.gold != before.gold) {
    violated("NothingAcknowledgedIsLost", key.key + " was stolen, and its data changed");
  }
  const auto audit = database_.audit(1);
  if (!audit || audit->empty() || audit->front().what != "steal, taken") {
    violated("EveryFailureSaysWhy", key.key + " was stolen, and no audit entry tells");
  }
}

std::uint64_t Checker::waits(Wait wait) {
  waits_[next_wait_] = std::move(wait);
  return next_wait_++;
}

void Checker::answered(std::uint64_t wait) {
  if (waits_.erase(wait) == 0) violated("EverythingEnds", "something was answered twice");
}

void Checker::forget_waits(std::size_t server) {
  std::erase_if(waits_, [&](const auto& entry) { return entry.second.server == server; });
}

void Checker::look_at_waits(const std::vector<Server>& servers, MonotonicTime now) {
  constexpr Duration kGrace = std::chrono::seconds(3);
  for (const auto& [id, wait] : waits_) {
    const Server& server = servers[wait.server];
    if (!server.running || server.frozen || now < server.well_since + kGrace) continue;
    if (now < server.stalled_until + kGrace) continue;
    if (now > wait.deadline + kGrace) everything_ends(wait, now);
  }
}

void Checker::carried_out(const std::vector<Server>& servers, std::size_t from,
                          const CallInfo& call, MonotonicTime now) {
  if (violation_) return;
  if (call.acquires != nullptr) {
    for (const keepsake::Acquire& one : *call.acquires) look_at(one.key, servers[from], call);
  }
  if (call.groups != nullptr) {
    for (const keepsake::Group& group : *call.groups) {
      for (const keepsake::MemberCommit& member : group.members) {
        look_at(member.key, servers[from], call);
      }
    }
  }
  if (call.groups != nullptr || call.call == Call::send_back_expired) check_all_gold();
  if (call.call == Call::renew) renewed_[servers[from].incarnation] = now;
  if (call.call != Call::close_lease) return;
  live_owner_keeps_its_players(servers, now, closes_to_come_.erase({from, call.number}) > 0);
}

void Checker::close_lands_later(const std::vector<Server>& servers, std::size_t from,
                                const CallInfo& call, MonotonicTime now) {
  judge_close(servers, call.close->target, now);
  closes_to_come_.emplace(from, call.number);
}

void Checker::check_all_gold() {
  std::int64_t gold = 0;
  for (const auto& [key, row] : rows_) gold += row.gold;
  for (const WaitingGift& gift : waiting_gifts(database_)) gold += gift.gold;
  all_gold_is_there(gold);
}

bool Checker::is_open(keepsake::Incarnation incarnation) {
  return state_of(incarnation) == LeaseState::open;
}

void Checker::look_at(const ProfileKey& key, const Server& from, const CallInfo& call) {
  const auto read = database_.read({key});
  if (!read) return violated("ValidAtRest", "the database can't be read");
  Row& row = rows_[key.key];
  const Seen seen = seen_of(read->front());
  if (seen.has_data) valid_at_rest(key, seen);
  one_owner(row, seen, key, call);
  newest_ask_wins(row, seen, key);
  old_server_does_no_harm(row, seen, key, from.build, call);
  if (seen.has_data) {
    exactly_once(key.key, seen.stored.things, seen.marks, "the row");
    nothing_acknowledged_is_lost(key.key, seen.marks, "the row");
  }
  take_in(row, seen);
}

void Checker::take_in(Row& row, const Seen& seen) {
  row.exists = seen.record != nullptr;
  if (!row.exists) {
    row.session = {};
    row.owner.reset();
    row.ask.reset();
    row.revision = 0;
    row.ordinal = 0;
    row.gold = 0;
    row.title.clear();
    return row.marks.clear();
  }
  const keepsake::Envelope& envelope = seen.record->envelope;
  row.epoch = envelope.epoch;
  row.revision = envelope.revision;
  row.session = envelope.session;
  row.owner = envelope.owner;
  row.ordinal = envelope.has_data ? envelope.schema.ordinal : 0;
  row.asks = envelope.ask_sequence;
  if (envelope.ask) {
    row.ask = envelope.ask->id;
  } else {
    row.ask.reset();
  }
  row.gold = seen.stored.gold;
  row.title = seen.stored.title;
  row.marks = seen.marks;
}

std::optional<keepsake::LeaseState> Checker::state_of(keepsake::Incarnation incarnation) {
  const auto leases = database_.leases();
  if (!leases) return std::nullopt;
  for (const keepsake::Lease& lease : *leases) {
    if (lease.owner.incarnation == incarnation) return lease.state;
  }
  return std::nullopt;
}

void Checker::settled(const std::map<std::string, std::vector<std::string>>& holds,
                      std::int64_t gold) {
  for (const auto& [key, things] : holds) {
    const Marks found = marks_of(things);
    exactly_once(key, things, found, "the end");
    nothing_acknowledged_is_lost(key, found, "the end");
    crash_loses_nothing(key, found, "the end");
    for (const auto& [mark, sides] : trades_) {
      const auto one = holds.find(sides.first);
      const auto other = holds.find(sides.second);
      if (one == holds.end() || other == holds.end()) continue;
      if (sides.first != key) continue;
      if (found.contains(mark) != marks_of(other->second).contains(mark)) {
        violated("NoHalfTrade",
                 "one side alone has " + mark + ": " + sides.first + " or " + sides.second);
      }
    }
  }
  all_gold_is_there(gold);
  for (const auto& [key, row] : rows_) {
    if (row.was_removed) removed_is_gone({std::string(kPurses), key}, row.removed);
    const auto read = database_.read({{std::string(kPurses), key}});
    if (read && read->front() && read->front()->envelope.has_data) same_bytes(*read->front());
  }
}

}  // namespace sim
