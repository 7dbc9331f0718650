// The commands that work without a database.
#include "src/cli/reading.h"

namespace keepsake::cli {

namespace {

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

  auto [infer, infer_options] = reading.add<DatumInferOptions>(
      datum, "infer",
      "Write a first schema, or a first struct, of what the records have in common");
  add_records(infer, infer_options->records);
  infer->add_option("--as", infer_options->as, "What is written")
      ->check(CLI::IsMember({"schema", "struct"}))
      ->capture_default_str()
      ->type_name("FORM");
  infer->add_option("--name", infer_options->name, "The struct's")
      ->capture_default_str()
      ->type_name("NAME");
}

}  // namespace

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

namespace {

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

}  // namespace

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

}  // namespace keepsake::cli
