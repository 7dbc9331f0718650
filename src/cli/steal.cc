#include "keepsake/cli/steal.h"

#include <optional>
#include <utility>

#include "src/cli/tool_work.h"

namespace keepsake {

namespace {

/// The row as it stands. Errors: `not_found`; the backend's.
Result<Envelope> row_of(Backend& backend, cli::ToolWork& work, const ProfileKey& key) {
  auto rows = work.settled([&] { return backend.read({key}); });
  if (!rows) return std::move(rows).error();
  if (!rows->front()) {
    return Error(ErrorCode::not_found, "no such profile").store(key.store).key(key.key);
  }
  return std::move(rows->front()->envelope);
}

/// Whether a server holds the row: the owner that it names may have died and been recovered.
Result<bool> is_held(Backend& backend, cli::ToolWork& work, const Envelope& row) {
  if (!row.owner) return false;
  auto leases = work.settled([&] { return backend.leases(); });
  if (!leases) return std::move(leases).error();
  for (const Lease& lease : *leases) {
    if (lease.owner == *row.owner) return lease.state != LeaseState::recovered;
  }
  return false;
}

Result<StealReport> steal(Backend& backend, cli::ToolWork& work, const ProfileKey& key,
                          const StealOptions& options) {
  auto before = row_of(backend, work, key);
  if (!before) return std::move(before).error();
  auto held = is_held(backend, work, *before);
  if (!held) return std::move(held).error();
  if (!*held) return StealReport{};
  StealReport report{.how = StealReport::How::given, .owner = *before->owner};

  std::optional<Envelope> loses;
  auto given = work.acquire(key);
  if (given) {
    loses = std::move(given->envelope);
  } else if (given.error().code() == ErrorCode::timed_out) {
    auto row = row_of(backend, work, key);
    if (!row) return std::move(row).error();
    if (!row->owner) return report;  // it was freed just now
    report = {.how = StealReport::How::taken, .owner = *row->owner};
    loses = *std::move(row);
  } else {
    return std::move(given).error();
  }
  const Steal request{.key = key,
                      .self = work.self(),
                      .generation = work.generation(),
                      .session = loses->session,
                      .epoch = loses->epoch,
                      .token = work.new_id(),
                      .reason = options.reason,
                      .now_ms = work.now_ms()};
  auto answer = work.settled([&] { return backend.steal(request); });
  if (!answer) return std::move(answer).error();
  if (std::holds_alternative<Stolen>(*answer)) return report;
  return cli::changed_hands(key);
}

}  // namespace

Result<StealReport> steal_profile(Backend& backend, const ProfileKey& key,
                                  const StealOptions& options) {
  return cli::at_work(backend, options.within, options.journals,
                      [&](cli::ToolWork& work) { return steal(backend, work, key, options); });
}

}  // namespace keepsake
