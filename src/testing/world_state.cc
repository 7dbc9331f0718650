#include "src/testing/world_state.h"

#include <algorithm>
#include <utility>

#include "src/base/assert.h"

namespace keepsake::detail {

namespace {

StoreOptions with_defaults(const WorldOptions& world, std::string_view id, StoreOptions options) {
  options.server = std::string(id);
  if (options.journal.directory.empty() && world.journals) options.journal.directory = "/journals";
  if (!options.log) options.log = world.log;
  if (!options.log) options.log = [](LogLevel, std::string_view) {};
  return options;
}

}  // namespace

WorldState::WorldState(WorldOptions given)
    : options(std::move(given)),
      random(options.seed),
      database(options.database ? options.database(timeline, random)
                                : make_memory_world_database(timeline, random)) {}

WorldState::~WorldState() {
  for (const auto& server : servers) server->crash();
  timeline.clear();
}

World::Server* WorldState::find(std::string_view id) {
  for (const auto& server : servers) {
    if (server->id() == id) return server.get();
  }
  return nullptr;
}

World::Server& WorldState::start(std::string_view id, StoreOptions given,
                                 std::string_view machine_name) {
  require(find(id) == nullptr, "World::start names a server that isn't there yet");
  auto state = std::make_unique<ServerState>(*this, std::string(id),
                                             with_defaults(options, id, std::move(given)),
                                             std::string(machine_name));
  servers.push_back(std::unique_ptr<World::Server>(new World::Server(std::move(state))));
  World::Server& server = *servers.back();
  server.state_->begin(server);
  return server;
}

MemoryMachine& WorldState::machine(std::string_view name) {
  auto found = machines.find(name);
  if (found == machines.end()) {
    auto made = std::make_unique<MemoryMachine>(random, std::string(name));
    found = machines.emplace(std::string(name), std::move(made)).first;
  }
  return *found->second;
}

bool WorldState::step(MonotonicTime until) {
  ++depth;
  const bool happened = timeline.step(until);
  --depth;
  for (const auto& server : servers) server->state_->take_down();
  return happened;
}

void WorldState::require_outside() const {
  require(depth == 0, "a World's time is moved from outside of what happens in it");
}

Injection WorldState::decide(ServerState& from, const CallInfo& call) {
  if (!from.reachable || timeline.now() < outage_until) return {.fault = Fault::unavailable};
  for (auto scripted = script.begin(); scripted != script.end(); ++scripted) {
    if (scripted->call != call.call) continue;
    const Injection injection = scripted->injection;
    if (--scripted->left == 0) script.erase(scripted);
    return injection;
  }
  return hook ? hook(*from.face, call) : Injection{};
}

Injection WorldState::fate_of(ServerState& from, const CallInfo& call) {
  const Injection injection = decide(from, call);
  if (from.runtime) from.runtime->note_call(injection.late_by);
  if (writes(call.call)) something_changed();
  if (injection.lands_after > Duration{0}) land_later(from, call, injection);
  return injection;
}

void WorldState::was_carried_out(ServerState& from, const CallInfo& call) {
  if (carried_out) carried_out(*from.face, call);
}

void WorldState::land_later(ServerState& from, const CallInfo& call, const Injection& injection) {
  const bool told = call.groups != nullptr || call.acquires != nullptr || call.close != nullptr;
  require(injection.fault == Fault::request_lost && told,
          "Injection::lands_after is of a commit, an acquire or a close_lease, with "
          "Fault::request_lost");
  CallInfo late{.call = call.call, .number = call.number};
  const auto land = [&](auto fill_in) {
    timeline.add(
        timeline.now() + injection.lands_after, nullptr,
        [this, &from, late, arrive = from.way->hold(call), fill_in = std::move(fill_in)]() mutable {
          arrive();
          fill_in(late);
          was_carried_out(from, late);
          something_changed();
        });
  };
  if (call.groups != nullptr) {
    land([groups = *call.groups](CallInfo& landed) { landed.groups = &groups; });
  } else if (call.acquires != nullptr) {
    land([acquires = *call.acquires](CallInfo& landed) { landed.acquires = &acquires; });
  } else {
    land([close = *call.close](CallInfo& landed) { landed.close = &close; });
  }
}

void WorldState::something_changed() {
  for (const auto& server : servers) {
    ServerState& state = *server->state_;
    if (state.running()) state.runtime->look_soon(notifications_lost);
  }
}

void WorldState::crash_machine(std::string_view name) {
  for (const auto& server : servers) {
    if (server->machine() == name) server->crash();
  }
  machine(name).lose_power();
}

void WorldState::damage_disk(std::string_view name) {
  MemoryMachine& disk = machine(name);
  std::vector<std::string> paths = disk.paths();
  std::erase_if(
      paths, [](const std::string& path) { return path.find("/segment-") == std::string::npos; });
  if (paths.empty()) return;
  const std::string& path = paths[random.next() % paths.size()];
  const std::string bytes = disk.bytes(path);
  // Where something is written; a segment is mostly zeros still.
  const std::size_t used = bytes.find_last_not_of('\0') + 1;
  if (used == 0) return;
  disk.corrupt(path, random.next() % used, static_cast<unsigned char>(1 + random.next() % 255));
}

ServerState::ServerState(WorldState& of, std::string named, StoreOptions given, std::string on)
    : world(of),
      id(std::move(named)),
      options(std::move(given)),
      machine(std::move(on)),
      clock(of.timeline, of.random.between(Duration{0}, std::chrono::hours(1))),
      way(of.database->connect(
          [this](const CallInfo& call) { return world.fate_of(*this, call); },
          [this](const CallInfo& call) { world.was_carried_out(*this, call); })) {}

void ServerState::begin(World::Server& of) {
  face = &of;
  const Ways ways{.request = world.options.request,
                  .reply = world.options.reply,
                  .notification = world.options.notification};
  runtime = std::make_shared<WorldRuntime>(world.timeline, clock, world.machine(machine), ways,
                                           world.random.next());
  runtime->go_on = [&state = world](MonotonicTime until) { return state.step(until); };
  store = std::make_unique<Store>(way->backend(), options, runtime);
  stalled_until = {};
  const Duration first = world.random.between(Duration{0}, world.options.tick);
  world.timeline.add(world.timeline.now() + first, runtime->fate(),
                     [this, start = ++start_number] { tick(start); });
}

void ServerState::tick(std::uint64_t start) {
  if (start != start_number) return;
  const std::shared_ptr<Fate> fate = runtime->fate();
  const bool stalled = world.timeline.now() < stalled_until;
  if (!runtime->idling() && !stalled) {
    for (std::size_t i = 0; i < ticks.size() && fate->alive; ++i) {
      const std::function<void()> tick = ticks[i];
      tick();
    }
    if (fate->alive) store->pump();
    if (fate->alive) runtime->wake_drain();
  }
  world.timeline.add(world.timeline.now() + world.options.tick, fate,
                     [this, start] { tick(start); });
}

void ServerState::crash() {
  if (running()) runtime->end_process();
  take_down();
}

void ServerState::take_down() {
  if (!runtime || runtime->fate()->alive || runtime->fate()->on_stack > 0) return;
  while (!games.empty()) games.pop_back();
  ticks.clear();
  store.reset();
  runtime.reset();
}

}  // namespace keepsake::detail
