#include "keepsake/cli/rollback.h"

#include <utility>
#include <variant>

#include "src/cli/tool_work.h"

namespace keepsake {

namespace {

/// Under such a receipt a profile has sent a message (docs/messages.md).
constexpr std::string_view kSent = "sent:";

NotRolledBack since(const Belongings& all, std::int64_t saved_ms) {
  NotRolledBack stays;
  for (const Receipt& receipt : all.receipts) {
    if (receipt.at_ms < saved_ms) continue;
    (receipt.id.starts_with(kSent) ? stays.sent : stays.receipts).push_back(receipt);
  }
  for (const Receipt& handled : all.handled) {
    if (handled.at_ms >= saved_ms) stays.handled.push_back(handled);
  }
  return stays;
}

Result<void> is_there(Backend& backend, const ProfileKey& key) {
  auto rows = backend.read({key});
  if (!rows) return std::move(rows).error();
  if (rows->front()) return {};
  return Error(ErrorCode::not_found, "no such profile").store(key.store).key(key.key);
}

Group group_for(const cli::ToolWork& work, const Record& record, Snapshot snapshot, Group group) {
  const Envelope& row = record.envelope;
  MemberCommit member;
  member.key = record.key;
  member.fence = fence_of(row, work.generation());
  member.data = NewData{.schema = std::move(snapshot.schema),
                        .format = snapshot.format,
                        .payload = std::move(snapshot.payload)};
  member.edit_number = row.edit_number + 1;
  member.after = After::hand_over;
  // Servers know how much they want kept, and thin it out with their next save.
  member.history = KeepHistory{
      .before = SnapshotKind::change, .after = {}, .at_most = kMaxSnapshots, .since_ms = 0};
  group.members.push_back(std::move(member));
  return group;
}

Result<RollbackReport> roll_back_in(Backend& backend, cli::ToolWork& work, const ProfileKey& key,
                                    const RollbackOptions& options) {
  auto snapshot = work.settled([&] { return backend.snapshot(key, options.revision); });
  if (!snapshot) return std::move(snapshot).error();
  auto record = work.acquire(key);
  if (!record) return std::move(record).error();
  auto all = work.settled([&] { return backend.belongings(key); });
  if (!all) return std::move(all).error();
  RollbackReport report{.revision = record->envelope.revision + 1,
                        .undo = 0,
                        .stays = since(*all, snapshot->saved_ms)};
  const std::int64_t now_ms = work.now_ms();
  Group group{
      .token = work.new_id(),
      .self = work.self(),
      .now_ms = now_ms,
      .members = {},
      .quarantine = {},
      .audit = AuditEntry{
          .at_ms = now_ms, .what = "rollback", .reason = options.reason, .by = work.self().server}};
  const std::vector<Group> groups{group_for(work, *record, *std::move(snapshot), std::move(group))};
  auto answers = work.settled([&] { return backend.commit(groups); });
  if (!answers) return std::move(answers).error();
  if (auto* refused = std::get_if<GroupRefused>(&answers->front())) return refused->error;
  if (auto* held_up = std::get_if<GroupHeldUp>(&answers->front())) return held_up->error;
  if (std::holds_alternative<FenceRefused>(answers->front())) return cli::changed_hands(key);
  if (!record->envelope.has_data) return report;
  auto kept = work.settled([&] { return backend.history(key); });
  if (!kept) return std::move(kept).error();
  report.undo = kept->empty() ? 0 : kept->front().revision;
  return report;
}

}  // namespace

Result<NotRolledBack> look_at_rollback(Backend& backend, const ProfileKey& key,
                                       std::uint64_t revision) {
  if (auto there = is_there(backend, key); !there) return std::move(there).error();
  auto snapshot = backend.snapshot(key, revision);
  if (!snapshot) return std::move(snapshot).error();
  auto all = backend.belongings(key);
  if (!all) return std::move(all).error();
  return since(*all, snapshot->saved_ms);
}

Result<RollbackReport> roll_back(Backend& backend, const ProfileKey& key,
                                 const RollbackOptions& options) {
  if (auto there = is_there(backend, key); !there) return std::move(there).error();
  return cli::at_work(backend, options.within, options.journals, [&](cli::ToolWork& work) {
    return roll_back_in(backend, work, key, options);
  });
}

}  // namespace keepsake
