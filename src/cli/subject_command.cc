#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "keepsake/cli/subject.h"
#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/json_list.h"
#include "src/cli/places.h"
#include "src/cli/record_json.h"
#include "src/cli/table.h"
#include "src/cli/text.h"
#include "src/cli/tool_work.h"

namespace keepsake::cli {

namespace {

std::string name_of(const ProfileKey& key) { return key.store + "/" + key.key; }

Value keys_json(const std::vector<ProfileKey>& keys) {
  std::vector<Value> items;
  for (const ProfileKey& key : keys) {
    items.push_back(Value::object({{"store", key.store}, {"key", key.key}}));
  }
  return Value::array(std::move(items));
}

/// What would go.
Result<int> show(const SubjectEraseOptions& options, const Context& context, Backend& backend) {
  auto profiles = look_at_subject(backend, UserId{options.user});
  if (!profiles) return std::move(profiles).error();
  const auto count = [](std::size_t number) { return std::to_string(number); };
  Table table({{"PROFILE"},
               {"GOES"},
               {"BYTES", Table::Align::right},
               {"INBOX", Table::Align::right},
               {"RECEIPTS", Table::Align::right},
               {"HISTORY", Table::Align::right},
               {"QUARANTINE", Table::Align::right}});
  JsonList json(context.environment.out);
  for (const SubjectProfile& profile : *profiles) {
    const Belongings& all = profile.belongings;
    const std::size_t bytes = all.record ? all.record->payload.size() : 0;
    const char* const goes = profile.shared ? "link" : "profile";
    if (!options.json) {
      table.add({name_of(profile.key), goes, count(bytes), count(all.inbox.size()),
                 count(all.receipts.size()), count(all.history.size()),
                 count(all.quarantine.size())});
      continue;
    }
    const auto number = [](std::size_t of) { return static_cast<std::int64_t>(of); };
    json.add(Value::object({{"store", profile.key.store},
                            {"key", profile.key.key},
                            {"goes", goes},
                            {"bytes", number(bytes)},
                            {"inbox", number(all.inbox.size())},
                            {"receipts", number(all.receipts.size())},
                            {"history", number(all.history.size())},
                            {"quarantine", number(all.quarantine.size())}}));
  }
  table.write(context.environment.out);
  if (options.json) json.finish();
  note(context, profiles->empty() ? "nothing is kept of that user id"
                                  : "nothing was changed; --yes erases this");
  return 0;
}

Result<int> erase(const SubjectEraseOptions& options, const Context& context, Backend& backend) {
  auto info = backend.info();
  if (!info) return std::move(info).error();
  ErasureOptions how{.reason = options.reason,
                     .unlink_shared = options.unlink_shared,
                     .journals = options.journal.empty() ? journals_beside(*info) : options.journal,
                     .within = std::chrono::seconds(static_cast<std::int64_t>(options.within_s))};
  auto report = erase_subject(backend, UserId{options.user}, how);
  if (!report) return std::move(report).error();
  std::vector<Value> not_yet;
  for (const Owner& owner : report->not_yet) not_yet.emplace_back(owner.server.text);
  if (options.json) {
    context.environment.out << write_json(
                                   Value::object({{"erased", keys_json(report->erased)},
                                                  {"unlinked", keys_json(report->unlinked)},
                                                  {"not_yet", Value::array(std::move(not_yet))}}))
                            << '\n';
  }
  if (info->kind == "postgres" && options.tombstones.empty()) {
    note(context,
         "no --tombstones FILE was named: a database that is restored to a time before this brings "
         "the person back");
  }
  std::ostream& err = context.environment.err;
  err << "erased " << count_of(report->erased.size(), "profile") << ", unlinked "
      << report->unlinked.size() << '\n';
  for (const ProfileKey& key : report->unlinked) {
    note(context, name_of(key) + " keeps its data: look through it for what the game wrote there");
  }
  for (const Owner& owner : report->not_yet) {
    note(context, "the journal of server " + text_of(owner) +
                      " may still hold something: run this again once it renews its lease, or "
                      "`keepsake journal recover` if it is dead");
  }
  return report->not_yet.empty() ? 0 : 1;
}

}  // namespace

Result<int> execute(const SubjectExportOptions& options, Context& context) {
  auto backend = open_database(options.db, Use::reads);
  if (!backend) return std::move(backend).error();
  const std::int64_t now_ms = unix_ms(context.environment.clock.wall());
  std::ostringstream archive;
  auto profiles = export_subject(**backend, UserId{options.user}, now_ms, archive);
  if (!profiles) return std::move(profiles).error();
  if (options.out.empty()) {
    context.environment.out << archive.view();
  } else if (auto written = write_file(options.out, archive.view()); !written) {
    return std::move(written).error();
  }
  note(context, "exported " + count_of(*profiles, "profile"));
  return 0;
}

Result<int> execute(const SubjectEraseOptions& options, Context& context) {
  auto backend = options.yes ? open_to_erase(options.db, options.tombstones)
                             : open_database(options.db, Use::reads);
  if (!backend) return std::move(backend).error();
  return options.yes ? erase(options, context, **backend) : show(options, context, **backend);
}

Result<int> execute(const AuditOptions& options, Context& context) {
  auto backend = open_database(options.db, Use::reads);
  if (!backend) return std::move(backend).error();
  auto entries = (*backend)->audit(static_cast<std::size_t>(options.limit));
  if (!entries) return std::move(entries).error();
  Table table({{"WHEN"}, {"WHAT"}, {"BY"}, {"REASON"}});
  JsonList json(context.environment.out);
  for (const AuditEntry& entry : *entries) {
    if (options.json) {
      json.add(Value::object({{"at_ms", entry.at_ms},
                              {"at", json_time(entry.at_ms)},
                              {"what", entry.what},
                              {"by", entry.by.text},
                              {"reason", entry.reason}}));
    } else {
      table.add({utc_text(entry.at_ms), entry.what, entry.by.text, entry.reason});
    }
  }
  table.write(context.environment.out);
  if (options.json) json.finish();
  if (entries->empty() && !options.json) note(context, "operators have changed nothing");
  return 0;
}

}  // namespace keepsake::cli
