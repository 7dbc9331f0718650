#include "src/backend/group_operations.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "src/backend/erasure_operations.h"
#include "src/backend/group_limits.h"
#include "src/backend/history_operations.h"
#include "src/backend/lease_operations.h"
#include "src/backend/message_operations.h"
#include "src/backend/profile_operations.h"
#include "src/backend/rules.h"
#include "src/plant/plant.h"

namespace keepsake {

namespace {

using GroupRows = std::vector<std::optional<Envelope>>;
/// Nothing: go on. Else the group's answer.
using Verdict = std::optional<GroupAnswer>;

Verdict refused(std::size_t member, Error error) {
  return GroupAnswer(GroupRefused{.member = member, .error = std::move(error)});
}

Verdict judge_limits(const Group& group) {
  if (auto valid = valid_member_count(group.members.size()); !valid) {
    return refused(0, valid.error());
  }
  if (group.audit) {
    auto valid = valid_override("an operator's change", group.token, group.audit->reason);
    if (!valid) return refused(0, std::move(valid).error());
  }
  std::set<std::pair<std::string_view, std::string_view>> keys;
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    const MemberCommit& member = group.members[i];
    if (auto valid = valid_member(member); !valid) return refused(i, valid.error());
    const char* fault = nullptr;
    if (group.token.none()) fault = "a commit bears a token";
    const bool alone = group.members.size() == 1;
    if (!alone && !keys.emplace(member.key.store, member.key.key).second)
      fault = "a group names each profile once";
    if (fault == nullptr) continue;
    return refused(
        i, Error(ErrorCode::invalid_argument, fault).store(member.key.store).key(member.key.key));
  }
  return std::nullopt;
}

Result<GroupRows> read_rows(Tables& tables, const Group& group) {
  GroupRows rows(group.members.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto row = tables.envelope(group.members[i].key);
    if (!row) return row.error();
    rows[i] = *std::move(row);
  }
  return rows;
}

/// Whether one member shows the group's token: then all of it was stored, and nothing is now.
Result<bool> was_stored(Tables& tables, const Group& group, const GroupRows& rows) {
  if (planted<Plant::no_token_found>()) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MemberCommit& member = group.members[i];
    if (rows[i]) {
      if (find_commit(rows[i]->marks, member.fence.epoch, group.token)) return true;
      continue;
    }
    auto removal = tables.removal(member.key);
    if (!removal) return removal.error();
    if (*removal && find_commit({**removal}, member.fence.epoch, group.token)) return true;
  }
  return false;
}

/// The answer of the first time, as far as the rows still tell.
Applied answer_again(const Group& group, const GroupRows& rows) {
  Applied applied{.members = {}, .resent = true};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MemberCommit& member = group.members[i];
    MemberResult result{.revision = member.fence.revision + 1, .handed_to = {}};
    const bool passed_on =
        member.after == After::hand_over && rows[i] && rows[i]->epoch == member.fence.epoch + 1;
    if (passed_on) result.handed_to = rows[i]->owner;
    applied.members.push_back(std::move(result));
  }
  return applied;
}

/// Whether the committer may act for the row's owner: it is the owner, or its recoverer (rule 18).
Result<bool> may_commit(Tables& tables, const Group& group, const MemberCommit& member,
                        const Envelope& row) {
  if (planted<Plant::no_epoch_check>()) return true;
  if (planted<Plant::no_session_after_restore>()) return true;
  if (planted<Plant::replay_without_epoch>() && member.recovering != 0) return true;
  if (!row.owner) return false;
  if (member.recovering == 0) return row.owner == group.self;
  if (row.owner->incarnation != member.recovering) return false;
  auto dead = tables.lease(member.recovering);
  if (!dead) return dead.error();
  if (!*dead || (*dead)->lease.state == LeaseState::open) return false;
  // Of a recovered lease's journal that turns up later, with a row that nobody has taken since: the
  // fence says so, whoever brings it.
  return (*dead)->lease.state == LeaseState::recovered ||
         (*dead)->lease.recoverer == group.self.incarnation;
}

Result<Verdict> judge_fences(Tables& tables, const Group& group, const GroupRows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MemberCommit& member = group.members[i];
    const bool fits =
        rows[i] && (planted<Plant::no_epoch_check>() ? rows[i]->revision == member.fence.revision
                                                     : fence_fits(*rows[i], member.fence));
    if (fits) {
      auto may = may_commit(tables, group, member, *rows[i]);
      if (!may) return may.error();
      if (*may) continue;
    }
    return Verdict(FenceRefused{.member = i, .row = rows[i]});
  }
  return Verdict();
}

Result<Verdict> judge_receipts(Tables& tables, const Group& group) {
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    const MemberCommit& member = group.members[i];
    std::set<std::string_view> ids;
    for (const Receipt& receipt : member.receipts) {
      auto used = tables.receipt(member.key, receipt.id);
      if (!used) return used.error();
      if (!*used && ids.insert(receipt.id).second) continue;
      return refused(i, Error(ErrorCode::already_exists, "the receipt was applied before")
                            .store(member.key.store)
                            .key(member.key.key)
                            .found(receipt.id));
    }
  }
  return Verdict();
}

/// What was handled was in the inbox. If it isn't known here, an older state was put in the
/// database's place since: its sender has the value again (rule 2).
Result<Verdict> judge_handled(Tables& tables, const Group& group) {
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    const MemberCommit& member = group.members[i];
    for (const std::string& id : member.acknowledged) {
      auto known = tables.message_known(member.key, id);
      if (!known) return known.error();
      if (*known || planted<Plant::handled_without_message>()) continue;
      return refused(i, Error(ErrorCode::backend_went_back,
                              "a message that was handled was never sent in this database")
                            .store(member.key.store)
                            .key(member.key.key)
                            .found(id)
                            .remedy("an old copy was put in its place: put the right one back"));
    }
  }
  return Verdict();
}

Result<Verdict> judge_messages(const Group& group, Dispatch& dispatch) {
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    for (const auto& [to, message] : group.members[i].sent) {
      auto refusal = dispatch.send(to, message);
      if (!refusal) return refusal.error();
      if (*refusal) return refused(i, **std::move(refusal));
    }
  }
  return Verdict();
}

/// What still waits for a profile that is removed goes back where it came from.
Result<void> clear_inbox(Tables& tables, const MemberCommit& member, Dispatch& dispatch) {
  if (member.after != After::remove) return {};
  auto inbox = tables.inbox(member.key);
  if (!inbox) return std::move(inbox).error();
  const std::set<std::string_view> handled(member.acknowledged.begin(), member.acknowledged.end());
  for (const Message& message : *inbox) {
    const bool comes_of_somebody = message.carries_value && !message.sender.empty();
    if (!comes_of_somebody || handled.contains(message.id)) continue;
    if (auto taken = dispatch.take_back(member.key, message); !taken) return taken;
  }
  return {};
}

Dispatch dispatch_for(Tables& tables, const Group& group) {
  std::set<ProfileKey> leaving;
  for (const MemberCommit& member : group.members) {
    if (member.after == After::remove) leaving.insert(member.key);
  }
  return {tables, group.self.server, group.now_ms, group.token.text(), std::move(leaving)};
}

/// The row goes to the newest live ask's asker, if its lease is open, or to nobody (rule 20).
Result<std::optional<Owner>> pass_on(Tables& tables, const MemberCommit& member, Envelope& row,
                                     std::vector<Owner>& wake) {
  if (ask_is_live(row, member.asks_expired)) {
    auto asker = tables.lease(row.ask->asker.incarnation);
    if (!asker) return asker.error();
    if (*asker &&
        ((*asker)->lease.state == LeaseState::open || planted<Plant::handed_to_the_dead>())) {
      hand_to_asker(row, (*asker)->lease.renewal, tables.now_ms());
      wake.push_back(*row.owner);
      return row.owner;
    }
  }
  if (row.ask) wake.push_back(row.ask->asker);
  row.ask.reset();
  free_row(row);
  return std::optional<Owner>();
}

Result<void> remove_row(Tables& tables, const MemberCommit& member, const Envelope& row) {
  auto floor = tables.epoch_floor();
  if (!floor) return floor.error();
  if (row.epoch > *floor) {
    if (auto raised = tables.set_epoch_floor(row.epoch); !raised) return raised;
  }
  auto remembered = tables.put_removal(member.key, row.marks.back(), tables.now_ms());
  if (!remembered) return remembered;
  if (auto erased = tables.erase_history(member.key); !erased) return erased;
  return tables.erase_profile(member.key);
}

Result<void> write_beside(Tables& tables, const Group& group, const MemberCommit& member) {
  for (const Receipt& receipt : member.receipts) {
    if (auto added = tables.add_receipt(member.key, receipt); !added) return added;
  }
  for (const std::string& id : member.acknowledged) {
    if (auto done = tables.acknowledge(member.key, id, group.now_ms); !done) return done;
  }
  return {};
}

Result<MemberResult> write_member(Tables& tables, const Group& group, const MemberCommit& member,
                                  const Envelope& before, std::vector<Owner>& wake) {
  Envelope row = before;
  apply_commit(row, member, group.token, group.now_ms);
  MemberResult result{.revision = row.revision, .handed_to = {}};
  if (auto written = write_beside(tables, group, member); !written) return written.error();
  auto kept = keep_history(tables, member, before, row, group.now_ms);
  if (!kept) return std::move(kept).error();
  if (member.after == After::remove) {
    if (row.ask) wake.push_back(row.ask->asker);
    if (auto removed = remove_row(tables, member, row); !removed) return removed.error();
    return result;
  }
  if (member.after == After::hand_over) {
    auto handed_to = pass_on(tables, member, row, wake);
    if (!handed_to) return handed_to.error();
    result.handed_to = *std::move(handed_to);
  }
  const std::string* payload = member.data ? &member.data->payload : nullptr;
  auto updated = tables.update_profile(member.key, before, row, payload);
  if (!updated) return updated.error();
  return result;
}

Result<GroupAnswer> write_group(Tables& tables, const Group& group, const GroupRows& rows,
                                Dispatch& dispatch, std::vector<Owner>& wake) {
  Applied applied;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto result = write_member(tables, group, group.members[i], *rows[i], wake);
    if (!result) return result.error();
    applied.members.push_back(*std::move(result));
  }
  if (auto written = dispatch.write(wake); !written) return std::move(written).error();
  for (const QuarantineEntry& entry : group.quarantine) {
    if (auto added = apply_set_aside(tables, entry); !added) return added.error();
  }
  if (group.audit) {
    if (auto added = tables.add_audit(*group.audit); !added) return std::move(added).error();
  }
  return GroupAnswer(std::move(applied));
}

/// One profile's data from its owner, and nothing else.
bool brings_data_alone(const Group& group) {
  if (group.members.size() != 1 || !group.quarantine.empty() || group.audit) return false;
  const MemberCommit& member = group.members[0];
  return member.data && member.after == After::keep && member.recovering == 0 && !member.user_ids &&
         !member.tags && member.receipts.empty() && member.acknowledged.empty() &&
         member.sent.empty() && !member.history;
}

}  // namespace

bool ends_sessions(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    for (const MemberCommit& member : group.members) {
      if (member.after != After::keep) return true;
    }
  }
  return false;
}

Error part_in_doubt(const Error& why) {
  return Error(ErrorCode::in_doubt, "a part of the batch is stored; then: " + why.text())
      .remedy("the same is sent again until it is settled");
}

bool is_plain_save(const Group& group) { return brings_data_alone(group) && !judge_limits(group); }

Result<void> valid_commit(Tables& tables, const std::vector<Group>& groups) {
  if (auto valid = valid_batch(groups.size()); !valid) return valid;
  auto generation = tables.generation();
  if (!generation) return generation.error();
  for (const Group& group : groups) {
    for (const MemberCommit& member : group.members) {
      if (planted<Plant::no_session_after_restore>()) continue;
      if (member.fence.generation == *generation) continue;
      return need_generation(tables, member.fence.generation);
    }
  }
  return {};
}

Result<GroupAnswer> apply_group(Tables& tables, const Group& group, std::vector<Owner>& wake) {
  if (Verdict verdict = judge_limits(group)) return *std::move(verdict);
  if (brings_data_alone(group)) {
    const MemberCommit& member = group.members[0];
    auto saved = tables.save_at_once(member, group.self, group.token, group.now_ms);
    if (!saved) return saved.error();
    if (*saved) {
      return GroupAnswer(
          Applied{.members = {{.revision = member.fence.revision + 1, .handed_to = {}}}});
    }
  }
  auto rows = read_rows(tables, group);
  if (!rows) return rows.error();
  auto stored = was_stored(tables, group, *rows);
  if (!stored) return stored.error();
  if (*stored) {
    auto stamped = tables.stamp_lease(group.self.incarnation);
    if (!stamped) return stamped.error();
    return GroupAnswer(answer_again(group, *rows));
  }
  auto verdict = judge_fences(tables, group, *rows);
  if (verdict && !*verdict) verdict = judge_receipts(tables, group);
  if (verdict && !*verdict) verdict = judge_handled(tables, group);
  Dispatch dispatch = dispatch_for(tables, group);
  if (verdict && !*verdict) verdict = judge_messages(group, dispatch);
  if (!verdict) return verdict.error();
  if (*verdict) return **std::move(verdict);
  for (const MemberCommit& member : group.members) {
    if (auto cleared = clear_inbox(tables, member, dispatch); !cleared) return cleared.error();
  }
  return write_group(tables, group, *rows, dispatch, wake);
}

}  // namespace keepsake
