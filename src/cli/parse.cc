#include "src/cli/parse.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/cli/reading.h"

namespace keepsake::cli {

namespace {

void add_import(Reading& reading) {
  auto [sub, options] = reading.add<ImportOptions>(
      reading.app, "import", "Take an export of another library's profiles into a store");
  sub->add_option("FILE", options->file, "The export, one JSON object a line; - is standard input")
      ->required();
  sub->add_option("--from", options->from, "The export's form")
      ->check(CLI::IsMember({"profilestore"}))
      ->capture_default_str()
      ->type_name("FORM");
  add_payload(sub, options->payload);
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
  erase
      ->add_option("--tombstones", erase_options->tombstones,
                   "The file that remembers the erasure outside of a PostgreSQL database, so that "
                   "a restored one forgets the person, too; see restored")
      ->type_name("FILE");
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
  CLI::Option* incident =
      sub->add_option("INCIDENT", options->incident, "Show this one with its payload");
  sub->add_flag("--raw", options->raw, "With INCIDENT: the payload's bytes alone")->needs(incident);
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

void add_restored(Reading& reading) {
  auto [restored, options] = reading.add<RestoredOptions>(
      reading.app, "restored",
      "After PostgreSQL's own tools have put back an earlier state: a new life for it; see --yes");
  add_db(restored, options->db);
  CLI::Option* tombstones =
      restored
          ->add_option("--tombstones", options->tombstones,
                       "What erasures wrote (subject erase --tombstones); may be given again")
          ->allow_extra_args(false)
          ->type_name("FILE");
  restored
      ->add_flag("--nobody-erased", options->nobody_erased,
                 "Nobody was erased since the state that was put back")
      ->excludes(tombstones);
  restored
      ->add_option("--watch", options->watch_s,
                   "How long leases that stand open are watched: at least a renewal's interval")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{600}))
      ->capture_default_str()
      ->type_name("SECONDS");
  restored->add_flag("--yes", options->yes, "Do it");
  add_json(restored, options->json);
  restored->footer(
      "Before servers start again. Leases and sessions of that time end, journals of before are\n"
      "left alone, and who was erased since then is erased again. Refused while a server renews.");
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

  add_restored(reading);

  auto [copy, copy_options] = reading.add<CopyOptions>(
      reading.app, "copy", "Copy a whole database into another, of either kind");
  copy->add_option("--from", copy_options->from, "The database to copy; no server may run on it")
      ->required()
      ->type_name("DB");
  copy->add_option("--to", copy_options->to, "An empty database, or a copy that was started")
      ->required()
      ->type_name("DB");
  add_json(copy, copy_options->json);
  copy->footer(
      "Everything that belongs to profiles goes along. At the end both are compared, and what\n"
      "differs is named. Stopped half-way, run it again: it goes on. Until it is complete no\n"
      "server starts on the copy.\n"
      "  keepsake copy --from sqlite:players.db --to postgres://game@db.example/players");
}

void add_bench(Reading& reading) {
  auto [sub, options] =
      reading.add<BenchOptions>(reading.app, "bench", "Measure a database under real game servers");
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
  add_payload(sub, options->payload);
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
