// Stage: the simulated world of one run, with its servers, their games, and those who watch.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/testing/world.h"
#include "sim/checker.h"
#include "sim/game.h"
#include "sim/ground.h"
#include "sim/scenario.h"
#include "sim/trace.h"
#include "src/testing/seeded_random.h"

namespace sim {

using keepsake::World;
using keepsake::detail::SeededRandom;
using namespace std::chrono_literals;

inline constexpr std::int64_t kGoldEach = 100;

/// A touch that no journal record is known to hold yet.
struct Touch {
  std::string key;
  std::string mark;
  std::uint64_t edit_number = 0;  ///< of the last record before it
  std::size_t errors = 0;         ///< of that profile that the game had been told of before it
  bool moved = false;             ///< a later edit number was seen
};

/// A server's place: its process and the game in it, one start after the other.
struct Seat {
  std::size_t index = 0;
  World::Server* server = nullptr;
  Game* game = nullptr;  ///< of this start; null while it doesn't run
  int start = 0;
  bool closing = false;
  bool was_reachable = true;
  int dies_at_call = 0;  ///< at so many writes from now, before or after it is stored; 0: not
  std::map<std::string, std::size_t> errors;  ///< told by this start, by key
  std::set<std::string> unknown;              ///< keys whose last commit's outcome is hidden
  std::vector<Touch> touches;
  /// Sessions of before an older state was put in the database's place, and whether it changed
  /// their rows; more of them may come to light until then.
  std::map<std::string, bool> shaken;
  keepsake::MonotonicTime shaken_until{};
  std::vector<std::pair<std::string, std::string>> handled;  ///< keys, marks of gifts, this tick
};

/// A gift that its sender doesn't know to be durable yet.
struct OpenGift {
  std::string to;
  Gift gift;
};

class Stage {
 public:
  Stage(const Scenario& scenario, bool with_lines, const Ground& ground = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Starts the seat's server anew; kills it first if it runs.
  void restart(Seat& seat);
  /// After something was done to that server: what the checker knows of it.
  void mind(Seat& seat);
  void advance(Duration by);
  void back_up();
  /// Puts the last backup in place, if there is one, by the documented procedure.
  void restore();
  /// Puts it there, and nobody is told.
  void put_back();

  /// Its game doesn't pump, as it has announced.
  [[nodiscard]] bool stalls(const Seat& seat) const {
    return world.clock().now() < servers[seat.index].stalled_until;
  }
  /// Loads a purse, and tells the checker what came of it.
  void load(Seat& seat, const std::string& key, Duration deadline);
  void note(std::string_view who, std::string_view about, std::string_view what) {
    trace.note(world.clock().now(), who, about, what);
  }
  /// A callback of a game's, for what it waits for: answered once, by the deadline; `then` gets the
  /// outcome.
  [[nodiscard]] Game::Done expect(Seat& seat, std::string_view what, keepsake::ProfileKey key,
                                  Duration deadline, Game::Done then);
  /// The next mark, never used before: "e7".
  [[nodiscard]] std::string new_mark(char kind) { return kind + std::to_string(++marks_); }

  const Scenario& scenario;
  World world;
  Trace trace;
  Checker checker;
  std::vector<Seat> seats;
  std::vector<Server> servers;  ///< what the checker knows of each seat
  std::map<std::string, std::set<std::string>> open_purchases;  ///< by key: not acknowledged yet
  std::map<std::string, std::map<std::string, OpenGift>> open_gifts;  ///< by sender and mark
  std::uint64_t fault_percent = 0;
  bool quiet = false;             ///< nothing fails any more
  bool put_back_at_gift = false;  ///< an older state is, as soon as a gift is taken
  /// Renewals some time after this are answered late; none: no.
  std::optional<keepsake::MonotonicTime> late_reads_from;

 private:
  keepsake::Injection fault_of(const World::Server& from, const keepsake::CallInfo& call);
  [[nodiscard]] std::size_t index_of(const World::Server& server) const;
  [[nodiscard]] bool dies_now(const World::Server& from, const keepsake::CallInfo& call);
  [[nodiscard]] bool reads_are_late() const;
  void sit(Seat& seat);
  keepsake::Handling gift_came(Seat& seat, const std::string& key, const std::string& mark);
  [[nodiscard]] bool counts(const Seat& seat, const std::string& key,
                            keepsake::MonotonicTime begun) const;
  void look_at_touches(Seat& seat);
  void look_at_handled(Seat& seat);
  void put(std::string_view store, std::string_view key, std::string_view version,
           std::string_view payload);

  std::uint64_t marks_ = 0;
  bool backed_up_ = false;
};

/// A few moves of the game on that server, drawn from the action's details.
void play(Stage& stage, Seat& seat, SeededRandom random);
/// Each purse that is held there trades with another, if that is held, too.
void trade_among_all(Stage& stage, Seat& seat, SeededRandom random);
/// An edit of one purse, if it is held there.
void mark_one(Stage& stage, Seat& seat, SeededRandom random);
/// Whatever an action may be.
void disturb(Stage& stage, Seat& seat, Do what, SeededRandom random);
/// The faults stop and everything must settle; then one server dies and the others take over.
void settle(Stage& stage);

}  // namespace sim
