#include <algorithm>
#include <utility>

#include "backends/postgres/engine.h"
#include "keepsake/backend/postgres.h"
#include "src/backend/restore_operations.h"
#include "src/backend/tombstone_file.h"
#include "src/os/posix_file_system.h"

namespace keepsake {

using postgres::Address;
using postgres::Engine;
using postgres::PostgresTables;

namespace postgres {

namespace {

/// Incarnations, and epochs of new rows, that may have been given since the state that was put
/// back: nothing tells.
constexpr std::uint64_t kNumbersAhead = 1U << 20;

}  // namespace

Result<std::size_t> PostgresTables::begin_anew() {
  Params params;
  connection_.send(sql::kBeginAnew, params << kNumbersAhead);
  connection_.send(sql::kForgetLeases);
  auto freed = connection_.query(sql::kFreeAll);
  if (!freed) return std::move(freed).error();
  connection_.note_write();
  meta_.reset();
  leases_.clear();
  rows_.clear();
  return static_cast<std::size_t>(freed->changed());
}

}  // namespace postgres

namespace {

struct NamedTombstones {
  std::string path;
  TombstoneFile file;
};

Result<std::vector<NamedTombstones>> read_all(const std::vector<std::string>& paths) {
  os::PosixFileSystem files;
  std::vector<NamedTombstones> all;
  for (const std::string& path : paths) {
    auto file = read_tombstones(files, path);
    if (!file) return std::move(file).error();
    if (file->fingerprint.empty()) {
      return Error(ErrorCode::not_found, "there are no tombstones in \"" + path + "\"")
          .remedy("name the file that erasures wrote; without it those who were erased come back");
    }
    all.push_back({.path = path, .file = *std::move(file)});
  }
  return all;
}

/// Those of this very database.
Result<std::vector<Tombstone>> ours_of(Tables& tables, const std::vector<NamedTombstones>& all) {
  auto secret = tables.tombstone_secret();
  if (!secret) return std::move(secret).error();
  const std::string fingerprint = fingerprint_of_secret(*secret);
  std::vector<Tombstone> ours;
  for (const auto& [path, file] : all) {
    if (file.fingerprint != fingerprint) {
      return Error(ErrorCode::wrong_format, "the tombstones in " + path + " are another database's")
          .expected("of the secret " + fingerprint)
          .found("of " + file.fingerprint)
          .remedy("name the file that erasures from this database wrote");
    }
    ours.insert(ours.end(), file.tombstones.begin(), file.tombstones.end());
  }
  return ours;
}

/// Nobody has renewed, closed or opened a lease since they were looked at.
Result<void> stand_still(PostgresTables& tables, const std::vector<Lease>& seen) {
  auto stored = tables.leases();
  if (!stored) return std::move(stored).error();
  for (const StoredLease& now : *stored) {
    const auto before = std::find_if(seen.begin(), seen.end(), [&](const Lease& lease) {
      return lease.owner == now.lease.owner;
    });
    const bool same = before != seen.end() && before->renewal == now.lease.renewal &&
                      before->state == now.lease.state;
    if (same || now.lease.state == LeaseState::recovered) continue;
    return Error(ErrorCode::unavailable, "a server runs on the database that was restored")
        .found(now.lease.owner.server.text + ", incarnation " +
               std::to_string(now.lease.owner.incarnation))
        .remedy("stop all servers and run this again; nothing was changed");
  }
  return {};
}

Result<RestoredPostgresReport> begin_anew(PostgresTables& tables, const RestoredPostgres& known,
                                          const std::vector<NamedTombstones>& outside) {
  if (auto turn = tables.lock_meta(); !turn) return std::move(turn).error();
  if (auto still = stand_still(tables, known.leases); !still) return std::move(still).error();
  auto tombstones = ours_of(tables, outside);
  if (!tombstones) return std::move(tombstones).error();
  auto leases = tables.leases();
  if (!leases) return std::move(leases).error();
  auto freed = tables.begin_anew();
  if (!freed) return std::move(freed).error();
  auto scrubbed = replay_tombstones(tables, *tombstones);
  if (!scrubbed) return std::move(scrubbed).error();
  auto audited = tables.add_audit(
      {.at_ms = known.now_ms,
       .what = "restore",
       .reason = "by the database's own tools; " + std::to_string(*scrubbed) + " profiles scrubbed",
       .by = {}});
  if (!audited) return std::move(audited).error();
  const auto stood = std::count_if(leases->begin(), leases->end(), [](const StoredLease& stored) {
    return stored.lease.state != LeaseState::recovered;
  });
  return RestoredPostgresReport{
      .leases = static_cast<std::size_t>(stood), .sessions = *freed, .scrubbed = *scrubbed};
}

}  // namespace

Result<RestoredPostgresReport> restored_postgres(const std::string& url,
                                                 const RestoredPostgres& known,
                                                 const PostgresOptions& options) {
  auto outside = read_all(known.tombstones);
  if (!outside) return std::move(outside).error();
  auto address = Address::parse(url);
  if (!address) return std::move(address).error();
  PostgresOptions as_it_is = options;
  as_it_is.create = false;
  auto engine = Engine::open(*std::move(address), as_it_is);
  if (!engine) return std::move(engine).error();
  auto report =
      (*engine)->write({.urgency = postgres::Urgency::urgent},
                       [&](PostgresTables& tables) { return begin_anew(tables, known, *outside); });
  if (!report || report->scrubbed == 0) return report;
  // Leaves no page behind that has shown what was erased.
  if (auto clean = (*engine)->vacuum(); !clean) return std::move(clean).error();
  return report;
}

}  // namespace keepsake
