#include "sim/program/program.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sim/named.h"
#include "sim/run.h"
#include "src/plant/plants.h"

namespace sim {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
  std::size_t steps = 60;
  unsigned jobs = 1;
  std::string plant;
  bool list_plants = false;
  bool scenarios = false;
  bool trace = false;
  bool whole = false;
  bool json = false;
};

struct Found {
  std::uint64_t seed = 0;
  Violation violation;
};

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t violations = 0;
  std::optional<Found> first;  ///< of the lowest seed
  double seconds = 0;
};

/// Runs the seeds on several threads; with a plant it stops at the first that finds it.
class Campaign {
 public:
  explicit Campaign(const Options& options) : options_(options), next_(options.first) {}

  Totals run() {
    const auto began = Clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    totals_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    if (show_progress()) std::fprintf(stderr, "\r\033[K");
    return totals_;
  }

 private:
  [[nodiscard]] bool show_progress() const { return !options_.json && isatty(STDERR_FILENO) != 0; }

  void work() {
    for (;;) {
      const std::uint64_t seed = next_.fetch_add(1);
      if (seed > options_.last || seed > stop_at_.load()) return;
      const Outcome outcome = sim::run(make_scenario(seed, options_.steps));
      const std::scoped_lock lock(mutex_);
      ++totals_.seeds;
      if (outcome.violation) found(seed, *outcome.violation);
      if (show_progress() && totals_.seeds % 100 == 0) {
        std::fprintf(stderr, "\r%llu of %llu seeds, %llu violations",
                     static_cast<unsigned long long>(totals_.seeds),
                     static_cast<unsigned long long>(options_.last - options_.first + 1),
                     static_cast<unsigned long long>(totals_.violations));
      }
    }
  }

  void found(std::uint64_t seed, const Violation& violation) {
    ++totals_.violations;
    if (!totals_.first || seed < totals_.first->seed) totals_.first = Found{seed, violation};
    if (!options_.plant.empty()) stop_at_.store(totals_.first->seed);
    if (!options_.json && options_.plant.empty() && totals_.violations <= 20) {
      std::printf("seed %llu: %s: %s\n", static_cast<unsigned long long>(seed),
                  violation.promise.c_str(), violation.what.c_str());
    }
  }

  const Options& options_;
  std::atomic<std::uint64_t> next_;
  std::atomic<std::uint64_t> stop_at_{~std::uint64_t{0}};
  std::mutex mutex_;
  Totals totals_;
};

bool same_trace(const Options& options) {
  const Scenario scenario = make_scenario(options.first, options.steps);
  return run(scenario).trace_hash == run(scenario, true).trace_hash;
}

void print_json(const Options& options, const Totals& totals, bool repeats) {
  std::printf("{\"seeds\":%llu,\"violations\":%llu,\"seeds_per_second\":%.1f,\"repeats\":%s",
              static_cast<unsigned long long>(totals.seeds),
              static_cast<unsigned long long>(totals.violations),
              static_cast<double>(totals.seeds) / std::max(totals.seconds, 1e-9),
              repeats ? "true" : "false");
  if (!options.plant.empty()) {
    std::printf(",\"plant\":\"%s\",\"found_at_seed\":", options.plant.c_str());
    totals.first ? std::printf("%llu", static_cast<unsigned long long>(totals.first->seed))
                 : std::printf("null");
  }
  std::printf("}\n");
}

void print_shrunk(const Options& options, const Found& found) {
  const Scenario whole = make_scenario(found.seed, options.steps);
  const Scenario shortest = options.whole ? whole : shrink(whole, found.violation);
  const Outcome outcome = run(shortest, true);
  std::printf("\nseed %llu breaks %s; %zu of its %zu actions do:\n%s",
              static_cast<unsigned long long>(found.seed), found.violation.promise.c_str(),
              shortest.actions.size(), whole.actions.size(), text(shortest).c_str());
  if (outcome.violation) {
    std::printf("%s: %s\n", outcome.violation->promise.c_str(), outcome.violation->what.c_str());
  }
  if (!options.trace) return;
  for (const std::string& line : outcome.trace) std::printf("%s\n", line.c_str());
}

int run_seeds(const Options& options) {
  const Totals totals = Campaign(options).run();
  const bool repeats = same_trace(options);
  if (options.json) {
    print_json(options, totals, repeats);
  } else {
    if (totals.first) print_shrunk(options, *totals.first);
    if (options.trace && options.first == options.last && !totals.first) {
      for (const std::string& line : run(make_scenario(options.first, options.steps), true).trace) {
        std::printf("%s\n", line.c_str());
      }
    }
    std::printf("%llu seeds, %llu violations, %.0f seeds a second%s\n",
                static_cast<unsigned long long>(totals.seeds),
                static_cast<unsigned long long>(totals.violations),
                static_cast<double>(totals.seeds) / std::max(totals.seconds, 1e-9),
                repeats ? "" : "; the first seed did NOT repeat its trace");
    if (!options.plant.empty()) {
      totals.first ? std::printf("plant %s: found at seed %llu\n", options.plant.c_str(),
                                 static_cast<unsigned long long>(totals.first->seed))
                   : std::printf("plant %s: NOT found\n", options.plant.c_str());
    }
  }
  const bool wanted = options.plant.empty() ? totals.violations == 0 : totals.first.has_value();
  return wanted && repeats ? 0 : 1;
}

/// "7" or "1..2000".
bool parse_range(const std::string& text, Options& options) {
  const std::size_t dots = text.find("..");
  try {
    options.first = std::stoull(text.substr(0, dots));
    options.last = dots == std::string::npos ? options.first : std::stoull(text.substr(dots + 2));
  } catch (const std::exception&) {
    return false;
  }
  return options.first > 0 && options.first <= options.last;
}

}  // namespace

int run_program(int argc, char** argv) {
  Options options;
  std::string seeds = "1..1000";
  std::uint64_t seed = 0;
  CLI::App app{
      "Runs Keepsake's own store code through crashes, pauses, lost replies and outages, "
      "in virtual time, and checks every promise after each."};
  app.add_option("--seeds", seeds, "seeds to run: A..B")->capture_default_str();
  app.add_option("--seed", seed, "one seed");
  app.add_option("--steps", options.steps, "actions of a run")->capture_default_str();
  app.add_option("--jobs", options.jobs, "threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--plant", options.plant, "switch a planted bug on; success is to find it");
  app.add_flag("--plants", options.list_plants, "list the planted bugs, one a line");
  app.add_flag("--scenarios", options.scenarios,
               "run the named scenarios and print docs/guarantees.md's table");
  app.add_flag("--trace", options.trace, "print what happened in the failing (or only) seed");
  app.add_flag("--whole", options.whole, "don't shrink the failing seed");
  app.add_flag("--json", options.json, "end with one JSON object, and print nothing else");
  CLI11_PARSE(app, argc, argv);
  if (options.list_plants) {
    for (const std::string_view name : keepsake::plant_names()) std::cout << name << '\n';
    return 0;
  }
  if (options.scenarios) {
    bool all_kept = false;
    std::cout << guarantees(&all_kept);
    return all_kept ? 0 : 1;
  }
  if (seed != 0) seeds = std::to_string(seed);
  if (!parse_range(seeds, options)) {
    std::cerr << "keepsake-sim: --seeds takes A..B with 0 < A <= B, not \"" << seeds << "\"\n";
    return 2;
  }
  if (!keepsake::choose_plant(options.plant)) {
    std::cerr << "keepsake-sim: there is no plant \"" << options.plant
              << "\"; --plants lists them\n";
    return 2;
  }
  return run_seeds(options);
}

}  // namespace sim
