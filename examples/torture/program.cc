#include "examples/torture/program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/print.h"
#include "examples/demo/read_number.h"
#include "examples/demo/server.h"
#include "examples/torture/mounts.h"
#include "examples/torture/scenarios.h"
#include "examples/torture/tally.h"

namespace torture {

using keepsake::PayloadFormat;

namespace {

constexpr int kMisused = 2;
/// A round that takes longer hangs: the witness ends, and its servers with it.
constexpr unsigned kLongestRoundSeconds = 240;

constexpr const char* kHelp =
    R"(keepsake-torture: torture of real servers on a real database, and a witness's accounting.

  --db postgres      on a PostgreSQL server of its own, which is killed, too; without it on SQLite
                     files. Before --only
  --rounds N         so many rounds; the scenarios take turns (as many as there are)
  --for SECONDS      instead: rounds until so much time has passed
  --only NAME        this scenario alone; may be given again for another
  --seed N           of the first round of each scenario; the next has N + 1 (1)
  --players N        how many of the sample's players take part, 8 to 400 (40)
  --lease SECONDS    of the servers (10)
  --payload FORMAT   that all servers store profiles in: json, cbor, compressed (each server that
                     starts takes the next one by default)
  --list             the scenarios' names, one a line
  --json             one object with all figures on stdout; the rounds then go to stderr

Ends at the first round in which something is lost, doubled or otherwise wrong, and says how to
repeat it. Exit status: 0 if all held, 1 if not, 2 if the arguments make no sense.
)";

bool read_payload(std::string_view value, std::vector<PayloadFormat>& payloads) {
  const auto named = std::find_if(payloads.begin(), payloads.end(),
                                  [&](PayloadFormat format) { return name(format) == value; });
  if (named == payloads.end()) return false;
  payloads = {*named};
  return true;
}

struct Arguments {
  RoundOptions round;
  std::span<const Scenario> known = kOnSqlite;
  std::vector<Scenario> scenarios;
  std::int64_t rounds = 0;  ///< 0: as many as there are scenarios
  std::int64_t seconds = 0;
  bool json = false;
  bool help = false;
  bool list = false;
};

bool read_option(std::string_view option, std::string_view value, Arguments& arguments) {
  constexpr std::int64_t kMost = 1'000'000;
  RoundOptions& round = arguments.round;
  if (option == "--rounds")
    return demo::read_number<std::int64_t>(value, 1, kMost, arguments.rounds);
  if (option == "--for") return demo::read_number<std::int64_t>(value, 1, kMost, arguments.seconds);
  if (option == "--seed") return demo::read_number<std::uint64_t>(value, 0, kMost, round.seed);
  if (option == "--players") return demo::read_number<std::size_t>(value, 8, 400, round.players);
  if (option == "--lease") {
    const bool good = demo::read_number<std::int64_t>(value, 1, 60, round.lease_ms);
    round.lease_ms *= 1000;
    return good;
  }
  if (option == "--payload") return read_payload(value, round.payloads);
  if (option == "--db") {
    arguments.known = kOnPostgres;
    return value == "postgres" && arguments.scenarios.empty();
  }
  if (option != "--only") return false;
  for (const Scenario& scenario : arguments.known) {
    if (scenario.name != value) continue;
    arguments.scenarios.push_back(scenario);
    return true;
  }
  return false;
}

std::optional<Arguments> read_arguments(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--json") {
      arguments.json = true;
    } else if (given[i] == "--list") {
      arguments.list = true;
    } else if (given[i] == "-h" || given[i] == "--help") {
      arguments.help = true;
    } else if (i + 1 == given.size() || !read_option(given[i], given[i + 1], arguments)) {
      std::fprintf(stderr, "keepsake-torture: can't make sense of '%s' (--help explains)\n",
                   given[i].c_str());
      return std::nullopt;
    } else {
      ++i;
    }
  }
  if (arguments.scenarios.empty()) {
    arguments.scenarios.assign(arguments.known.begin(), arguments.known.end());
  }
  if (arguments.rounds == 0) {
    arguments.rounds = static_cast<std::int64_t>(arguments.known.size());
  }
  return arguments;
}

bool on_postgres(const Arguments& arguments) {
  return arguments.known.data() == kOnPostgres.data();
}

/// Of this process alone.
std::string server_folder() {
  return (std::filesystem::temp_directory_path() /
          ("keepsake-torture-postgres-" + std::to_string(::getpid())))
      .string();
}

std::string repetition(const Arguments& arguments, const Scenario& scenario,
                       const RoundOptions& options) {
  std::string command = "repeat it: keepsake-torture ";
  if (on_postgres(arguments)) command += "--db postgres ";
  if (options.payloads.size() == 1) {
    command += "--payload " + std::string(name(options.payloads.front())) + " ";
  }
  return command + "--only " + std::string(scenario.name) + " --rounds 1 --seed " +
         std::to_string(options.seed) + " --lease " + std::to_string(options.lease_ms / 1000);
}

/// One round, told in a line and, where it went wrong, in all detail. False: not to go on.
bool run_round(const Arguments& arguments, std::int64_t round, Tally& tally, std::FILE* out) {
  const auto count = static_cast<std::int64_t>(arguments.scenarios.size());
  const Scenario& scenario = arguments.scenarios[static_cast<std::size_t>(round % count)];
  RoundOptions options = arguments.round;
  options.seed += static_cast<std::uint64_t>(round / count);
  ::alarm(kLongestRoundSeconds);
  RoundResult made = scenario.run(options);
  ::alarm(0);
  if (!made) {
    RoundReport failed;
    failed.wrong.push_back(made.error().text());
    made = std::move(failed);
  }
  std::fprintf(out, "%s\n", line_of(round + 1, scenario, options.seed, *made).c_str());
  tally.add(scenario, *made);
  if (!made->good()) {
    std::fprintf(out, "%s", demo::lines_of(made->accounting).c_str());
    for (const std::string& wrong : made->wrong) std::fprintf(out, "  ✗ %s\n", wrong.c_str());
    std::fprintf(out, "%s\n", repetition(arguments, scenario, options).c_str());
  }
  std::fflush(out);
  return made->good();
}

}  // namespace

int run(int argc, char** argv) {
  if (const std::optional<int> status = demo::serve(argc, argv)) return *status;
  std::optional<Arguments> arguments =
      read_arguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!arguments) return kMisused;
  if (arguments->help) std::fputs(kHelp, stdout);
  if (arguments->list) {
    for (const Scenario& scenario : arguments->known) std::puts(std::string(scenario.name).c_str());
  }
  if (arguments->help || arguments->list) return 0;
  arguments->round.no_mounts = separate_mounts();
  arguments->round.program = demo::own_path();
  arguments->round.exported = demo::find_players(demo::own_path());
  std::unique_ptr<PostgresServer> server;
  if (on_postgres(*arguments)) {
    auto started = PostgresServer::start(demo::own_path(), server_folder());
    if (!started) {
      std::fprintf(stderr, "keepsake-torture: %s\n", started.error().text().c_str());
      return 1;
    }
    server = *std::move(started);
    arguments->round.postgres = server.get();
  }

  std::FILE* const out = arguments->json ? stderr : stdout;
  const keepsake::MonotonicTime began = demo::now();
  const auto more = [&](std::int64_t round) {
    if (arguments->seconds == 0) return round < arguments->rounds;
    return demo::now() - began < std::chrono::seconds(arguments->seconds);
  };
  Tally tally;
  bool good = true;
  for (std::int64_t round = 0; good && more(round); ++round) {
    good = run_round(*arguments, round, tally, out);
  }
  if (server && !good) std::fprintf(out, "the database's log: %s\n", server->keep_log().c_str());
  const std::string end = arguments->json ? tally.json(good) + "\n" : tally.table();
  std::fputs(end.c_str(), stdout);
  return good ? 0 : 1;
}

}  // namespace torture
