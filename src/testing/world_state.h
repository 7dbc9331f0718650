// What a World and its servers are made of. The simulator reaches them here; games don't.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/testing/world.h"
#include "src/base/memory_machine.h"
#include "src/testing/seeded_random.h"
#include "src/testing/timeline.h"
#include "src/testing/world_database.h"
#include "src/testing/world_runtime.h"

namespace keepsake::detail {

class WorldState {
 public:
  explicit WorldState(WorldOptions options);
  ~WorldState();
  WorldState(const WorldState&) = delete;
  WorldState& operator=(const WorldState&) = delete;

  World::Server& start(std::string_view id, StoreOptions options, std::string_view machine);
  [[nodiscard]] World::Server* find(std::string_view id);
  [[nodiscard]] MemoryMachine& machine(std::string_view name);
  /// One event; then those servers that died in it are taken down.
  bool step(MonotonicTime until);
  void require_outside() const;
  [[nodiscard]] Injection decide(ServerState& from, const CallInfo& call);
  /// Decides, and carries out what is to land late.
  [[nodiscard]] Injection fate_of(ServerState& from, const CallInfo& call);
  void was_carried_out(ServerState& from, const CallInfo& call);
  void land_later(ServerState& from, const CallInfo& call, const Injection& injection);
  void something_changed();
  void crash_machine(std::string_view name);
  void damage_disk(std::string_view name);

  struct Scripted {
    Call call = Call::info;
    Injection injection;
    int left = 0;
  };

  const WorldOptions options;
  Timeline timeline;
  SeededRandom random;
  const std::unique_ptr<WorldDatabase> database;
  std::map<std::string, std::unique_ptr<MemoryMachine>, std::less<>> machines;
  std::vector<std::unique_ptr<World::Server>> servers;
  std::deque<Scripted> script;
  World::CallHook hook;
  World::CarriedOutHook carried_out;
  MonotonicTime outage_until{};
  bool notifications_lost = false;
  int depth = 0;  ///< events being run, within one another
};

/// One server, over all its starts.
class ServerState {
 public:
  ServerState(WorldState& world, std::string id, StoreOptions options, std::string machine);

  void begin(World::Server& face);
  void crash();
  /// Destroys what a crash left, unless something of it is still on the stack.
  void take_down();
  void tick(std::uint64_t start);
  [[nodiscard]] bool running() const { return runtime != nullptr && runtime->fate()->alive; }

  WorldState& world;
  const std::string id;
  const StoreOptions options;
  const std::string machine;
  ServerClock clock;
  const std::unique_ptr<WorldWay> way;
  World::Server* face = nullptr;
  bool reachable = true;

  // Of this start.
  std::uint64_t start_number = 0;
  MonotonicTime stalled_until{};
  std::shared_ptr<WorldRuntime> runtime;
  std::unique_ptr<Store> store;
  std::vector<std::shared_ptr<void>> games;
  std::vector<std::function<void()>> ticks;
};

}  // namespace keepsake::detail
