#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/catalog_file.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/schema_diff.h"
#include "src/cli/commands.h"
#include "src/cli/json_list.h"
#include "src/cli/places.h"
#include "src/cli/table.h"
#include "src/cli/text.h"
#include "src/datum/next_version.h"

namespace keepsake::cli {

namespace {

/// One side of a difference: a version of a catalog, or a schema out of a file.
struct Side {
  std::string name;
  Schema schema;
  const VersionInfo* version = nullptr;
};

Result<Side> side_of(const SchemaDiffOptions& options, const std::string& name, Context& context) {
  const auto catalog = catalog_of(context, options.store);
  const VersionInfo* version = catalog ? (*catalog)->find(name) : nullptr;
  if (version != nullptr) return Side{name, version->schema, version};
  const Result<Value> document = read_json(context, name);
  if (!document && document.error().code() == ErrorCode::not_found) {
    return Error(ErrorCode::not_found, "\"" + name + "\" is neither a version nor a file");
  }
  if (!document) return document.error();
  Result<Schema> schema = from_json_schema(*document);
  if (!schema) return in_file(name, schema.error());
  return Side{name, *std::move(schema), nullptr};
}

/// A catalog's word on the pair; nothing of schemas out of files.
struct Relation {
  std::vector<std::string> path;
  bool declared_compatible = false;
};

Relation relation_of(const AnyCatalog* catalog, const Side& before, const Side& after) {
  if (before.version == nullptr || after.version == nullptr) return {};
  const auto path = catalog->plan().path(before.name, after.name);
  return {path ? *path : std::vector<std::string>(),
          after.version->last_compatible <= before.version->ordinal};
}

bool all_work(const std::vector<SchemaChange>& changes) {
  for (const SchemaChange& change : changes) {
    if (change.old_server != OldServer::works) return false;
  }
  return true;
}

Value relation_json(const Side& before, const Side& after, const Relation& relation,
                    const std::vector<SchemaChange>& changes) {
  std::vector<Value> items;
  for (const SchemaChange& change : changes) {
    items.push_back(Value::object({{"kind", name(change.kind)},
                                   {"path", change.path},
                                   {"before", change.before},
                                   {"after", change.after},
                                   {"old_reads_new", name(change.old_reads_new)},
                                   {"new_reads_old", name(change.new_reads_old)},
                                   {"old_server", name(change.old_server)}}));
  }
  return Value::object({{"before", before.name},
                        {"after", after.name},
                        {"steps", Value::array({relation.path.begin(), relation.path.end()})},
                        {"declared_compatible", relation.declared_compatible},
                        {"compatible", all_work(changes)},
                        {"changes", Value::array(std::move(items))}});
}

/// What a server of the older version does with data of the newer one.
std::string verdict_of(const Side& before, const Side& after, const Relation& relation,
                       const std::vector<SchemaChange>& changes) {
  const bool works = all_work(changes);
  if (relation.declared_compatible) {
    return "version " + after.name + " is declared compatible with " + before.name +
           (works ? ", and is" : ", and is not");
  }
  return "a server of version " + before.name + " leaves data of version " + after.name + " alone" +
         (works ? ", and could go on with them if they were declared compatible" : "");
}

void print(std::ostream& out, const std::string& title, const Side& before, const Side& after,
           const Relation& relation, const std::vector<SchemaChange>& changes) {
  std::string head = title + before.name + " -> " + after.name;
  if (relation.path.size() > 2) {
    head += ", by";
    for (std::size_t i = 1; i < relation.path.size(); ++i) {
      head += (i == 1 ? " " : ", ") + relation.path[i - 1] + " -> " + relation.path[i];
    }
  }
  out << printable(head) << '\n';
  if (changes.empty()) {
    out << "the same\n";
    return;
  }
  Table table({{"CHANGE"}, {"OLD READS NEW"}, {"NEW READS OLD"}, {"OLD SERVER"}});
  for (const SchemaChange& change : changes) {
    table.add({text_of(change), std::string(name(change.old_reads_new)),
               std::string(name(change.new_reads_old)), std::string(name(change.old_server))});
  }
  table.write(out);
  if (before.version != nullptr && after.version != nullptr) {
    out << printable(verdict_of(before, after, relation, changes)) << '\n';
  }
}

Result<std::vector<std::pair<Side, Side>>> pairs_of(const SchemaDiffOptions& options,
                                                    Context& context) {
  std::vector<std::pair<Side, Side>> pairs;
  const auto catalog = catalog_of(context, options.store);
  if (options.before.empty()) {
    if (!catalog) return catalog.error();
    const auto versions = (*catalog)->versions();
    for (const VersionInfo& before : versions) {
      for (const VersionInfo& after : versions) {
        if (before.ordinal >= after.ordinal) continue;
        pairs.push_back(
            {{before.name, before.schema, &before}, {after.name, after.schema, &after}});
      }
    }
    return pairs;
  }
  if (options.after.empty() && !catalog) return catalog.error();
  Result<Side> before = side_of(options, options.before, context);
  if (!before) return std::move(before).error();
  Result<Side> after = side_of(
      options, options.after.empty() ? (*catalog)->current_version() : options.after, context);
  if (!after) return std::move(after).error();
  pairs.emplace_back(*std::move(before), *std::move(after));
  return pairs;
}

}  // namespace

Result<int> execute(const SchemaExportOptions& options, Context& context) {
  const auto catalog = catalog_of(context, options.store);
  if (!catalog) return catalog.error();
  const Result<Value> file = to_catalog_file(**catalog);
  if (!file) return file.error();
  const std::string text = write_json_indented(*file) + "\n";
  if (options.out.empty()) {
    context.environment.out << text;
    return 0;
  }
  const Result<void> written = write_file(options.out, text);
  if (!written) return written.error();
  return 0;
}

Result<int> execute(const SchemaDiffOptions& options, Context& context) {
  const auto pairs = pairs_of(options, context);
  if (!pairs) return pairs.error();
  const auto found = catalog_of(context, options.store);
  const AnyCatalog* catalog = found ? *found : nullptr;
  std::ostream& out = context.environment.out;
  std::vector<Value> items;
  for (const auto& [before, after] : *pairs) {
    const std::vector<SchemaChange> changes = diff_schemas(before.schema, after.schema);
    const Relation relation = relation_of(catalog, before, after);
    if (options.json) {
      items.push_back(relation_json(before, after, relation, changes));
      continue;
    }
    if (&before != &pairs->front().first) out << '\n';
    const bool of_catalog = before.version != nullptr && after.version != nullptr;
    print(out, of_catalog ? catalog->store_name() + " " : std::string(), before, after, relation,
          changes);
  }
  if (!options.json) return 0;
  JsonList list(out);
  for (const Value& item : items) list.add(item);
  list.finish();
  return 0;
}

}  // namespace keepsake::cli
