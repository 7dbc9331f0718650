#include "examples/torture/older_state.h"

#include <algorithm>
#include <chrono>

#include "examples/torture/database_tools.h"

namespace torture {

using std::chrono::seconds;

namespace {

/// Servers that were killed: each may have had one save under way.
constexpr std::size_t kUnheardSaves = 2;

/// "epoch/revision", one revision on: it may come of a save that was committed when its server was
/// killed, before that heard of it. To the server's journal the row is still as it was before.
bool is_next(const std::string& before, const std::string& after) {
  const std::size_t slash = before.find('/');
  if (before.compare(0, slash + 1, after, 0, slash + 1) != 0) return false;
  return std::stoll(after.substr(slash + 1)) == std::stoll(before.substr(slash + 1)) + 1;
}

}  // namespace

keepsake::Result<void> OlderState::note(const std::string& copy) {
  const auto stored = demo::read_database(copy);
  if (!stored) return stored.error();
  auto states = row_states(copy);
  if (!states) return states.error();
  in_backup_states_ = *std::move(states);
  for (const auto& [key, player] : *stored) {
    for (const demo::StoredSlip& slip : player.slips) in_backup_.emplace(key, slip.slip.number);
  }
  return {};
}

bool OlderState::is_old(demo::Number number) const {
  return demo::server_of(number) <=
         std::max(round_.fleet()[a_].ordinal, round_.fleet()[b_].ordinal);
}

void OlderState::start_again() {
  round_.expect("backend_went_back: ");
  round_.may_be_lost([this](std::int64_t user, demo::Number number) {
    if (!is_old(number)) return false;
    if (in_backup_.contains({round_.stage().players().at(user), number})) return false;
    ++lost_;
    return true;
  });
  const std::size_t c = round_.start("C");
  round_.wait_until_up(c);
  round_.rejoin(a_, c);
  round_.rejoin(b_, c);
  for (const auto& [user, traveller] : round_.crowd().travellers()) {
    if (traveller.server == demo::kNowhere) round_.crowd().join(user, c);
  }
  round_.wait_for_all(c);
  round_.play_for(seconds(1));
}

RoundResult OlderState::settle(const std::map<std::string, std::string>& newer) {
  auto report = round_.settle();
  if (!report) return report;
  const auto quarantined = quarantined_keys(round_.stage().database());
  if (!quarantined) return quarantined.error();
  if (!newer.empty()) {
    if (const auto looked = look_for_newer_state(newer, *report); !looked) return looked.error();
  }
  const bool told = round_.heard("backend_went_back: ");
  report->what += "; " + std::to_string(lost_) + " sides of operations since the backup lost, " +
                  std::to_string(quarantined->size()) + " profiles quarantined" +
                  (told ? ", told that the database went back" : "");
  // Of what was never saved there is a journal: its loss must not be silent.
  if (lost_ > 0 && quarantined->empty() && !told) {
    report->wrong.emplace_back("play was lost with the restore, and nobody was told");
  }
  return report;
}

/// A row that was saved since the backup has nothing to get from the old servers' journals, which
/// are of a newer state; one that wasn't has.
keepsake::Result<void> OlderState::look_for_newer_state(
    const std::map<std::string, std::string>& newer, RoundReport& report) {
  const auto stored = demo::read_database(round_.stage().database());
  if (!stored) return stored.error();
  std::set<std::string> mixed;  // with their states
  std::set<std::string> unheard;
  for (const auto& [key, player] : *stored) {
    const auto state = newer.find(key);
    const auto before = in_backup_states_.find(key);
    const bool known = state != newer.end() && before != in_backup_states_.end();
    const bool same = known && state->second == before->second;
    const bool next = known && is_next(before->second, state->second);
    for (const demo::StoredSlip& slip : player.slips) {
      const demo::Number number = slip.slip.number;
      if (same || !is_old(number) || in_backup_.contains({key, number})) continue;
      std::string row = key;
      if (known) row += " (in the backup " + before->second + ", last " + state->second + ")";
      (next ? unheard : mixed).insert(std::move(row));
    }
  }
  if (unheard.size() > kUnheardSaves) mixed.merge(unheard);
  if (!mixed.empty()) {
    report.wrong.push_back("a journal of a newer state was replayed into " +
                           std::to_string(mixed.size()) + " older rows, such as " + *mixed.begin());
  }
  return {};
}

}  // namespace torture
