#include "sim/stage.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/rows.h"

namespace sim {

using keepsake::CallInfo;
using keepsake::Create;
using keepsake::Fault;
using keepsake::Injection;
using keepsake::ProfileKey;

namespace {

/// Servers of one fleet write data differently: each must read what any wrote.
constexpr keepsake::PayloadFormat kFormats[] = {keepsake::PayloadFormat::json,
                                                keepsake::PayloadFormat::cbor,
                                                keepsake::PayloadFormat::compressed};

keepsake::WorldOptions options_of(const Scenario& scenario, const Ground& ground) {
  keepsake::WorldOptions options;
  options.database = ground.database;
  options.seed = scenario.seed;
  options.tick = 50ms;
  options.journals = scenario.journals;
  options.store.timing = scenario.timing();
  options.store.journal.ring_bytes = std::size_t{64} << 10;
  options.store.journal.segment_bytes = std::size_t{64} << 10;
  return options;
}

constexpr std::string_view kLoad = "load";
/// However late an answer is.
constexpr Duration kAnswersWithin = 5s;

Duration ms(std::uint64_t count) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(count));
}

}  // namespace

Stage::Stage(const Scenario& of, bool with_lines, const Ground& ground)
    : scenario(of),
      world(options_of(of, ground)),
      trace(with_lines),
      checker(of, world.database(), kGoldEach * static_cast<std::int64_t>(kPurseKeys.size())) {
  put(kPurses, kPurseKeys[0], "1", R"({"version":"1","gold":100})");
  for (std::size_t i = 1; i < kPurseKeys.size(); ++i) {
    put(kPurses, kPurseKeys[i], "2", R"({"version":"2","gold":100,"things":[]})");
  }
  for (const std::string_view key : kGuildKeys)
    put(kGuilds, key, "1", R"({"version":"1","vault":0})");
  world.on_call(
      [this](const World::Server& from, const CallInfo& call) { return fault_of(from, call); });
  world.on_carried_out([this](const World::Server& from, const CallInfo& call) {
    for (Seat& seat : seats) {
      if (seat.server != &from) continue;
      mind(seat);
      if (call.call == keepsake::Call::open_lease) ++servers[seat.index].leases_opened;
      if (keepsake::writes(call.call)) {
        note(from.id(), call.acquires != nullptr ? call.acquires->front().key.key : "",
             name(call.call));
      }
      checker.carried_out(servers, seat.index, call, world.clock().now());
    }
  });
  seats.resize(kServers);
  servers.resize(kServers);
  for (std::size_t i = 0; i < kServers; ++i) {
    Seat& seat = seats[i];
    seat.index = i;
    const bool far = scenario.far && i + 1 == kServers;
    keepsake::StoreOptions options = options_of(scenario, ground).store;
    options.payload = kFormats[(scenario.seed + i) % std::size(kFormats)];
    seat.server = &world.start(kServerIds[i], options, far ? "far" : "machine");
    sit(seat);
  }
}

Stage::~Stage() = default;

void Stage::put(std::string_view store, std::string_view key, std::string_view version,
                std::string_view payload) {
  const Create request = new_row(store, key, version, payload);
  if (!world.database().create(request)) checker.violated("Setup", "a row can't be created");
  // The checker begins with what stands there.
  std::vector<keepsake::Acquire> looks(1);
  looks[0].key = request.record.key;
  checker.carried_out({Server{}}, 0, {.acquires = &looks, .groups = nullptr}, world.clock().now());
}

/// For as long as a renewal's interval and a little more, in the middle of a watch.
bool Stage::reads_are_late() const {
  if (!late_reads_from) return false;
  const Duration since = world.clock().now() - *late_reads_from;
  const keepsake::Timing timing = scenario.timing();
  return since >= timing.lease * 3 / 4 && since < timing.lease * 3 / 4 + timing.renewal * 11 / 10;
}

bool Stage::dies_now(const World::Server& from, const CallInfo& call) {
  for (Seat& seat : seats) {
    if (seat.server != &from || seat.dies_at_call == 0 || !seat.server->running()) continue;
    if (!keepsake::writes(call.call) || --seat.dies_at_call > 0) return false;
    note(from.id(), "", "dies");
    seat.server->crash();
    mind(seat);
    return true;
  }
  return false;
}

std::size_t Stage::index_of(const World::Server& server) const {
  const auto seat = std::find_if(seats.begin(), seats.end(),
                                 [&](const Seat& one) { return one.server == &server; });
  return static_cast<std::size_t>(seat - seats.begin());
}

Injection Stage::fault_of(const World::Server& from, const CallInfo& call) {
  keepsake::Random& random = world.random();
  if (dies_now(from, call)) {
    const bool before = random.next() % 2 == 0;
    return {.fault = before ? Fault::request_lost : Fault::none, .lands_after = {}, .late_by = {}};
  }
  if (call.call == keepsake::Call::renew && reads_are_late()) {
    return {.fault = Fault::none, .lands_after = {}, .late_by = 1200ms};
  }
  if (!quiet && call.close != nullptr && random.next() % 4 == 0) {  // few are sent
    checker.close_lands_later(servers, index_of(from), call, world.clock().now());
    return {.fault = Fault::request_lost, .lands_after = 1ms + ms(random.next() % 9000)};
  }
  if (quiet || fault_percent == 0 || random.next() % 100 >= fault_percent) return {};
  switch (random.next() % 4) {
    case 0: return {.fault = Fault::unavailable, .lands_after = {}, .late_by = {}};
    case 1: return {.fault = Fault::reply_lost, .lands_after = {}, .late_by = {}};
    case 2: return {.fault = Fault::none, .lands_after = {}, .late_by = ms(random.next() % 3000)};
    default: break;
  }
  const bool late = (call.groups != nullptr || call.acquires != nullptr) && random.next() % 2 == 0;
  return {.fault = Fault::request_lost,
          .lands_after = late ? 1ms + ms(random.next() % 9000) : Duration{0},
          .late_by = {}};
}

void Stage::restart(Seat& seat) {
  seat.server->restart();
  sit(seat);
}

void Stage::sit(Seat& seat) {
  ++seat.start;
  checker.forget_waits(seat.index);
  seat.closing = false;
  seat.dies_at_call = 0;
  servers[seat.index].stalled_until = {};
  seat.errors.clear();
  seat.unknown.clear();
  seat.touches.clear();
  seat.shaken.clear();
  seat.shaken_until = {};
  seat.handled.clear();
  const auto same_start = [this, &seat, start = seat.start] { return seat.start == start; };
  GameEvents events;
  events.ended = [this, &seat, same_start](const ProfileKey& key, keepsake::EndReason why) {
    if (!same_start()) return;
    note(seat.server->id(), key.key, "ended " + std::string(keepsake::name(why)));
    const bool shaken = seat.shaken.erase(key.key) > 0 || world.clock().now() < seat.shaken_until;
    const bool outdated = servers[seat.index].outdated || shaken;
    if (seat.unknown.erase(key.key) == 0 && !outdated) {  // its last commit may have given it away
      checker.session_ended(servers[seat.index], key.key, why, world.clock().now());
    }
  };
  events.error = [this, &seat, same_start](const ProfileKey& key, const Error& error) {
    if (!same_start()) return;
    note(seat.server->id(), key.key, "told " + std::string(keepsake::name(error.code())));
    ++seat.errors[key.key];
    if (error.code() == ErrorCode::unknown_outcome) seat.unknown.insert(key.key);
    checker.failed("a report", key, error);
  };
  events.gift = [this, &seat](const ProfileKey& key, const std::string& mark) {
    return gift_came(seat, key.key, mark);
  };
  const Build build = scenario.builds[seat.index];
  seat.game = seat.server->make<HostedGame>(build, events).game.get();
  seat.server->on_tick([this, &seat] {
    look_at_touches(seat);
    look_at_handled(seat);
  });
  mind(seat);
  servers[seat.index].returns_until = {};
  servers[seat.index].deaf_while_returning = false;
  servers[seat.index].leases_opened = servers[seat.index].leases_shown = 0;
  servers[seat.index].outdated = false;
}

void Stage::mind(Seat& seat) {
  Server& known = servers[seat.index];
  const bool running = seat.server->running();
  const bool well = running && !seat.server->frozen() && seat.was_reachable && !seat.closing;
  const bool was_well = known.running && !known.frozen && known.reachable && !known.closing;
  const bool was_running = known.running;
  known.build = scenario.builds[seat.index];
  known.running = running;
  known.frozen = running && seat.server->frozen();
  known.reachable = seat.was_reachable;
  known.closing = seat.closing;
  const keepsake::Incarnation incarnation = running ? seat.server->store().self().incarnation : 0;
  const keepsake::MonotonicTime now = world.clock().now();
  const bool another = was_running && running && incarnation != known.incarnation;
  bool lost = another && known.incarnation != 0;
  if (another && incarnation != 0) {
    // While a server is cut off nobody looks at it: it may have known a lease, and lost it, unseen.
    if (known.leases_opened > known.leases_shown + 1) lost = true;
    known.leases_shown = known.leases_opened;
  }
  const bool hears_nothing = known.frozen || stalls(seat);
  if (hears_nothing && now < seat.shaken_until) seat.shaken_until = now + kAnswersWithin;
  if (lost || known.deaf_while_returning) {
    const keepsake::Timing timing = scenario.timing();
    known.returns_until = now + timing.lease + 2 * timing.margin;
  }
  known.deaf_while_returning = hears_nothing && now <= known.returns_until;
  known.incarnation = incarnation;
  if (known.outdated && incarnation != 0 && checker.is_open(incarnation)) known.outdated = false;
  if (well && !was_well) known.well_since = world.clock().now();
  if (running) return;
  seat.game = nullptr;
  seat.closing = false;
}

void Stage::back_up() {
  world.back_up();
  checker.backed_up();
  backed_up_ = true;
}

void Stage::restore() {
  if (!backed_up_) return;
  world.restore();
  for (Server& server : servers) server.outdated = server.running;
  (void)checker.restored(true);
}

void Stage::put_back() {
  put_back_at_gift = false;
  if (!backed_up_) return;
  world.put_back();
  const std::map<std::string, bool> rows = checker.restored(false);
  for (Seat& seat : seats) {
    if (!seat.server->running()) continue;
    seat.shaken_until = world.clock().now() + kAnswersWithin;
    for (const auto& [key, changed] : rows) seat.shaken[key] |= changed;
  }
}

/// Whether what the game is told of that key is told of the database as it is. Answers of before an
/// older state was put in its place may be under way, and a session of then learns it by its next
/// save, or with its server's next renewal.
bool Stage::counts(const Seat& seat, const std::string& key, keepsake::MonotonicTime begun) const {
  if (servers[seat.index].outdated || begun < seat.shaken_until) return false;
  const auto shaken = seat.shaken.find(key);
  return shaken == seat.shaken.end() || !shaken->second;
}

void Stage::advance(Duration by) {
  world.advance(by);
  for (Seat& seat : seats) mind(seat);
  checker.look_at_waits(servers, world.clock().now());
}

/// Those that a record holds since are kept as edits that returned are. Where the journal took none
/// the game is told a tick later, and the save alone holds them.
void Stage::look_at_touches(Seat& seat) {
  if (seat.touches.empty()) return;
  std::erase_if(seat.touches, [&](Touch& touch) {
    if (!seat.game->has(touch.key)) return true;
    if (seat.game->edit_number(touch.key) == touch.edit_number) return false;
    if (seat.errors[touch.key] != touch.errors) return true;
    if (!std::exchange(touch.moved, true)) return false;
    checker.returned(touch.key, touch.mark);
    return true;
  });
}

/// Purses that are removed now and then never hold gold: their gifts wait, and go back.
keepsake::Handling Stage::gift_came(Seat& seat, const std::string& key, const std::string& mark) {
  if (is_scrap(key) || (!quiet && world.random().next() % 8 == 0)) return keepsake::Handling::later;
  note(seat.server->id(), key, "takes " + mark);
  seat.handled.emplace_back(key, mark);
  return keepsake::Handling::handled;
}

/// What the journal took of what handlers took.
void Stage::look_at_handled(Seat& seat) {
  if (!seat.handled.empty() && std::exchange(put_back_at_gift, false)) {
    world.at(world.clock().now(), [this] { put_back(); });
  }
  for (const auto& [key, mark] : std::exchange(seat.handled, {})) {
    if (seat.game->has(key) && marks_of(seat.game->marks(key)).contains(mark)) {
      checker.returned(key, mark);
    }
  }
}

Game::Done Stage::expect(Seat& seat, std::string_view what, ProfileKey key, Duration deadline,
                         Game::Done then) {
  const std::uint64_t wait = checker.waits({.server = seat.index,
                                            .what = std::string(what) + " of " + key.key,
                                            .deadline = world.clock().now() + deadline});
  return [this, &seat, start = seat.start, wait, what, key = std::move(key),
          begun = world.clock().now(), then = std::move(then)](const Result<void>& outcome) {
    if (seat.start != start)
      return checker.violated("EverythingEnds", "a dead server was answered");
    checker.answered(wait);
    note(seat.server->id(), key.key,
         std::string(what) +
             (outcome ? ": done" : ": " + std::string(keepsake::name(outcome.error().code()))));
    if (!outcome) checker.failed(what, key, outcome.error());
    if (!then) return;
    // What it was told was done in a database that is no more.
    const bool undone = outcome && what != kLoad && !counts(seat, key.key, begun);
    then(undone ? Result<void>(Error(ErrorCode::backend_went_back, "a backup was restored"))
                : outcome);
  };
}

void Stage::load(Seat& seat, const std::string& key, Duration deadline) {
  seat.game->load(key, deadline,
                  expect(seat, kLoad, {std::string(kPurses), key}, deadline,
                         [this, &seat, key, begun = world.clock().now(),
                          fresh = !seat.game->has(key)](const Result<void>& loaded) {
                           if (fresh && begun >= seat.shaken_until) seat.shaken.erase(key);
                           if (!loaded || !counts(seat, key, begun)) return;
                           checker.loaded(servers[seat.index], key, seat.game->marks(key));
                         }));
}

}  // namespace sim
