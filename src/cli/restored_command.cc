#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "keepsake/backend/postgres.h"
#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/text.h"
#include "src/open/address.h"

namespace keepsake::cli {

namespace {

Result<void> makes_sense(const RestoredOptions& options) {
  if (!is_postgres(options.db)) {
    return Error(ErrorCode::invalid_argument, "only a PostgreSQL database is restored by others")
        .expected("--db postgres://…")
        .remedy("keepsake restore FILE restores an SQLite database, and does all of this");
  }
  if (!options.tombstones.empty() || options.nobody_erased) return {};
  return Error(ErrorCode::invalid_argument, "who was erased since the state that was put back?")
      .expected("--tombstones FILE, or --nobody-erased")
      .remedy("without the file that erasures wrote, those persons are in the database again");
}

/// Tables of an older Keepsake are brought up to date, if anything may be changed.
Result<std::unique_ptr<Backend>> open_what_was_put_back(const RestoredOptions& options) {
  auto backend = open_database(options.db, Use::reads);
  const bool other_version = !backend && backend.error().code() == ErrorCode::wrong_format;
  return options.yes && other_version ? open_database(options.db, Use::makes) : std::move(backend);
}

std::size_t open_ones(const std::vector<Lease>& leases) {
  return static_cast<std::size_t>(
      std::count_if(leases.begin(), leases.end(),
                    [](const Lease& lease) { return lease.state != LeaseState::recovered; }));
}

int show(const std::vector<Lease>& leases, const Context& context) {
  for (const Lease& lease : leases) {
    if (lease.state == LeaseState::recovered) continue;
    context.environment.err << "would end: the lease of server "
                            << printable(lease.owner.server.text) << ", incarnation "
                            << lease.owner.incarnation << ", with its sessions\n";
  }
  note(context, "nothing was changed; --yes ends " + count_of(open_ones(leases), "lease") +
                    " and gives the database a new generation: what is only in the journals of "
                    "these servers is left alone from then on");
  return 0;
}

void tell(const RestoredPostgresReport& report, const RestoredOptions& options,
          const Context& context) {
  const auto number = [](std::size_t of) { return static_cast<std::int64_t>(of); };
  if (options.json) {
    context.environment.out << write_json(Value::object({{"leases", number(report.leases)},
                                                         {"sessions", number(report.sessions)},
                                                         {"scrubbed", number(report.scrubbed)}}))
                            << '\n';
  }
  note(context, "a new generation; ended " + count_of(report.sessions, "session") + " of " +
                    count_of(report.leases, "lease") + "; of persons erased since, " +
                    count_of(report.scrubbed, "profile") + " scrubbed");
}

}  // namespace

Result<int> execute(const RestoredOptions& options, Context& context) {
  if (auto sense = makes_sense(options); !sense) return std::move(sense).error();
  auto backend = open_what_was_put_back(options);
  if (!backend) return std::move(backend).error();
  auto leases = (*backend)->leases();
  if (!leases) return std::move(leases).error();
  if (!options.yes) return show(*leases, context);
  if (open_ones(*leases) > 0) {
    note(context, "watching for servers that renew, " + std::to_string(options.watch_s) + " s");
    std::this_thread::sleep_for(std::chrono::seconds(options.watch_s));
  }
  auto report =
      restored_postgres(options.db, {.tombstones = options.tombstones,
                                     .leases = *std::move(leases),
                                     .now_ms = unix_ms(context.environment.clock.wall())});
  if (!report) return std::move(report).error();
  tell(*report, options, context);
  return 0;
}

}  // namespace keepsake::cli
