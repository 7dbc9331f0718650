// The journal's upkeep: what it need not keep, and images for what it must begin again with.
#include <algorithm>
#include <utility>

#include "src/store/beside.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {
constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr Duration kCalm = std::chrono::seconds(30);
constexpr std::uint64_t kCompactFrom = std::uint64_t{8} << 20;
constexpr std::size_t kImagesPerLook = 64;
}  // namespace

void StoreCore::look_after_journal(MonotonicTime at) {
  next_journal_look_ = at + kLook;
  look_at_health(at);
  if (!grant_.journal) return;
  for (const Error& error : grant_.journal->take_reports()) report(error);
  if (grant_.journal->sealed()) return protocol_->journal_sealed();
  const std::uint64_t floor = move_floor();
  scrub_journal(floor);
  compact();
}

void StoreCore::look_at_health(MonotonicTime at) {
  if (grant_.journal && grant_.journal->failing()) journal_calm_ = at + kCalm;
  const bool critical = database_critical_ || at < journal_calm_;
  if (critical == std::exchange(critical_, critical)) return;
  if (options_.on_critical) options_.on_critical(critical);
}

std::uint64_t StoreCore::move_floor() {
  std::uint64_t floor = grant_.journal->next_sequence();
  for (const Slot* slot : dirty_) {
    if (slot->first_uncovered != 0) floor = std::min(floor, slot->first_uncovered);
  }
  grant_.journal->set_floor(floor);
  return floor;
}

void StoreCore::erased(std::uint64_t erasures) {
  scrub_.wanted = erasures;
  if (!grant_.journal) protocol_->scrubbed(erasures);
}

/// Rule 32. Of a profile that was erased nothing was unsaved here; but a message to it may be, or a
/// trade with it, until the next save.
void StoreCore::scrub_journal(std::uint64_t floor) {
  Journal& journal = *grant_.journal;
  if (scrub_.number == 0) {
    if (scrub_.wanted <= scrub_.done) return;
    scrub_.number = scrub_.wanted;
    scrub_.unsaved = journal.next_sequence();
  }
  if (scrub_.compacted == 0) {
    if (floor < scrub_.unsaved || journal.compacting()) return;
    begin_compaction();
    scrub_.compacted = compaction_from_;
    return;
  }
  if (journal.compacting() || journal.forgotten_below() < scrub_.compacted) return;
  journal.wipe_ring();
  scrub_.done = scrub_.number;
  scrub_.number = scrub_.compacted = 0;
  protocol_->scrubbed(scrub_.done);
}

void StoreCore::begin_compaction() {
  grant_.journal->begin_compaction();
  compaction_from_ = grant_.journal->next_sequence();
}

void StoreCore::compact() {
  Journal& journal = *grant_.journal;
  if (!journal.compacting()) {
    std::uint64_t open_bytes = 0;
    for (const Slot* slot : dirty_) open_bytes += slot->most_bytes;
    const std::uint64_t least =
        std::min<std::uint64_t>(kCompactFrom, options_.journal.max_bytes / 4);
    if (!journal.needs_images() && journal.bytes_held() <= std::max(least, 2 * open_bytes)) return;
    begin_compaction();
  }
  std::size_t written = 0;
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    Slot& slot = *dirty_[i];
    if (slot.first_uncovered == 0 || slot.first_uncovered >= compaction_from_) continue;
    if (written++ == kImagesPerLook) return;  // the rest at the next look
    if (!write_images(slot)) return;
  }
  journal.end_compaction();
}

/// What must be replayed with it or not at all: tied by a transaction that no commit carries yet,
/// or by one whose commit isn't settled.
std::vector<Slot*> StoreCore::tied_to(Slot& slot) const {
  std::vector<Slot*> tied{&slot};
  const auto add = [&](Slot* other) {
    if (std::find(tied.begin(), tied.end(), other) == tied.end()) tied.push_back(other);
  };
  for (std::size_t i = 0; i < tied.size(); ++i) {
    const Slot& one = *tied[i];
    if (one.tie) {
      for (Slot* member : one.tie->members) add(member);
    }
    const auto commit = commits_.find(one.commit_id);
    if (commit == commits_.end()) continue;
    for (const Saving& saving : commit->second) {
      if (saving.slot->serial == saving.serial && saving.with_data) add(saving.slot);
    }
  }
  return tied;
}

bool StoreCore::write_images(Slot& slot) {
  const std::vector<Slot*> members = tied_to(slot);
  std::vector<MemberView> views;
  std::vector<BesideViews> beside;
  beside.reserve(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    Slot& member = *members[i];
    encode_payload(member);
    MemberView& view = views.emplace_back(member_view(member));
    view.content = ContentKind::image;
    view.bytes = member.payload;
    view.state_hash = state_hash_of_image(member.payload);
    if (member.tags_edit > member.durable_edit) view.tags = member.envelope.tags;
    beside.emplace_back(member.beside).add_to(view);
  }
  const Result<std::uint64_t> sequence =
      grant_.journal->append({.kind = RecordKind::compaction, .members = views});
  if (!sequence) return false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i]->first_uncovered = *sequence;
    members[i]->state_hash = views[i].state_hash;
  }
  return true;
}

}  // namespace keepsake::detail
