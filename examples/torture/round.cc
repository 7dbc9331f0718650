#include "examples/torture/round.h"

#include <algorithm>
#include <utility>

namespace torture {

using demo::Line;
using demo::Purpose;
using keepsake::Duration;
using keepsake::Result;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kUpWithin = seconds(20);
constexpr Duration kStopWithin = seconds(25);
constexpr std::size_t kMostTroubles = 8;

demo::FleetOptions fleet_options(const RoundOptions& options, const Ground& ground,
                                 const demo::Stage& stage) {
  demo::FleetOptions fleet{.program = options.program,
                           .folder = stage.folder(),
                           .database = stage.database(),
                           .players = stage.players_file()};
  fleet.seed = options.seed;
  fleet.edits_per_second = 300;
  fleet.trades_per_second = ground.trades_per_second;
  fleet.payloads = options.payloads;
  fleet.tuning = {.journal = stage.journals(),
                  .ring_bytes = ground.ring_bytes,
                  .segment_bytes = ground.segment_bytes,
                  .lease_ms = options.lease_ms};
  return fleet;
}

}  // namespace

Result<std::unique_ptr<Round>> Round::set(const RoundOptions& options, const Ground& ground) {
  demo::Stage::Options wanted{.keep = {}, .exported = options.exported, .players = options.players};
  wanted.where = ground.where;
  wanted.journals = ground.journals;
  if (options.postgres != nullptr) {
    Result<std::string> database = options.postgres->new_database();
    if (!database) return std::move(database).error();
    wanted.database = *std::move(database);
  }
  Result<demo::Stage> stage = demo::Stage::set(wanted);
  if (!stage) return std::move(stage).error();
  return std::unique_ptr<Round>(new Round(options, ground, *std::move(stage)));
}

Round::Round(const RoundOptions& options, const Ground& ground, demo::Stage stage)
    : stage_(std::move(stage)),
      lease_(milliseconds(options.lease_ms)),
      fleet_(fleet_options(options, ground, stage_)),
      crowd_(fleet_, witness_, stage_.players(), options.seed),
      engine_(options.seed),
      chatter_(options.seed + 1),
      began_(demo::now()) {}

Duration Round::up_to(int ms) {
  return milliseconds(static_cast<int>(random(static_cast<std::uint64_t>(ms))));
}

void Round::did(const std::string& what) {
  report_.what += (report_.what.empty() ? "" : ", ") + what;
}

std::size_t Round::start(const std::string& name, demo::Break broken) {
  const std::size_t server = fleet_.start(name, broken);
  fleet_.tell(server, Line("play").add(std::int64_t{1}));
  return server;
}

void Round::wait_until_up(std::size_t server) {
  const auto up = [&] { return fleet_[server].up || fleet_[server].pid == 0; };
  if (!crowd_.run_until(up, kUpWithin) || !fleet_[server].up) {
    wrong("server " + fleet_[server].name + " did not come up");
  }
}

void Round::everybody_joins(const std::vector<std::size_t>& servers) {
  for (const auto& [user, traveller] : crowd_.travellers()) {
    crowd_.join(user, servers[random(servers.size())]);
  }
}

std::pair<std::size_t, std::size_t> Round::start_two() {
  const std::size_t a = start("A");
  const std::size_t b = start("B");
  everybody_joins({a, b});
  wait_for_all(a);
  wait_for_all(b);
  return {a, b};
}

void Round::rejoin(std::size_t from, std::size_t to) {
  for (const std::int64_t user : crowd_.everybody_on(from)) {
    crowd_.join(user, to, Purpose::takeover);
  }
}

void Round::wait_for_all(std::size_t server) {
  const auto all = [&] { return crowd_.ready_on(server) == crowd_.everybody_on(server).size(); };
  if (crowd_.run_until(all, lease_ + seconds(20))) return;
  wrong(std::to_string(crowd_.everybody_on(server).size() - crowd_.ready_on(server)) +
        " players could not play on " + fleet_[server].name);
}

void Round::bring_all(std::size_t server) {
  const auto nobody_waits = [&] {
    for (const std::int64_t user : crowd_.everybody_on(demo::kNowhere)) crowd_.join(user, server);
    return crowd_.ready_on(server) == crowd_.everybody_on(server).size();
  };
  (void)crowd_.run_until(nobody_waits, lease_ + seconds(20));
  wait_for_all(server);
}

void Round::hop_for(Duration time, std::size_t one, std::size_t other) {
  crowd_.run_for(time, [&] {
    if (chatter_() % 3 != 0) return;
    const bool back = chatter_() % 2 == 0;
    const auto user = crowd_.somebody_on(back ? other : one);
    if (user) crowd_.hop(*user, back ? one : other);
  });
}

void Round::kill(std::size_t server) {
  crowd_.kill(server);
  ++report_.kills;
  kills_[fleet_[server].ordinal] = 1;
}

void Round::kill_all(const std::vector<std::size_t>& servers) {
  for (const std::size_t server : servers) {
    if (fleet_[server].pid != 0) fleet_.pause(server);
  }
  for (const std::size_t server : servers) kill(server);
}

void Round::begin_takeover() {
  dead_since_ = demo::now();
  crowd_.begin_takeover();
}

void Round::note_takeover() {
  const demo::Journeys& journeys = crowd_.journeys();
  if (journeys.takeovers.count() == 0) return;
  ++report_.takeovers;
  const Duration took = journeys.first_answered - std::max(dead_since_, journeys.first_seen);
  report_.takeover = std::max(report_.takeover, took);
}

bool Round::heard(const std::string& text) const {
  const auto& troubles = crowd_.troubles();
  return std::any_of(troubles.begin(), troubles.end(), [&](const std::string& trouble) {
    return trouble.find(text) != std::string::npos;
  });
}

bool Round::wait_to_hear(const std::string& text, Duration within) {
  return crowd_.run_until([&] { return heard(text); }, within);
}

void Round::stop_all() {
  for (std::size_t i = 0; i < fleet_.size(); ++i) fleet_.tell(i, Line("finale"));
  crowd_.run_for(milliseconds(100));
  for (std::size_t i = 0; i < fleet_.size(); ++i) fleet_.tell(i, Line("stop"));
  const auto all_gone = [&] {
    for (std::size_t i = 0; i < fleet_.size(); ++i) {
      if (fleet_[i].pid != 0) return false;
    }
    return true;
  };
  if (!crowd_.run_until(all_gone, kStopWithin)) wrong("a server did not end");
}

void Round::judge_troubles() {
  for (std::string& death : fleet_.deaths()) wrong(std::move(death));
  if (!may_be_lost_) {
    for (const std::string& lost : crowd_.missing()) wrong("lost: " + lost);
  }
  std::size_t listed = 0;
  for (const std::string& trouble : crowd_.troubles()) {
    const bool expected = std::any_of(
        expected_.begin(), expected_.end(),
        [&](const std::string& text) { return trouble.find(text) != std::string::npos; });
    if (!expected && listed++ < kMostTroubles) wrong(trouble);
  }
}

void Round::take_over_what_is_left() {
  std::int64_t left = 0;
  for (std::size_t i = 0; i < fleet_.size(); ++i) left += fleet_[i].left_in_journal;
  if (left == 0) return;
  did(std::to_string(left) + " left to an heir at the end");
  const std::size_t heir = start("Heir");
  everybody_joins({heir});
  bring_all(heir);
  stop_all();
}

Result<RoundReport> Round::settle() {
  stop_all();
  take_over_what_is_left();
  judge_troubles();
  const auto stored = demo::read_database(stage_.database());
  if (!stored) return stored.error();
  report_.accounting = demo::settle({.witness = witness_,
                                     .keys = stage_.players(),
                                     .start = stage_.start(),
                                     .kills = kills_,
                                     .may_be_lost = may_be_lost_},
                                    *stored);
  for (const auto& [key, player] : *stored) ++report_.rows[std::string(name(player.format))];
  report_.recovered_edits = fleet_.total("recovered_edits");
  report_.hand_over = crowd_.journeys().hops.longest();
  report_.hand_over_median = crowd_.journeys().hops.at(0.5);
  report_.took = demo::now() - began_;
  return std::move(report_);
}

}  // namespace torture
