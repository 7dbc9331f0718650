#include "examples/demo/program.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/print.h"
#include "examples/demo/server.h"
#include "examples/demo/show.h"
#include "examples/demo/stage.h"
#include "examples/demo/torture.h"

namespace demo {

namespace {

constexpr int kMisused = 2;
constexpr int kServeArguments = 12;

constexpr const char* kHelp =
    R"(demo: game servers keep 400 players safe in one SQLite file, through kill -9 and freezes.

  --players N        how many of the sample's players take part, 8 to 400 (400)
  --seconds N        about how long it takes, 5 to 600 (60); a freeze takes 12 of them anyway
  --seed N           of everything that is random in it (1)
  --no-freeze        leave out the frozen server
  --break WHAT       switch one safeguard off, and see the accounting notice:
                       fence    stale commits are let through
                       journal  what is written to the journal goes nowhere
                       trade    of a trade only one side is stored
  --kills N          instead: N short runs, each with a kill -9 at a random moment
  --json             one object with all figures on stdout
  --keep DIR         use this folder, and leave database, journals and logs in it
  --import FILE      another file of the sample's form

Exit status: 0 if all is well, 1 if the accounting does not hold, 2 if the arguments make no sense.
)";

struct Arguments {
  ShowOptions show;
  std::int64_t kills = 0;
  bool json = false;
  bool help = false;
};

template <class Number>
bool read_number(std::string_view text, Number least, Number most, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least &&
         number <= most;
}

bool read_option(std::string_view option, std::string_view value, Arguments& arguments) {
  ShowOptions& show = arguments.show;
  if (option == "--players") return read_number<std::size_t>(value, 8, 400, show.players);
  if (option == "--seconds") return read_number<double>(value, 5, 600, show.seconds);
  if (option == "--seed") return read_number<std::uint64_t>(value, 0, 1'000'000, show.seed);
  if (option == "--kills") return read_number<std::int64_t>(value, 1, 100'000, arguments.kills);
  if (option == "--break") {
    const std::optional<Break> what = parse_break(value);
    show.broken = what.value_or(Break::none);
    return what && *what != Break::none;
  }
  (option == "--keep" ? show.keep : show.exported) = value;
  return (option == "--keep" || option == "--import") && !value.empty();
}

std::optional<Arguments> read_arguments(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--json") {
      arguments.json = true;
    } else if (given[i] == "--no-freeze") {
      arguments.show.freeze = false;
    } else if (given[i] == "-h" || given[i] == "--help") {
      arguments.help = true;
    } else if (i + 1 == given.size() || !read_option(given[i], given[i + 1], arguments)) {
      std::fprintf(stderr, "demo: can't make sense of '%s' (--help explains)\n", given[i].c_str());
      return std::nullopt;
    } else {
      ++i;
    }
  }
  return arguments;
}

int serve(char** argv) {
  ServerOptions options{.name = argv[2],
                        .ordinal = std::atoll(argv[3]),
                        .database = argv[4],
                        .players = argv[5],
                        .log = argv[6]};
  options.seed = std::strtoull(argv[7], nullptr, 10);
  options.edits_per_second = std::atoi(argv[8]);
  options.trades_per_second = std::atoi(argv[9]);
  options.hertz = std::max(1, std::atoi(argv[10]));
  options.broken = parse_break(argv[11]).value_or(Break::none);
  return run_server(options);
}

int fail(const keepsake::Error& error) {
  std::fprintf(stderr, "demo: %s\n", error.text().c_str());
  return 1;
}

int torture(const Arguments& arguments) {
  int bad = 0;
  for (std::int64_t i = 0; i < arguments.kills; ++i) {
    const std::uint64_t seed = arguments.show.seed + static_cast<std::uint64_t>(i);
    const auto report = run_torture({.program = arguments.show.program,
                                     .exported = arguments.show.exported,
                                     .players = std::min<std::size_t>(40, arguments.show.players),
                                     .seed = seed});
    if (!report) return fail(report.error());
    std::printf("seed %llu: %s: %s; %zu operations, %lld edits recovered\n",
                static_cast<unsigned long long>(seed), report->good() ? "holds" : "DOES NOT HOLD",
                report->what.c_str(), report->accounting.witnessed,
                static_cast<long long>(report->recovered_edits));
    if (!report->good()) {
      ++bad;
      std::printf("%s", lines_of(report->accounting).c_str());
      for (const std::string& wrong : report->wrong) std::printf("  ✗ %s\n", wrong.c_str());
    }
    std::fflush(stdout);
  }
  std::printf("%lld runs, the accounting held in %lld\n", static_cast<long long>(arguments.kills),
              static_cast<long long>(arguments.kills - bad));
  return bad == 0 ? 0 : 1;
}

}  // namespace

int run(int argc, char** argv) {
  if (argc == kServeArguments && std::string_view(argv[1]) == "--serve") return serve(argv);
  const auto arguments = read_arguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!arguments) return kMisused;
  if (arguments->help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  Arguments complete = *arguments;
  complete.show.program = own_path();
  if (complete.show.exported.empty()) complete.show.exported = find_players(own_path());
  if (complete.kills > 0) return torture(complete);

  const keepsake::MonotonicTime began = now();
  const bool colour = ::isatty(STDOUT_FILENO) == 1;
  const auto progress = [&](const std::string& text) {
    const double at = static_cast<double>((now() - began).count()) / 1e9;
    std::fprintf(complete.json ? stderr : stdout, "%5.1f s  %s\n", at, text.c_str());
    std::fflush(complete.json ? stderr : stdout);
  };
  const auto report = run_show(complete.show, progress);
  if (!report) return fail(report.error());
  const std::string out = complete.json ? as_json(*report) + "\n" : for_people(*report, colour);
  std::fputs(out.c_str(), stdout);
  return report->good() ? 0 : 1;
}

}  // namespace demo
