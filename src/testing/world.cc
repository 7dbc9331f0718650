#include "keepsake/testing/world.h"

#include <algorithm>
#include <utility>

#include "src/base/assert.h"
#include "src/testing/world_state.h"

namespace keepsake {

StoreOptions small_store() {
  StoreOptions options;
  options.journal.ring_bytes = std::size_t{1} << 20;
  options.journal.segment_bytes = std::size_t{256} << 10;
  return options;
}

World::World(WorldOptions options)
    : state_(std::make_unique<detail::WorldState>(std::move(options))) {}
World::~World() = default;

World::Server& World::server(std::string_view id) {
  if (Server* found = state_->find(id)) return *found;
  return state_->start(id, state_->options.store, "machine");
}
World::Server& World::start(std::string_view id, StoreOptions options, std::string_view machine) {
  return state_->start(id, std::move(options), machine);
}
std::vector<World::Server*> World::servers() {
  std::vector<Server*> all;
  for (const auto& server : state_->servers) all.push_back(server.get());
  return all;
}

void World::advance(Duration by) {
  state_->require_outside();
  const MonotonicTime until = state_->timeline.now() + by;
  while (state_->step(until)) {
  }
  state_->timeline.pass_to(until);
}
bool World::advance_until(FunctionRef<bool()> done, Duration at_most) {
  state_->require_outside();
  const MonotonicTime until = state_->timeline.now() + at_most;
  while (!done()) {
    if (state_->step(until)) continue;
    state_->timeline.pass_to(until);
    return done();
  }
  return true;
}
bool World::step(Duration at_most) {
  state_->require_outside();
  return state_->step(state_->timeline.now() + at_most);
}
const Clock& World::clock() const { return state_->timeline; }
void World::at(MonotonicTime when, std::function<void()> f) {
  state_->timeline.add(when, nullptr, std::move(f));
}

void World::outage(Duration within) {
  state_->outage_until = std::max(state_->outage_until, state_->timeline.now() + within);
}
void World::fail_next(Call call, Injection injection, int count) {
  require(count > 0, "World::fail_next fails at least one call");
  state_->script.push_back({.call = call, .injection = injection, .left = count});
}
void World::on_call(CallHook hook) { state_->hook = std::move(hook); }
void World::on_carried_out(CarriedOutHook hook) { state_->carried_out = std::move(hook); }
void World::lose_notifications(bool lost) { state_->notifications_lost = lost; }
void World::back_up() { state_->database->back_up(); }
void World::restore() {
  state_->database->restore();
  state_->something_changed();
}
void World::put_back() {
  state_->database->put_back();
  state_->something_changed();
}
Backend& World::database() { return state_->database->direct(); }
void World::crash_machine(std::string_view machine) { state_->crash_machine(machine); }
void World::fail_syncs(int count, std::string_view machine) {
  state_->machine(machine).fail_syncs(count);
}
void World::limit_disk(std::uint64_t bytes, std::string_view machine) {
  state_->machine(machine).set_disk_bytes(bytes);
}
void World::damage_disk(std::string_view machine) { state_->damage_disk(machine); }
void World::clean_shared_memory(std::string_view machine) {
  state_->machine(machine).unlink_shared_memory();
}
Random& World::random() { return state_->random; }

World::Server::Server(std::unique_ptr<detail::ServerState> state) : state_(std::move(state)) {}
World::Server::~Server() = default;

const std::string& World::Server::id() const { return state_->id; }
const std::string& World::Server::machine() const { return state_->machine; }
bool World::Server::running() const { return state_->running(); }
bool World::Server::frozen() const { return running() && state_->runtime->fate()->frozen; }
Store& World::Server::store() {
  require(running(), "World::Server::store of a server that is running");
  return *state_->store;
}
const Clock& World::Server::clock() const { return state_->clock; }
void World::Server::on_tick(std::function<void()> tick) {
  require(running(), "World::Server::on_tick of a server that is running");
  state_->ticks.push_back(std::move(tick));
}
void World::Server::keep(std::shared_ptr<void> game) { state_->games.push_back(std::move(game)); }

void World::Server::crash() { state_->crash(); }
void World::Server::restart() {
  state_->crash();
  require(state_->runtime == nullptr, "a server isn't restarted from within itself");
  state_->begin(*this);
}
void World::Server::freeze() {
  require(running(), "World::Server::freeze of a server that is running");
  state_->world.timeline.freeze(*state_->runtime->fate());
}
void World::Server::thaw() {
  if (frozen()) state_->world.timeline.thaw(state_->runtime->fate());
}
void World::Server::stall(Duration within) {
  require(running(), "World::Server::stall of a server that is running");
  state_->stalled_until = state_->world.timeline.now() + within;
}
void World::Server::set_reachable(bool reachable) { state_->reachable = reachable; }
void World::Server::shift_wall_clock(Duration by) { state_->clock.wall_shift = by; }

}  // namespace keepsake
