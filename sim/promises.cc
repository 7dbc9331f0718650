// The promises, one function each.
#include <algorithm>

#include "keepsake/datum/any_catalog.h"
#include "sim/checker.h"
#include "src/store/payload.h"

namespace sim {

using keepsake::CallInfo;
using keepsake::EndReason;
using keepsake::Envelope;
using keepsake::EpochMark;
using keepsake::Error;
using keepsake::ErrorClass;
using keepsake::ErrorCode;
using keepsake::Group;
using keepsake::LeaseState;
using keepsake::MemberCommit;
using keepsake::ProfileKey;
using keepsake::Record;

namespace {

bool bears(const Envelope& envelope, const keepsake::CommitToken& token) {
  return std::any_of(envelope.marks.begin(), envelope.marks.end(), [&](const EpochMark& mark) {
    return mark.token == token || mark.recoverer == token;
  });
}

/// The one that lives under that lease, and isn't to end; nullptr if none does. After a restore an
/// incarnation may have been another server's before.
const Server* server_of(const std::vector<Server>& servers, const keepsake::Owner& owner) {
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const Server& server = servers[i];
    if (!server.running || server.closing || server.incarnation != owner.incarnation) continue;
    if (kServerIds[i] == owner.server.text) return &server;
  }
  return nullptr;
}

/// A mark of `wanted` that isn't among `found`.
const std::string* missing(const Marks& wanted, const Marks& found) {
  for (const std::string& mark : wanted) {
    if (!found.contains(mark)) return &mark;
  }
  return nullptr;
}

}  // namespace

/// Every commit that changed the row was made under the session, epoch and revision that stood in
/// it; epochs never go back, also over a removal.
void Checker::one_owner(const Row& row, const Seen& seen, const ProfileKey& key,
                        const CallInfo& call) {
  if (seen.record == nullptr) return;
  const Envelope& now = seen.record->envelope;
  const std::string name = key.store + "/" + key.key;
  if (now.epoch < row.epoch) {
    violated("OneOwner", name + " went back from epoch " + std::to_string(row.epoch) + " to " +
                             std::to_string(now.epoch));
  }
  if (now.owner && now.owner != row.owner && state_of(now.owner->incarnation) != LeaseState::open) {
    violated("OneOwner", name + " was given to a server whose lease isn't open");
  }
  const bool changed = row.exists && now.revision != row.revision;
  if (!changed || call.groups == nullptr) return;
  for (const Group& group : *call.groups) {
    for (const MemberCommit& member : group.members) {
      if (member.key != key || !bears(now, group.token)) continue;
      const keepsake::Fence& fence = member.fence;
      if (fence.session == row.session && fence.epoch == row.epoch &&
          fence.revision == row.revision) {
        return;
      }
      violated("OneOwner", name + " took a commit of epoch " + std::to_string(fence.epoch) +
                               ", revision " + std::to_string(fence.revision) + " at epoch " +
                               std::to_string(row.epoch) + ", revision " +
                               std::to_string(row.revision));
    }
  }
}

void Checker::nothing_acknowledged_is_lost(const std::string& key, const Marks& found,
                                           const char* where) {
  if (rows_[key].removals > 0) return;
  if (const std::string* mark = missing(rows_[key].durable, found)) {
    violated("NothingAcknowledgedIsLost",
             std::string(where) + " of " + key + " lacks " + *mark + ", which was durable");
  }
}

/// Transactions only move gold: at no time is there more or less of it in all rows together.
void Checker::all_gold_is_there(std::int64_t gold) {
  if (gold == all_gold_) return;
  violated("NoHalfTrade",
           "there is " + std::to_string(gold) + " gold instead of " + std::to_string(all_gold_));
}

/// Each mark is put in once; what was removed doesn't come back.
void Checker::exactly_once(const std::string& key, const std::vector<std::string>& things,
                           const Marks& found, const char* where) {
  if (found.size() != things.size()) {
    violated("ExactlyOnce", std::string(where) + " of " + key + " has something twice");
  }
  for (const std::string& mark : rows_[key].removed) {
    if (found.contains(mark)) {
      violated("ErasedIsGone",
               std::string(where) + " of " + key + " has " + mark + " again, which was removed");
    }
  }
}

/// After an erasure nothing is kept of that key.
void Checker::erased_is_gone(const ProfileKey& key) {
  const auto all = database_.belongings(key);
  if (!all) return violated("ValidAtRest", "the database can't be read");
  const char* const left = all->record                ? "its row"
                           : !all->inbox.empty()      ? "its inbox"
                           : !all->receipts.empty()   ? "receipts"
                           : !all->handled.empty()    ? "ids of messages"
                           : !all->history.empty()    ? "history"
                           : !all->quarantine.empty() ? "quarantine"
                                                      : nullptr;
  if (left != nullptr) violated("ErasedIsGone", key.key + " was erased, and left " + left);
}

/// Of a life that is over nothing is in a later one's history.
void Checker::removed_is_gone(const ProfileKey& key, const Marks& removed) {
  const auto all = database_.belongings(key);
  if (!all) return violated("ValidAtRest", "the database can't be read");
  for (const keepsake::Snapshot& snapshot : all->history) {
    const Stored stored =
        read_payload(key.store, snapshot.schema.version, snapshot.format, snapshot.payload);
    for (const std::string& mark : marks_of(stored.things)) {
      if (removed.contains(mark)) {
        violated("ErasedIsGone", "history of " + key.key + " has " + mark + ", which was removed");
      }
    }
  }
}

void Checker::valid_at_rest(const ProfileKey& key, const Seen& seen) {
  if (seen.stored.valid) return;
  violated("ValidAtRest", key.store + "/" + key.key + " at rest: " + seen.stored.why);
}

/// Two migrations of the same bytes give the same bytes.
void Checker::same_bytes(const Record& record) {
  const auto migrated = [&] {
    std::string room;
    const auto data =
        keepsake::PayloadCodec().open(record.envelope.format, record.payload, room).value();
    const auto bound = wallet_catalog(true).decode(data, record.envelope.schema.version);
    std::string bytes;
    if (bound) {
      wallet_catalog(true).ops().encode(bound->data.get(), bound->extras, bound->version, bytes);
    }
    return bytes;
  };
  if (const std::string first = migrated(); first.empty() || first != migrated()) {
    violated("SameBytes", record.key.key + " migrates to different bytes, or to none");
  }
}

void Checker::crash_loses_nothing(const std::string& key, const Marks& found, const char* where) {
  if (!scenario_.keeps_all() || rows_[key].removals > 0) return;
  if (const std::string* mark = missing(rows_[key].returned, found)) {
    violated("CrashLosesNothing",
             std::string(where) + " of " + key + " lacks " + *mark + ", whose edit had returned");
  }
}

void Checker::everything_ends(const Wait& wait, MonotonicTime now) {
  const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(now - wait.deadline);
  violated("EverythingEnds", "the " + wait.what + " on server " +
                                 std::string(kServerIds[wait.server]) + " had no answer " +
                                 std::to_string(late.count()) + " ms after its deadline");
}

void Checker::left_lying(const std::string& key, const std::string& mark) {
  violated("EverythingEnds",
           "the gift " + mark + " lies in the inbox of " + key + ", whose session never took it");
}

/// An ask that another has replaced is never written again.
void Checker::newest_ask_wins(Row& row, const Seen& seen, const ProfileKey& key) {
  if (seen.record == nullptr) return row.past_asks.clear();  // of the profile that was removed
  const auto& ask = seen.record->envelope.ask;
  if (row.ask && (!ask || ask->id != *row.ask)) row.past_asks.insert(*row.ask);
  if (ask && row.past_asks.contains(ask->id) && row.ask != ask->id) {
    violated("EverythingEnds", key.key + ": an ask that was superseded stands in the row again");
  }
}

/// A build that can't read the data neither takes the profile nor asks for it, and never puts an
/// older version in place of a newer one; one that may go on with it keeps what it doesn't know.
void Checker::old_server_does_no_harm(const Row& row, const Seen& seen, const ProfileKey& key,
                                      Build build, const CallInfo& call) {
  if (seen.record == nullptr || !row.exists || key.store != kPurses) return;
  const Envelope& now = seen.record->envelope;
  if (now.has_data && now.schema.ordinal < row.ordinal) {
    violated("OldServerDoesNoHarm", key.key + " went back from version number " +
                                        std::to_string(row.ordinal) + " to " +
                                        std::to_string(now.schema.ordinal));
  }
  if (row.ordinal == 3 && seen.stored.title != row.title) {
    violated("OldServerDoesNoHarm", key.key + " lost its title");
  }
  const bool unreadable = now.has_data && now.schema.last_compatible > 2 && build == Build::old;
  if (call.acquires == nullptr || !unreadable) return;
  if (now.epoch != row.epoch || now.ask_sequence != row.asks) {
    violated("OldServerDoesNoHarm", key.key + " was taken or asked for by a build too old for it");
  }
}

/// A lease is closed only if its server is dead, or was frozen or cut off for most of a lease.
/// Outages, late answers and clocks that step take nobody's players.
void Checker::judge_close(const std::vector<Server>& servers, const keepsake::Owner& target,
                          MonotonicTime now) {
  const keepsake::Timing timing = scenario_.timing();
  const Duration well = timing.lease + timing.renewal + std::chrono::seconds(1);  // and a read
  const Server* const server = server_of(servers, target);
  if (server == nullptr || given_up_.contains(target.incarnation)) return;
  if (server->frozen || !server->reachable || now < server->well_since + well) return;
  violated("LiveOwnerKeepsItsPlayers", "a lease was closed while its server was well");
}

/// `judged`: so it was when the close was sent. That its number stood still counts now, too.
void Checker::live_owner_keeps_its_players(const std::vector<Server>& servers, MonotonicTime now,
                                           bool judged) {
  const auto leases = database_.leases();
  if (!leases) return;
  for (const keepsake::Lease& lease : *leases) {
    const keepsake::Incarnation incarnation = lease.owner.incarnation;
    if (lease.state == LeaseState::open || !closed_.insert(incarnation).second) continue;
    const bool lives = server_of(servers, lease.owner) != nullptr;
    const auto last = renewed_.find(incarnation);
    if (lives && !given_up_.contains(incarnation) && last != renewed_.end() &&
        now < last->second + scenario_.timing().lease) {
      violated("LiveOwnerKeepsItsPlayers", "the lease of " + lease.owner.server.text +
                                               " was closed while its number still moved");
    }
    if (!judged) judge_close(servers, lease.owner, now);
  }
}

void Checker::session_ended(const Server& server, const std::string& key, EndReason why,
                            MonotonicTime now) {
  if (why == EndReason::refused) violated("ExactlyOnce", "a save of " + key + " was refused");
  if (why != EndReason::lost || scenario_.thief) return;
  // It may be one of the lease before.
  if (now < server.returns_until || server.deaf_while_returning) return;
  // That its lease went back, a server may learn before it has closed what the copy has of it.
  if (given_up_.contains(server.incarnation)) return;
  if (state_of(server.incarnation) == LeaseState::open) {
    violated("LiveOwnerKeepsItsPlayers", "a session of " + key + " was lost under an open lease");
  }
}

/// Codes that a well-formed call may be answered with.
void Checker::failed(std::string_view what, const ProfileKey& key, const Error& error) {
  const std::string about = std::string(what) + " of " + key.store + "/" + key.key;
  const bool own_fault =
      error.error_class() == ErrorClass::fix && error.code() != ErrorCode::refused &&
      error.code() != ErrorCode::needs_newer_server && error.code() != ErrorCode::not_found &&
      error.code() != ErrorCode::server_id_in_use;
  if (own_fault || error.code() == ErrorCode::corrupt) {
    violated("EveryFailureSaysWhy", about + " failed with " + error.text());
  }
  const bool placed = error.key().empty() || error.key() == key.key || rows_.contains(error.key());
  if (!placed || error.message().empty() || error.player_text().empty()) {
    violated("EveryFailureSaysWhy", about + " failed without a place or a cause: " + error.text());
  }
}

}  // namespace sim
