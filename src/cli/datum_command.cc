#include <string>
#include <utility>

#include "src/cli/commands.h"
#include "src/cli/datum_cases.h"
#include "src/cli/datum_paths.h"
#include "src/cli/places.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

Result<int> report_on(const std::string& file, Context& context,
                      Result<CaseReport> (*run)(std::string_view)) {
  auto text = read_file(context, file);
  if (!text) return std::move(text).error();
  Result<CaseReport> report = run(*text);
  if (!report) return std::move(report).error();
  std::ostream& out = context.environment.out;
  for (const std::string& line : report->lines) out << printable(line) << '\n';
  out << report->passed << " passed, " << report->failed << " failed\n";
  return report->failed == 0 ? 0 : 1;
}

}  // namespace

Result<int> execute(const DatumCasesOptions& options, Context& context) {
  return report_on(options.file, context, run_cases);
}

Result<int> execute(const DatumPathsOptions& options, Context& context) {
  return report_on(options.file, context, run_paths);
}

}  // namespace keepsake::cli
