// Store: one game server's place in the fleet. It holds the server's lease, its journal and every
// session, and moves only when `pump` is called.
//
// A process makes one Store and hangs typed collections on it (Profiles<T>, PlayerDataManager<T>):
//
//     auto backend = keepsake::open("sqlite:players.db");
//     keepsake::Store store{**backend, {.server = "eu-west-7"}};
//     keepsake::Profiles<Guild> guilds{store, guild_catalog()};
//     while (running) { store.pump(); … }
//     store.shutdown(8s);
//
// One thread, the game's: all functions of Store, Profiles and Profile are called from the thread
// that made the Store; another thread is a named assertion. That thread does no I/O in them and
// waits for nothing but memory, except in the blocking forms, which say so.
//
// Every callback given to any of them runs inside `pump`, on that thread, at most once.
#pragma once

#include <functional>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/store/info.h"
#include "keepsake/store/options.h"
#include "keepsake/store/profile.h"

namespace keepsake {

namespace detail {
class StoreCore;
class Runtime;
}  // namespace detail

/// The longest stall that can be announced.
inline constexpr Duration kLongestStall = std::chrono::minutes(5);

struct PumpOptions {
  Duration budget = std::chrono::milliseconds(1);  ///< callbacks stop after it; the rest comes next
};

/// The members of a transaction; see Store::transact.
template <class... Ts>
struct Tie {
  std::tuple<Profile<Ts>...> members;
};
template <class... Ts>
[[nodiscard]] Tie<Ts...> tie(Profile<Ts>... members) {
  return {std::tuple(members...)};
}

class Store {
 public:
  /// Begins to open a lease; nothing blocks. `backend` outlives the store. Bad options are an
  /// assertion: ask `valid_options` first where they come from a file.
  Store(Backend& backend, const StoreOptions& options);
  /// The same on a runtime of the caller's: testing::World runs a store in virtual time so.
  Store(Backend& backend, StoreOptions options, std::shared_ptr<detail::Runtime> runtime);
  /// Without a finished shutdown this is as a crash is: edits stay in the journal and sessions with
  /// the lease, for the next start or another server. Never waits for a stuck system call.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Once a tick: runs callbacks (ownership first), journals touches, begins due saves. The lease
  /// is renewed only while this is called: a game that hangs for longer than a lease loses its
  /// players, unless it has announced that.
  void pump(PumpOptions options = {});
  /// The game won't pump for up to so long (it loads a map): the lease is renewed meanwhile, and
  /// its players stay. The next pump ends it, however early; then a longer silence is a hang again.
  /// Another call before that takes the place of the first. Servers that ask for one of its players
  /// wait for that pump. Told in the log and in `stats().stalls`.
  /// Error: `invalid_argument` (not above zero, or longer than kLongestStall).
  Result<void> expect_stall(Duration at_most);

  /// All members change together, for ever: one journal record, one commit. `f` takes a reference
  /// to each member's data, in order, and returns Result<void> or Result<Value>; like `edit` it is
  /// all or nothing. Errors: those of Profile::edit, for any member; `invalid_argument` (a profile
  /// named twice, or more than kMaxGroupMembers); `not_now` (a tie has waited too long for its
  /// save, or a session is doubtful). Nothing is changed then.
  template <class F, class... Ts>
  auto transact(const Tie<Ts...>& members, F&& f);

  [[nodiscard]] StoreState state() const;
  /// Why the state is not `ready`; nothing if it is.
  [[nodiscard]] const Error* trouble() const;
  /// The database's calls or the journal's disk fail; see StoreOptions::on_critical.
  [[nodiscard]] bool critical() const;
  /// This server's id and, once the lease is open, its incarnation.
  [[nodiscard]] Owner self() const;
  [[nodiscard]] StoreStats stats() const;

  /// Ends every load with `shutting_down`, last-saves every session, then ends the lease. What is
  /// not durable `within` this time stays in the synced journal. Go on calling pump.
  void begin_shutdown(Duration within = std::chrono::seconds(8));
  /// Where it stands; `finished` once nothing more will happen.
  [[nodiscard]] ShutdownReport shutdown_report() const;
  /// begin_shutdown and pump until finished. Blocks for `within` and a little more at most.
  ShutdownReport shutdown(Duration within = std::chrono::seconds(8));

  /// Finds the keys that bear a user id, over all stores of the database.
  void keys_of(UserId user, std::function<void(Result<std::vector<ProfileKey>>)> done);

  /// For the typed layer on top; not for games.
  [[nodiscard]] detail::StoreCore& core() { return *core_; }

 private:
  std::unique_ptr<detail::StoreCore> core_;
};

template <class F, class... Ts>
auto Store::transact(const Tie<Ts...>& members, F&& f) {
  return detail::run_transact(members, std::forward<F>(f));
}

}  // namespace keepsake
