#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/base/this_machine.h"
#include "src/cli/commands.h"
#include "src/cli/json_list.h"
#include "src/cli/places.h"
#include "src/cli/record_json.h"
#include "src/cli/text.h"
#include "src/cli/tool_lease.h"
#include "src/store/recovery.h"

namespace keepsake::cli {

namespace {

/// Where servers keep their journals if they are told nothing else.
Result<std::string> journals_of(const RecoverOptions& options, Backend& backend) {
  if (!options.journal.empty()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(options.journal, ignored)) return options.journal;
    return Error(ErrorCode::not_found, "there is no folder \"" + options.journal + "\"");
  }
  auto info = backend.info();
  if (!info) return std::move(info).error();
  if (info->kind == "sqlite") return info->place + ".journal";
  return Error(ErrorCode::invalid_argument, "this database has no journals beside it")
      .remedy("name their folder by --journal DIR");
}

Value report_json(const RecoveryReport& report) {
  std::vector<Value> damage;
  for (const Error& error : report.damage) damage.emplace_back(error.text());
  return Value::object({{"server", report.target.server.text},
                        {"incarnation", json_of(report.target.incarnation)},
                        {"recovered", report.done},
                        {"profiles", static_cast<std::int64_t>(report.profiles)},
                        {"edits", static_cast<std::int64_t>(report.edits)},
                        {"quarantined", static_cast<std::int64_t>(report.quarantined)},
                        {"damage", Value::array(std::move(damage))}});
}

void show(const RecoveryReport& report, Environment& environment) {
  const std::string server = text_of(report.target);
  for (const Error& error : report.damage) {
    environment.err << printable("damage: " + server + ": " + error.text()) << '\n';
  }
  if (!report.done && !report.damage.empty()) return;
  std::string line = report.done ? "recovered " + server + ": " : "left " + server;
  if (report.done) {
    line += count_of(report.edits, "edit") + " of " + count_of(report.profiles, "profile");
    line += ", " + std::to_string(report.quarantined) + " quarantined";
  } else {
    line += ": it is alive, or another server recovers it";
  }
  environment.err << printable(line) << '\n';
}

}  // namespace

Result<int> execute(const RecoverOptions& options, Context& context) {
  auto backend = open_database(options.db, Use::writes);
  if (!backend) return std::move(backend).error();
  auto root = journals_of(options, **backend);
  if (!root) return std::move(root).error();
  Environment& environment = context.environment;
  DirectoryReport report;
  std::error_code ignored;
  if (std::filesystem::is_directory(*root, ignored)) {
    auto info = (*backend)->info();
    if (!info) return std::move(info).error();
    const Machine& machine = this_machine();
    auto lease = ToolLease::open(**backend, machine.random, unix_ms(environment.clock.wall()));
    if (!lease) return std::move(lease).error();
    report = recover_directory({.backend = **backend,
                                .machine = machine,
                                .self = (*lease)->self(),
                                .generation = info->generation,
                                .random = machine.random},
                               *root);
    const Result<void> ended = (*lease)->end();
    if (!ended && !report.failed) report.failed = ended.error();
  }
  int status = 0;
  JsonList json(environment.out);
  for (const RecoveryReport& journal : report.journals) {
    if (!journal.damage.empty()) status = 1;
    show(journal, environment);
    if (options.json) json.add(report_json(journal));
  }
  if (options.json) json.finish();
  if (report.failed) return *std::move(report.failed);
  if (report.journals.empty()) environment.err << printable("no dead journals in " + *root) << '\n';
  return status;
}

}  // namespace keepsake::cli
