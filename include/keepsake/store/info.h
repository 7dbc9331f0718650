// What a store tells about profiles, sessions and itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/error.h"

namespace keepsake {

/// Why a session ended.
enum class EndReason : std::uint8_t {
  released,     ///< the game ended it; the data is saved
  handed_over,  ///< another server asked for the profile; the data is saved and passed on
  shutdown,     ///< the store is closing; the data is saved
  removed,      ///< the profile was removed
  lost,         ///< our lease was closed or another server owns it; unsaved data is in quarantine
  tie_lost,     ///< a transaction fell and this profile could not be brought back here
  refused,      ///< the database refused the data; it is in quarantine
};
[[nodiscard]] std::string_view name(EndReason reason) noexcept;

/// What a session can do now.
enum class ProfileState : std::uint8_t {
  active,    ///< everything
  doubtful,  ///< edits go into the journal; commit, once and transact wait or answer not_now
  ending,    ///< the last save is under way; edits answer session_ending
  ended,     ///< the handle is over
};
[[nodiscard]] std::string_view name(ProfileState state) noexcept;

/// What is known of a profile beside its data.
struct ProfileInfo {
  ProfileKey key;
  std::string version;  ///< of the data as it is stored
  std::optional<Owner> owner;
  std::vector<UserId> user_ids;
  WallTime created{};
  WallTime first_session{};
  WallTime saved{};
  std::uint64_t load_count = 0;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  std::string metadata;  ///< JSON object, as it was imported; "" if none
  std::string tags;  ///< JSON object, as set last, also where no save has stored it yet; "" if none
};

/// Takes the parts that a game may see out of an envelope.
[[nodiscard]] ProfileInfo info_of(const ProfileKey& key, const Envelope& envelope);

enum class StoreState : std::uint8_t {
  starting,   ///< no lease yet: loads wait
  ready,      ///< all is well
  degraded,   ///< the database doesn't answer: play goes on into the journal
  read_only,  ///< the database takes no writes
  closed,     ///< shut down, or it can't be started (see the error)
};
[[nodiscard]] std::string_view name(StoreState state) noexcept;

/// What a shutdown came to.
struct ShutdownReport {
  bool finished = false;
  std::size_t saved = 0;  ///< sessions whose last save is durable
  /// Sessions that could not be saved by the deadline. Their data is in the synced journal and
  /// their leases are left standing, so that the next server replays them.
  std::vector<ProfileKey> left_in_journal;
  std::vector<Error> errors;
  [[nodiscard]] std::string text() const;  ///< lines for a log
};

/// Counters since the store was made; all of them only grow.
struct StoreStats {
  std::uint64_t loads = 0, load_failures = 0, edits = 0, edits_refused = 0, saves = 0,
                save_retries = 0, handoffs = 0, takeovers = 0, recovered_edits = 0,
                sessions_lost = 0, sessions_returned = 0, journal_records = 0, journal_bytes = 0,
                stalls = 0;  // that were announced
  /// Notifications of the database that came, and times that the way they come was found dead
  /// (WakeStats): what another server asks is then found by looking, up to Timing::poll later.
  std::uint64_t wakes = 0, wakes_lost = 0;
};

}  // namespace keepsake
