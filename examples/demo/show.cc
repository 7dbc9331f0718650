#include "examples/demo/show.h"

#include <utility>

#include "examples/demo/closing.h"

namespace demo {

using keepsake::Duration;
using keepsake::MonotonicTime;
using keepsake::Result;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kUpWithin = seconds(10);
constexpr Duration kLoadWithin = seconds(20);
constexpr Duration kFrozenWithin = seconds(25);  // a lease, a renewal, a read, and the loads
constexpr Duration kBetweenHops = milliseconds(150);

class Show {
 public:
  Show(const ShowOptions& options, const std::function<void(const std::string&)>& progress,
       const Stage& stage)
      : options_(options),
        progress_(progress),
        stage_(stage),
        fleet_({.program = options.program,
                .folder = stage.folder(),
                .database = stage.database(),
                .players = stage.players_file(),
                .seed = options.seed,
                .edits_per_second = static_cast<int>(options.players / 2 + 1)}),
        crowd_(fleet_, witness_, stage.players(), options.seed) {}

  Result<ShowReport> run();

 private:
  void say(const std::string& text) { progress_(text); }
  void wrong(std::string what) { report_.wrong.push_back(std::move(what)); }
  [[nodiscard]] Duration part(double sixtieths) const {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(options_.seconds * sixtieths / 60));
  }
  [[nodiscard]] bool start(std::size_t& server, const std::string& name, Break broken);
  [[nodiscard]] bool all_ready(std::size_t server, std::size_t wanted, Duration within,
                               const char* what);
  [[nodiscard]] bool open_doors();
  void play_and_hop(Duration time);
  [[nodiscard]] bool kill_one();
  [[nodiscard]] bool freeze_one();
  [[nodiscard]] Refusals refusals_of(std::size_t server);
  void thaw();

  const ShowOptions& options_;
  const std::function<void(const std::string&)>& progress_;
  const Stage& stage_;
  Witness witness_;
  Fleet fleet_;
  Crowd crowd_;
  ShowReport report_;
  std::map<std::int64_t, int> kills_;
  Refusals before_freeze_;
  std::size_t a_ = kNowhere, b_ = kNowhere, c_ = kNowhere;
};

bool Show::start(std::size_t& server, const std::string& name, Break broken) {
  server = fleet_.start(name, broken);
  const std::size_t it = server;
  if (crowd_.run_until([&] { return fleet_[it].up || fleet_[it].pid == 0; }, kUpWithin) &&
      fleet_[it].up) {
    return true;
  }
  wrong("server " + name + " did not come up");
  return false;
}

bool Show::all_ready(std::size_t server, std::size_t wanted, Duration within, const char* what) {
  if (crowd_.run_until([&] { return crowd_.ready_on(server) >= wanted; }, within)) return true;
  wrong(std::string(what) + ": only " + std::to_string(crowd_.ready_on(server)) + " of " +
        std::to_string(wanted) + " players could play on " + fleet_[server].name + " within " +
        show(within));
  return false;
}

bool Show::open_doors() {
  // What is broken is broken where it shows: a journal where the kill comes, fences where the
  // frozen server writes, groups everywhere.
  const auto broken_on = [&](Break what) {
    return options_.broken == what || options_.broken == Break::trade ? options_.broken
                                                                      : Break::none;
  };
  if (!start(a_, "A", broken_on(Break::journal))) return false;
  if (!start(b_, "B", broken_on(Break::fence))) return false;
  say("servers A and B run at 60 Hz");
  crowd_.join_with_story(kTestUser, a_);
  if (!all_ready(a_, 1, kLoadWithin, "join")) return false;
  std::size_t count = 0;
  for (const auto& [user, traveller] : crowd_.travellers()) {
    if (user == kTestUser) continue;
    crowd_.join(user, count % 2 == 0 ? a_ : b_);
    if (++count % 4 == 0) crowd_.run_for(milliseconds(10));
  }
  if (!all_ready(b_, count / 2, kLoadWithin, "join")) return false;
  if (!all_ready(a_, count - count / 2 + 1, kLoadWithin, "join")) return false;
  say(std::to_string(count + 1) + " players joined, " + show(crowd_.journeys().joins.at(0.5)) +
      " each (median)");
  for (const std::size_t server : {a_, b_}) fleet_.tell(server, Line("play").add(std::int64_t{1}));
  return true;
}

void Show::play_and_hop(Duration time) {
  MonotonicTime next = now();
  bool to_a = false;
  crowd_.run_for(time, [&] {
    if (now() < next) return;
    next = now() + kBetweenHops;
    to_a = !to_a;
    if (const auto user = crowd_.somebody_on(to_a ? b_ : a_)) crowd_.hop(*user, to_a ? a_ : b_);
  });
  say(std::to_string(witness_.operations().size()) + " operations, " +
      std::to_string(crowd_.journeys().hops.count()) + " players switched servers");
}

bool Show::kill_one() {
  // One is on the way to A just then, whom B may not have let go yet.
  if (const auto user = crowd_.somebody_on(b_)) crowd_.hop(*user, a_);
  const MonotonicTime killed = now();
  crowd_.kill(a_);
  kills_[fleet_[a_].ordinal] = 1;
  const std::vector<std::int64_t> homeless = crowd_.everybody_on(a_);
  report_.last_second =
      static_cast<std::int64_t>(witness_.count_since(fleet_[a_].ordinal, killed - seconds(1)));
  say("kill -9 of server A in mid-play; its " + std::to_string(homeless.size()) +
      " players rejoin B");
  crowd_.begin_takeover();
  const std::size_t settled = crowd_.ready_on(b_);
  for (const std::int64_t user : homeless) {
    const bool played = crowd_.travellers().at(user).ready;
    crowd_.join(user, b_, played ? Purpose::takeover : Purpose::join);
  }
  if (!all_ready(b_, settled + homeless.size(), kLoadWithin, "after the kill")) return false;
  const Journeys& journeys = crowd_.journeys();
  report_.taken_over = homeless.size();
  report_.takeover = journeys.first_answered - std::max(killed, journeys.first_seen);
  report_.rejoins_after_kill = journeys.takeovers;
  say("B took over: the first plays after " + show(*report_.takeover) + ", the last after " +
      show(journeys.takeovers.longest()) + "; " + std::to_string(report_.last_second) +
      " operations of A's last second are there");
  crowd_.run_for(part(10));
  return true;
}

bool Show::freeze_one() {
  if (!start(c_, "C", options_.broken == Break::trade ? Break::trade : Break::none)) return false;
  fleet_.tell(c_, Line("play").add(std::int64_t{1}));
  before_freeze_ = refusals_of(b_);
  fleet_.freeze(b_);
  const MonotonicTime frozen = now();
  const std::vector<std::int64_t> stranded = crowd_.everybody_on(b_);
  say("server B is frozen; its " + std::to_string(stranded.size()) +
      " players join C, which has to wait for B's lease");
  crowd_.begin_takeover();
  for (const std::int64_t user : stranded) crowd_.join(user, c_, Purpose::takeover);
  if (!all_ready(c_, stranded.size(), kFrozenWithin, "after the freeze")) return false;
  report_.takeover_frozen = crowd_.journeys().first_answered - frozen;
  report_.rejoins_after_freeze = crowd_.journeys().takeovers;
  say("C took over after " + show(*report_.takeover_frozen));
  crowd_.run_for(part(6));
  return true;
}

Refusals Show::refusals_of(std::size_t server) {
  Refusals refused;
  for (const auto& [what, count] : crowd_.refusals(server)) {
    if (what.starts_with("edit")) refused.edits += count;
  }
  const auto figure = fleet_[server].figures.find("fence_refusals");
  if (figure != fleet_[server].figures.end()) refused.commits = static_cast<int>(figure->second);
  refused.sessions_lost = crowd_.sessions_lost(server);
  return refused;
}

void Show::thaw() {
  say("server B is thawed, and goes on as if nothing had been");
  fleet_.thaw(b_);
  (void)crowd_.run_until([&] { return fleet_[b_].thawed; }, seconds(5));
  crowd_.run_for(std::max<Duration>(seconds(2), part(4)));
  const Refusals all = refusals_of(b_);
  report_.after_thaw = {.edits = all.edits - before_freeze_.edits,
                        .commits = all.commits - before_freeze_.commits,
                        .sessions_lost = all.sessions_lost - before_freeze_.sessions_lost};
  const Refusals& refused = report_.after_thaw;
  say("B: " + std::to_string(refused.edits) + " edits and " + std::to_string(refused.commits) +
      " commits refused, " + std::to_string(refused.sessions_lost) + " sessions lost");
  if (refused.edits == 0) wrong("the thawed server's edits were not refused");
  if (refused.commits == 0) wrong("the thawed server's commits were not refused");
}

Result<ShowReport> Show::run() {
  const MonotonicTime began = now();
  say(std::to_string(stage_.start().size()) + " players imported");
  const bool kills = options_.broken != Break::fence;
  const bool freezes =
      options_.freeze && (options_.broken == Break::none || options_.broken == Break::fence);
  bool going = open_doors();
  if (going) play_and_hop(part(22));
  if (going && kills) going = kill_one();
  if (going && freezes && freeze_one()) thaw();
  const Result<void> closed = close_doors({.stage = stage_,
                                           .fleet = fleet_,
                                           .crowd = crowd_,
                                           .witness = witness_,
                                           .kills = kills_,
                                           .say = progress_},
                                          report_);
  if (!closed) return closed.error();
  if (options_.broken == Break::none && report_.takeover && report_.recovered_edits == 0) {
    wrong("no edit was recovered from the killed server's journal");
  }
  report_.took = now() - began;
  return std::move(report_);
}

}  // namespace

Result<ShowReport> run_show(const ShowOptions& options,
                            const std::function<void(const std::string&)>& progress) {
  Result<Stage> stage = Stage::set({.keep = options.keep,
                                    .exported = options.exported,
                                    .players = options.players,
                                    .database = options.database});
  if (!stage) return std::move(stage).error();
  return Show(options, progress, *stage).run();
}

}  // namespace demo
