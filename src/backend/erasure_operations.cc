#include "src/backend/erasure_operations.h"

#include <optional>
#include <string>
#include <utility>

#include "src/backend/group_limits.h"
#include "src/backend/message_operations.h"
#include "src/backend/profile_operations.h"
#include "src/backend/rules.h"
#include "src/plant/plant.h"

namespace keepsake {

namespace {

Result<void> valid_erase(Tables& tables, const Erase& request) {
  if (auto valid = valid_key(request.key); !valid) return valid;
  auto valid = valid_override("an erasure", request.token, request.reason);
  if (!valid) return valid;
  return need_generation(tables, request.fence.generation);
}

Result<std::optional<Tombstone>> tombstone_for(Tables& tables, const ProfileKey& key) {
  auto secret = tables.tombstone_secret();
  if (!secret) return std::move(secret).error();
  return tables.tombstone(TombstoneKind::profile, tombstone_of_profile(*secret, key));
}

Result<bool> was_done(Tables& tables, const std::vector<Tombstone>& tombstones) {
  const Tombstone& own = tombstones.front();
  auto found = tables.tombstone(own.kind, own.hash);
  if (!found) return std::move(found).error();
  return *found && (**found).token == own.token;
}

}  // namespace

Result<std::vector<Tombstone>> tombstones_of(Tables& tables, const Erase& request) {
  auto secret = tables.tombstone_secret();
  if (!secret) return std::move(secret).error();
  const bool wholly = request.what == Erase::What::profile;
  Tombstone own{.kind = wholly ? TombstoneKind::profile : TombstoneKind::link,
                .hash = wholly ? tombstone_of_profile(*secret, request.key)
                               : tombstone_of_link(*secret, request.key, request.user),
                .at_ms = request.now_ms,
                .token = request.token};
  Tombstone user = own;
  user.kind = TombstoneKind::user;
  user.hash = tombstone_of_user(*secret, request.user);
  return std::vector<Tombstone>{std::move(own), std::move(user)};
}

Result<void> erase_profile_wholly(Tables& tables, const ProfileKey& key, const ErasedBy& by,
                                  std::vector<Owner>& wake) {
  auto inbox = tables.inbox(key);
  if (!inbox) return std::move(inbox).error();
  Dispatch dispatch(tables, by.server, by.now_ms, by.salt, {key});
  for (const Message& message : *inbox) {
    if (!message.carries_value || message.sender.empty()) continue;
    if (auto taken = dispatch.take_back(key, message); !taken) return taken;
  }
  if (auto written = dispatch.write(wake); !written) return written;
  auto row = tables.envelope(key);
  if (!row) return std::move(row).error();
  if (*row) {
    auto floor = tables.epoch_floor();
    if (!floor) return std::move(floor).error();
    if ((**row).epoch > *floor && !planted<Plant::epoch_restarts_after_erasure>()) {
      if (auto raised = tables.set_epoch_floor((**row).epoch); !raised) return raised;
    }
    if (auto gone = tables.erase_profile(key); !gone) return gone;
  }
  if (!planted<Plant::erasure_forgets_history>()) {
    if (auto gone = tables.erase_history(key); !gone) return gone;
  }
  if (auto gone = tables.erase_quarantine(key); !gone) return gone;
  if (auto gone = tables.erase_beside(key); !gone) return gone;
  return tables.forget_subjects(key, std::nullopt);
}

Result<void> unlink_user(Tables& tables, const ProfileKey& key, UserId user,
                         std::vector<Owner>& wake) {
  auto found = tables.envelope(key);
  if (!found) return std::move(found).error();
  if (*found) {
    Envelope row = **found;
    std::erase(row.user_ids, user);
    if (row.ask) wake.push_back(row.ask->asker);
    free_row(row);
    if (auto put = tables.update_profile(key, **found, row, nullptr); !put) return put;
  }
  if (auto gone = tables.erase_history(key); !gone) return gone;
  if (auto gone = tables.erase_quarantine(key); !gone) return gone;
  return tables.forget_subjects(key, user);
}

Result<EraseAnswer> apply_erase(Tables& tables, const Erase& request, std::vector<Owner>& wake) {
  if (auto valid = valid_erase(tables, request); !valid) return std::move(valid).error();
  auto tombstones = tombstones_of(tables, request);
  if (!tombstones) return std::move(tombstones).error();
  auto done = was_done(tables, *tombstones);
  if (!done) return std::move(done).error();
  if (!*done) {
    auto row = tables.envelope(request.key);
    if (!row) return std::move(row).error();
    const bool ours = *row && fence_fits(**row, request.fence) && (**row).owner == request.self;
    if (!ours) return EraseAnswer(FenceRefused{.member = 0, .row = *std::move(row)});
    const bool wholly = request.what == Erase::What::profile;
    if (wholly && (**row).ask) wake.push_back((**row).ask->asker);
    const ErasedBy by{
        .server = request.self.server, .now_ms = request.now_ms, .salt = request.token.text()};
    Result<void> gone = wholly ? erase_profile_wholly(tables, request.key, by, wake)
                               : unlink_user(tables, request.key, request.user, wake);
    if (gone) gone = tables.count_erasure();
    for (const Tombstone& tombstone : *tombstones) {
      if (gone) gone = tables.put_tombstone(tombstone);
    }
    if (gone) {
      gone = tables.add_audit({.at_ms = request.now_ms,
                               .what = wholly ? "erase" : "unlink",
                               .reason = request.reason,
                               .by = request.self.server});
    }
    if (!gone) return std::move(gone).error();
  } else if (auto stamped = tables.stamp_lease(request.self.incarnation); !stamped) {
    return std::move(stamped).error();
  }
  auto number = tables.erasures();
  if (!number) return std::move(number).error();
  return EraseAnswer(Erased{.resent = *done, .number = *number});
}

Result<bool> was_erased(Tables& tables, const ProfileKey& key) {
  auto row = tables.envelope(key);
  if (!row) return std::move(row).error();
  if (*row) return false;
  auto tombstone = tombstone_for(tables, key);
  if (!tombstone) return std::move(tombstone).error();
  return tombstone->has_value();
}

Result<void> apply_set_aside(Tables& tables, const QuarantineEntry& entry) {
  auto tombstone = tombstone_for(tables, entry.key);
  if (!tombstone) return std::move(tombstone).error();
  if (*tombstone) {
    auto row = tables.envelope(entry.key);
    if (!row) return std::move(row).error();
    if (!*row || entry.at_ms <= (**tombstone).at_ms) return {};
  }
  return tables.add_quarantine(entry);
}

}  // namespace keepsake
