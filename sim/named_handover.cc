// Named scenarios of hand-overs and takeovers.
#include <algorithm>

#include "sim/town.h"

namespace sim {

namespace {

/// A town where server a plays with p, and an edit of it isn't saved yet.
struct Played {
  explicit Played(keepsake::WorldOptions options, std::string_view second_machine = "machine")
      : town(std::move(options)) {
    town.put("p", kPurse);
    first = &town.open("a");
    second = &town.open("b", second_machine);
    good = town.load(*first, "p") && first->game->mark("p", "e1", How::whole).has_value();
  }
  [[nodiscard]] bool second_has_it() const {
    const Game::Marks marks = second->game->marks("p");
    return marks == Game::Marks{"e1"};
  }
  Town town;
  House* first = nullptr;
  House* second = nullptr;
  bool good = false;
};

Figure figure(Duration took, Duration at_most, bool kept, const std::string& more = {}) {
  return {.text = text(took) + more, .kept = kept && took <= at_most};
}

}  // namespace

Figure owner_ended_before(const Ground& ground) {
  Played play(peers_times(ground));
  const Result<void> ended =
      play.town.wait([&](Game::Done done) { play.first->game->end("p", std::move(done)); });
  const Duration took = play.town.time_to_load(*play.second, "p");
  return figure(took, 300ms, ended && play.second_has_it());
}

Figure owner_alive(const Ground& ground) {
  Played play(peers_times(ground));
  play.town.world.advance(1s);
  const Duration took = play.town.time_to_load(*play.second, "p");
  return figure(took, 1s, play.good && play.second_has_it());
}

Figure owner_alive_again(const Ground& ground) {
  Played play(peers_times(ground));
  (void)play.town.load(*play.second, "p");
  play.town.world.advance(2s);
  const Duration took = play.town.time_to_load(*play.first, "p");
  return figure(took, 1s, play.good && play.first->game->marks("p") == Game::Marks{"e1"});
}

/// Each with a change that isn't saved when the player is asked for.
Figure owner_alive_deaf(const Ground& ground) {
  Duration longest{};
  int lost = 0;
  for (int run = 1; run <= ground.runs; ++run) {
    Played play(peers_times(ground, static_cast<std::uint64_t>(run)));
    play.town.world.lose_notifications();
    play.town.world.advance(std::chrono::milliseconds(37 * run));
    (void)play.first->game->mark("p", "e2", How::whole);
    longest = std::max(longest, play.town.time_to_load(*play.second, "p"));
    if (play.second->game->marks("p") != Game::Marks{"e1", "e2"}) ++lost;
  }
  return figure(longest, 1500ms, lost == 0,
                " at most; the owner's change is lost in " + std::to_string(lost) + " of " +
                    std::to_string(ground.runs));
}

Figure clock_ahead(const Ground& ground) {
  Played play(peers_times(ground));
  play.second->server->shift_wall_clock(400s);
  const keepsake::MonotonicTime until = play.town.world.clock().now() + 60s;
  while (play.town.world.clock().now() < until) play.town.world.advance(1s);
  const bool still = play.first->game->has("p") && play.first->told.empty();
  (void)play.first->game->mark("p", "e2", How::whole);
  const Duration took = play.town.time_to_load(*play.second, "p");
  const bool whole = play.second->game->marks("p") == Game::Marks{"e1", "e2"};
  return figure(took, 1s, still && whole, ", by asking: nothing is stolen, nothing lost");
}

Figure owner_crashed_here(const Ground& ground) {
  Played play(peers_times(ground));
  play.town.world.advance(1s);
  play.first->server->crash();
  const Duration took = play.town.time_to_load(*play.second, "p");
  Played local(local_times(ground));
  local.town.world.advance(1s);
  local.first->server->crash();
  const Duration at_home = local.town.time_to_load(*local.second, "p");
  return figure(took, 3s, play.second_has_it() && local.second_has_it() && at_home <= 200ms,
                "; with a local database " + text(at_home));
}

Figure owner_crashed_elsewhere(const Ground& ground) {
  Duration longest{};
  const int runs = std::min(ground.runs, 20);
  for (int seed = 1; seed <= runs; ++seed) {
    Played play(peers_times(ground, static_cast<std::uint64_t>(seed)), "elsewhere");
    (void)play.town.wait([&](Game::Done done) { play.first->game->commit("p", std::move(done)); });
    play.town.world.advance(std::chrono::milliseconds(100 * seed));
    play.first->server->crash();
    longest = std::max(longest, play.town.time_to_load(*play.second, "p"));
  }
  return figure(longest, 14s, true, " at most");
}

Figure owner_cut_off(const Ground& ground) {
  Played play(peers_times(ground));
  play.first->server->set_reachable(false);
  const keepsake::MonotonicTime cut = play.town.world.clock().now();
  int returned = 0;
  Duration taken = Duration::max();
  play.second->game->load("p", 60s, [&](const Result<void>& loaded) {
    if (loaded) taken = play.town.world.clock().now() - cut;
  });
  while (play.town.world.clock().now() < cut + 640s) {
    const std::string mark = "c" + std::to_string(returned + 1);
    if (play.first->game->has("p") && play.first->game->mark("p", mark, How::push_back)) {
      ++returned;
    }
    play.town.world.advance(500ms);
  }
  const auto kept = static_cast<int>(play.second->game->marks("p").size()) - 1;
  const bool told = !play.first->game->has("p");
  return {.text = "taken over after " + text(taken) + " with all " + std::to_string(returned) +
                  " edits that had returned; then the owner's are refused" +
                  (told ? ", and it is told" : ""),
          .kept = told && taken <= 14s && kept == returned && returned > 0};
}

}  // namespace sim
