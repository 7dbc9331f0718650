#include "src/load_tool/load_run.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "keepsake/open/open.h"
#include "src/backend/bare_database.h"
#include "src/load_tool/fleet.h"
#include "src/load_tool/server.h"
#include "src/load_tool/sheet.h"
#include "src/open/bare.h"
#include "src/os/system.h"

namespace keepsake::load_tool {

namespace {

using std::chrono::seconds;

constexpr std::uint64_t kFilledTogether = 50'000;
constexpr double kLongestRound = 2;  // seconds
constexpr Duration kAnswer = seconds(150);
constexpr Duration kShortTick = std::chrono::microseconds(200);
constexpr std::size_t kStartRounds = 5;
constexpr std::size_t kConnections = 2;  // a server's
/// A profile that goes to and fro more often than this is contended (rule 19).
constexpr double kRest = 12;

double number_of(Words& words) { return static_cast<double>(words.number()); }

double per_second(double count, double nanoseconds) {
  return nanoseconds > 0 ? count / (nanoseconds / 1e9) : 0;
}

/// Refuses a database on which somebody plays.
Result<void> nobody_plays(Backend& backend) {
  auto leases = backend.leases();
  if (!leases) return std::move(leases).error();
  for (const Lease& lease : *leases) {
    if (lease.state != LeaseState::open) continue;
    return Error(ErrorCode::invalid_argument,
                 "the server " + lease.owner.server.text + " runs on that database")
        .remedy("measure on a database of its own");
  }
  return {};
}

class Run {
 public:
  Run(const Workload& workload, const Tell& tell) : workload_(workload), tell_(tell) {}

  Result<Measured> measure() {
    for (const auto& step : {&Run::fill, &Run::start_servers, &Run::starts, &Run::saves,
                             &Run::quiet, &Run::half_load, &Run::idle, &Run::quit}) {
      if (auto done = (this->*step)(); !done) return std::move(done).error();
    }
    return std::move(measured_);
  }

 private:
  [[nodiscard]] std::uint64_t players_of_one() const {
    return workload_.players / workload_.servers;
  }
  [[nodiscard]] std::uint64_t step() const { return workload_.profiles / workload_.players; }
  /// Server `index`'s first player, and how far its players lie apart.
  [[nodiscard]] std::uint64_t player(std::size_t index, std::uint64_t which) const {
    return (which * workload_.servers + index) * step();
  }
  [[nodiscard]] std::size_t rounds() const {
    return static_cast<std::size_t>(std::max(1.0, std::round(workload_.seconds / kLongestRound)));
  }
  [[nodiscard]] std::int64_t round_ns() const {
    return static_cast<std::int64_t>(workload_.seconds / static_cast<double>(rounds()) * 1e9);
  }
  [[nodiscard]] Line for_a_round(std::string_view order) const {
    return Line(order).add(round_ns());
  }

  Result<void> fill() {
    auto backend = open(workload_.db);
    if (!backend) return std::move(backend).error();
    if (auto free = nobody_plays(**backend); !free) return free;
    auto bare = open_bare(workload_.db);
    if (!bare) return std::move(bare).error();
    if (auto gone = (*bare)->drop(); !gone) return gone;  // what an earlier run left behind
    Filling filling{.store = kStore,
                    .count = kFilledTogether,
                    .data = data_of(sheet_of(workload_.entries), workload_.payload)};
    measured_.payload_bytes = filling.data.payload.size();
    for (; filling.first < workload_.profiles; filling.first += filling.count) {
      tell_("profiles at rest",
            static_cast<double>(filling.first) / static_cast<double>(workload_.profiles));
      filling.count = std::min(kFilledTogether, workload_.profiles - filling.first);
      if (auto filled = (*bare)->fill(filling); !filled) return filled;
    }
    auto bytes = (*bare)->bytes();
    if (!bytes) return std::move(bytes).error();
    measured_.bytes = *bytes;
    return {};
  }

  Result<void> start_servers() {
    const std::string prefix = "bench-" + std::to_string(::getpid()) + "-";
    auto started = fleet_.start(workload_.servers, [&](std::size_t index, int in, int out) {
      return run_server({.db = workload_.db,
                         .journal = workload_.journal,
                         .id = prefix + std::to_string(index + 1),
                         .entries = workload_.entries,
                         .payload = workload_.payload},
                        in, out);
    });
    if (!started) return started;
    auto up = fleet_.hear_all("up", kAnswer);
    if (!up) return std::move(up).error();
    if (workload_.baseline) measured_.baseline.emplace();
    return {};
  }

  /// Sessions of all players begin; of all rounds but the last they end again.
  Result<void> starts() {
    for (std::size_t round = 0; round < kStartRounds; ++round) {
      tell_("starts", static_cast<double>(round) / kStartRounds);
      auto answers = fleet_.tell_all(
          [&](std::size_t index) {
            return Line("start")
                .add(static_cast<std::int64_t>(player(index, 0)))
                .add(static_cast<std::int64_t>(players_of_one()))
                .add(static_cast<std::int64_t>(workload_.servers * step()));
          },
          "started", kAnswer);
      if (!answers) return std::move(answers).error();
      double count = 0;
      double longest = 0;
      for (const std::string& answer : *answers) {
        Words words(answer);
        count += number_of(words);
        longest = std::max(longest, number_of(words));
      }
      measured_.starts_per_s.rounds.push_back(per_second(count, longest));
      if (workload_.baseline) {
        auto rows = bare_rows(kConnections);
        if (!rows) return std::move(rows).error();
        measured_.baseline->commits_per_s.rounds.push_back(rows->rate);
      }
      if (round + 1 == kStartRounds) break;
      if (auto ended = fleet_.tell_all(Line("end"), "ended", kAnswer); !ended) {
        return std::move(ended).error();
      }
    }
    return {};
  }

  /// What servers did together, in one round or in all.
  struct Sum {
    double rate = 0;  ///< a second
    double count = 0;
    double cpu_ns = 0;
    double batches = 0;
  };
  /// Of answers that begin with COUNT NS CPU BATCHES.
  Result<Sum> sum_of(const Line& order, std::string_view answer) {
    auto answers = fleet_.tell_all(order, answer, kAnswer);
    if (!answers) return std::move(answers).error();
    Sum sum;
    for (const std::string& one : *answers) {
      Words words(one);
      const double count = number_of(words);
      sum.count += count;
      sum.rate += per_second(count, number_of(words));
      sum.cpu_ns += number_of(words);
      sum.batches += number_of(words);
    }
    return sum;
  }
  /// One row a transaction, on so many connections a server.
  Result<Sum> bare_rows(std::size_t connections) {
    return sum_of(for_a_round("single").add(static_cast<std::int64_t>(connections)), "singled");
  }
  static void add(Rate& rate, Sum& all, const Sum& round) {
    rate.rounds.push_back(round.rate);
    all.count += round.count;
    all.cpu_ns += round.cpu_ns;
    all.batches += round.batches;
  }

  Result<void> saves() {
    if (auto warm = fleet_.tell_all(for_a_round("save"), "saved", kAnswer); !warm) {
      return std::move(warm).error();
    }
    Sum ours;
    Sum theirs;
    for (std::size_t round = 0; round < rounds(); ++round) {
      tell_("saves", static_cast<double>(round) / static_cast<double>(rounds()));
      auto saved = sum_of(for_a_round("save"), "saved");
      if (!saved) return std::move(saved).error();
      add(measured_.saves_per_s, ours, *saved);
      if (!workload_.baseline) continue;
      auto bare = sum_of(for_a_round("bare"), "bared");
      if (!bare) return std::move(bare).error();
      add(measured_.baseline->saves_per_s, theirs, *bare);
      auto rows = bare_rows((kManyConnections + workload_.servers - 1) / workload_.servers);
      if (!rows) return std::move(rows).error();
      measured_.baseline->rows_per_s.rounds.push_back(rows->rate);
    }
    if (ours.count == 0) return Error(ErrorCode::timed_out, "not one save became durable");
    measured_.cpu_us_per_save = ours.cpu_ns / 1e3 / ours.count;
    measured_.saves_a_batch = ours.count / ours.batches;
    if (theirs.count > 0) {
      measured_.baseline->cpu_us_per_save = theirs.cpu_ns / 1e3 / theirs.count;
    }
    return {};
  }

  Result<void> quiet() {
    if (workload_.baseline) {
      tell_("a bare commit", 0);
      auto answer = fleet_.tell(0, for_a_round("single").add(std::int64_t{1}), "singled", kAnswer);
      if (!answer) return std::move(answer).error();
      Words words(*answer);
      for (int i = 0; i < 4; ++i) (void)words.number();  // COUNT NS CPU BATCHES
      if (!measured_.baseline->commit_times.add_text(words.rest())) return garbled();
    }
    return hand_over("hand-overs, nothing else running", measured_.quiet_handoff_times);
  }

  /// Players go from one server to the next, one at a time, in ticks so short that they don't
  /// count.
  Result<void> hand_over(std::string_view phase, Histogram& times) {
    if (workload_.servers < 2) return {};
    auto ticking = fleet_.tell_all(Line("tick").add(kShortTick.count()), "ticking", kAnswer);
    if (!ticking) return std::move(ticking).error();
    // Nobody moves twice in a while, and the load is not made of hand-overs.
    const auto most = static_cast<std::uint64_t>(static_cast<double>(workload_.players) *
                                                 std::max(1.0, workload_.seconds / kRest));
    const std::uint64_t moves =
        std::min(most, static_cast<std::uint64_t>(workload_.seconds * 50) + 1);
    const Duration apart(static_cast<std::int64_t>(workload_.seconds * 1e9) /
                         static_cast<std::int64_t>(moves));
    MonotonicTime next = clock_.now();
    for (std::uint64_t move = 0; move < moves; ++move, next += apart) {
      std::this_thread::sleep_for(next - clock_.now());
      tell_(phase, static_cast<double>(move) / static_cast<double>(moves));
      const std::uint64_t which = moved_++ % workload_.players;
      const std::size_t from = which % workload_.servers;
      const std::uint64_t rounds_before = (moved_ - 1) / workload_.players;
      const std::size_t to = (from + 1 + rounds_before) % workload_.servers;
      const std::uint64_t number = player(from, which / workload_.servers);
      auto answer =
          fleet_.tell(to, Line("take").add(static_cast<std::int64_t>(number)), "took", kAnswer);
      if (!answer) return std::move(answer).error();
      Words words(*answer);
      times.add(Duration(words.number()));
    }
    auto slower = fleet_.tell_all(Line("tick").add(kGameTick.count()), "ticking", kAnswer);
    if (!slower) return std::move(slower).error();
    return {};
  }

  Result<void> half_load() {
    const double each = measured_.saves_per_s.median() / 2 / static_cast<double>(workload_.servers);
    const auto rate = std::max<std::int64_t>(1, std::llround(each));
    if (auto pacing = fleet_.tell_all(Line("pace").add(rate), "pacing", kAnswer); !pacing) {
      return std::move(pacing).error();
    }
    auto handed = hand_over("half load", measured_.handoff_times);
    if (workload_.servers < 2) {
      std::this_thread::sleep_for(std::chrono::duration<double>(workload_.seconds));
    }
    auto answers = fleet_.tell_all(Line("unpace"), "paced", kAnswer);
    if (!handed) return handed;
    if (!answers) return std::move(answers).error();
    for (const std::string& answer : *answers) {
      if (!measured_.commit_times.add_text(answer)) return garbled();
    }
    return {};
  }

  Result<void> idle() {
    tell_("nobody edits", 0);
    const auto length = static_cast<std::int64_t>(workload_.seconds * 1e9);
    auto answers = fleet_.tell_all(Line("idle").add(length), "idled", kAnswer + Duration(length));
    if (!answers) return std::move(answers).error();
    for (const std::string& answer : *answers) {
      Words words(answer);
      const double passed = number_of(words);
      measured_.idle_cores += number_of(words) / passed;
      measured_.idle_calls_per_s += per_second(number_of(words), passed);
    }
    return {};
  }

  Result<void> quit() {
    tell_("the servers end", 0);
    auto gone = fleet_.tell_all(Line("quit"), "gone", kAnswer);
    if (!gone) return std::move(gone).error();
    return {};
  }

  static Error garbled() { return Error(ErrorCode::io_error, "a server's answer can't be read"); }

  const Workload& workload_;
  const Tell& tell_;
  const os::SystemClock clock_;
  Fleet fleet_;
  Measured measured_;
  std::uint64_t moved_ = 0;
};

double ratio_of(const Rate& one, const Rate& other) {
  Rate ratios;
  for (std::size_t i = 0; i < std::min(one.rounds.size(), other.rounds.size()); ++i) {
    ratios.rounds.push_back(other.rounds[i] > 0 ? one.rounds[i] / other.rounds[i] : 0);
  }
  return ratios.median();
}

}  // namespace

Result<void> valid_workload(const Workload& workload) {
  const auto wrong = [](const char* what, const char* expected, auto found) {
    return Error(ErrorCode::invalid_argument, what).expected(expected).found(std::to_string(found));
  };
  if (workload.servers < 1 || workload.servers > 100) {
    return wrong("--servers is out of range", "1 to 100", workload.servers);
  }
  if (workload.players < workload.servers || workload.players > 1'000'000) {
    return wrong("--players is out of range", "one for each server at least, and 1000000 at most",
                 workload.players);
  }
  if (workload.players % workload.servers != 0) {
    return wrong("--players can't be shared evenly", "a multiple of --servers", workload.players);
  }
  if (workload.profiles < workload.players) {
    return wrong("--profiles is out of range", "--players at least", workload.profiles);
  }
  return {};
}

double Rate::median() const {
  if (rounds.empty()) return 0;
  std::vector<double> sorted = rounds;
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}
double Rate::least() const { return rounds.empty() ? 0 : std::ranges::min(rounds); }
double Rate::most() const { return rounds.empty() ? 0 : std::ranges::max(rounds); }

double Measured::saves_by_floor() const {
  return baseline ? ratio_of(saves_per_s, baseline->saves_per_s) : 0;
}
double Measured::saves_by_rows() const {
  return baseline ? ratio_of(saves_per_s, baseline->rows_per_s) : 0;
}
double Measured::starts_by_commits() const {
  return baseline ? ratio_of(starts_per_s, baseline->commits_per_s) : 0;
}
double Measured::handoff_by_commit() const {
  if (!baseline || baseline->commit_times.count() == 0) return 0;
  return static_cast<double>(quiet_handoff_times.at(0.5).count()) /
         static_cast<double>(baseline->commit_times.at(0.5).count());
}

Result<Measured> run_load(const Workload& workload, const Tell& tell) {
  if (auto valid = valid_workload(workload); !valid) return std::move(valid).error();
  Result<Measured> measured = Run(workload, tell).measure();
  if (!workload.baseline) return measured;
  // The servers are gone; what they stored bare goes, too, and the first error is the one to tell.
  auto bare = open_bare(workload.db);
  if (!bare) return measured ? std::move(bare).error() : std::move(measured);
  auto gone = (*bare)->drop();
  if (!gone && measured) return std::move(gone).error();
  return measured;
}

}  // namespace keepsake::load_tool
