// What befalls the world: crashes, freezes, cuts, outages, clocks, thieves.
#include "sim/rows.h"
#include "sim/stage.h"

namespace sim {

namespace {

using keepsake::MonotonicTime;

Duration up_to_ms(SeededRandom& random, std::uint64_t most) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(random.next() % most));
}

void rob(Stage& stage, SeededRandom& random) {
  const bool guild = random.coin();
  const std::string_view key = guild ? kGuildKeys[random.next() % kGuildKeys.size()]
                                     : kPurseKeys[random.next() % kPurseKeys.size()];
  keepsake::Backend& database = stage.world.database();
  const std::optional<keepsake::Group> group =
      robbery(database, {std::string(guild ? kGuilds : kPurses), std::string(key)}, random);
  if (!group) return;
  const std::vector<keepsake::Group> groups{*group};
  (void)database.commit(groups);
  stage.checker.carried_out(
      stage.servers, 0, {.call = keepsake::Call::commit, .acquires = nullptr, .groups = &groups},
      stage.world.clock().now());
  stage.note("", key, "robbed");
}

/// Of an owner that gives no answer, as an operator sees it.
void steal(Stage& stage, SeededRandom& random) {
  const bool guild = random.coin();
  const std::string_view name = guild ? kGuildKeys[random.next() % kGuildKeys.size()]
                                      : kPurseKeys[random.next() % kPurseKeys.size()];
  const keepsake::ProfileKey key{std::string(guild ? kGuilds : kPurses), std::string(name)};
  if (!steal_row(stage.world.database(), key, random)) return;
  stage.checker.stolen(key);
  stage.note("", name, "stolen");
}

void pause(Stage& stage, Seat& seat, SeededRandom& random) {
  World::Server& server = *seat.server;
  if (!server.running() || server.frozen()) return;
  server.freeze();
  const Duration within = up_to_ms(random, stage.scenario.brisk ? 9000 : 20'000);
  const SeededRandom moves(random.next());
  stage.world.at(stage.world.clock().now() + within, [&stage, &seat, moves] {
    if (!seat.server->frozen()) return;
    seat.server->thaw();
    stage.mind(seat);
    mark_one(stage, seat, moves);  // the game goes on where it stood, before its next pump
  });
}

/// In the middle of what the moves have begun: a lookup, a commit, a hand-over.
void die_midway(Stage& stage, Seat& seat, SeededRandom& random) {
  play(stage, seat, random);
  if (random.coin()) {
    seat.dies_at_call = static_cast<int>(1 + random.next() % 4);
    return;
  }
  const auto after = std::chrono::microseconds(static_cast<std::int64_t>(random.next() % 60'000));
  stage.world.at(stage.world.clock().now() + after, [&stage, &seat, start = seat.start] {
    if (seat.start != start || !seat.server->running()) return;
    stage.note(seat.server->id(), "", "dies");
    seat.server->crash();
    stage.mind(seat);
  });
}

/// While the database is away a server journals what it can't save; a byte of that is damaged, and
/// the server dies.
void damage(Stage& stage, Seat& seat, SeededRandom& random) {
  if (!seat.server->running() || seat.server->frozen()) return;
  constexpr Duration kApart = 150ms;  // what lies before is synced then
  constexpr int kTimes = 4;
  stage.world.outage(3s);
  const MonotonicTime now = stage.world.clock().now();
  const auto alive = [&seat, start = seat.start] {
    return seat.start == start && seat.server->running();
  };
  for (int i = 0; i < kTimes; ++i) {
    const SeededRandom moves(random.next());
    stage.world.at(now + i * kApart, [&stage, &seat, alive, moves, i] {
      if (alive()) i == 0 ? trade_among_all(stage, seat, moves) : mark_one(stage, seat, moves);
    });
  }
  stage.world.at(now + kTimes * kApart,
                 [&stage, &seat, alive, with_memory = random.next() % 4 != 0] {
                   if (!alive()) return;
                   const std::string& machine = seat.server->machine();
                   for (int i = 0; i < 8; ++i) stage.world.damage_disk(machine);
                   if (with_memory) stage.world.clean_shared_memory(machine);  // which still had it
                   seat.server->crash();
                   for (Seat& one : stage.seats) stage.mind(one);
                 });
}

/// By hand it may come in between a gift and the save of what was made of it.
void bring_back(Stage& stage, SeededRandom& random) {
  if (!stage.scenario.by_hand) return stage.restore();
  if (random.coin()) return stage.put_back();
  stage.put_back_at_gift = true;
}

void stall(Stage& stage, Seat& seat, SeededRandom& random) {
  if (!seat.server->running() || seat.server->frozen()) return;
  const Duration within = 1ms + up_to_ms(random, 14'000);
  (void)seat.game->store().expect_stall(within);
  seat.server->stall(within);
  stage.servers[seat.index].stalled_until = stage.world.clock().now() + within;
}

void cut_off(Stage& stage, Seat& seat, SeededRandom& random) {
  seat.was_reachable = false;
  seat.server->set_reachable(false);
  stage.world.at(stage.world.clock().now() + up_to_ms(random, stage.scenario.brisk ? 9000 : 18'000),
                 [&stage, &seat] {
                   seat.was_reachable = true;
                   seat.server->set_reachable(true);
                   stage.mind(seat);
                 });
}

}  // namespace

void disturb(Stage& stage, Seat& seat, Do what, SeededRandom random) {
  World::Server& server = *seat.server;
  if (what != Do::play) stage.note(server.id(), "", name(what));
  switch (what) {
    case Do::play: return play(stage, seat, random);
    case Do::die_midway: die_midway(stage, seat, random); break;
    case Do::crash: server.crash(); break;
    case Do::restart: stage.restart(seat); break;
    case Do::freeze: pause(stage, seat, random); break;
    case Do::cut_off: cut_off(stage, seat, random); break;
    case Do::outage: stage.world.outage(up_to_ms(random, 14'000)); break;
    case Do::flaky: stage.fault_percent = random.coin() ? 0 : random.next() % 40; break;
    case Do::deaf: stage.world.lose_notifications(random.coin()); break;
    case Do::shut_down:
      if (!server.running() || server.frozen() || stage.stalls(seat)) break;
      seat.game->store().begin_shutdown(up_to_ms(random, 8000));
      seat.closing = true;
      break;
    case Do::shift_clock: server.shift_wall_clock(up_to_ms(random, 800'000) - 400s); break;
    case Do::power_failure: stage.world.crash_machine(); break;
    case Do::damage: damage(stage, seat, random); break;
    case Do::rob: rob(stage, random); break;
    case Do::stall: stall(stage, seat, random); break;
    case Do::steal: steal(stage, random); break;
    case Do::back_up: stage.back_up(); break;
    case Do::restore: bring_back(stage, random); break;
  }
  for (Seat& other : stage.seats) stage.mind(other);
}

}  // namespace sim
