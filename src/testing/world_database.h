// The database that the servers of a World share, and each server's way to it. One in memory by
// default; the simulator replays its scenarios on a real one (sim/replay).
#pragma once

#include <functional>
#include <memory>

#include "keepsake/backend/faulty.h"
#include "keepsake/testing/world.h"

namespace keepsake::detail {

/// Asked before each call what is to become of it.
using InjectionHook = std::function<Injection(const CallInfo&)>;

/// One server's way to the database, through all its starts. What is to befall a call befalls it
/// here.
class WorldWay {
 public:
  virtual ~WorldWay() = default;
  /// What the server calls.
  virtual Backend& backend() = 0;
  /// Called while the hook decides that `call`, one that may land later, is lost on its way, but
  /// not for ever: gives what lets it arrive after all. That may be called once, as long as the way
  /// stands.
  virtual std::function<void()> hold(const CallInfo& call) = 0;
};

class WorldDatabase {
 public:
  virtual ~WorldDatabase() = default;
  /// The hooks are called within the calls of the way's backend: `carried_out` after each that the
  /// database has carried out, whether or not its answer arrives. The database outlives the way.
  virtual std::unique_ptr<WorldWay> connect(InjectionHook decide, CarriedOutHook carried_out) = 0;
  /// Without faults and delays.
  virtual Backend& direct() = 0;

  /// Keeps a copy, in place of an earlier one.
  virtual void back_up() = 0;
  /// Puts the copy back by the documented procedure, while servers run.
  virtual void restore() = 0;
  /// Puts it back as it was: leases, sessions and generation are the old ones.
  virtual void put_back() = 0;
};

/// `time` and `random` outlive it.
[[nodiscard]] std::unique_ptr<WorldDatabase> make_memory_world_database(const Clock& time,
                                                                        Random& random);

}  // namespace keepsake::detail
