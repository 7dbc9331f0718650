#include "src/plant/plants.h"

#include <utility>

#include "src/plant/plant.h"

namespace keepsake {

namespace {

constexpr std::pair<Plant, std::string_view> kNames[] = {
    {Plant::no_epoch_check, "no-epoch-check"},
    {Plant::closed_taken_for_recovered, "closed-taken-for-recovered"},
    {Plant::late_read_starts_over, "late-read-starts-over"},
    {Plant::no_gap, "no-gap"},
    {Plant::wall_clock_ends_watch, "wall-clock-ends-watch"},
    {Plant::close_whatever_number, "close-whatever-number"},
    {Plant::renewed_after_close, "renewed-after-close"},
    {Plant::no_incarnation, "no-incarnation"},
    {Plant::release_before_save, "release-before-save"},
    {Plant::absent_taken_for_failed, "absent-taken-for-failed"},
    {Plant::no_token_found, "no-token-found"},
    {Plant::receipt_not_in_journal, "receipt-not-in-journal"},
    {Plant::receipt_not_looked_for, "receipt-not-looked-for"},
    {Plant::edit_after_seal, "edit-after-seal"},
    {Plant::replay_without_tie, "replay-without-tie"},
    {Plant::survivor_saved_alone, "survivor-saved-alone"},
    {Plant::replay_over_gap, "replay-over-gap"},
    {Plant::replay_without_epoch, "replay-without-epoch"},
    {Plant::recovered_without_replay, "recovered-without-replay"},
    {Plant::epoch_starts_over, "epoch-starts-over"},
    {Plant::saves_overtake, "saves-overtake"},
    {Plant::polling_asks_again, "polling-asks-again"},
    {Plant::handed_to_the_dead, "handed-to-the-dead"},
    {Plant::edit_while_ending, "edit-while-ending"},
    {Plant::old_build_writes, "old-build-writes"},
    {Plant::breaker_stays_open, "breaker-stays-open"},
    {Plant::message_not_in_journal, "message-not-in-journal"},
    {Plant::handled_not_in_journal, "handled-not-in-journal"},
    {Plant::handled_before_commit, "handled-before-commit"},
    {Plant::gap_hides_message, "gap-hides-message"},
    {Plant::expired_message_vanishes, "expired-message-vanishes"},
    {Plant::touch_not_journaled, "touch-not-journaled"},
    {Plant::epoch_restarts_after_erasure, "epoch-restarts-after-erasure"},
    {Plant::returned_over_another, "returned-over-another"},
    {Plant::erasure_forgets_history, "erasure-forgets-history"},
    {Plant::no_session_after_restore, "no-session-after-restore"},
    {Plant::handled_without_message, "handled-without-message"},
};

Plant chosen = Plant::none;

}  // namespace

Plant chosen_plant() noexcept { return chosen; }

std::vector<std::string_view> plant_names() {
  std::vector<std::string_view> names;
  for (const auto& [plant, name] : kNames) names.push_back(name);
  return names;
}

bool choose_plant(std::string_view wanted) {
  chosen = Plant::none;
  if (wanted.empty()) return true;
  for (const auto& [plant, name] : kNames) {
    if (name == wanted) chosen = plant;
  }
  return chosen != Plant::none;
}

}  // namespace keepsake
