#include "src/cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

namespace keepsake::cli {

namespace {

constexpr const char* kDbHelp = "The database: sqlite:FILE, just FILE, or postgres://…";
constexpr const char* kStoreHelp = "The store; may be left out where the program knows only one";

/// Collects the command while the library reads the arguments.
struct Reading {
  CLI::App app{"Looks after players' data in a Keepsake database.", "keepsake"};
  std::optional<Command> command;
  std::vector<std::string> catalog_files;

  /// A command whose options live as long as the parser.
  template <class Options>
  std::pair<CLI::App*, std::shared_ptr<Options>> add(CLI::App& parent, const std::string& name,
                                                     const std::string& help) {
    auto options = std::make_shared<Options>();
    CLI::App* sub = parent.add_subcommand(name, help);
    sub->callback([this, options] { command = *options; });
    return {sub, options};
  }
};

void add_db(CLI::App* sub, std::string& db) {
  sub->add_option("--db", db, kDbHelp)->required()->type_name("DB");
}

void add_store(CLI::App* sub, std::string& store, const char* help = kStoreHelp) {
  sub->add_option("--store", store, help)->type_name("NAME");
}

void add_catalog(Reading& reading, CLI::App* sub) {
  sub->add_option("--catalog", reading.catalog_files,
                  "Know the store of this file, written by schema export, in place of the "
                  "program's own; may be given again for another store")
      ->allow_extra_args(false)
      ->type_name("FILE");
}

/// Of one store, whose catalog the command looks for.
void add_place(Reading& reading, CLI::App* sub, Place& place) {
  add_db(sub, place.db);
  add_store(sub, place.store);
  add_catalog(reading, sub);
}

/// Of all stores or one.
void add_wide_place(CLI::App* sub, Place& place) {
  add_db(sub, place.db);
  add_store(sub, place.store, "Of this store only");
}

void add_json(CLI::App* sub, bool& json, const char* help = "Print JSON, for programs") {
  sub->add_flag("--json", json, help);
}

void add_import(Reading& reading) {
  auto [sub, options] = reading.add<ImportOptions>(
      reading.app, "import", "Take an export of another library's profiles into a store");
  sub->add_option("FILE", options->file, "The export, one JSON object a line; - is standard input")
      ->required();
  sub->add_option("--from", options->from, "The export's form")
      ->check(CLI::IsMember({"profilestore"}))
      ->capture_default_str()
      ->type_name("FORM");
  add_place(reading, sub, options->place);
  add_json(sub, options->json, "Print {\"imported\", \"unchanged\", \"refused\"} on stdout");
  sub->footer(
      "Each line is {\"key\", \"document\"}. A profile that exists is never overwritten: the same\n"
      "document counts as unchanged, another one is refused. What is refused goes to quarantine,\n"
      "and the exit status is 1. Stopped half-way, run it again.\n"
      "  keepsake import export.jsonl --from profilestore --db sqlite:players.db");
}

void add_get(Reading& reading) {
  auto [sub, options] = reading.add<GetOptions>(
      reading.app, "get", "Print a profile's data at the latest version, as JSON");
  sub->add_option("KEY", options->key, "The profile's key")->required();
  CLI::Option* raw = sub->add_flag("--raw", options->raw, "The stored bytes, as they are");
  sub->add_flag("--envelope", options->envelope,
                "All that is kept beside the data: owner, versions, times, user ids, inbox")
      ->excludes(raw);
  sub->add_option("--revision", options->revision, "As it was then: one that history keeps")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{INT64_MAX}))
      ->excludes("--envelope")
      ->type_name("N");
  add_place(reading, sub, options->place);
  add_json(sub, options->json, "On one line even on a terminal");
}

void add_history(Reading& reading) {
  auto [sub, options] = reading.add<HistoryOptions>(
      reading.app, "history", "List what history keeps of a profile, newest first");
  sub->add_option("KEY", options->key, "The profile's key")->required();
  add_place(reading, sub, options->place);
  add_json(sub, options->json);
}

/// What every command has that an operator overrides servers with.
template <class Options>
void add_override(CLI::App* sub, Options& options, const char* within_help) {
  sub->add_option("--reason", options.reason, "For the audit; must name nobody")
      ->required()
      ->type_name("TEXT");
  sub->add_flag("--yes", options.yes, "Do it");
  sub->add_option("--journal", options.journal,
                  "The folder of the journals; without it the one beside the database")
      ->type_name("DIR");
  sub->add_option("--within", options.within_s, within_help)
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{86'400}))
      ->capture_default_str()
      ->type_name("SECONDS");
  add_db(sub, options.db);
  add_json(sub, options.json);
}

/// STORE and KEY. After them the command's own options, then add_override().
void add_profile(CLI::App* sub, ProfileOverride& options) {
  sub->add_option("STORE", options.key.store, "The profile's store")->required();
  sub->add_option("KEY", options.key.key, "The profile's key")->required();
}

void add_subject(Reading& reading) {
  constexpr const char* kUser = "The person's user id";
  CLI::App* subject = reading.app.add_subcommand("subject", "A person's data, over all stores");
  subject->require_subcommand(1);
  auto [exported, export_options] = reading.add<SubjectExportOptions>(
      *subject, "export", "Write all that is kept of a person as JSON lines");
  exported->add_option("USER", export_options->user, kUser)->required();
  exported->add_option("--out", export_options->out, "The file; without it, stdout")
      ->type_name("FILE");
  add_db(exported, export_options->db);

  auto [erase, erase_options] = reading.add<SubjectEraseOptions>(
      *subject, "erase", "Erase a person's data; without --yes, show what would go");
  erase->add_option("USER", erase_options->user, kUser)->required();
  erase->add_flag("--unlink-shared", erase_options->unlink_shared,
                  "Of profiles that others bear, take the user id, history and quarantine");
  add_override(erase, *erase_options, "How long to wait for an owner, and for servers' journals");

  auto [audit, audit_options] = reading.add<AuditOptions>(
      reading.app, "audit", "List what operators have erased, stolen and restored, newest first");
  audit->add_option("--limit", audit_options->limit, "At most so many")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1000}))
      ->capture_default_str()
      ->type_name("N");
  add_db(audit, audit_options->db);
  add_json(audit, audit_options->json);
}

void add_steal(Reading& reading) {
  auto [steal, options] = reading.add<StealCommandOptions>(
      reading.app, "steal", "End the session of a profile whose server doesn't; see also --yes");
  add_profile(steal, *options);
  add_override(steal, *options, "How long to ask the owner before the profile is taken from it");
  steal->footer(
      "Without --yes it shows who has the profile. With it, the owner is asked to save it and "
      "give\n"
      "it up; one that gives no answer in time is robbed: its next save is refused, and what it "
      "had\n"
      "not saved goes to quarantine.");
}

void add_rollback(Reading& reading) {
  auto [rollback, options] = reading.add<RollbackCommandOptions>(
      reading.app, "rollback", "Make data that history keeps a profile's data again; see --yes");
  add_profile(rollback, *options);
  rollback->add_option("--revision", options->revision, "The one to go back to; see history")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{INT64_MAX}))
      ->type_name("N");
  add_override(rollback, *options, "How long to wait for an owner to give the profile");
  rollback->footer(
      "Without --yes it shows what a rollback leaves as it is: purchases, messages that were sent\n"
      "and messages that were taken since then. With it, the data becomes a new revision; what it\n"
      "replaces stays in history, so that it can be undone in the same way.");
}

void add_list(Reading& reading) {
  auto [sub, options] =
      reading.add<ListOptions>(reading.app, "list", "List a store's profiles in order of key");
  sub->add_option("--after", options->after, "Begin after this key")->type_name("KEY");
  sub->add_option("--limit", options->limit, "At most so many; 0 is all")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000}))
      ->type_name("N");
  sub->add_flag("--tags", options->tags, "What games have set as tags, too (--json always has it)");
  add_place(reading, sub, options->place);
  add_json(sub, options->json);
}

void add_quarantine(Reading& reading) {
  auto [sub, options] = reading.add<QuarantineOptions>(
      reading.app, "quarantine", "List what was set aside, newest first, or show one incident");
  sub->add_option("INCIDENT", options->incident, "Show this one with its payload");
  sub->add_flag("--raw", options->raw, "With INCIDENT: the payload's bytes alone");
  sub->add_option("--limit", options->limit, "List at most so many")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
      ->capture_default_str()
      ->type_name("N");
  add_wide_place(sub, options->place);
  add_json(sub, options->json);
}

void add_ownership(Reading& reading) {
  auto [sessions, sessions_options] = reading.add<SessionsOptions>(
      reading.app, "sessions", "List the profiles that servers hold now");
  add_wide_place(sessions, sessions_options->place);
  add_json(sessions, sessions_options->json);

  auto [servers, servers_options] = reading.add<ServersOptions>(
      reading.app, "servers", "List the servers' leases: open, closed, or still holding profiles");
  add_db(servers, servers_options->db);
  add_json(servers, servers_options->json);

  auto [inbox, inbox_options] =
      reading.add<InboxOptions>(reading.app, "inbox", "List the messages that wait for a profile");
  inbox->add_option("KEY", inbox_options->key, "The profile's key")->required();
  inbox->add_flag("--bodies", inbox_options->bodies, "Print what the messages hold, too");
  add_place(reading, inbox, inbox_options->place);
  add_json(inbox, inbox_options->json);
}

void add_journal(Reading& reading) {
  CLI::App* journal = reading.app.add_subcommand("journal", "Dead servers' journals");
  journal->require_subcommand(1);
  auto [recover, options] = reading.add<RecoverOptions>(
      *journal, "recover", "Replay the journals of dead servers and free their profiles");
  add_db(recover, options->db);
  recover
      ->add_option("--journal", options->journal,
                   "The folder of the journals; without it the one beside the database")
      ->type_name("DIR");
  add_json(recover, options->json);
}

void add_copies(Reading& reading) {
  auto [backup, backup_options] = reading.add<BackupOptions>(
      reading.app, "backup", "Copy an SQLite database while servers run");
  backup->add_option("FILE", backup_options->file, "The copy; no file is overwritten")->required();
  add_db(backup, backup_options->db);

  auto [restore, restore_options] = reading.add<RestoreOptions>(
      reading.app, "restore", "Put a backup in the place of what a database holds");
  restore->add_option("FILE", restore_options->file, "The backup")->required();
  add_db(restore, restore_options->db);
  restore->footer(
      "All sessions end: what servers had not saved goes to quarantine. What was erased since the\n"
      "backup was made is erased from it first, by the file DB.tombstones.");
}

void add_bench(Reading& reading) {
  auto [sub, options] = reading.add<BenchOptions>(
      reading.app, "bench", "Measure a database under real game servers");
  add_db(sub, options->db);
  const CLI::Range many(std::uint64_t{1}, std::uint64_t{1'000'000'000});
  sub->add_option("--players", options->players, "Sessions, on all servers together")
      ->check(many)
      ->capture_default_str()
      ->type_name("N");
  sub->add_option("--profiles", options->profiles,
                  "Profiles in the database, players' among them; without it as many as players")
      ->check(many)
      ->type_name("N");
  sub->add_option("--servers", options->servers, "Game-server processes")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100}))
      ->capture_default_str()
      ->type_name("M");
  sub->add_option("--items", options->items, "Entries of a profile, about 48 bytes each")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{50'000}))
      ->capture_default_str()
      ->type_name("N");
  sub->add_option("--seconds", options->seconds, "How long each thing is measured")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str()
      ->type_name("S");
  sub->add_flag("--baseline", options->baseline,
                "Measure the bare database in turns with it, and print ratios");
  sub->add_option("--journal", options->journal,
                  "The folder of the servers' journals; without it a temporary one")
      ->type_name("DIR");
  sub->add_option("--chart", options->chart, "Draw the figures, as SVG")->type_name("FILE");
  add_json(sub, options->json);
  sub->footer(
      "Use a database of its own: profiles of the store keepsake_bench are made in it, and stay.\n"
      "  keepsake bench --db sqlite:bench.db --players 2000 --servers 4 --baseline");
}

CLI::Option* add_form(CLI::App* sub, const char* name, std::string& form, const std::string& help) {
  return sub->add_option(name, form, help)
      ->check(CLI::IsMember({"jsonl", "json", "cbor"}))
      ->type_name("FORM");
}

void add_records(CLI::App* sub, RecordsOptions& records) {
  sub->add_option("FILE", records.file, "The records; - is standard input")->required();
  add_form(sub, "--from", records.from,
           "The input's form; without it, its name or its beginning says it");
  sub->add_option("--at", records.at, "The member of each record that is the data: /document/Data")
      ->type_name("POINTER");
  sub->add_flag("--lenient", records.lenient, "Take CBOR that is not in deterministic form");
}

void add_judge(CLI::App* sub, JudgeOptions& judge) {
  add_store(sub, judge.store);
  CLI::Option* version =
      sub->add_option("--version", judge.version, "What data without a version is of");
  version->type_name("VERSION");
  sub->add_flag("--trial", judge.trial,
                "Try data without a version under each version, the newest first")
      ->excludes(version);
}

void add_records_commands(Reading& reading, CLI::App& datum) {
  auto [validate, validate_options] = reading.add<DatumValidateOptions>(
      datum, "validate", "Say which records are valid data of their versions");
  add_records(validate, validate_options->records);
  add_judge(validate, validate_options->judge);
  add_catalog(reading, validate);
  validate->add_flag("--all", validate_options->all,
                     "Each record's faults, and not the first alone");
  add_json(validate, validate_options->json, "Print {\"faults\", \"valid\", \"invalid\"}");

  auto [migrate, migrate_options] = reading.add<DatumMigrateOptions>(
      datum, "migrate", "Write the records with their data at another version to stdout");
  add_records(migrate, migrate_options->records);
  add_judge(migrate, migrate_options->judge);
  add_catalog(reading, migrate);
  migrate->add_option("--to", migrate_options->to, "The version; without it, the current one")
      ->type_name("VERSION");
  add_form(migrate, "--as", migrate_options->as, "The output's form, if not the input's");
  migrate->add_flag("--report", migrate_options->report, "Say on stderr what the steps did");

  auto [convert, convert_options] = reading.add<DatumConvertOptions>(
      datum, "convert", "Write the records in another form to stdout");
  add_records(convert, convert_options->records);
  add_store(convert, convert_options->store,
            "Validate by this store's schemas: bytes become bytes, members take their order");
  add_form(convert, "--to", convert_options->to, "The output's form")->required();
  add_catalog(reading, convert);
}

void add_datum(Reading& reading) {
  CLI::App* datum =
      reading.app.add_subcommand("datum", "Schemas and migrations, without a database");
  datum->require_subcommand(1);
  auto [cases, cases_options] =
      reading.add<DatumCasesOptions>(*datum, "cases", "Run a file of decoding and encoding cases");
  cases->add_option("FILE", cases_options->file, "A JSON array of cases")->required();
  auto [paths, paths_options] =
      reading.add<DatumPathsOptions>(*datum, "paths", "Run a file of migration path cases");
  paths->add_option("FILE", paths_options->file, "A JSON array of cases")->required();
  auto [train, train_options] = reading.add<DatumTrainOptions>(
      *datum, "train", "Learn a dictionary for compressing records from records like them");
  train
      ->add_option("FILE", train_options->file,
                   "The records' data, one JSON object a line; - is standard input")
      ->required();
  train
      ->add_option("--out", train_options->out, "Where the dictionary goes; no file is overwritten")
      ->required()
      ->type_name("FILE");
  train->add_option("--size", train_options->size_bytes, "Of the dictionary, at most")
      ->check(CLI::Range(256, 1024 * 1024))
      ->capture_default_str()
      ->type_name("BYTES");
  train->add_flag("--cbor", train_options->cbor, "For records that are stored as CBOR");
  add_json(train, train_options->json);
  add_records_commands(reading, *datum);
}

void add_dir(CLI::App* sub, std::string& dir) {
  sub->add_option("--dir", dir, "The folder of catalog.lock, schemas/ and golden/")
      ->capture_default_str()
      ->type_name("DIR");
}

/// What works on a folder with what is published.
void add_publication(Reading& reading, CLI::App& schema) {
  constexpr const char* kStores = "Of this store only";
  auto [lock, lock_options] = reading.add<SchemaLockOptions>(
      schema, "lock", "Write down what is published: catalog.lock, schemas/, golden/");
  add_dir(lock, lock_options->dir);
  lock->add_option("--replace", lock_options->replace,
                   "Publish this version anew, and the steps to it; needs --store where there are "
                   "several; may be given again")
      ->allow_extra_args(false)
      ->type_name("VERSION");
  add_store(lock, lock_options->store, kStores);
  add_catalog(reading, lock);

  auto [record, record_options] = reading.add<SchemaRecordOptions>(
      schema, "record", "Record data and what becomes of them, for check to replay");
  record
      ->add_option("FILE", record_options->file,
                   "Data with their version, one JSON object a line; - is standard input")
      ->required();
  add_dir(record, record_options->dir);
  add_store(record, record_options->store);
  add_catalog(reading, record);

  auto [check, check_options] = reading.add<SchemaCheckOptions>(
      schema, "check", "Hold schemas and steps against what is published");
  add_dir(check, check_options->dir);
  check->add_flag("--strict", check_options->strict,
                  "Fail on what is not locked yet, too: for a build that is to be published");
  add_store(check, check_options->store, kStores);
  add_catalog(reading, check);
}

void add_schema(Reading& reading) {
  CLI::App* schema = reading.app.add_subcommand(
      "schema", "What is published of a store's schemas and steps, and what it becomes");
  schema->require_subcommand(1);
  auto [exported, export_options] = reading.add<SchemaExportOptions>(
      *schema, "export", "Write a store's catalog as a file, for --catalog");
  exported->add_option("--out", export_options->out, "The file; without it, stdout")
      ->type_name("FILE");
  add_store(exported, export_options->store);
  add_catalog(reading, exported);
  add_publication(reading, *schema);
  auto [diff, diff_options] = reading.add<SchemaDiffOptions>(
      *schema, "diff", "Show what differs between two versions, and whom it breaks");
  diff->add_option("BEFORE", diff_options->before,
                   "A version, or a file with a JSON Schema; without any, all pairs of versions");
  diff->add_option("AFTER", diff_options->after, "The newer one; without it, the current version");
  add_store(diff, diff_options->store);
  add_json(diff, diff_options->json);
  add_catalog(reading, diff);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The first word that should have been a command and is none; "" if there is no such.
std::string unknown_command(CLI::App& app, const std::vector<std::string>& arguments) {
  CLI::App* innermost = &app;
  for (const std::string& word : arguments) {
    const auto commands = innermost->get_subcommands([](CLI::App*) { return true; });
    if (word.starts_with("-") || commands.empty()) return {};
    const auto named = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->get_name() == word;
    });
    if (named == commands.end()) return word;
    innermost = *named;
  }
  return {};
}

std::string misuse_text(CLI::App& app, const std::vector<std::string>& arguments,
                        const CLI::Error& error) {
  const std::string unknown = unknown_command(app, arguments);
  if (!unknown.empty()) return "there is no command \"" + unknown + "\"";
  const std::string text = first_line(error.what());
  return text == "A subcommand is required" ? "a command is required" : text;
}

/// The help of the command that was being read: "keepsake get --help" is about get.
std::string help_of(const CLI::App& app) {
  const CLI::App* innermost = &app;
  while (!innermost->get_subcommands().empty()) innermost = innermost->get_subcommands().front();
  std::string prefix;
  for (const CLI::App* parent = innermost->get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    prefix = parent->get_name() + (prefix.empty() ? "" : " ") + prefix;
  }
  return innermost->help(prefix);
}

}  // namespace

Parsed parse(const std::vector<std::string>& arguments) {
  Reading reading;
  reading.app.require_subcommand(1);
  reading.app.set_version_flag("--version", "keepsake " + std::string(kVersion));
  add_import(reading);
  add_get(reading);
  add_history(reading);
  add_list(reading);
  add_quarantine(reading);
  add_ownership(reading);
  add_journal(reading);
  add_subject(reading);
  add_steal(reading);
  add_rollback(reading);
  add_copies(reading);
  add_bench(reading);
  add_datum(reading);
  add_schema(reading);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    reading.app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return Answer{help_of(reading.app)};
  } catch (const CLI::CallForAllHelp&) {
    return Answer{reading.app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::CallForVersion& version) {
    return Answer{std::string(version.what()) + "\n"};
  } catch (const CLI::Error& error) {
    return Misuse{misuse_text(reading.app, arguments, error)};
  }
  return Request{*std::move(reading.command), std::move(reading.catalog_files)};
}

}  // namespace keepsake::cli
