#include "backends/postgres/commit_of.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "src/backend/group_limits.h"
#include "src/backend/group_operations.h"

namespace keepsake::postgres {

namespace {

/// So many in a row that are held up: a table is locked, and not some rows.
constexpr int kHeldUpInARow = 3;

/// What the groups will ask for.
Ahead ahead_of(const std::vector<Group>& groups, const std::vector<std::size_t>& which) {
  std::set<ProfileKey> rows;
  std::set<ProfileKey> targets;
  std::set<ProfileKey> keys;
  Ahead ahead;
  for (const std::size_t i : which) {
    for (const MemberCommit& member : groups[i].members) {
      rows.insert(member.key);
      for (const auto& [to, message] : member.sent) targets.insert(to);
    }
    for (const QuarantineEntry& entry : groups[i].quarantine) keys.insert(entry.key);
  }
  for (const ProfileKey& key : rows) targets.erase(key);
  ahead.rows.assign(rows.begin(), rows.end());
  ahead.targets.assign(targets.begin(), targets.end());
  ahead.keys.assign(keys.begin(), keys.end());
  return ahead;
}

}  // namespace

CommitOf::CommitOf(Engine& engine, const std::vector<Group>& groups, std::vector<Owner>& wake)
    : engine_(engine),
      groups_(groups),
      wake_(wake),
      urgency_(ends_sessions(groups) ? Urgency::urgent : Urgency::ordinary),
      given_(groups.size()) {}

Result<std::vector<GroupAnswer>> CommitOf::run() {
  if (auto valid = valid_batch(groups_.size()); !valid) return std::move(valid).error();
  sort();
  if (!at_once_.empty()) {
    if (auto saved = save_at_once(); !saved) return std::move(saved).error();
  }
  if (!ordinary_.empty() || groups_.empty()) {
    auto stored = row_locked_ ? go_one_by_one() : go_together();
    if (!stored) return failed(std::move(stored).error());
  }
  std::vector<GroupAnswer> answers;
  answers.reserve(given_.size());
  for (auto& answer : given_) answers.push_back(*std::move(answer));
  return answers;
}

Error CommitOf::failed(Error why) const {
  const bool part_is_stored =
      std::any_of(given_.begin(), given_.end(), [](const std::optional<GroupAnswer>& answer) {
        return answer && std::holds_alternative<Applied>(*answer);
      });
  return part_is_stored ? part_in_doubt(why) : std::move(why);
}

void CommitOf::sort() {
  std::map<ProfileKey, int> named;
  bool one_generation = true;
  for (const Group& group : groups_) {
    for (const MemberCommit& member : group.members) {
      ++named[member.key];
      one_generation =
          one_generation && member.fence.generation == groups_[0].members[0].fence.generation;
    }
    one_generation = one_generation && !group.members.empty();
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    const bool at_once = one_generation && is_plain_save(group) &&
                         named[group.members[0].key] == 1 && engine_.knows(group.members[0].key);
    (at_once ? at_once_ : ordinary_).push_back(i);
  }
}

Result<void> CommitOf::save_at_once() {
  std::vector<const Group*> saves;
  for (const std::size_t i : at_once_) saves.push_back(&groups_[i]);
  auto saved = engine_.save_many(saves, urgency_);
  if (!saved) return std::move(saved).error();
  row_locked_ = saved->row_locked;
  for (std::size_t at = 0; at < saves.size(); ++at) {
    const std::size_t i = at_once_[at];
    if (!saved->stored[at]) {
      ordinary_.push_back(i);
      continue;
    }
    const std::uint64_t revision = saves[at]->members[0].fence.revision + 1;
    given_[i] = Applied{.members = {{.revision = revision, .handed_to = {}}}};
  }
  std::sort(ordinary_.begin(), ordinary_.end());
  return {};
}

Result<void> CommitOf::go_together() {
  auto stored = store(ordinary_);
  if (!row_locked_) return stored;
  if (ordinary_.size() > 1) return go_one_by_one();
  hold_up(ordinary_[0], std::move(stored).error());
  return {};
}

Result<void> CommitOf::go_one_by_one() {
  int in_a_row = 0;
  std::optional<Error> why;
  for (const std::size_t i : ordinary_) {
    if (in_a_row >= kHeldUpInARow) {
      hold_up(i, *why);
      continue;
    }
    auto stored = store({i});
    if (!stored && !row_locked_) return stored;
    in_a_row = stored ? 0 : in_a_row + 1;
    if (stored) continue;
    why = std::move(stored).error();
    hold_up(i, *why);
  }
  return {};
}

void CommitOf::hold_up(std::size_t group, Error why) {
  const ProfileKey& key = groups_[group].members[0].key;
  given_[group] = GroupHeldUp{.error = std::move(why).store(key.store).key(key.key)};
}

Result<void> CommitOf::store(const std::vector<std::size_t>& which) {
  row_locked_ = false;
  const Transaction how{
      .urgency = urgency_, .ahead = ahead_of(groups_, which), .row_locked = &row_locked_};
  const std::size_t told = wake_.size();
  const std::uint64_t renewed = engine_.last_renewal();
  auto stored = engine_.write(how, [&](PostgresTables& tables) -> Result<void> {
    wake_.resize(told);
    if (auto valid = valid_commit(tables, groups_); !valid) return valid;
    for (const std::size_t i : which) {
      auto answer = apply_group(tables, groups_[i], wake_);
      if (!answer) return std::move(answer).error();
      given_[i] = *std::move(answer);
    }
    return {};
  });
  if (stored) {
    const bool any = std::any_of(which.begin(), which.end(), [&](std::size_t i) {
      const auto* applied = std::get_if<Applied>(&*given_[i]);
      return applied != nullptr && !applied->resent;
    });
    if (any) engine_.note_stored(renewed);
    return stored;
  }
  for (const std::size_t i : which) given_[i].reset();
  wake_.resize(told);
  return stored;
}

}  // namespace keepsake::postgres
