#include "examples/demo/interactive.h"

#include <cstdio>
#include <deque>
#include <optional>
#include <utility>

#include "examples/demo/closing.h"
#include "examples/demo/keyboard.h"
#include "examples/demo/print.h"

namespace demo {

using keepsake::Duration;
using keepsake::MonotonicTime;
using keepsake::Result;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kKeyPace = seconds(1);
constexpr Duration kRedraw = milliseconds(200);
constexpr Duration kEverybodyWithin = seconds(40);  // a lease and the loads, when it ends
constexpr std::size_t kLines = 8;                   // of what has happened
constexpr std::size_t kMostServers = 9;             // a digit each

constexpr const char* kKeys =
    "1-9 choose a server   k kill -9   f freeze   t thaw   d cut its database, and back\n"
    "s start another   h TestUser hops to it   j who has no server joins it   q quit\n";

class Interactive {
 public:
  Interactive(const InteractiveOptions& options, const Stage& stage)
      : options_(options),
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
  /// What was done to a server.
  struct Fate {
    std::optional<MonotonicTime> frozen;
    bool cut = false;
    bool told_up = false;
  };

  void say(const std::string& text);
  bool press(char key);
  void choose(std::size_t server);
  void start();
  void kill();
  void freeze();
  void thaw(std::size_t server);
  void cut(std::size_t server, bool off);
  void hop();
  std::size_t join_everybody();
  void quit();
  void look();
  void draw() const;

  [[nodiscard]] bool runs(std::size_t server) const {
    return server < fleet_.size() && fleet_[server].pid != 0;
  }
  [[nodiscard]] bool plays(std::size_t server) const {
    return runs(server) && !fates_[server].frozen;
  }
  /// The one chosen, if it can be played on; says so if not.
  [[nodiscard]] bool chosen_plays(const char* wanted);
  [[nodiscard]] std::string state_of(std::size_t server) const;
  [[nodiscard]] std::string row_of(std::size_t server) const;
  [[nodiscard]] std::int64_t balance_of(std::int64_t user) const;
  [[nodiscard]] std::string name_of_server(std::int64_t user) const;

  const InteractiveOptions& options_;
  const Stage& stage_;
  Witness witness_;
  Fleet fleet_;
  Crowd crowd_;
  std::vector<Fate> fates_;
  std::map<std::int64_t, int> kills_;
  std::size_t chosen_ = 0;
  std::deque<std::string> happened_;
  std::size_t troubles_told_ = 0;
  std::size_t missing_told_ = 0;
  const MonotonicTime began_ = now();
  ShowReport report_;
};

void Interactive::say(const std::string& text) {
  const double at = static_cast<double>((now() - began_).count()) / 1e9;
  char time[32];
  std::snprintf(time, sizeof time, "%6.1f s  ", at);
  happened_.push_back(time + text);
  if (happened_.size() > kLines) happened_.pop_front();
  if (options_.screen) return;
  std::fprintf(stderr, "%s\n", happened_.back().c_str());
}

bool Interactive::chosen_plays(const char* wanted) {
  if (plays(chosen_)) return true;
  say(std::string(wanted) + ": choose a server that runs (1-9), or start one (s)");
  return false;
}

bool Interactive::press(char key) {
  switch (key) {
    case 'k': kill(); break;
    case 'f': freeze(); break;
    case 't': thaw(chosen_); break;
    case 's': start(); break;
    case 'h': hop(); break;
    case 'j': (void)join_everybody(); break;
    case 'd':
      if (chosen_plays("cut the database")) cut(chosen_, !fates_[chosen_].cut);
      break;
    case 'q': return false;
    default:
      if (key >= '1' && key <= '9') choose(static_cast<std::size_t>(key - '1'));
  }
  return true;
}

void Interactive::choose(std::size_t server) {
  if (server < fleet_.size()) chosen_ = server;
}

void Interactive::start() {
  if (fleet_.size() == kMostServers) return say("nine servers are enough");
  const std::string name(1, static_cast<char>('A' + fleet_.size()));
  chosen_ = fleet_.start(name);
  fates_.emplace_back();
  fleet_.tell(chosen_, Line("play").add(std::int64_t{1}));
  say("server " + name + " starts");
}

void Interactive::kill() {
  if (!runs(chosen_)) return say("kill: that server is gone already");
  const std::size_t players = crowd_.everybody_on(chosen_).size();
  crowd_.kill(chosen_);
  kills_[fleet_[chosen_].ordinal] = 1;
  fates_[chosen_].frozen.reset();
  fates_[chosen_].cut = false;
  say("kill -9 of " + fleet_[chosen_].name + " in mid-play: " + std::to_string(players) +
      " players have no server (j joins them to the chosen one)");
  for (std::size_t i = 0; i < fleet_.size(); ++i) {
    if (plays(i)) return choose(i);
  }
}

void Interactive::freeze() {
  if (!chosen_plays("freeze") || !fleet_[chosen_].up) return;
  fleet_.freeze(chosen_);
  fates_[chosen_].frozen = now();
  say("server " + fleet_[chosen_].name +
      " is frozen: after 10 s its lease has run out, and others may have its players");
}

void Interactive::thaw(std::size_t server) {
  if (!runs(server) || !fates_[server].frozen) return;
  fleet_.thaw(server);
  fates_[server].frozen.reset();
  say("server " + fleet_[server].name + " is thawed, and goes on as if nothing had been");
}

void Interactive::cut(std::size_t server, bool off) {
  fates_[server].cut = off;
  fleet_.tell(server, Line("cut").add(std::int64_t{off}));
  say("server " + fleet_[server].name +
      (off ? " can't reach the database: its players play on" : " reaches the database again"));
}

void Interactive::hop() {
  if (!chosen_plays("hop")) return;
  const Traveller& user = crowd_.travellers().at(kTestUser);
  if (user.server == chosen_) return say("TestUser plays on " + fleet_[chosen_].name + " already");
  if (user.server != kNowhere && runs(user.server)) {
    say("TestUser hops from " + fleet_[user.server].name + " to " + fleet_[chosen_].name);
    return crowd_.hop(kTestUser, chosen_);
  }
  say("TestUser joins " + fleet_[chosen_].name);
  crowd_.join(kTestUser, chosen_, Purpose::takeover);
}

std::size_t Interactive::join_everybody() {
  if (!chosen_plays("join")) return 0;
  std::size_t joined = 0;
  const bool first = crowd_.journeys().joins.count() == 0;
  for (const auto& [user, traveller] : crowd_.travellers()) {
    if (traveller.server != kNowhere && plays(traveller.server)) continue;
    crowd_.join(user, chosen_, first ? Purpose::join : Purpose::takeover);
    ++joined;
  }
  if (joined > 0) say(std::to_string(joined) + " players join " + fleet_[chosen_].name);
  return joined;
}

/// Everything is mended, everybody comes back, and the doors are closed.
void Interactive::quit() {
  say("the end: everything is mended, and everybody comes back");
  for (std::size_t i = 0; i < fleet_.size(); ++i) {
    thaw(i);
    if (fates_[i].cut) cut(i, false);
  }
  std::size_t last = 0;
  while (last < fleet_.size() && !plays(last)) ++last;
  if (last == fleet_.size()) {
    if (fleet_.size() == kMostServers) {
      report_.wrong.emplace_back("no server was left to come back to");
      return;
    }
    start();
  } else {
    choose(last);
  }
  const auto everybody_plays = [&] {
    (void)join_everybody();
    for (const auto& [user, traveller] : crowd_.travellers()) {
      if (!traveller.ready) return false;
    }
    return true;
  };
  const MonotonicTime end = now() + kEverybodyWithin;
  while (!everybody_plays() && now() < end) crowd_.run_for(milliseconds(200));
  if (!everybody_plays()) report_.wrong.emplace_back("not everybody could play in the end");
}

/// What has happened by itself since the last look.
void Interactive::look() {
  for (std::size_t i = 0; i < fleet_.size(); ++i) {
    if (fleet_[i].up && !std::exchange(fates_[i].told_up, true)) {
      say("server " + fleet_[i].name + " is up");
    }
  }
  for (; missing_told_ < crowd_.missing().size(); ++missing_told_) {
    say("LOST: " + crowd_.missing()[missing_told_]);
  }
  for (; troubles_told_ < crowd_.troubles().size(); ++troubles_told_) {
    say(crowd_.troubles()[troubles_told_]);
  }
}

std::string Interactive::state_of(std::size_t server) const {
  if (!runs(server)) return fleet_[server].killed ? "killed" : "ended";
  if (fates_[server].frozen) return "frozen for " + show(now() - *fates_[server].frozen);
  return fleet_[server].up ? "runs" : "starts";
}

std::string Interactive::row_of(std::size_t server) const {
  const Fleet::Server& of = fleet_[server];
  const std::size_t made = witness_.count_since(of.ordinal, MonotonicTime{});
  return std::string(server == chosen_ ? " >" : "  ") + left(std::to_string(server + 1), 2) +
         left(of.name, 8) + left(state_of(server), 20) +
         right(std::to_string(crowd_.ready_on(server)), 8) + right(std::to_string(made), 12) +
         right(show(of.pumps.at(0.99)), 11) + right(show(of.pumps.longest()), 12) + "   " +
         (!runs(server)        ? ""
          : fates_[server].cut ? "cut off"
                               : "reached") +
         "\n";
}

std::int64_t Interactive::balance_of(std::int64_t user) const {
  const auto start = stage_.start().find(stage_.players().at(user));
  std::int64_t coins = start != stage_.start().end() ? start->second : kCoinsOfNew;
  for (const auto& [number, change] : witness_.of(user)) coins += change;
  return coins;
}

std::string Interactive::name_of_server(std::int64_t user) const {
  const Traveller& traveller = crowd_.travellers().at(user);
  if (traveller.server == kNowhere) return "nowhere";
  return (traveller.ready ? "on " : "on the way to ") + fleet_[traveller.server].name;
}

void Interactive::draw() const {
  std::string out = "\x1b[H\x1b[J";  // home, and nothing below
  out += "Keepsake: " + std::to_string(crowd_.travellers().size()) +
         " players on one SQLite file; " + std::to_string(witness_.operations().size()) +
         " operations have returned\n\n";
  out += "    " + left("server", 8) + left("state", 20) + right("players", 8) +
         right("operations", 12) + right("tick p99", 11) + right("worst tick", 12) +
         "   database\n";
  for (std::size_t i = 0; i < fleet_.size(); ++i) out += row_of(i);
  out += "\nTestUser is " + name_of_server(kTestUser) + " and has " +
         std::to_string(balance_of(kTestUser)) + " coins after " +
         std::to_string(witness_.of(kTestUser).size()) + " operations\n";
  const Histogram& hops = crowd_.journeys().hops;
  out += "hand-overs: " + std::to_string(hops.count()) +
         (hops.count() > 0 ? ", median " + show(hops.at(0.5)) : "") + "   lost so far: " +
         (crowd_.missing().empty() ? "nothing" : std::to_string(crowd_.missing().size())) + "\n\n";
  for (const std::string& line : happened_) out += line.substr(0, 110) + "\n";
  out += "\n" + std::string(kKeys);
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
}

Result<ShowReport> Interactive::run() {
  if (!options_.screen) std::fputs(kKeys, stderr);
  start();
  start();
  choose(0);
  crowd_.join_with_story(kTestUser, 0);
  std::size_t count = 0;
  for (const auto& [user, traveller] : crowd_.travellers()) {
    if (user != kTestUser) crowd_.join(user, ++count % 2);
  }
  {
    Keyboard keyboard(options_.keys, kKeyPace);
    MonotonicTime drawn{};
    for (bool going = true; going;) {
      crowd_.run_for(milliseconds(10));
      while (const auto key = keyboard.next()) {
        going = press(*key) && going;
        if (!going) break;
      }
      look();
      if (!options_.screen || now() < drawn + kRedraw) continue;
      drawn = now();
      draw();
    }
  }
  quit();
  const std::function<void(const std::string&)> told = [](const std::string&) {};
  const Result<void> closed = close_doors({.stage = stage_,
                                           .fleet = fleet_,
                                           .crowd = crowd_,
                                           .witness = witness_,
                                           .kills = kills_,
                                           .say = told},
                                          report_);
  if (!closed) return closed.error();
  report_.took = now() - began_;
  return std::move(report_);
}

}  // namespace

Result<ShowReport> run_interactive(const InteractiveOptions& options) {
  Result<Stage> stage =
      Stage::set({.keep = options.keep, .exported = options.exported, .players = options.players});
  if (!stage) return std::move(stage).error();
  return Interactive(options, *stage).run();
}

}  // namespace demo
