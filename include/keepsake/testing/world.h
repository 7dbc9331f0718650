// World: game servers of one process, on one database in memory, in virtual time. For a game's own
// tests: the store is the product's own code, but nothing sleeps, no thread runs, and each run with
// the same seed and the same calls is the same run.
//
//     World world;
//     World::Server& server = world.server("a");
//     auto& players = server.make<PlayerDataManager<Player>>(player_catalog(),
//     PlayerHooks<Player>{}); players.load(UserId{7}); world.advance(100ms); // every server pumps
//     60 times a second server.crash();                                // as kill -9 does
//
// Time stands still but in advance(), advance_until(), step() and in a blocking call of a store
// (Store::shutdown). One thing happens at a time; things of the same moment happen in the order in
// which they were asked for. One thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/backend/faulty.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/ids.h"
#include "keepsake/store/store.h"

namespace keepsake {

namespace detail {
class WorldDatabase;
class WorldState;
class ServerState;
}  // namespace detail

/// How long something takes: drawn anew each time, evenly between the two.
struct Span {
  Duration least{};
  Duration most{};
};

/// The defaults, but for a journal of 1 MiB whose files are 256 KiB: a server starts in no time.
[[nodiscard]] StoreOptions small_store();

struct WorldOptions {
  std::uint64_t seed = 1;  ///< of ids, delays and whatever random() is used for
  Duration tick = std::chrono::nanoseconds(16'666'667);  ///< between two pumps of a server
  /// The way of a call to the database and of its answer back.
  Span request{std::chrono::microseconds(100), std::chrono::microseconds(300)};
  Span reply{std::chrono::microseconds(100), std::chrono::microseconds(300)};
  /// Until a server hears that something changed for it; see lose_notifications for never.
  Span notification{std::chrono::microseconds(100), std::chrono::microseconds(300)};
  bool journals = true;                ///< false: as on a database that has no place for one
  StoreOptions store = small_store();  ///< of servers that are started by being mentioned
  LogSink log{};                       ///< of every server that has none; empty: nothing is written
  /// Makes the database that the servers share, which keeps the world's time. Empty: in memory.
  std::function<std::unique_ptr<detail::WorldDatabase>(const Clock&, Random&)> database{};
};

/// What becomes of one call to the database.
struct Injection {
  Fault fault = Fault::none;
  /// Of a commit, an acquire or a close_lease with Fault::request_lost: it isn't lost, but carried
  /// out after this time, when the caller has long been told `in_doubt`. Zero: never.
  Duration lands_after{};
  /// The answer comes so much later than it would; whatever waits behind the call waits, too.
  Duration late_by{};
};

class World {
 public:
  class Server;
  /// Asked before each call of a server to the database.
  using CallHook = std::function<Injection(const Server& from, const CallInfo& call)>;

  explicit World(WorldOptions options = {});
  /// Ends every server as a crash does.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The server of that id; its first mention starts it, on the machine "machine", with
  /// WorldOptions::store. The reference stays good for the world's life, through crash and restart.
  Server& server(std::string_view id);
  /// Starts a server with options of its own (`options.server` is set to `id`; no journal directory
  /// means the machine's). Servers of one machine reach each other's journals. An assertion if
  /// there is a server of that id already.
  Server& start(std::string_view id, StoreOptions options, std::string_view machine = "machine");
  [[nodiscard]] std::vector<Server*> servers();  ///< in the order of their first start

  // --- time -------------------------------------------------------------------------------------

  void advance(Duration by);
  /// Advances until `done` holds, looking after each event; false if `at_most` passes first.
  bool advance_until(FunctionRef<bool()> done, Duration at_most = std::chrono::seconds(60));
  /// Goes to the next event and lets it happen; false if it lies beyond `at_most`, then nothing
  /// did.
  bool step(Duration at_most = std::chrono::hours(1));
  /// The world's own clock, which is the database's; each server's differs from it.
  [[nodiscard]] const Clock& clock() const;
  /// Calls `f` when the time has come, outside of all servers.
  void at(MonotonicTime when, std::function<void()> f);

  // --- the database -----------------------------------------------------------------------------

  /// For `within` no call reaches the database; each answers `unavailable`.
  void outage(Duration within);
  /// The next `count` calls of that kind, of any server, fail so. Adds to what was asked before.
  void fail_next(Call call, Injection injection, int count = 1);
  /// Asked for each call that no outage and no fail_next decides. An empty hook: nothing fails.
  void on_call(CallHook hook);
  /// Told of each call that was carried out, also of one that landed late; `from` may be dead.
  using CarriedOutHook = std::function<void(const Server& from, const CallInfo& call)>;
  void on_carried_out(CarriedOutHook hook);
  /// From now on no server hears of changes; each finds them when it next looks.
  void lose_notifications(bool lost = true);
  /// Keeps a copy of the database, in place of an earlier one; and puts it back, as an operator
  /// restores a backup while servers run.
  void back_up();
  void restore();
  /// The same by hand, without a restore: leases, sessions and generation are the old ones.
  void put_back();
  /// The database itself, without faults and delays: to look at what is stored.
  [[nodiscard]] Backend& database();

  // --- machines ---------------------------------------------------------------------------------

  /// Every server of the machine dies, and what their disks had not synced is lost. A later restart
  /// finds the machine booted anew.
  void crash_machine(std::string_view machine = "machine");
  /// The next `count` syncs of journals fail; what they should have made durable never will be.
  void fail_syncs(int count, std::string_view machine = "machine");
  /// The machine's journals may grow to so many bytes together; writes beyond fail.
  void limit_disk(std::uint64_t bytes, std::string_view machine = "machine");
  /// Flips bits of one byte, somewhere in what the machine's disk holds of journals.
  void damage_disk(std::string_view machine = "machine");
  /// Somebody cleans up the machine's shared memory: the names are gone, what is mapped stays.
  void clean_shared_memory(std::string_view machine = "machine");

  [[nodiscard]] Random& random();  ///< the world's own numbers, from its seed

 private:
  std::unique_ptr<detail::WorldState> state_;
};

/// One game server: a process that may crash, freeze and start again.
class World::Server {
 public:
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const std::string& id() const;
  [[nodiscard]] const std::string& machine() const;
  [[nodiscard]] bool running() const;  ///< frozen counts as running
  [[nodiscard]] bool frozen() const;

  /// Of this start; gone with a crash. An assertion if it isn't running.
  [[nodiscard]] Store& store();
  [[nodiscard]] const Clock& clock() const;

  /// Makes a part of the game as `Game(store(), arguments…)`. It lives until the server crashes or
  /// stops, and goes before the store does, last made first: a manager, a collection, a whole game.
  template <class Game, class... Arguments>
  Game& make(Arguments&&... arguments) {
    auto game = std::make_shared<Game>(store(), std::forward<Arguments>(arguments)...);
    Game& made = *game;
    keep(std::move(game));
    return made;
  }
  /// Called each tick of this start, before its pump.
  void on_tick(std::function<void()> tick);

  /// Dies at once, as by kill -9: what was sent to the database may still arrive, the journal
  /// stays.
  void crash();
  /// Starts again under the same id, with the same options; a running server is crashed first.
  void restart();
  /// Nothing of the process runs until thaw(), which lets all that came due happen then.
  void freeze();
  void thaw();
  /// For so long its game neither ticks nor pumps; the rest of the process goes on.
  void stall(Duration within);
  /// Cut off: each of its calls to the database answers `unavailable` until it is reachable again.
  void set_reachable(bool reachable);
  /// Sets its wall clock off by that much; nothing that keeps data safe looks at it.
  void shift_wall_clock(Duration by);

 private:
  friend class detail::WorldState;
  explicit Server(std::unique_ptr<detail::ServerState> state);
  void keep(std::shared_ptr<void> game);

  std::unique_ptr<detail::ServerState> state_;
};

}  // namespace keepsake
