#include <algorithm>
#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/backend/copying.h"
#include "src/cli/commands.h"
#include "src/cli/progress.h"
#include "src/cli/text.h"
#include "src/open/copy_side.h"

namespace keepsake::cli {

namespace {

constexpr std::size_t kNamed = 20;  ///< differences, to a person

Value counts_json(const CopyCounts& counts) {
  const auto number = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
  return Value::object({{"profiles", number(counts.profiles)},
                        {"messages", number(counts.messages)},
                        {"receipts", number(counts.receipts)},
                        {"handled", number(counts.handled)},
                        {"snapshots", number(counts.snapshots)},
                        {"incidents", number(counts.incidents)},
                        {"bytes", number(counts.bytes)}});
}

Value report_json(const CopyReport& report) {
  std::vector<Value> differences;
  for (const CopyDifference& one : report.differences) {
    differences.push_back(
        Value::object({{"store", one.key.store}, {"key", one.key.key}, {"what", one.what}}));
  }
  return Value::object({{"complete", report.differences.empty()},
                        {"resumed", report.resumed},
                        {"written", static_cast<std::int64_t>(report.written)},
                        {"from", counts_json(report.from)},
                        {"to", counts_json(report.to)},
                        {"differences", Value::array(std::move(differences))}});
}

std::string text_of(const CopyCounts& counts) {
  return count_of(counts.profiles, "profile") + ", " + count_of(counts.messages, "message") + ", " +
         count_of(counts.receipts, "receipt") + ", " + count_of(counts.handled, "handled id") +
         ", " + count_of(counts.snapshots, "snapshot") + ", " +
         count_of(counts.incidents, "incident");
}

void tell(const CopyReport& report, Progress& progress) {
  const std::size_t named = std::min(kNamed, report.differences.size());
  for (std::size_t i = 0; i < named; ++i) {
    const CopyDifference& one = report.differences[i];
    progress.report("differs: " + one.key.store + "/" + one.key.key + ": " + one.what);
  }
  if (named < report.differences.size()) {
    progress.report("and " + std::to_string(report.differences.size() - named) + " more");
  }
  const std::string written = "wrote " + count_of(report.written, "key");
  if (report.differences.empty()) {
    progress.report((report.resumed ? "went on; " : "") + written + "; both hold " +
                    text_of(report.to));
    return;
  }
  progress.report(written + "; from: " + text_of(report.from));
  progress.report("to: " + text_of(report.to));
  progress.report("the copy differs: somebody writes to one of the two. Run it again");
}

}  // namespace

Result<int> execute(const CopyOptions& options, Context& context) {
  auto from = open_copy_side(options.from, CopyRole::from);
  if (!from) return std::move(from).error();
  auto to = open_copy_side(options.to, CopyRole::to);
  if (!to) return std::move(to).error();
  Environment& environment = context.environment;
  Progress copied(environment, std::nullopt, "key");
  Progress compared(environment, std::nullopt, "key compared");
  auto report =
      copy_database(**from, **to, unix_ms(environment.clock.wall()), [&](const CopyProgress& now) {
        if (now.comparing) copied.clear();
        (now.comparing ? compared : copied).show(now.keys, now.bytes);
      });
  compared.clear();
  copied.clear();
  if (!report) return std::move(report).error();
  tell(*report, copied);
  if (options.json) environment.out << write_json(report_json(*report)) << '\n';
  return report->differences.empty() ? 0 : 1;
}

}  // namespace keepsake::cli
