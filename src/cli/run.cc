#include <unistd.h>

#include <iostream>
#include <utility>

#include "keepsake/cli/cli.h"
#include "src/cli/environment.h"
#include "src/cli/parse.h"
#include "src/cli/places.h"
#include "src/cli/text.h"
#include "src/os/system.h"

namespace keepsake::cli {

namespace {

constexpr int kFailed = 1;
constexpr int kMisused = 2;

int fail(Environment& environment, const std::string& text, int status) {
  environment.out.flush();
  environment.err << "keepsake: " << printable(text) << '\n' << std::flush;
  return status;
}

Result<int> execute(const Request& request, const std::vector<AnyCatalog>& own,
                    Environment& environment) {
  const auto named = catalogs_in({environment, own}, request.catalog_files);
  if (!named) return named.error();
  Context context{environment, request.catalog_files.empty() ? own : *named};
  return std::visit([&](const auto& options) { return execute(options, context); },
                    request.command);
}

}  // namespace

void note(const Context& context, std::string_view text) {
  context.environment.err << "note: " << printable(text) << '\n';
}

int run_in(const std::vector<std::string>& arguments, const std::vector<AnyCatalog>& catalogs,
           Environment& environment) {
  Parsed parsed = parse(arguments);
  if (const auto* misuse = std::get_if<Misuse>(&parsed)) {
    return fail(environment, misuse->text + " (--help explains)", kMisused);
  }
  int status = 0;
  if (const auto* answer = std::get_if<Answer>(&parsed)) {
    environment.out << answer->text;
  } else {
    Result<int> done = execute(std::get<Request>(parsed), catalogs, environment);
    if (!done) return fail(environment, done.error().text(), kFailed);
    status = *done;
  }
  environment.out.flush();
  environment.err.flush();
  if (!environment.out) return fail(environment, "io_error: stdout took no more", kFailed);
  return status;
}

int run(int argc, char** argv, const std::vector<AnyCatalog>& catalogs) {
  std::ios::sync_with_stdio(false);
  const os::SystemClock clock;
  Environment environment{.in = std::cin,
                          .out = std::cout,
                          .err = std::cerr,
                          .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                          .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                          .clock = clock};
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  return run_in(arguments, catalogs, environment);
}

}  // namespace keepsake::cli
