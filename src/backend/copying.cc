#include "src/backend/copying.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <string_view>
#include <utility>

namespace keepsake {

namespace {

constexpr std::size_t kKeysTogether = 100;
constexpr std::size_t kBytesTogether = std::size_t{4} << 20;
constexpr std::size_t kWholeAudit = 1'000'000'000;
constexpr const char* kMarkServer = "keepsake-copy";
constexpr std::string_view kMarkPlace = "copy of ";

/// All that goes along with one key.
struct Kept {
  ProfileKey key;
  Belongings all;
  std::vector<UserId> past_users;
};

/// The database as a whole.
struct Head {
  Generation generation;
  std::uint64_t epoch_floor = 0;
  std::string secret;
  std::vector<Tombstone> tombstones;
  std::vector<AuditEntry> audit;
  std::vector<StoredLease> living;  ///< leases that aren't recovered
  bool has_keys = false;
};

/// Where a copy stands: its mark is a lease, which keeps servers away.
struct Mark {
  Incarnation incarnation = 0;
  std::string source;  ///< the generation copied from
  ProfileKey after;    ///< copied so far
};

template <class T>
bool take(Result<T>&& from, T& to, std::optional<Error>& failed) {
  if (from) {
    to = *std::move(from);
  } else {
    failed = std::move(from).error();
  }
  return !failed;
}

Result<Head> read_head(CopySide& side) {
  Head head;
  auto done = side.read([&](CopyTables& tables) -> Result<void> {
    head = {};
    std::optional<Error> failed;
    std::vector<StoredLease> leases;
    std::vector<ProfileKey> keys;
    const bool good = take(tables.generation(), head.generation, failed) &&
                      take(tables.epoch_floor(), head.epoch_floor, failed) &&
                      take(tables.tombstone_secret(), head.secret, failed) &&
                      take(tables.tombstones(), head.tombstones, failed) &&
                      take(tables.audit(kWholeAudit), head.audit, failed) &&
                      take(tables.leases(), leases, failed) &&
                      take(tables.keys_after({}, 1), keys, failed);
    if (!good) return *std::move(failed);
    head.has_keys = !keys.empty();
    for (StoredLease& stored : leases) {
      if (stored.lease.state != LeaseState::recovered) head.living.push_back(std::move(stored));
    }
    return {};
  });
  if (!done) return std::move(done).error();
  return head;
}

Result<std::vector<ProfileKey>> keys_after(CopySide& side, const ProfileKey& after) {
  std::vector<ProfileKey> keys;
  auto done = side.read([&](CopyTables& tables) -> Result<void> {
    auto page = tables.keys_after(after, kKeysTogether);
    if (!page) return std::move(page).error();
    keys = *std::move(page);
    return {};
  });
  if (!done) return std::move(done).error();
  return keys;
}

/// A profile in a database on which no server runs is free, whatever its row says of the last one.
void settle(Kept& kept) {
  if (kept.all.record) {
    Envelope& row = kept.all.record->envelope;
    row.owner.reset();
    row.session = {};
    row.owned_since = 0;
    row.ask.reset();
  }
  std::stable_sort(kept.all.quarantine.begin(), kept.all.quarantine.end(),
                   [](const QuarantineEntry& a, const QuarantineEntry& b) {
                     return std::pair(b.at_ms, a.incident) < std::pair(a.at_ms, b.incident);
                   });
}

Result<std::vector<Kept>> read_kept(CopySide& side, const std::vector<ProfileKey>& keys) {
  std::vector<Kept> all;
  auto done = side.read([&](CopyTables& tables) -> Result<void> {
    all.clear();
    auto belongings = tables.belongings_of(keys);
    if (!belongings) return std::move(belongings).error();
    auto past = tables.past_users_of(keys);
    if (!past) return std::move(past).error();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Kept& kept = all.emplace_back(Kept{.key = keys[i], .all = std::move((*belongings)[i])});
      kept.past_users = std::move((*past)[i]);
      std::sort(kept.past_users.begin(), kept.past_users.end());
      settle(kept);
    }
    return {};
  });
  if (!done) return std::move(done).error();
  return all;
}

std::size_t bytes_of(const Kept& kept) {
  std::size_t bytes = kept.all.record ? kept.all.record->payload.size() : 0;
  for (const Message& message : kept.all.inbox) bytes += message.body.size();
  for (const Snapshot& snapshot : kept.all.history) bytes += snapshot.payload.size();
  for (const QuarantineEntry& entry : kept.all.quarantine) bytes += entry.payload.size();
  return bytes;
}

void count(CopyCounts& counts, const Kept& kept) {
  counts.profiles += kept.all.record ? 1 : 0;
  counts.messages += kept.all.inbox.size();
  counts.receipts += kept.all.receipts.size();
  counts.handled += kept.all.handled.size();
  counts.snapshots += kept.all.history.size();
  counts.incidents += kept.all.quarantine.size();
  counts.bytes += bytes_of(kept);
}

std::string difference(const Kept& a, const Kept& b) {
  if (a.all.record.has_value() != b.all.record.has_value()) return "profile";
  if (a.all.record) {
    if (a.all.record->payload != b.all.record->payload) return "data";
    if (a.all.record->envelope != b.all.record->envelope) return "envelope";
  }
  if (a.all.inbox != b.all.inbox) return "inbox";
  if (a.all.receipts != b.all.receipts) return "receipts";
  if (a.all.handled != b.all.handled) return "handled";
  if (a.all.history != b.all.history) return "history";
  if (a.all.quarantine != b.all.quarantine) return "quarantine";
  return a.past_users == b.past_users ? "" : "past users";
}

Result<void> erase_key(CopyTables& tables, const ProfileKey& key) {
  auto row = tables.envelope(key);
  if (!row) return std::move(row).error();
  if (*row) {
    if (auto erased = tables.erase_profile(key); !erased) return erased;
  }
  if (auto erased = tables.erase_history(key); !erased) return erased;
  if (auto erased = tables.erase_kept(key); !erased) return erased;
  return tables.forget_subjects(key, std::nullopt);
}

Result<void> write_kept(CopyTables& tables, const Kept& kept) {
  const auto each = [](const auto& several, auto&& add) -> Result<void> {
    for (const auto& one : several) {
      if (auto added = add(one); !added) return added;
    }
    return {};
  };
  const ProfileKey& key = kept.key;
  const Belongings& all = kept.all;
  Result<void> good;
  if (all.record) good = tables.insert_profile(*all.record);
  if (good) {
    good = each(all.receipts,
                [&](const Receipt& receipt) { return tables.add_receipt(key, receipt); });
  }
  if (good) {
    good = each(all.handled, [&](const Receipt& handled) {
      return tables.acknowledge(key, handled.id, handled.at_ms);
    });
  }
  if (good) {
    good =
        each(all.inbox, [&](const Message& message) { return tables.add_message(key, message); });
  }
  // Newest first as they were read, and oldest first as they came.
  if (good) {
    good = each(std::views::reverse(all.history),
                [&](const Snapshot& snapshot) { return tables.add_snapshot(key, snapshot); });
  }
  if (good) {
    good = each(std::views::reverse(all.quarantine),
                [&](const QuarantineEntry& entry) { return tables.add_quarantine(entry); });
  }
  if (good) {
    good = each(kept.past_users, [&](UserId user) { return tables.add_past_user(key, user); });
  }
  return good;
}

// --- the mark -----------------------------------------------------------------------------------

Mark read_mark(const Lease& lease) {
  const std::string& after = lease.journal.ring;
  const std::size_t end = after.find('\n');
  Mark mark{.incarnation = lease.owner.incarnation,
            .source = lease.journal.directory.substr(kMarkPlace.size())};
  if (end != std::string::npos) mark.after = {after.substr(0, end), after.substr(end + 1)};
  return mark;
}

/// A store's name holds no line feed (limits.h), so the first one parts it from the key.
Result<void> put_mark(CopyTables& tables, const Mark& mark, std::int64_t now_ms) {
  if (auto erased = tables.erase_lease(mark.incarnation); !erased) return erased;
  StoredLease stored;
  stored.lease.owner = {.server = {kMarkServer}, .incarnation = mark.incarnation};
  stored.lease.journal.directory = std::string(kMarkPlace) + mark.source;
  if (!mark.after.store.empty()) {
    stored.lease.journal.ring = mark.after.store + "\n" + mark.after.key;
  }
  stored.lease.started_ms = now_ms;
  return tables.put_lease(stored);
}

Error servers_run(const CopySide& side, const Lease& lease) {
  return Error(ErrorCode::unavailable,
               "servers may have sessions on " + side.place() + ": the lease of server " +
                   lease.owner.server.text + ", incarnation " +
                   std::to_string(lease.owner.incarnation) + ", is " +
                   (lease.state == LeaseState::open ? "open" : "closed, its journal not replayed"))
      .remedy(
          "stop all servers; of one that died, replay the journal: keepsake journal recover --db");
}

Result<void> nobody_runs(const CopySide& side, const Head& head) {
  for (const StoredLease& stored : head.living) {
    if (!marks_a_copy(stored.lease)) return servers_run(side, stored.lease);
    return Error(ErrorCode::unavailable, side.place() + " is itself a copy that is not complete")
        .remedy("let that copy end, or run it again");
  }
  return {};
}

/// The mark in `to`, made if it has none.
Result<Mark> begin(const Head& from, CopySide& to, std::int64_t now_ms, bool& resumed) {
  auto head = read_head(to);
  if (!head) return std::move(head).error();
  const std::string source = from.generation.text();
  if (head->generation == from.generation) {
    return Error(ErrorCode::invalid_argument, "a database can't be copied to itself")
        .expected("two databases")
        .found(to.place() + " twice");
  }
  resumed = false;
  for (const StoredLease& stored : head->living) {
    if (!marks_a_copy(stored.lease)) return servers_run(to, stored.lease);
    Mark mark = read_mark(stored.lease);
    resumed = true;
    if (mark.source == source) return mark;
    return Error(ErrorCode::already_exists,
                 to.place() +
                     " is the started copy of another database, or of this one before "
                     "it was restored")
        .expected("generation " + source)
        .found("generation " + mark.source)
        .remedy("go on with that one, or copy to an empty database");
  }
  if (head->has_keys) {
    return Error(ErrorCode::already_exists, to.place() + " has profiles of its own")
        .remedy("copy to an empty database; nothing was changed");
  }
  if (auto may = to.may_remember(from.secret); !may) return std::move(may).error();
  Mark mark{.source = source};
  auto made = to.write([&](CopyTables& tables) -> Result<void> {
    auto incarnation = tables.new_incarnation();
    if (!incarnation) return std::move(incarnation).error();
    mark.incarnation = *incarnation;
    auto leases = tables.leases();  // of servers that have started since; from now on none can
    if (!leases) return std::move(leases).error();
    for (const StoredLease& stored : *leases) {
      if (stored.lease.state != LeaseState::recovered) return servers_run(to, stored.lease);
    }
    if (auto set = tables.set_tombstone_secret(from.secret); !set) return set;
    for (const Tombstone& tombstone : from.tombstones) {
      if (auto put = tables.put_tombstone(tombstone); !put) return put;
    }
    return put_mark(tables, mark, now_ms);
  });
  if (!made) return std::move(made).error();
  return mark;
}

// --- the run ------------------------------------------------------------------------------------

class Copying {
 public:
  Copying(CopySide& from, CopySide& to, std::int64_t now_ms,
          FunctionRef<void(const CopyProgress&)> progress)
      : from_(from), to_(to), now_ms_(now_ms), progress_(progress) {}

  Result<CopyReport> run() {
    auto head = read_head(from_);
    if (!head) return std::move(head).error();
    if (auto nobody = nobody_runs(from_, *head); !nobody) return std::move(nobody).error();
    auto mark = begin(*head, to_, now_ms_, report_.resumed);
    if (!mark) return std::move(mark).error();
    mark_ = *std::move(mark);
    if (auto written = write_all(); !written) return std::move(written).error();
    if (auto compared = compare_all(); !compared) return std::move(compared).error();
    auto after = read_head(from_);
    if (!after) return std::move(after).error();
    if (auto nobody = nobody_runs(from_, *after); !nobody) return std::move(nobody).error();
    if (auto ended = end(*after); !ended) return std::move(ended).error();
    return std::move(report_);
  }

 private:
  Result<void> write_all() {
    for (;;) {
      auto keys = keys_after(from_, mark_.after);
      if (!keys) return std::move(keys).error();
      auto there = keys_after(to_, mark_.after);
      if (!there) return std::move(there).error();
      if (keys->empty() && there->empty()) return {};
      if (auto written = write_page(*keys, *there); !written) return written;
    }
  }

  /// As far as both pages tell.
  Result<void> write_page(std::vector<ProfileKey> keys, std::vector<ProfileKey> there) {
    cut_to_same_reach(keys, there);
    auto kept = read_kept(from_, keys);
    if (!kept) return std::move(kept).error();
    if (auto dropped = drop_equal(*kept, there); !dropped) return dropped;
    std::size_t next = 0;
    std::size_t gone = 0;  // of `there`
    do {
      std::size_t until = next;
      for (std::size_t bytes = 0; until < kept->size() && bytes < kBytesTogether; ++until) {
        bytes += bytes_of((*kept)[until]);
      }
      const bool last = until == kept->size();
      const std::size_t gone_before = gone;
      Mark mark = mark_;
      auto done = to_.write([&](CopyTables& tables) -> Result<void> {
        for (gone = gone_before; gone < there.size(); ++gone) {
          if (!last && (*kept)[until - 1].key < there[gone]) break;
          if (auto erased = erase_key(tables, there[gone]); !erased) return erased;
        }
        for (std::size_t i = next; i < until; ++i) {
          if (auto put = write_kept(tables, (*kept)[i]); !put) return put;
        }
        mark.after = last ? reach_ : (*kept)[until - 1].key;
        return put_mark(tables, mark, now_ms_);
      });
      if (!done) return done;
      for (std::size_t i = next; i < until; ++i) progress_now_.bytes += bytes_of((*kept)[i]);
      progress_now_.keys += until - next;
      report_.written += until - next;
      mark_ = mark;
      next = until;
      progress_(progress_now_);
    } while (next < kept->size());
    return {};
  }

  /// What is there already, as it has to be.
  Result<void> drop_equal(std::vector<Kept>& kept, std::vector<ProfileKey>& there) {
    if (there.empty()) return {};
    auto theirs = read_kept(to_, there);
    if (!theirs) return std::move(theirs).error();
    for (const Kept& other : *theirs) {
      const auto ours = std::find_if(kept.begin(), kept.end(),
                                     [&](const Kept& one) { return one.key == other.key; });
      if (ours == kept.end() || !difference(*ours, other).empty()) continue;
      kept.erase(ours);
      std::erase(there, other.key);
    }
    return {};
  }

  /// A full page doesn't tell what comes after it.
  void cut_to_same_reach(std::vector<ProfileKey>& a, std::vector<ProfileKey>& b) {
    const auto last = [](const std::vector<ProfileKey>& page) {
      return page.size() < kKeysTogether ? std::optional<ProfileKey>() : page.back();
    };
    std::optional<ProfileKey> reach = last(a);
    if (const auto other = last(b); other && (!reach || *other < *reach)) reach = other;
    if (!reach) {
      reach_ = a.empty() || (!b.empty() && a.back() < b.back()) ? b.back() : a.back();
      return;
    }
    reach_ = *reach;
    for (auto* page : {&a, &b}) {
      page->erase(std::upper_bound(page->begin(), page->end(), reach_), page->end());
    }
  }

  Result<void> compare_all() {
    progress_now_ = {.comparing = true};
    for (ProfileKey after;;) {
      auto keys = keys_after(from_, after);
      if (!keys) return std::move(keys).error();
      auto there = keys_after(to_, after);
      if (!there) return std::move(there).error();
      if (keys->empty() && there->empty()) return {};
      cut_to_same_reach(*keys, *there);
      after = reach_;
      std::vector<ProfileKey> either;
      std::set_union(keys->begin(), keys->end(), there->begin(), there->end(),
                     std::back_inserter(either));
      auto ours = read_kept(from_, either);
      if (!ours) return std::move(ours).error();
      auto theirs = read_kept(to_, either);
      if (!theirs) return std::move(theirs).error();
      for (std::size_t i = 0; i < either.size(); ++i) {
        count(report_.from, (*ours)[i]);
        count(report_.to, (*theirs)[i]);
        progress_now_.bytes += bytes_of((*ours)[i]);
        std::string what = difference((*ours)[i], (*theirs)[i]);
        if (!what.empty()) report_.differences.push_back({either[i], std::move(what)});
      }
      progress_now_.keys += either.size();
      progress_(progress_now_);
    }
  }

  /// Opens the copy to servers; or has the next run begin anew.
  Result<void> end(const Head& from) {
    return to_.write([&](CopyTables& tables) -> Result<void> {
      if (!report_.differences.empty()) {
        Mark anew = mark_;
        anew.after = {};
        return put_mark(tables, anew, now_ms_);
      }
      auto floor = tables.epoch_floor();
      if (!floor) return std::move(floor).error();
      if (auto set = tables.set_epoch_floor(std::max(*floor, from.epoch_floor)); !set) return set;
      auto audit = tables.audit(1);
      if (!audit) return std::move(audit).error();
      for (auto entry = from.audit.rbegin(); audit->empty() && entry != from.audit.rend();
           ++entry) {
        if (auto added = tables.add_audit(*entry); !added) return added;
      }
      return tables.erase_lease(mark_.incarnation);
    });
  }

  CopySide& from_;
  CopySide& to_;
  const std::int64_t now_ms_;
  const FunctionRef<void(const CopyProgress&)> progress_;
  Mark mark_;
  ProfileKey reach_;
  CopyProgress progress_now_;
  CopyReport report_;
};

}  // namespace

bool marks_a_copy(const Lease& lease) {
  return lease.owner.server.text == kMarkServer && lease.state == LeaseState::open &&
         lease.journal.directory.starts_with(kMarkPlace);
}

Result<CopyReport> copy_database(CopySide& from, CopySide& to, std::int64_t now_ms,
                                 FunctionRef<void(const CopyProgress&)> progress) {
  return Copying(from, to, now_ms, progress).run();
}

}  // namespace keepsake
