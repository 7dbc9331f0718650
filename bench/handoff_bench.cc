// Hand-over between two live server processes, idle between ticks, and takeover of a killed
// neighbour: what players feel. Runs build/…/demo as the servers.
//
//   build/release/bench/handoff_bench [--json] [--hops N] [--kills N]
#include <cstdio>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"
#include "examples/demo/crowd.h"
#include "examples/demo/read_number.h"
#include "examples/demo/stage.h"

namespace {

using bench::Figure;
using keepsake::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kWithin = seconds(20);
constexpr std::size_t kPlayers = 60;
/// So many that nobody goes to and fro more than once in ten seconds, which would be contended.
constexpr std::size_t kHoppers = 240;
constexpr int kTicksPerSecond = 60;
/// So fast that the ticks' share is half a millisecond.
constexpr int kNearlyNoTicks = 2000;
constexpr Duration kTick = Duration(seconds(1)) / kTicksPerSecond;

struct Runs {
  int hops = 200;
  int kills = 20;
};

struct Servers {
  demo::Witness witness;
  demo::Fleet fleet;
  demo::Crowd crowd;

  Servers(const demo::Stage& stage, int hertz)
      : fleet({.program =
                   std::filesystem::path(demo::own_path()).parent_path().parent_path() / "demo",
               .folder = stage.folder(),
               .database = stage.database(),
               .players = stage.players_file(),
               .edits_per_second = 0,
               .trades_per_second = 0,
               .hertz = hertz}),
        crowd(fleet, witness, stage.players(), 1) {}

  std::size_t start(const std::string& name) {
    const std::size_t server = fleet.start(name);
    if (!crowd.run_until([&] { return fleet[server].up; }, kWithin))
      bench::fail("no server came up");
    return server;
  }
  void everybody_joins(std::size_t server) {
    for (const auto& [user, traveller] : crowd.travellers()) crowd.join(user, server);
    wait_for(server, crowd.travellers().size());
  }
  void wait_for(std::size_t server, std::size_t players) {
    if (!crowd.run_until([&] { return crowd.ready_on(server) >= players; }, kWithin)) {
      bench::fail("players were not let in");
    }
  }
};

/// One player at a time asks server B for what A holds, and back. The owner is not told: it hears
/// of it by the ask.
std::vector<Duration> hand_overs(const demo::Stage& stage, int hertz, int hops) {
  Servers servers(stage, hertz);
  const std::size_t a = servers.start("A");
  const std::size_t b = servers.start("B");
  servers.everybody_joins(a);
  std::mt19937_64 engine(1);
  std::vector<Duration> times;
  for (int i = 0; i < hops; ++i) {
    // Anywhere between two ticks.
    servers.crowd.run_for(milliseconds(20) + Duration(engine() % 17'000'000));
    const bool back = i % 2 == 1;
    const auto& [user, traveller] = *std::next(servers.crowd.travellers().begin(),
                                               static_cast<std::ptrdiff_t>(i / 2 % kHoppers));
    servers.crowd.join(user, back ? a : b);
    servers.wait_for(back ? a : b, back ? kHoppers + 1 : 1);
    times.push_back(traveller.answered - traveller.sent);
  }
  return times;
}

/// A server with everybody on it is killed; from the later of its death and the first ask to the
/// first player who can play.
std::vector<Duration> takeovers(const demo::Stage& stage, int kills) {
  Servers servers(stage, kTicksPerSecond);
  const std::size_t heir = servers.start("heir");
  std::vector<Duration> times;
  for (int i = 0; i < kills; ++i) {
    const std::size_t victim = servers.start("victim");
    servers.everybody_joins(victim);
    servers.crowd.run_for(milliseconds(300));
    const keepsake::MonotonicTime killed = demo::now();
    servers.crowd.kill(victim);
    servers.crowd.begin_takeover();
    for (const auto& [user, traveller] : servers.crowd.travellers()) {
      servers.crowd.join(user, heir, demo::Purpose::takeover);
    }
    servers.wait_for(heir, servers.crowd.travellers().size());
    const demo::Journeys& journeys = servers.crowd.journeys();
    times.push_back(journeys.first_answered - std::max(killed, journeys.first_seen));
  }
  return times;
}

demo::Stage new_stage(std::size_t players) {
  auto stage = demo::Stage::set(
      {.keep = {}, .exported = demo::find_players(demo::own_path()), .players = players});
  if (!stage) bench::fail(stage.error().text());
  return *std::move(stage);
}

}  // namespace

int main(int argc, char** argv) {
  Runs runs;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") {
      json = true;
    } else if (i + 1 == argc || !demo::read_number(argv[i + 1], 1, std::numeric_limits<int>::max(),
                                                   option == "--hops" ? runs.hops : runs.kills)) {
      std::fprintf(stderr, "usage: handoff_bench [--json] [--hops N] [--kills N]\n");
      return 2;
    } else {
      ++i;
    }
  }
  bench::Report report("hand-over and takeover between processes");
  report.add(
      Figure::of("hand-over at 60 Hz", hand_overs(new_stage(kHoppers), kTicksPerSecond, runs.hops))
          .median_at_most(kTick * 3 / 2 + milliseconds(5)));
  report.add(Figure::of("hand-over without ticks",
                        hand_overs(new_stage(kHoppers), kNearlyNoTicks, runs.hops))
                 .median_at_most(milliseconds(5)));
  report.add(
      Figure::of("takeover of a killed neighbour", takeovers(new_stage(kPlayers), runs.kills))
          .longest_at_most(milliseconds(200)));
  return report.print(json);
}
