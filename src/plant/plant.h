// Plants: bugs that can be switched on in the simulator's build of the product, each by one changed
// line, to show that the simulator finds it. docs/plants.md lists them.
//
// Elsewhere planted() is a constant false, and nothing of this is in the shipped libraries
// (tests/plants_test.cc).
#pragma once

namespace keepsake {

enum class Plant : unsigned char {
  none,
  no_epoch_check,              ///< a commit's fence is its revision alone
  closed_taken_for_recovered,  ///< a profile is taken before its dead owner's journal is replayed
  late_read_starts_over,       ///< one late read throws away what was watched before it
  no_gap,                      ///< time in which nothing was read counts as watched
  wall_clock_ends_watch,       ///< the watch over leases goes by the wall clock
  close_whatever_number,       ///< a lease is closed though its number has moved
  renewed_after_close,         ///< a renewal doesn't look at the lease's state
  no_incarnation,              ///< a start goes on with the incarnation of its predecessor
  release_before_save,         ///< a last commit gives the profile away without its data
  absent_taken_for_failed,     ///< after a lost reply the commit is made anew, with another token
  no_token_found,              ///< a commit that is sent again isn't known again
  receipt_not_in_journal,      ///< a journal record leaves its receipts out
  receipt_not_looked_for,      ///< a purchase is applied without a look at the receipts
  edit_after_seal,             ///< an edit returns though its journal is sealed
  replay_without_tie,          ///< recovery commits each profile of a transaction by itself
  survivor_saved_alone,        ///< a transaction's members are saved one by one
  replay_over_gap,             ///< recovery applies what is behind a gap that hides a transaction
  replay_without_epoch,        ///< recovery applies records of an earlier owner's
  recovered_without_replay,    ///< a dead server's lease is marked recovered, its journal left
  epoch_starts_over,           ///< a profile that was removed begins again at epoch 1
  saves_overtake,              ///< a second save is sent while the first is under way
  polling_asks_again,          ///< an ask that was superseded is written again
  handed_to_the_dead,          ///< a profile is handed to an asker whatever its lease
  edit_while_ending,           ///< edits are taken during the last save
  old_build_writes,          ///< data of a newer version is acquired by a build that can't read it
  breaker_stays_open,        ///< once the database was away for a while it is asked for nothing
  message_not_in_journal,    ///< a journal record leaves the messages out that it sends
  handled_not_in_journal,    ///< a journal record leaves out which messages were handled
  handled_before_commit,     ///< a message is marked as handled by a commit without its change
  gap_hides_message,         ///< recovery doesn't see that a gap hides a receipt or a message
  expired_message_vanishes,  ///< a message that has expired isn't sent back
  touch_not_journaled,       ///< a save takes pending touches along, but no record of them is made
  epoch_restarts_after_erasure,  ///< an erasure doesn't raise the floor of epochs
  returned_over_another,         ///< a session comes back though another had its profile since
  erasure_forgets_history,       ///< an erasure leaves the profile's history
  no_session_after_restore,  ///< a fence is counters alone, which repeat once a backup is restored
  handled_without_message,   ///< a message is marked as handled in a database that never had it
};

#ifdef KEEPSAKE_PLANTS
/// The one that was chosen at the program's start.
[[nodiscard]] Plant chosen_plant() noexcept;
#endif

template <Plant P>
[[nodiscard]] constexpr bool planted() noexcept {
#ifdef KEEPSAKE_PLANTS
  return chosen_plant() == P;
#else
  return false;
#endif
}

}  // namespace keepsake
