#include "examples/demo/program.h"

#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/interactive.h"
#include "examples/demo/print.h"
#include "examples/demo/read_number.h"
#include "examples/demo/reader.h"
#include "examples/demo/server.h"
#include "examples/demo/show.h"
#include "examples/demo/stage.h"

namespace demo {

namespace {

constexpr int kMisused = 2;

constexpr const char* kHelp =
    R"(demo: game servers keep 400 players safe in one database, through kill -9 and freezes.

  --players N        how many of the sample's players take part, 8 to 400 (400)
  --seconds N        about how long it takes, 5 to 600 (60); a freeze takes 12 of them anyway
  --seed N           of everything that is random in it (1)
  --no-freeze        leave out the frozen server
  --break WHAT       switch one safeguard off, and see the accounting notice:
                       fence    stale commits are let through
                       journal  what is written to the journal goes nowhere
                       trade    of a trade only one side is stored
  --interactive      instead: a person at the keys kills, freezes and cuts off servers while 60
                     players (or --players) play
  --keys KEYS        the same, with these keys pressed, one a second
  --kills N          instead: N rounds of kill -9 at random moments (script/torture has more)
  --db URL           a PostgreSQL database, new and empty, in place of an SQLite file (script/demo
                     --db postgres starts one for the demo alone)
  --json             one object with all figures on stdout
  --keep DIR         use this folder, and leave database, journals and logs in it
  --import FILE      another file of the sample's form

Exit status: 0 if all is well, 1 if the accounting does not hold, 2 if the arguments make no sense.
)";

struct Arguments {
  ShowOptions show;
  bool interactive = false;
  std::string keys;
  std::optional<std::size_t> players;
  std::int64_t kills = 0;
  bool json = false;
  bool help = false;
};

bool read_option(std::string_view option, std::string_view value, Arguments& arguments) {
  ShowOptions& show = arguments.show;
  if (option == "--players") {
    return read_number<std::size_t>(value, 8, 400, arguments.players.emplace());
  }
  if (option == "--keys") {
    arguments.interactive = true;
    arguments.keys = value;
    return !value.empty();
  }
  if (option == "--seconds") return read_number<double>(value, 5, 600, show.seconds);
  if (option == "--seed") return read_number<std::uint64_t>(value, 0, 1'000'000, show.seed);
  if (option == "--kills") return read_number<std::int64_t>(value, 1, 100'000, arguments.kills);
  if (option == "--break") {
    const std::optional<Break> what = parse_break(value);
    show.broken = what.value_or(Break::none);
    return what && *what != Break::none;
  }
  if (option == "--db") {
    show.database = value;
    return is_postgres(show.database);
  }
  (option == "--keep" ? show.keep : show.exported) = value;
  return (option == "--keep" || option == "--import") && !value.empty();
}

/// What the help says of an option: its line and those below it that go on; "" if it isn't one.
std::string_view help_of(const std::string& option) {
  const std::string_view help = kHelp;
  const std::size_t begin = help.find("  " + option + ' ');
  if (option.empty() || begin == help.npos) return "";
  return help.substr(begin, help.find("\n  --", begin) - begin);
}

std::nullopt_t misused(const std::string& option, const std::string& value) {
  const std::string_view help = help_of(option);
  std::fprintf(stderr, "demo: can't make sense of '%s%s%s' (--help explains)\n%.*s%s",
               option.c_str(), value.empty() || help.empty() ? "" : " ",
               help.empty() ? "" : value.c_str(), static_cast<int>(help.size()), help.data(),
               help.empty() ? "" : "\n");
  return std::nullopt;
}

std::optional<Arguments> read_arguments(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--json") {
      arguments.json = true;
    } else if (given[i] == "--no-freeze") {
      arguments.show.freeze = false;
    } else if (given[i] == "--interactive") {
      arguments.interactive = true;
    } else if (given[i] == "-h" || given[i] == "--help") {
      arguments.help = true;
    } else if (i + 1 == given.size() || !read_option(given[i], given[i + 1], arguments)) {
      return misused(given[i], i + 1 == given.size() ? "" : given[i + 1]);
    } else {
      ++i;
    }
  }
  return arguments;
}

int fail(const keepsake::Error& error) {
  std::fprintf(stderr, "demo: %s\n", error.text().c_str());
  return 1;
}

/// The rounds of kills are keepsake-torture's, which lies beside this program.
int torture(const Arguments& arguments) {
  const std::string& own = arguments.show.program;
  const std::string program = own.substr(0, own.rfind('/') + 1) + "keepsake-torture";
  const std::string rounds = std::to_string(arguments.kills);
  const std::string seed = std::to_string(arguments.show.seed);
  ::execl(program.c_str(), program.c_str(), "--only", "kill", "--rounds", rounds.c_str(), "--seed",
          seed.c_str(), arguments.json ? "--json" : nullptr, nullptr);
  std::perror(program.c_str());
  return 1;
}

/// One JSON object, or lines.
int print(const keepsake::Result<ShowReport>& report, bool json, bool colour) {
  if (!report) return fail(report.error());
  const std::string out = json ? as_json(*report) + "\n" : for_people(*report, colour);
  std::fputs(out.c_str(), stdout);
  return report->good() ? 0 : 1;
}

keepsake::Result<ShowReport> with_keys(const Arguments& arguments, bool screen) {
  InteractiveOptions options{.program = arguments.show.program,
                             .exported = arguments.show.exported,
                             .keep = arguments.show.keep,
                             .seed = arguments.show.seed,
                             .keys = arguments.keys,
                             .screen = screen};
  if (arguments.players) options.players = *arguments.players;
  return run_interactive(options);
}

}  // namespace

int run(int argc, char** argv) {
  if (const std::optional<int> status = serve(argc, argv)) return *status;
  const auto arguments = read_arguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!arguments) return kMisused;
  if (arguments->help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  Arguments complete = *arguments;
  complete.show.program = own_path();
  if (complete.show.exported.empty()) complete.show.exported = find_players(own_path());
  if (complete.players) complete.show.players = *complete.players;
  if (complete.kills > 0) return torture(complete);

  const keepsake::MonotonicTime began = now();
  const bool colour = ::isatty(STDOUT_FILENO) == 1;
  if (complete.interactive) {
    return print(with_keys(complete, colour && !complete.json), complete.json, colour);
  }
  const auto progress = [&](const std::string& text) {
    const double at = static_cast<double>((now() - began).count()) / 1e9;
    std::fprintf(complete.json ? stderr : stdout, "%5.1f s  %s\n", at, text.c_str());
    std::fflush(complete.json ? stderr : stdout);
  };
  return print(run_show(complete.show, progress), complete.json, colour);
}

}  // namespace demo
