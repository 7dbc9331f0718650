// The end of a run: the faults stop, everything must settle, and what is there must be what was
// promised. Then a server dies in the middle of its play, and the others take its players over.
#include <algorithm>

#include "sim/stage.h"

namespace sim {

namespace {

/// What the protocol promises of a takeover, with the two games' ticks: on the same machine, where
/// the lock tells; elsewhere a lease, a renewal and a read; and where reads come late.
Duration takeover_within(const keepsake::Timing& timing, bool here, bool late) {
  if (here) return 400ms;
  return timing.lease + timing.renewal * (late ? 4 : 1) + 2s;
}

bool advance_until_settled(Stage& stage, Duration at_most, const std::function<bool()>& done) {
  const bool reached = stage.world.advance_until(done, at_most);
  for (Seat& seat : stage.seats) stage.mind(seat);
  return reached;
}

/// A session of before an older state was put in place, whose row was changed by that.
bool shows_lost(const Seat& seat) {
  return std::any_of(seat.shaken.begin(), seat.shaken.end(), [&](const auto& entry) {
    return entry.second && (seat.game->has(entry.first) || seat.game->has_guild(entry.first));
  });
}

void stop_faults(Stage& stage) {
  stage.quiet = true;
  stage.put_back_at_gift = false;
  stage.world.lose_notifications(false);
  for (Seat& seat : stage.seats) {
    seat.was_reachable = true;
    seat.server->set_reachable(true);
    seat.server->thaw();
    stage.mind(seat);
  }
  const keepsake::Timing timing = stage.scenario.timing();
  stage.advance(24s + timing.lease);  // an outage, a lease, the deadline of every load
  bool starts = false;
  for (Seat& seat : stage.seats) {
    if (seat.closing && !seat.game->store().shutdown_report().finished) {
      stage.checker.violated("EverythingEnds",
                             "the shutdown of server " + seat.server->id() + " never finished");
    }
    // One that was robbed of a profile learns of it by its next save, so may still show it; so does
    // one whose profile's row is older than it.
    if (!seat.server->running() || seat.closing || stage.scenario.thief || shows_lost(seat)) {
      stage.restart(seat);
      starts = true;
    }
  }
  if (starts)
    stage.advance(timing.lease + 4s);  // who died while nobody was there is watched for a lease
}

/// Loads every purse and guild there; false if one doesn't come in time.
bool gather(Stage& stage, Seat& seat, Duration within, const char* when) {
  std::size_t left = 0;
  std::string last;
  const auto wants = [&](std::string_view store, std::string_view key) {
    ++left;
    return stage.expect(seat, "load", {std::string(store), std::string(key)}, within + 20s,
                        [&left, &last, key](const Result<void>& loaded) {
                          if (loaded) return void(--left);
                          last = std::string(key) + ": " + loaded.error().text();
                        });
  };
  for (const std::string_view key : kPurseKeys) {
    seat.game->load(std::string(key), within + 20s, wants(kPurses, key));
  }
  for (const std::string_view key : kGuildKeys) {
    seat.game->load_guild(std::string(key), within + 20s, wants(kGuilds, key));
  }
  if (advance_until_settled(stage, within, [&] { return left == 0 || !last.empty(); }) &&
      last.empty()) {
    return true;
  }
  stage.checker.violated("EverythingEnds", std::string(when) + ": " + std::to_string(left) +
                                               " profiles did not come in time " + last);
  return false;
}

void look_at_all(Stage& stage, const Seat& seat) {
  std::map<std::string, std::vector<std::string>> holds;
  std::int64_t gold = 0;
  for (const std::string_view key : kPurseKeys) {
    holds[std::string(key)] = seat.game->marks(std::string(key));
    gold += seat.game->gold(std::string(key));
  }
  for (const std::string_view key : kGuildKeys) gold += seat.game->vault(std::string(key));
  for (const WaitingGift& gift : waiting_gifts(stage.world.database())) {
    // One that was taken and isn't saved yet is in the purse already.
    const bool taken =
        !is_scrap(gift.key) && marks_of(seat.game->marks(gift.key)).contains(gift.mark);
    if (!taken) gold += gift.gold;
  }
  stage.checker.settled(holds, gold);
}

/// Every purse has a session that began after the faults, so nothing is left for later.
void all_gifts_are_taken(Stage& stage) {
  const keepsake::Timing timing = stage.scenario.timing();
  const std::vector<WaitingGift> before = waiting_gifts(stage.world.database());
  stage.advance(timing.renewal * 3 + timing.auto_save);
  for (const WaitingGift& gift : waiting_gifts(stage.world.database())) {
    const bool long_there = std::find(before.begin(), before.end(), gift) != before.end();
    if (long_there && !is_scrap(gift.key)) stage.checker.left_lying(gift.key, gift.mark);
  }
}

}  // namespace

void settle(Stage& stage) {
  stop_faults(stage);
  if (stage.checker.violation()) return;
  SeededRandom random(stage.scenario.seed * 2);
  // A build that reads everything.
  std::size_t first = random.next() % kServers;
  for (std::size_t i = 0; i < kServers; ++i) {
    if (stage.scenario.builds[i] != Build::old) first = i;
  }
  Seat& seat = stage.seats[first];
  if (!gather(stage, seat, 5s, "when all was quiet")) return;
  // An ask that landed when its asker had given up takes a profile away once more.
  stage.advance(1s);
  if (!gather(stage, seat, 5s, "when all was quiet")) return;
  look_at_all(stage, seat);

  play(stage, seat, random);
  Seat* heir = nullptr;
  for (Seat& other : stage.seats) {
    if (&other != &seat && stage.scenario.builds[other.index] == stage.scenario.builds[first]) {
      heir = &other;
    }
  }
  if (heir == nullptr || stage.checker.violation()) return;
  // Where a ring was deleted its successor's name isn't in the lease row: the lease has to run out.
  const bool here = stage.scenario.journals && !stage.scenario.damage &&
                    heir->server->machine() == seat.server->machine();
  const bool late = !here && random.coin();
  if (late) stage.late_reads_from = stage.world.clock().now();
  stage.note(seat.server->id(), "", "crash");
  seat.server->crash();
  stage.mind(seat);
  const Duration within = takeover_within(stage.scenario.timing(), here, late);
  if (!gather(stage, *heir, within, "after a server died")) return;
  look_at_all(stage, *heir);
  all_gifts_are_taken(stage);
}

}  // namespace sim
