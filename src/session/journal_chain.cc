#include "src/session/journal_chain.h"

#include <algorithm>
#include <set>
#include <utility>

#include "src/plant/plant.h"

namespace keepsake {

namespace {

bool bears_image(const JournalMember& member) { return member.content == ContentKind::image; }

/// Whether an edit reaches beyond its profile's data, so that a later image isn't all of it: its
/// other side, its receipts, its messages.
bool is_link(const JournalRecord& record, const JournalMember& member) {
  return record.members.size() > 1 || !member.receipts.empty() || !member.handled.empty() ||
         !member.sent.empty();
}

bool takes_image(ReplayState& state, const JournalMember& member) {
  if (state_hash_of_image(member.bytes) != member.state_hash) return false;
  state.image = member.bytes;
  state.image_format = member.format;
  state.patches.clear();
  state.patched.reset();
  return true;
}

// The image, and what was applied to it; nothing if they can't be read.
std::unique_ptr<PatchedPayload> open_again(const ReplayState& state, PayloadOpener open_payload) {
  auto opened = open_payload(state.image_format, *state.image);
  if (!opened) return nullptr;
  for (const std::string_view patch : state.patches) {
    if (!(*opened)->apply(patch)) return nullptr;
  }
  return std::move(*opened);
}

bool takes_patch(ReplayState& state, const JournalMember& member, PayloadOpener open_payload) {
  if (!state.image) return false;
  if (state_hash_of_patch(member.bytes, member.base_hash) != member.state_hash) return false;
  if (!state.patched) state.patched = open_again(state, open_payload);
  if (!state.patched) return false;
  if (!state.patched->apply(member.bytes)) {
    state.patched = open_again(state, open_payload);
    return false;
  }
  state.patches.emplace_back(member.bytes);
  return true;
}

// The member's content onto the state, or, where it doesn't fit, nothing.
bool takes_content(ReplayState& state, const JournalMember& member, PayloadOpener open_payload) {
  if (member.content != ContentKind::none) {
    const bool good =
        bears_image(member) ? takes_image(state, member) : takes_patch(state, member, open_payload);
    if (!good) return false;
    state.schema = member.schema;
    state.changed = true;
  }
  state.edit = member.edit_number;
  return true;
}

}  // namespace

std::optional<std::string> ReplayState::payload() const {
  return patched ? std::optional(patched->bytes()) : image;
}

PayloadFormat ReplayState::format() const { return patched ? patched->format() : image_format; }

JournalChain::JournalChain(const JournalMember& first, const Record* row)
    : first_(first), row_(row) {}

void JournalChain::add(const JournalRecord& record, const JournalMember& member) {
  if (member.state_hash != 0) hashes_.emplace(member.edit_number, member.state_hash);
  if (record.kind != RecordKind::confirmed) {  // whose edit is an earlier one than its links are of
    links_at_[member.edit_number] = std::max(links_at_[member.edit_number], member.links);
  }
  // What an edit was made on had been confirmed, also where that record was dropped since.
  confirmed_revision_ = std::max(confirmed_revision_, member.revision);
  switch (record.kind) {
    case RecordKind::edit:
    case RecordKind::fall:
    case RecordKind::compaction: entries_.push_back({.record = &record, .member = &member}); break;
    case RecordKind::saving: saving_.emplace_back(member.token, member.edit_number); break;
    case RecordKind::confirmed:
      confirmed_edit_ = std::max(confirmed_edit_, member.edit_number);
      break;
    case RecordKind::opened:
    case RecordKind::sync_mark: break;
  }
}

JournalChain::Standing JournalChain::judge() const {
  if (row_ == nullptr || row_->envelope.born > first_.epoch) return Standing::scrubbed;
  const Envelope& row = row_->envelope;
  if (planted<Plant::replay_without_epoch>()) return Standing::live;
  if (row.epoch > first_.epoch) return Standing::moved_on;
  if (row.epoch < first_.epoch || row.revision < confirmed_revision_) return Standing::went_back;
  return row.session == first_.session ? Standing::live : Standing::moved_on;
}

bool JournalChain::is_settled(std::uint64_t edit) const {
  if (standing_ == Standing::went_back) return false;
  if (edit <= confirmed_edit_) return true;
  if (row_ == nullptr) return false;
  const Envelope& row = row_->envelope;
  if (row.epoch == first_.epoch) return edit <= row.edit_number;
  // Another owner's since: the mark of our epoch names our last commit, the journal what was in it.
  for (const EpochMark& mark : row.marks) {
    if (mark.epoch != first_.epoch) continue;
    for (const auto& [token, last_edit] : saving_) {
      const bool stored = token == mark.token || token == mark.recoverer;
      if (stored && edit <= last_edit) return true;
    }
  }
  return false;
}

void JournalChain::settle() {
  standing_ = judge();
  std::size_t fall = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    entry.settled = is_settled(entry.member->edit_number);
    if (entry.record->kind == RecordKind::fall) fall = i;
  }
  for (std::size_t i = 0; i < fall; ++i) entries_[i].voided = !entries_[i].settled;
  begin_ = fall;
  while (begin_ < entries_.size() && entries_[begin_].settled) ++begin_;
  limit_ = standing_ == Standing::live ? entries_.size() : begin_;
  reach_ = begin_;
}

// Over a gap an image may be taken only if no link is hidden in the gap: a transaction's other side
// would be missing, a purchase or a message would take effect again.
bool JournalChain::may_bridge(const Entry& entry, std::size_t index, std::uint64_t edit) const {
  if (!bears_image(*entry.member)) return false;
  if (entry.record->kind != RecordKind::edit) return true;
  std::uint32_t known = 0;
  const auto after = links_at_.upper_bound(edit);
  if (after != links_at_.begin()) known = std::prev(after)->second;
  for (std::size_t i = begin_; i <= index; ++i) {
    const JournalMember& member = *entries_[i].member;
    if (member.edit_number > edit && entries_[i].record->kind == RecordKind::edit &&
        is_link(*entries_[i].record, member)) {
      ++known;
    }
  }
  return entry.member->links <= known || planted<Plant::replay_over_gap>();
}

// Whether the patch was made on the state that this session had after that edit. One state may have
// two hashes, of a patch and of a compaction's image. Where the journal says nothing, the row's own
// fence and edit number say which state it is.
bool JournalChain::fits_base(const JournalMember& member, std::uint64_t edit) const {
  if (member.content != ContentKind::patch) return true;
  const auto [begin, end] =
      std::pair(hashes_.lower_bound({edit, 0}), hashes_.lower_bound({edit + 1, 0}));
  return begin == end || hashes_.contains({edit, member.base_hash});
}

bool JournalChain::apply(ReplayState& state, std::size_t index, PayloadOpener open_payload) const {
  const Entry& entry = entries_[index];
  const std::uint64_t edit = entry.member->edit_number;
  if (edit <= state.edit) return true;  // a compaction of what is applied already
  if (edit != state.edit + 1 && !may_bridge(entry, index, state.edit)) return false;
  return fits_base(*entry.member, state.edit) && takes_content(state, *entry.member, open_payload);
}

void JournalChain::replay(PayloadOpener open_payload) {
  reach_ = begin_;
  state_ = {};
  if (standing_ != Standing::live) return;
  const Envelope& row = row_->envelope;
  if (row.has_data) state_.image = row_->payload;
  state_.edit = row.edit_number;
  state_.schema = row.schema;
  state_.image_format = row.format;
  for (std::size_t i = begin_; i < limit_; ++i) {
    if (apply(state_, i, open_payload)) reach_ = i + 1;
  }
}

bool JournalChain::cut(std::size_t entry) {
  if (entry >= limit_) return false;
  limit_ = std::max(entry, begin_);
  cut_by_tie_ = true;
  return true;
}

std::uint64_t JournalChain::edits_applied() const {
  return has_work() ? state_.edit - row_->envelope.edit_number : 0;
}

MemberCommit JournalChain::commit() const {
  const Envelope& row = row_->envelope;
  MemberCommit out;
  out.key = first_.key;
  out.fence = {.generation = first_.generation,
               .session = first_.session,
               .epoch = first_.epoch,
               .revision = row.revision};
  if (planted<Plant::replay_without_epoch>()) {
    out.fence.session = row.session;
    out.fence.epoch = row.epoch;
  }
  out.recovering = first_.incarnation;
  out.edit_number = state_.edit;
  if (state_.changed) {
    out.data =
        NewData{.schema = state_.schema, .format = state_.format(), .payload = *state_.payload()};
  }
  std::set<std::string> receipts;
  std::set<std::string> handled;
  std::set<std::pair<ProfileKey, std::string>> sent;
  for (std::size_t i = begin_; i < reach_; ++i) {
    const JournalMember& member = *entries_[i].member;
    if (member.tags) out.tags = member.tags;
    if (member.user_ids) out.user_ids = member.user_ids;
    for (const auto& [edit, receipt] : member.receipts) {
      if (edit > row.edit_number && receipts.insert(receipt.id).second) {
        out.receipts.push_back(receipt);
      }
    }
    for (const auto& [edit, id] : member.handled) {
      if (edit > row.edit_number && handled.insert(id).second) out.acknowledged.push_back(id);
    }
    for (const auto& [edit, message] : member.sent) {
      if (edit > row.edit_number && sent.emplace(message.first, message.second.id).second) {
        out.sent.push_back(message);
      }
    }
  }
  return out;
}

Error JournalChain::reason(std::uint64_t first, std::uint64_t last) const {
  const std::string edits = first == last
                                ? "edit " + std::to_string(first)
                                : "edits " + std::to_string(first) + " to " + std::to_string(last);
  const auto why = [&](ErrorCode code, const std::string& what) {
    return Error(code, "not recovered, " + edits + ": " + what)
        .store(first_.key.store)
        .key(first_.key.key)
        .remedy("compare the quarantined data with the profile, and restore what is missing");
  };
  switch (standing_) {
    case Standing::went_back:
      return why(ErrorCode::backend_went_back, "made on a newer state than the database has");
    case Standing::moved_on:
      return why(ErrorCode::session_lost, "not saved before the profile's session was ended");
    case Standing::live:
    case Standing::scrubbed: break;
  }
  if (cut_by_tie_) {
    return why(ErrorCode::tie_lost, "they hang on a transaction whose other side is lost");
  }
  return why(ErrorCode::corrupt, "behind a gap that no whole image bridges");
}

std::optional<Unrecovered> JournalChain::loss(PayloadOpener open_payload) {
  if (standing_ == Standing::scrubbed) return std::nullopt;
  ReplayState state = std::move(state_);  // empty where nothing was replayed
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::set<ProfileKey> tied;
  std::vector<std::string> contents;
  // Where the row is another session's, what was saved is still needed to build upon.
  for (std::size_t i = standing_ == Standing::live ? reach_ : 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.voided) continue;
    const std::uint64_t edit = entry.member->edit_number;
    const bool follows = bears_image(*entry.member) ||
                         (edit == state.edit + 1 && fits_base(*entry.member, state.edit));
    if (follows) static_cast<void>(takes_content(state, *entry.member, open_payload));
    if (entry.settled) continue;
    first = first == 0 ? edit : std::min(first, edit);
    last = std::max(last, edit);
    contents.push_back(entry.member->bytes);
    if (entry.record->kind == RecordKind::fall) continue;
    for (const JournalMember& other : entry.record->members) {
      if (other.key != first_.key) tied.insert(other.key);
    }
  }
  if (last == 0) return std::nullopt;
  std::optional<std::string> payload = state.payload();
  if (payload) contents.clear();
  return Unrecovered{.key = first_.key,
                     .session = first_.session,
                     .epoch = first_.epoch,
                     .first_edit = first,
                     .last_edit = last,
                     .why = reason(first, last),
                     .schema = payload ? state.schema : first_.schema,
                     .format = state.format(),
                     .payload = std::move(payload).value_or(""),
                     .patches = std::move(contents),
                     .tied = {tied.begin(), tied.end()}};
}

std::optional<Error> JournalChain::went_back() const {
  if (standing_ != Standing::went_back) return std::nullopt;
  const Envelope& row = row_->envelope;
  return Error(ErrorCode::backend_went_back, "the database is older than what was confirmed")
      .store(first_.key.store)
      .key(first_.key.key)
      .expected("at least epoch " + std::to_string(first_.epoch) + ", revision " +
                std::to_string(confirmed_revision_))
      .found("epoch " + std::to_string(row.epoch) + ", revision " + std::to_string(row.revision));
}

}  // namespace keepsake
