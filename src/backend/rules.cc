#include "src/backend/rules.h"

#include <algorithm>
#include <cstddef>

#include "src/plant/plant.h"

namespace keepsake {

namespace {
constexpr std::size_t kHandoversKept = 3;
constexpr std::int64_t kHandoversWithinMs = 10'000;
}  // namespace

AcquireCase judge_acquire(const Envelope* row, LeaseState owner_state, const Acquire& request,
                          std::int64_t database_ms) noexcept {
  if (row == nullptr) return AcquireCase::take;
  if (row->owner == request.self && row->session == request.session) {
    return AcquireCase::ours_already;
  }
  if (row->has_data && row->schema.last_compatible > request.readable_ordinal &&
      !planted<Plant::old_build_writes>()) {
    return AcquireCase::too_new;
  }
  if (!row->owner || owner_state == LeaseState::recovered) return AcquireCase::take;
  if (planted<Plant::closed_taken_for_recovered>() && owner_state == LeaseState::closed) {
    return AcquireCase::take;
  }
  const bool asks = !request.ask.none() && request.ask_number > row->ask_sequence;
  return asks && contended_for_ms(*row, database_ms) == 0 ? AcquireCase::ask : AcquireCase::look;
}

std::int64_t contended_for_ms(const Envelope& row, std::int64_t database_ms) noexcept {
  if (row.handover_ms.size() < kHandoversKept) return 0;
  std::int64_t since = database_ms;
  for (const std::int64_t at : row.handover_ms) {
    if (at > database_ms) return 0;  // the clock was set back: that must not become a long wait
    since = std::min(since, at);
  }
  return std::max<std::int64_t>(0, since + kHandoversWithinMs - database_ms);
}

AskStanding standing_of(const Envelope& row, const Acquire& request) noexcept {
  if (request.ask.none()) return AskStanding::none;
  if (row.ask && row.ask->id == request.ask) return AskStanding::ours;
  const bool passed = request.ask_number != 0 && request.ask_number <= row.ask_sequence;
  return passed ? AskStanding::newer : AskStanding::none;
}

Envelope new_row(std::uint64_t epoch_floor, const std::optional<EpochMark>& removal) {
  Envelope row;
  row.born = planted<Plant::epoch_starts_over>() ? 1 : epoch_floor + 1;
  row.epoch = row.born;
  if (removal) row.marks.push_back(*removal);
  return row;
}

void take_row(Envelope& row, const Acquire& request, std::uint64_t own_renewal, bool is_new) {
  if (!is_new) ++row.epoch;
  if (is_new) row.created_ms = request.now_ms;
  if (row.first_session_ms == 0) row.first_session_ms = request.now_ms;
  ++row.load_count;
  row.owner = request.self;
  row.session = request.session;
  row.owned_since = static_cast<std::int64_t>(own_renewal);
  // An ask of our own that stood here was for this: answered, it would give the row to a session
  // that nobody has.
  if (row.ask && row.ask->asker == request.self) row.ask.reset();
}

void write_ask(Envelope& row, const Acquire& request) {
  row.ask = Ask{.id = request.ask,
                .number = request.ask_number,
                .asker = request.self,
                .session = request.session,
                .readable_ordinal = request.readable_ordinal,
                .duration_ms = request.ask_duration_ms};
  row.ask_sequence = request.ask_number;
}

bool fence_fits(const Envelope& row, const Fence& fence) noexcept {
  const bool same = row.session == fence.session || planted<Plant::no_session_after_restore>();
  return same && row.epoch == fence.epoch && row.revision == fence.revision;
}

const EpochMark* find_commit(const std::vector<EpochMark>& marks, std::uint64_t epoch,
                             const CommitToken& token) noexcept {
  if (token.none()) return nullptr;
  for (const EpochMark& mark : marks) {
    if (mark.epoch == epoch && (mark.token == token || mark.recoverer == token)) return &mark;
  }
  return nullptr;
}

void add_mark(std::vector<EpochMark>& marks, std::uint64_t epoch, std::uint64_t revision,
              const CommitToken& token, bool by_recoverer) {
  if (marks.empty() || marks.back().epoch != epoch) {
    marks.push_back({.epoch = epoch, .revision = 0, .token = {}, .recoverer = {}});
    if (marks.size() > kEpochMarks) marks.erase(marks.begin());
  }
  marks.back().revision = revision;
  (by_recoverer ? marks.back().recoverer : marks.back().token) = token;
}

void apply_commit(Envelope& row, const MemberCommit& member, const CommitToken& token,
                  std::int64_t now_ms) {
  ++row.revision;
  add_mark(row.marks, row.epoch, row.revision, token, member.recovering != 0);
  if (member.data) {
    row.has_data = true;
    row.schema = member.data->schema;
    row.format = member.data->format;
    row.edit_number = member.edit_number;
    row.saved_ms = now_ms;
  }
  if (member.user_ids) row.user_ids = without_repeats(*member.user_ids);
  if (member.tags) row.tags = *member.tags;
}

bool ask_is_live(const Envelope& row, std::uint64_t asks_expired) noexcept {
  if (!row.ask || row.ask->number <= asks_expired) return false;
  return !row.has_data || row.schema.last_compatible <= row.ask->readable_ordinal;
}

void hand_to_asker(Envelope& row, std::uint64_t asker_renewal, std::int64_t database_ms) {
  row.owner = row.ask->asker;
  row.session = row.ask->session;
  row.owned_since = static_cast<std::int64_t>(asker_renewal);
  ++row.epoch;
  ++row.load_count;
  if (row.first_session_ms == 0) row.first_session_ms = database_ms;
  row.handover_ms.push_back(database_ms);
  if (row.handover_ms.size() > kHandoversKept) row.handover_ms.erase(row.handover_ms.begin());
  row.ask.reset();
}

void free_row(Envelope& row) {
  row.owner.reset();
  row.session = {};
  row.owned_since = 0;
}

std::vector<UserId> without_repeats(const std::vector<UserId>& users) {
  std::vector<UserId> once;
  for (const UserId& user : users) {
    if (std::find(once.begin(), once.end(), user) == once.end()) once.push_back(user);
  }
  return once;
}

}  // namespace keepsake
