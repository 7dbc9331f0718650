// What `schema check` finds, in words.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "keepsake/datum/fingerprint.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/schema_diff.h"
#include "src/cli/publication.h"
#include "src/datum/next_version.h"

namespace keepsake::cli {

namespace {

std::string replacing(const std::string& version) {
  return "If no data of version " + version +
         " was ever stored, \"keepsake schema lock --replace " + version +
         "\" publishes it anew.\n";
}

/// The lines of code that give the struct a version of its own, and what there is to say.
std::string new_version_text(const AnyCatalog& catalog, const Schema& published) {
  const VersionInfo& current = catalog.current();
  const std::string next = next_version_name(
      current.name, [&](std::string_view name) { return catalog.find(name) != nullptr; });
  const SuggestedStep step = suggest_step(current.name, next, published, current.schema);
  const std::vector<SchemaChange> changes = diff_schemas(published, current.schema);
  std::string text = "Give it a version of its own: in the catalog, in place of .current(\"" +
                     current.name + "\"), write\n";
  if (!catalog.has_published()) {
    text += "      .published(published::" + header_name(catalog.store_name()) + ")  // of \"" +
            header_file(catalog).string() + "\", for each .version\n";
  }
  text += "      .current(\"" + next + "\")\n      ";
  for (const char c : step.code) text += c == '\n' ? std::string("\n      ") : std::string(1, c);
  text += "\n";
  for (const std::string& remark : step.remarks) text += "  " + remark + ".\n";
  const bool harmless = std::all_of(changes.begin(), changes.end(), [](const SchemaChange& change) {
    return change.old_server == OldServer::works;
  });
  if (harmless) {
    text += "  Servers of version " + current.name +
            " can go on with such data: say so by .compatible_with(\"" + current.name +
            "\") behind .current(\"" + next + "\"), if they may.\n";
  }
  return text;
}

class Check {
 public:
  Check(const AnyCatalog& catalog, const Publication& publication)
      : catalog_(catalog), publication_(publication) {}

  std::vector<Finding> run() {
    const LockFile now = LockFile::of(catalog_);
    for (const LockedSchema& locked : publication_.lock.schemas) {
      if (locked.store == catalog_.store_name()) {
        check(locked, now.schema(locked.store, locked.version));
      }
    }
    for (const LockedStep& locked : publication_.lock.steps) {
      if (locked.store == catalog_.store_name()) {
        check(locked, now.step(locked.store, locked.from, locked.to));
      }
    }
    for (const auto& [version, records] : publication_.golden) check(version, records);
    return std::move(found_);
  }

 private:
  void add(const std::string& version, const std::string& text) {
    found_.push_back({catalog_.store_name() + ": " + text, version});
  }

  void check(const LockedSchema& locked, const LockedSchema* now) {
    const std::string& version = locked.version;
    if (now == nullptr) {
      changed_.insert(version);
      return add(version, "version " + version + " is published, and gone from the catalog.\n" +
                              "Put it back: .published(published::" +
                              header_name(catalog_.store_name()) + ")\n");
    }
    if (now->fingerprint != locked.fingerprint) return changed(version);
    if (now->compatible_with == locked.compatible_with) return;
    const auto words = [](const std::string& oldest) {
      return oldest.empty() ? std::string("with none before it") : "with version " + oldest;
    };
    add(version, "version " + version + " was published as compatible " +
                     words(locked.compatible_with) + ", and now is so " +
                     words(now->compatible_with) + ".\nBring compatible_with() back.\n" +
                     replacing(version));
  }

  void changed(const std::string& version) {
    changed_.insert(version);
    const bool is_current = version == catalog_.current_version();
    const std::optional<Schema> published = published_schema(version);
    const Schema& now = catalog_.find(version)->schema;
    std::string text =
        is_current ? "version " + version + " is published, and the struct is another one now:\n"
                   : "the schema of version " + version + " is not the one that was published:\n";
    if (published) {
      for (const SchemaChange& change : diff_schemas(*published, now)) {
        text += "  " + text_of(change) + "\n";
      }
    } else {
      text += "  (what was published, " + schema_file(catalog_, version).string() +
              " doesn't say any more)\n";
    }
    if (is_current && published) {
      text += new_version_text(catalog_, *published);
    } else if (!is_current) {
      text += "Bring it back: .published(published::" + header_name(catalog_.store_name()) +
              ") has it as it was.\n";
    }
    add(version, text + replacing(version));
  }

  void check(const LockedStep& locked, const LockedStep* now) {
    const std::string step = "step " + locked.from + " -> " + locked.to;
    if (now == nullptr) {
      add(locked.to, step + " is published, and gone from the catalog.\nPut it back.\n");
    } else if (now->fingerprint != locked.fingerprint) {
      add(locked.to, step +
                         " is not the one that was published: the same data would become "
                         "something else than they did.\nBring it back, and put what is new into "
                         "a step of its own.\n" +
                         replacing(locked.to));
    }
  }

  void check(const std::string& version, const std::vector<GoldenRecord>& records) {
    if (changed_.contains(version)) return;
    for (std::size_t i = 0; i < records.size(); ++i) {
      for (const GoldenDifference& difference : differences(catalog_, records[i])) {
        if (changed_.contains(difference.version)) continue;  // which has been said
        add(difference.version, golden_file(catalog_, version).string() + ", line " +
                                    std::to_string(i + 1) + ": " + difference.text + ".\n" +
                                    "Bring the steps on its way back as they were.\n");
      }
    }
  }

  /// As the folder has it, if that is what was locked.
  [[nodiscard]] std::optional<Schema> published_schema(const std::string& version) const {
    const auto file = publication_.schemas.find(version);
    if (file == publication_.schemas.end()) return std::nullopt;
    const Result<Value> document = parse_json(file->second);
    if (!document) return std::nullopt;
    Result<Schema> schema = from_json_schema(*document);
    const LockedSchema* locked = publication_.lock.schema(catalog_.store_name(), version);
    if (!schema || fingerprint(*schema) != locked->fingerprint) return std::nullopt;
    return *std::move(schema);
  }

  const AnyCatalog& catalog_;
  const Publication& publication_;
  std::set<std::string> changed_;  // versions
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> check_locked(const AnyCatalog& catalog, const Publication& publication) {
  return Check(catalog, publication).run();
}

std::vector<std::string> doubtful_compatibility(const AnyCatalog& catalog) {
  std::vector<std::string> doubts;
  for (const VersionInfo& newer : catalog.versions()) {
    for (const VersionInfo& older : catalog.versions()) {
      if (older.ordinal < newer.last_compatible || older.ordinal >= newer.ordinal) continue;
      for (const SchemaChange& change : diff_schemas(older.schema, newer.schema)) {
        if (change.old_server == OldServer::works) continue;
        const char* harm = change.old_server == OldServer::refuses  ? "may refuse it"
                           : change.old_server == OldServer::spoils ? "may spoil it"
                                                                    : "drop parts of it";
        doubts.push_back("version " + newer.name + " is declared compatible with " + older.name +
                         ", but servers of that " + harm + ": " + text_of(change));
        break;
      }
    }
  }
  return doubts;
}

std::vector<std::string> unlocked(const AnyCatalog& catalog, const LockFile& lock) {
  std::vector<std::string> names;
  const LockFile now = LockFile::of(catalog);
  for (const LockedSchema& schema : now.schemas) {
    if (lock.schema(schema.store, schema.version) == nullptr) {
      names.push_back("version " + schema.version);
    }
  }
  for (const LockedStep& step : now.steps) {
    if (lock.step(step.store, step.from, step.to) == nullptr) {
      names.push_back("step " + step.from + " -> " + step.to);
    }
  }
  return names;
}

}  // namespace keepsake::cli
