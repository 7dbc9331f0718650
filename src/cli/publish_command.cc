#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/publication.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

/// The store's catalog, or with "" all that there are.
Result<std::vector<const AnyCatalog*>> catalogs_for(const Context& context,
                                                    const std::string& store) {
  std::vector<const AnyCatalog*> catalogs;
  if (!store.empty()) {
    const auto catalog = catalog_of(context, store);
    if (!catalog) return catalog.error();
    catalogs.push_back(*catalog);
    return catalogs;
  }
  for (const AnyCatalog& catalog : context.catalogs) catalogs.push_back(&catalog);
  if (!catalogs.empty()) return catalogs;
  return Error(ErrorCode::invalid_argument, "this program knows no store")
      .remedy("name a catalog's file by --catalog");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void print(const Context& context, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    std::istringstream lines(finding.text);
    for (std::string line; std::getline(lines, line);) {
      context.environment.out << printable(line) << '\n';
    }
  }
}

/// What is locked and can't be passed over.
std::vector<Finding> not_replaced(std::vector<Finding> findings,
                                  const std::vector<std::string>& replace) {
  std::erase_if(findings, [&replace](const Finding& finding) {
    return std::find(replace.begin(), replace.end(), finding.version) != replace.end();
  });
  return findings;
}

Result<void> lock_one(const AnyCatalog& catalog, const Publication& publication,
                      const SchemaLockOptions& options, Context& context) {
  const auto files = files_to_write(catalog, publication);
  if (!files) return files.error();
  for (const auto& [name, text] : *files) {
    const std::filesystem::path file = std::filesystem::path(options.dir) / name;
    const Result<std::string> there = read_file(context, file.string());
    if (there && *there == text) continue;
    Result<void> written = write_file(file, text);
    if (!written) return written;
  }
  std::vector<std::string> names = unlocked(catalog, publication.lock);
  for (const std::string& version : options.replace)
    names.push_back("version " + version + " anew");
  context.environment.out << catalog.store_name() << ": "
                          << (names.empty() ? "nothing new" : "locked " + listed(names)) << '\n';
  return {};
}

/// Functions on whose outcome nothing is recorded: a change of theirs goes unseen.
void note_functions(const AnyCatalog& catalog, const Publication& publication, Context& context) {
  for (const Plan::Step& step : catalog.plan().steps()) {
    if (step.changes != nullptr) continue;
    const auto golden = publication.golden.find(std::string(step.from));
    const bool seen = golden != publication.golden.end() &&
                      std::any_of(golden->second.begin(), golden->second.end(),
                                  [&step](const GoldenRecord& record) {
                                    return record.outputs.find(step.to) != nullptr;
                                  });
    if (seen) continue;
    note(context, catalog.store_name() + ": step " + std::string(step.from) + " -> " +
                      std::string(step.to) +
                      " is a function, and nothing recorded goes through it; record data by "
                      "\"keepsake schema record\"");
  }
}

std::string summary(const AnyCatalog& catalog, const Publication& publication) {
  std::size_t records = 0;
  for (const auto& [version, recorded] : publication.golden) records += recorded.size();
  const auto of_store = [&catalog](const auto& line) { return line.store == catalog.store_name(); };
  const LockFile& lock = publication.lock;
  const auto schemas = std::count_if(lock.schemas.begin(), lock.schemas.end(), of_store);
  const auto steps = std::count_if(lock.steps.begin(), lock.steps.end(), of_store);
  return catalog.store_name() + ": " + count_of(static_cast<std::uint64_t>(schemas), "version") +
         ", " + count_of(static_cast<std::uint64_t>(steps), "step") + " and " +
         count_of(records, "golden record") + " are as published";
}

/// Whether all is well.
Result<bool> check_one(const AnyCatalog& catalog, const SchemaCheckOptions& options,
                       Context& context) {
  const auto publication = read_publication(context, options.dir, catalog);
  if (!publication) return publication.error();
  if (!publication->has_lock) {
    return Error(ErrorCode::not_found, "there is no catalog.lock in \"" + options.dir + "\"")
        .remedy("\"keepsake schema lock\" writes it");
  }
  std::vector<Finding> findings = check_locked(catalog, *publication);
  if (findings.empty()) findings = check_files(catalog, *publication);
  const std::vector<std::string> names = unlocked(catalog, publication->lock);
  if (!names.empty()) {
    const std::string text = catalog.store_name() + ": not locked yet: " + listed(names) +
                             "; \"keepsake schema lock\" does, once this is published";
    if (options.strict) {
      findings.push_back({text + "\n", ""});
    } else {
      note(context, text);
    }
  }
  for (const std::string& doubt : doubtful_compatibility(catalog)) {
    note(context, catalog.store_name() + ": " + doubt);
  }
  note_functions(catalog, *publication, context);
  print(context, findings);
  if (findings.empty()) context.environment.out << summary(catalog, *publication) << '\n';
  return findings.empty();
}

}  // namespace

Result<int> execute(const SchemaLockOptions& options, Context& context) {
  const auto catalogs = catalogs_for(context, options.store);
  if (!catalogs) return catalogs.error();
  if (!options.replace.empty() && catalogs->size() > 1) {
    return Error(ErrorCode::invalid_argument, "a version of which store is to be published anew?")
        .remedy("name it by --store");
  }
  for (const AnyCatalog* catalog : *catalogs) {
    const auto publication = read_publication(context, options.dir, *catalog);
    if (!publication) return publication.error();
    const std::vector<Finding> findings =
        not_replaced(check_locked(*catalog, *publication), options.replace);
    print(context, findings);
    if (findings.empty()) continue;
    return Error(ErrorCode::already_exists,
                 "what is published is not as it was, and is not overwritten")
        .remedy("mend it, or name the versions by --replace");
  }
  for (const AnyCatalog* catalog : *catalogs) {
    // Read again: the lock has the stores before this one by now.
    const auto publication = read_publication(context, options.dir, *catalog);
    if (!publication) return publication.error();
    Result<void> locked = lock_one(*catalog, *publication, options, context);
    if (!locked) return std::move(locked).error();
  }
  return 0;
}

Result<int> execute(const SchemaCheckOptions& options, Context& context) {
  const auto catalogs = catalogs_for(context, options.store);
  if (!catalogs) return catalogs.error();
  bool good = true;
  for (const AnyCatalog* catalog : *catalogs) {
    const Result<bool> one = check_one(*catalog, options, context);
    if (!one) return one.error();
    good = good && *one;
  }
  return good ? 0 : 1;
}

Result<int> execute(const SchemaRecordOptions& options, Context& context) {
  const auto catalog = catalog_of(context, options.store);
  if (!catalog) return catalog.error();
  const Result<std::string> text = read_file(context, options.file);
  if (!text) return text.error();
  auto publication = read_publication(context, options.dir, **catalog);
  if (!publication) return publication.error();
  std::size_t added = 0;
  std::size_t known = 0;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const std::string place = options.file + ":" + std::to_string(added + known + 1);
    const Result<Value> input = parse_json(line);
    if (!input) return in_file(place, input.error());
    const Result<GoldenRecord> recorded = record(**catalog, *input);
    if (!recorded) return in_file(place, recorded.error());
    auto& records = publication->golden[version_of(**catalog, *input).value()->name];
    const bool there = is_recorded(records, *input);
    if (!there) records.push_back(*recorded);
    ++(there ? known : added);
  }
  for (const auto& [version, records] : publication->golden) {
    const std::filesystem::path file = golden_file(**catalog, version);
    Result<void> written =
        write_file(std::filesystem::path(options.dir) / file, golden_text(records));
    if (!written) return std::move(written).error();
  }
  context.environment.out << "recorded " << added << ", there already " << known << '\n';
  return 0;
}

}  // namespace keepsake::cli
