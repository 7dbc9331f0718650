// Runtime: how a store gets anything done that is not on the game's thread. The store's protocol
// runs as tasks, one at a time and in order; blocking calls run on lanes beside it. The product's
// runtime has threads (threaded_runtime.h); testing::World's has one queue in virtual time.
#pragma once

#include <functional>
#include <memory>

#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"

namespace keepsake {
class Backend;
struct Owner;
struct Machine;
class Journal;
}  // namespace keepsake

namespace keepsake::detail {

/// Which worker does a blocking call. Calls of one lane run one after the other, but for `read`,
/// whose calls may overtake each other.
enum class Lane : unsigned char {
  lease,     ///< renewals: never behind anything else
  urgent,    ///< acquires, handoffs
  save,      ///< batches of saves
  read,      ///< views, decoding and migration
  recovery,  ///< replaying a dead server's journal
};
inline constexpr int kLaneCount = 5;

class Runtime {
 public:
  using Task = std::function<void()>;
  /// Blocking work off the protocol's thread; what it returns is run there as a task.
  using Work = std::function<Task()>;

  virtual ~Runtime() = default;

  virtual const Clock& clock() const = 0;
  /// For the protocol's and the game's thread; thread-safe.
  virtual Random& random() = 0;
  /// The machine that journals lie on: files, shared memory, this process.
  virtual const Machine& machine() = 0;

  /// Queues a protocol task. From any thread; never blocks but for a short lock.
  virtual void post(Task task) = 0;
  /// Queues a protocol task for `when` or soon after.
  virtual void at(MonotonicTime when, Task task) = 0;
  virtual void call(Lane lane, Work work) = 0;

  /// Drains `journal` (about every 5 ms while there is something, a sync every 100 ms) until
  /// stop_drain. One journal at a time.
  virtual void drain(std::shared_ptr<Journal> journal) = 0;
  /// Drains once more with a sync, stops, lets go of the journal, then posts `stopped`.
  virtual void stop_drain(Task stopped) = 0;
  /// Posts `on_wake` whenever the backend says that something changed for `self`, until called
  /// again or stopped. An empty task ends it.
  virtual void watch(Backend& backend, const Owner& self, Task on_wake) = 0;

  /// The game's thread, in a blocking form, has nothing to do for up to `at_most`: returns early
  /// when `game_wake` was called.
  virtual void idle(Duration at_most) = 0;
  /// There is something for the game's thread; any thread.
  virtual void game_wake() = 0;

  /// Ends everything; no task runs after it returns. A thread that is stuck in a system call is
  /// left behind with its own share of the state, never waited for longer than `at_most`.
  virtual void stop(Duration at_most) = 0;
};

}  // namespace keepsake::detail
