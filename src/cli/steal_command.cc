#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "keepsake/cli/steal.h"
#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/record_json.h"
#include "src/cli/text.h"
#include "src/cli/tool_work.h"

namespace keepsake::cli {

namespace {

std::string_view word_for(StealReport::How how) {
  switch (how) {
    case StealReport::How::free: return "free";
    case StealReport::How::given: return "given";
    case StealReport::How::taken: break;
  }
  return "taken";
}

/// Who has the profile, if anybody.
Result<std::optional<Lease>> holder_of(Backend& backend, const Envelope& row) {
  if (!row.owner) return std::optional<Lease>();
  auto leases = backend.leases();
  if (!leases) return std::move(leases).error();
  for (Lease& lease : *leases) {
    if (lease.owner == *row.owner && lease.state != LeaseState::recovered) {
      return std::optional(std::move(lease));
    }
  }
  return std::optional<Lease>();
}

Result<int> show(const StealCommandOptions& options, const Context& context, Backend& backend) {
  const std::string what = options.key.store + "/" + options.key.key;
  auto rows = backend.read({options.key});
  if (!rows) return std::move(rows).error();
  if (!rows->front()) {
    return Error(ErrorCode::not_found, "no such profile")
        .store(options.key.store)
        .key(options.key.key);
  }
  const Envelope& row = rows->front()->envelope;
  auto holder = holder_of(backend, row);
  if (!holder) return std::move(holder).error();
  std::ostream& out = context.environment.out;
  if (options.json) {
    const Value lease = *holder ? json_of(**holder) : Value();
    out << write_json(Value::object({{"store", options.key.store},
                                     {"key", options.key.key},
                                     {"epoch", json_of(row.epoch)},
                                     {"lease", lease}}))
        << '\n';
  } else if (*holder) {
    out << printable(what + " is held by server " + text_of((**holder).owner) +
                     ", whose lease is " + std::string(name((**holder).state)) + "; epoch " +
                     std::to_string(row.epoch) + ", session " + row.session.text())
        << '\n';
  }
  note(context, *holder ? "nothing was changed; --yes ends this session" : "nobody holds " + what);
  return 0;
}

std::string line_of(const StealReport& report, const std::string& what) {
  if (report.how == StealReport::How::free) return "nobody held " + what + ": it is free";
  const std::string server = "server " + text_of(report.owner);
  if (report.how == StealReport::How::given) return server + " saved " + what + " and gave it up";
  return server + " did not answer, and " + what +
         " was taken from it: what it has not saved goes to quarantine once it finds out";
}

Result<int> steal(const StealCommandOptions& options, const Context& context, Backend& backend) {
  auto info = backend.info();
  if (!info) return std::move(info).error();
  const StealOptions how{
      .reason = options.reason,
      .journals = options.journal.empty() ? journals_beside(*info) : options.journal,
      .within = std::chrono::seconds(static_cast<std::int64_t>(options.within_s))};
  auto report = steal_profile(backend, options.key, how);
  if (!report) return std::move(report).error();
  if (options.json) {
    const bool any = report->how != StealReport::How::free;
    context.environment.out << write_json(Value::object(
                                   {{"store", options.key.store},
                                    {"key", options.key.key},
                                    {"how", word_for(report->how)},
                                    {"server", any ? Value(report->owner.server.text) : Value()}}))
                            << '\n';
  }
  const std::string what = options.key.store + "/" + options.key.key;
  context.environment.err << printable(line_of(*report, what)) << '\n';
  return 0;
}

}  // namespace

Result<int> execute(const StealCommandOptions& options, Context& context) {
  auto backend = open_database(options.db, options.yes ? Use::writes : Use::reads);
  if (!backend) return std::move(backend).error();
  return options.yes ? steal(options, context, **backend) : show(options, context, **backend);
}

}  // namespace keepsake::cli
