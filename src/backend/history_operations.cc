#include "src/backend/history_operations.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace keepsake {

namespace {

/// Whether that very data is kept: commits without data raise the revision alone.
bool holds(const std::vector<Snapshot>& kept, const Envelope& row) {
  return std::any_of(kept.begin(), kept.end(), [&](const Snapshot& one) {
    return one.saved_ms == row.saved_ms && one.edit_number == row.edit_number &&
           one.schema == row.schema;
  });
}

Result<void> keep(Tables& tables, const ProfileKey& key, const Envelope& row, SnapshotKind kind,
                  std::string payload, std::int64_t now_ms, std::vector<Snapshot>& kept) {
  if (!row.has_data || holds(kept, row)) return {};
  Snapshot snapshot{.revision = row.revision,
                    .kind = kind,
                    .kept_ms = now_ms,
                    .saved_ms = row.saved_ms,
                    .edit_number = row.edit_number,
                    .schema = row.schema,
                    .format = row.format,
                    .payload = std::move(payload)};
  if (auto added = tables.add_snapshot(key, snapshot); !added) return added;
  snapshot.payload.clear();
  kept.insert(kept.begin(), std::move(snapshot));
  return {};
}

}  // namespace

std::vector<std::uint64_t> thinned_out(std::vector<Snapshot> kept, std::size_t at_most,
                                       std::int64_t since_ms, std::int64_t now_ms) {
  std::vector<std::uint64_t> gone;
  const auto drop = [&](std::size_t i) {
    gone.push_back(kept[i].revision);
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
  };
  while (kept.size() > 1 && kept.back().kept_ms < since_ms) drop(kept.size() - 1);
  while (kept.size() > std::max<std::size_t>(at_most, 1)) {
    std::size_t closest = kept.size() - 1;  // of two, the older
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i + 1 < kept.size(); ++i) {
      const auto gap = static_cast<double>(kept[i - 1].kept_ms - kept[i + 1].kept_ms);
      const auto age = static_cast<double>(now_ms - kept[i].kept_ms);
      const double share = gap / std::max(age, 1.0);
      if (share >= least) continue;
      least = share;
      closest = i;
    }
    drop(closest);
  }
  return gone;
}

Result<void> keep_history(Tables& tables, const MemberCommit& member, const Envelope& before,
                          const Envelope& after, std::int64_t now_ms) {
  if (!member.history) return {};
  const KeepHistory& how = *member.history;
  auto kept = tables.history(member.key);
  if (!kept) return std::move(kept).error();
  const std::size_t stood = kept->size();
  const bool reads = (how.before && before.has_data && !holds(*kept, before)) ||
                     (how.after && !member.data && after.has_data && !holds(*kept, after));
  std::string standing;
  if (reads) {
    auto payload = tables.payload(member.key);
    if (!payload) return std::move(payload).error();
    standing = *std::move(payload);
  }
  if (how.before) {
    auto done = keep(tables, member.key, before, *how.before, standing, now_ms, *kept);
    if (!done) return done;
  }
  if (how.after) {
    auto done = keep(tables, member.key, after, *how.after,
                     member.data ? member.data->payload : standing, now_ms, *kept);
    if (!done) return done;
  }
  if (kept->size() == stood) return {};
  for (const std::uint64_t revision :
       thinned_out(*std::move(kept), how.at_most, how.since_ms, now_ms)) {
    if (auto gone = tables.erase_snapshot(member.key, revision); !gone) return gone;
  }
  return {};
}

Error no_such_snapshot(const ProfileKey& key, std::uint64_t revision) {
  return Error(ErrorCode::not_found, "history keeps no such revision")
      .store(key.store)
      .key(key.key)
      .found("revision " + std::to_string(revision))
      .remedy("`keepsake history` lists those that it keeps");
}

}  // namespace keepsake
