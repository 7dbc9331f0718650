#include "examples/demo/torture.h"

#include <random>
#include <utility>

#include "examples/demo/crowd.h"
#include "examples/demo/stage.h"

namespace demo {

using keepsake::Duration;
using keepsake::Result;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kWithin = seconds(20);

class Torture {
 public:
  Torture(const TortureOptions& options, const Stage& stage)
      : stage_(stage),
        fleet_({.program = options.program,
                .folder = stage.folder(),
                .database = stage.database(),
                .players = stage.players_file(),
                .seed = options.seed,
                .edits_per_second = 300,
                .trades_per_second = 40}),
        crowd_(fleet_, witness_, stage.players(), options.seed),
        engine_(options.seed) {}

  Result<TortureReport> run();

 private:
  [[nodiscard]] Duration up_to(int ms) {
    return milliseconds(static_cast<int>(engine_() % static_cast<std::uint64_t>(ms)));
  }
  [[nodiscard]] std::size_t start(const std::string& name);
  void wait_for_all(std::size_t server);
  void kill(std::size_t server);
  void rejoin(std::size_t from, std::size_t to);
  void hop_for(Duration time);
  void end();

  const Stage& stage_;
  Witness witness_;
  Fleet fleet_;
  Crowd crowd_;
  std::mt19937_64 engine_;
  TortureReport report_;
  std::map<std::int64_t, int> kills_;
};

std::size_t Torture::start(const std::string& name) {
  const std::size_t server = fleet_.start(name);
  fleet_.tell(server, Line("play").add(std::int64_t{1}));
  return server;
}

void Torture::wait_for_all(std::size_t server) {
  const auto all = [&] { return crowd_.ready_on(server) == crowd_.everybody_on(server).size(); };
  if (!crowd_.run_until(all, kWithin)) {
    report_.wrong.push_back(
        std::to_string(crowd_.everybody_on(server).size() - crowd_.ready_on(server)) +
        " players could not play on " + fleet_[server].name);
  }
}

void Torture::kill(std::size_t server) {
  crowd_.kill(server);
  ++report_.kills;
  kills_[fleet_[server].ordinal] = 1;
}

void Torture::rejoin(std::size_t from, std::size_t to) {
  for (const std::int64_t user : crowd_.everybody_on(from)) {
    crowd_.join(user, to, Purpose::takeover);
  }
}

void Torture::hop_for(Duration time) {
  crowd_.run_for(time, [&] {
    if (engine_() % 3 != 0) return;
    const bool swap = engine_() % 2 == 0;
    if (const auto user = crowd_.somebody_on(swap ? 1 : 0)) crowd_.hop(*user, swap ? 0 : 1);
  });
}

void Torture::end() {
  for (std::size_t i = 0; i < fleet_.size(); ++i) fleet_.tell(i, Line("finale"));
  crowd_.run_for(milliseconds(100));
  for (std::size_t i = 0; i < fleet_.size(); ++i) fleet_.tell(i, Line("stop"));
  const auto all_gone = [&] {
    for (std::size_t i = 0; i < fleet_.size(); ++i) {
      if (fleet_[i].pid != 0) return false;
    }
    return true;
  };
  if (!crowd_.run_until(all_gone, kWithin)) report_.wrong.emplace_back("a server did not end");
  for (std::string& death : fleet_.deaths()) report_.wrong.push_back(std::move(death));
  for (const std::string& lost : crowd_.missing()) report_.wrong.push_back("lost: " + lost);
  for (const std::string& trouble : crowd_.troubles()) report_.wrong.push_back(trouble);
}

Result<TortureReport> Torture::run() {
  const keepsake::MonotonicTime began = now();
  const std::size_t a = start("A");
  const std::size_t b = start("B");
  for (const auto& [user, traveller] : crowd_.travellers())
    crowd_.join(user, user % 4 == 0 ? b : a);
  // The kill falls into the joins, the play, the saves, or the hand-overs.
  const Duration wait = up_to(2500);
  hop_for(wait);
  kill(a);
  const std::uint64_t sequel = engine_() % 3;
  if (sequel == 0) {
    const std::size_t again = start("A");
    rejoin(a, again);
    wait_for_all(again);
    report_.what = "restarted";
  } else {
    rejoin(a, b);
    report_.what = "not restarted";
    if (sequel == 2) {
      const Duration soon = up_to(400);
      crowd_.run_for(soon);
      kill(b);
      report_.what += ", its heir killed " + show(soon) + " later";
      const std::size_t c = start("C");
      rejoin(b, c);
      wait_for_all(c);
    }
  }
  wait_for_all(b);
  crowd_.run_for(up_to(700));
  end();
  report_.what = "killed after " + show(wait) + ", " + report_.what;
  const auto stored = read_database(stage_.database());
  if (!stored) return stored.error();
  report_.accounting = settle(
      {.witness = witness_, .keys = stage_.players(), .start = stage_.start(), .kills = kills_},
      *stored);
  report_.recovered_edits = fleet_.total("recovered_edits");
  report_.took = now() - began;
  return std::move(report_);
}

}  // namespace

Result<TortureReport> run_torture(const TortureOptions& options) {
  Result<Stage> stage =
      Stage::set({.keep = {}, .exported = options.exported, .players = options.players});
  if (!stage) return std::move(stage).error();
  return Torture(options, *stage).run();
}

}  // namespace demo
