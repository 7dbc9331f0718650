#include <string>
#include <utility>

#include "keepsake/cli/rollback.h"
#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/record_json.h"
#include "src/cli/table.h"
#include "src/cli/text.h"
#include "src/cli/tool_work.h"

namespace keepsake::cli {

namespace {

void write_table(std::ostream& out, const NotRolledBack& stays) {
  Table table({{"STAYS"}, {"ID"}, {"WHEN"}});
  const auto add = [&](const char* what, const std::vector<Receipt>& all) {
    for (const Receipt& one : all) table.add({what, one.id, utc_text(one.at_ms)});
  };
  add("purchase", stays.receipts);
  add("sent", stays.sent);
  add("handled", stays.handled);
  table.write(out);
}

/// `report`: none if nothing was done.
void write_object(std::ostream& out, const RollbackCommandOptions& options,
                  const NotRolledBack& stays, const RollbackReport* report) {
  const auto number = [](std::uint64_t of) { return of == 0 ? Value() : json_of(of); };
  out << write_json(Value::object({{"store", options.key.store},
                                   {"key", options.key.key},
                                   {"rolled_back_to", json_of(options.revision)},
                                   {"revision", report ? number(report->revision) : Value()},
                                   {"undo", report ? number(report->undo) : Value()},
                                   {"purchases", json_of(stays.receipts)},
                                   {"sent", json_of(stays.sent)},
                                   {"handled", json_of(stays.handled)}}))
      << '\n';
}

Result<int> show(const RollbackCommandOptions& options, const Context& context, Backend& backend) {
  auto stays = look_at_rollback(backend, options.key, options.revision);
  if (!stays) return std::move(stays).error();
  if (options.json) {
    write_object(context.environment.out, options, *stays, nullptr);
  } else {
    write_table(context.environment.out, *stays);
  }
  note(context, "nothing was changed; --yes rolls the data back, and what is listed stays");
  return 0;
}

Result<int> roll_back(const RollbackCommandOptions& options, const Context& context,
                      Backend& backend) {
  auto info = backend.info();
  if (!info) return std::move(info).error();
  const RollbackOptions how{
      .revision = options.revision,
      .reason = options.reason,
      .journals = options.journal.empty() ? journals_beside(*info) : options.journal,
      .within = std::chrono::seconds(static_cast<std::int64_t>(options.within_s))};
  auto report = keepsake::roll_back(backend, options.key, how);
  if (!report) return std::move(report).error();
  if (options.json) {
    write_object(context.environment.out, options, report->stays, &*report);
  } else {
    write_table(context.environment.out, report->stays);
  }
  std::string line = "rolled " + options.key.store + "/" + options.key.key + " back to revision " +
                     std::to_string(options.revision) + ", as revision " +
                     std::to_string(report->revision);
  if (report->undo != 0) line += "; --revision " + std::to_string(report->undo) + " undoes it";
  context.environment.err << printable(line) << '\n';
  return 0;
}

}  // namespace

Result<int> execute(const RollbackCommandOptions& options, Context& context) {
  auto backend = open_database(options.db, options.yes ? Use::writes : Use::reads);
  if (!backend) return std::move(backend).error();
  return options.yes ? roll_back(options, context, **backend) : show(options, context, **backend);
}

}  // namespace keepsake::cli
