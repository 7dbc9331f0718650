// Checker: whether the promises of docs/ownership.md hold in one run. It has one function for each,
// and a model that knows only what games were told and what stands in the database: nothing of how
// the product works.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/backend/faulty.h"
#include "keepsake/base/clock.h"
#include "keepsake/store/info.h"
#include "sim/scenario.h"

namespace sim {

struct Violation {
  std::string promise;  ///< "OneOwner", …
  std::string what;
};

using keepsake::MonotonicTime;
using Marks = std::set<std::string>;

/// What the checker has to know of a server's fate, to tell which waits and losses are its own.
struct Server {
  bool running = false;
  bool frozen = false;
  bool reachable = true;
  bool closing = false;  ///< its shutdown has begun
  Build build = Build::old;
  keepsake::Incarnation incarnation = 0;  ///< of this start, once its lease is open
  MonotonicTime stalled_until{};          ///< its game doesn't pump, and so hears nothing
  MonotonicTime returns_until{};      ///< it lost a lease, and sessions of that may still come back
  bool deaf_while_returning = false;  ///< since then it has heard nothing, however long that lasts
  bool outdated = false;       ///< a backup was restored, and it has no lease in that database yet
  int leases_opened = 0;       ///< by this start
  int leases_shown = 0;        ///< of those, that its game was seen to know, or was past
  MonotonicTime well_since{};  ///< running, not frozen and reachable since then
};

/// Something a game waits for an answer of.
struct Wait {
  std::size_t server = 0;
  std::string what;  ///< "load of p1"
  MonotonicTime deadline{};
};

class Checker {
 public:
  Checker(const Scenario& scenario, keepsake::Backend& database, std::int64_t all_gold)
      : scenario_(scenario), database_(database), all_gold_(all_gold) {}

  // --- what games do and are told ---------------------------------------------------------------

  /// A mark of an edit that returned.
  void returned(const std::string& key, const std::string& mark) {
    rows_[key].returned.insert(mark);
  }
  /// Marks of which the game was told that they are durable.
  void durable(const std::string& key, const Marks& marks);
  void traded(const std::string& mark, const std::string& one, const std::string& other) {
    trades_[mark] = {one, other};
  }
  void loaded(const Server& server, const std::string& key, const std::vector<std::string>& things);
  void session_ended(const Server& server, const std::string& key, keepsake::EndReason why,
                     MonotonicTime now);
  void failed(std::string_view what, const keepsake::ProfileKey& key, const keepsake::Error& error);
  /// A purse is being removed: what it holds may be gone from now on. Gives what removed() takes.
  Marks removing(const std::string& key);
  void removed(const std::string& key, const Marks& had, bool for_certain);
  /// The same at once, by an erasure.
  void erased(const std::string& key);

  // --- what happens at the database -------------------------------------------------------------

  void backed_up();
  /// The backup stands in the database's place: what was acknowledged since is gone with it, and
  /// nothing of it comes back by halves. `declared`: who was erased since stays so. Gives
  /// each key, and whether its row was changed by it.
  std::map<std::string, bool> restored(bool declared);
  /// An operator has taken it from its owner.
  void stolen(const keepsake::ProfileKey& key);
  [[nodiscard]] bool is_open(keepsake::Incarnation incarnation);

  void carried_out(const std::vector<Server>& servers, std::size_t from,
                   const keepsake::CallInfo& call, MonotonicTime now);
  /// A close of a lease is on its way, which knows only what its sender knew now.
  void close_lands_later(const std::vector<Server>& servers, std::size_t from,
                         const keepsake::CallInfo& call, MonotonicTime now);

  // --- waiting ----------------------------------------------------------------------------------

  std::uint64_t waits(Wait wait);
  void answered(std::uint64_t wait);
  /// Forgets what a start of that server waited for.
  void forget_waits(std::size_t server);
  void look_at_waits(const std::vector<Server>& servers, MonotonicTime now);

  // --- the end ----------------------------------------------------------------------------------

  /// A gift waits in the inbox of a purse whose session could have taken it long ago.
  void left_lying(const std::string& key, const std::string& mark);
  /// Everything has settled: `holds` gives each purse's marks, as one last server has them.
  void settled(const std::map<std::string, std::vector<std::string>>& holds, std::int64_t gold);

  void violated(std::string_view promise, std::string what);
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

 private:
  /// What is known of one profile.
  struct Row {
    // As it stood in the database when it was last looked at.
    bool exists = false;
    std::uint64_t epoch = 0;
    std::uint64_t revision = 0;
    std::optional<keepsake::Owner> owner;
    keepsake::SessionId session;
    std::uint32_t ordinal = 0;
    std::uint64_t asks = 0;
    std::optional<keepsake::AskId> ask;
    std::set<keepsake::AskId> past_asks;
    std::int64_t gold = 0;
    Marks marks;
    std::string title;
    // What games were told.
    Marks returned;
    Marks durable;
    Marks removed;
    int removals = 0;  ///< under way: nothing is sure of what the profile holds
    bool was_removed = false;
    int erasures = 0;
  };
  struct Seen {
    const keepsake::Record* record = nullptr;  ///< null: there is no row
    bool has_data = false;
    Stored stored;
    Marks marks;
  };

  // One for each promise.
  void one_owner(const Row& row, const Seen& seen, const keepsake::ProfileKey& key,
                 const keepsake::CallInfo& call);
  void nothing_acknowledged_is_lost(const std::string& key, const Marks& found, const char* where);
  void no_half_trade(const std::string& key, const Marks& found);
  void all_gold_is_there(std::int64_t gold);
  void exactly_once(const std::string& key, const std::vector<std::string>& things,
                    const Marks& found, const char* where);
  void erased_is_gone(const keepsake::ProfileKey& key);
  void removed_is_gone(const keepsake::ProfileKey& key, const Marks& removed);
  void valid_at_rest(const keepsake::ProfileKey& key, const Seen& seen);
  void same_bytes(const keepsake::Record& record);
  void crash_loses_nothing(const std::string& key, const Marks& found, const char* where);
  void everything_ends(const Wait& wait, MonotonicTime now);
  void newest_ask_wins(Row& row, const Seen& seen, const keepsake::ProfileKey& key);
  void old_server_does_no_harm(const Row& row, const Seen& seen, const keepsake::ProfileKey& key,
                               Build build, const keepsake::CallInfo& call);
  void live_owner_keeps_its_players(const std::vector<Server>& servers, MonotonicTime now,
                                    bool judged);
  void judge_close(const std::vector<Server>& servers, const keepsake::Owner& target,
                   MonotonicTime now);

  void look_at(const keepsake::ProfileKey& key, const Server& from, const keepsake::CallInfo& call);
  void take_in(Row& row, const Seen& seen);
  /// Of a row as it was read, which outlives it.
  [[nodiscard]] static Seen seen_of(const std::optional<keepsake::Record>& row);
  void look_at_row(const std::string& key, Row& row);
  void check_all_gold();
  void forget_leases();
  [[nodiscard]] std::optional<keepsake::LeaseState> state_of(keepsake::Incarnation incarnation);

  const Scenario& scenario_;
  keepsake::Backend& database_;
  const std::int64_t all_gold_;
  std::map<std::string, Row> rows_;  ///< purses and guilds: no key is both
  std::map<std::string, Row> backup_;
  std::map<std::string, std::pair<std::string, std::string>> trades_;
  std::set<keepsake::Incarnation> closed_;  ///< leases that were seen closed or recovered
  /// Calls that closed a lease, were judged when they were sent and land later: server and number.
  std::set<std::pair<std::size_t, std::uint64_t>> closes_to_come_;
  /// Leases of an older state that was put in place by hand: their servers may give them up.
  std::set<keepsake::Incarnation> given_up_;
  std::map<keepsake::Incarnation, MonotonicTime> renewed_;  ///< when a renewal was last stored
  std::map<std::uint64_t, Wait> waits_;
  std::uint64_t next_wait_ = 1;
  std::optional<Violation> violation_;
};

/// The names of things, each of which may have been polished: "e7**" is e7.
[[nodiscard]] Marks marks_of(const std::vector<std::string>& things);

}  // namespace sim
