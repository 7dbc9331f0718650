#include "src/backend/steal_operations.h"

#include <optional>
#include <utility>

#include "src/backend/group_limits.h"
#include "src/backend/lease_operations.h"
#include "src/backend/profile_operations.h"
#include "src/backend/rules.h"

namespace keepsake {

namespace {

Result<void> valid_steal(Tables& tables, const Steal& request) {
  if (auto valid = valid_key(request.key); !valid) return valid;
  if (auto valid = valid_override("a steal", request.token, request.reason); !valid) return valid;
  if (request.session.none()) {
    return Error(ErrorCode::invalid_argument, "a steal names the session that loses the profile");
  }
  if (auto same = need_generation(tables, request.generation); !same) return same;
  auto own = need_open_lease(tables, request.self);
  if (!own) return std::move(own).error();
  return {};
}

}  // namespace

Result<StealAnswer> apply_steal(Tables& tables, const Steal& request, std::vector<Owner>& wake) {
  if (auto valid = valid_steal(tables, request); !valid) return std::move(valid).error();
  auto found = tables.envelope(request.key);
  if (!found) return std::move(found).error();
  if (*found && find_commit((**found).marks, request.epoch, request.token) != nullptr) {
    auto stamped = tables.stamp_lease(request.self.incarnation);
    if (!stamped) return std::move(stamped).error();
    return StealAnswer(Stolen{.resent = true});
  }
  const bool holds =
      *found && (**found).session == request.session && (**found).epoch == request.epoch;
  if (!holds) return StealAnswer(FenceRefused{.member = 0, .row = *std::move(found)});

  Envelope row = **found;
  // A commit like another, whose token stands beside the owner's: that one tells the owner whether
  // its last commit was stored.
  ++row.revision;
  add_mark(row.marks, row.epoch, row.revision, request.token, true);
  const bool given = row.owner == request.self;
  if (row.owner && !given) wake.push_back(*row.owner);
  if (row.ask && row.ask->asker == request.self) row.ask.reset();
  if (row.ask) wake.push_back(row.ask->asker);
  free_row(row);
  auto freed = tables.update_profile(request.key, **found, row, nullptr);
  if (!freed) return std::move(freed).error();
  auto noted = tables.add_audit({.at_ms = request.now_ms,
                                 .what = given ? "steal, given" : "steal, taken",
                                 .reason = request.reason,
                                 .by = request.self.server});
  if (!noted) return std::move(noted).error();
  return StealAnswer(Stolen{});
}

}  // namespace keepsake
