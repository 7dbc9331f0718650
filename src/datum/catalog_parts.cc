#include <algorithm>
#include <utility>

#include "keepsake/datum/fingerprint.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "keepsake/datum/schema_diff.h"
#include "src/base/assert.h"
#include "src/datum/catalog_impl.h"
#include "src/datum/next_version.h"

namespace keepsake::detail {

namespace {

using Impl = AnyCatalog::Impl;

Error contradiction(std::string cause) {
  return Error(ErrorCode::invalid_schema, std::move(cause));
}

bool good_name(std::string_view name) {
  const auto good = [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; };
  return !name.empty() && name.size() <= kMostVersionName &&
         std::all_of(name.begin(), name.end(), good);
}

/// The declared schema with its literal "version".
Result<Schema> full_schema(const Impl& impl, const Impl::Declared& declared) {
  const Schema& schema = declared.schema ? *declared.schema : *impl.body;
  if (schema.kind() != Schema::Kind::object) {
    return contradiction("version " + declared.name + " is no object");
  }
  const Schema* own = schema.member("version");
  if (own == nullptr) return schema.with_first("version", schema::literal(declared.name));
  if (!declared.schema) {
    return contradiction("the struct has a member \"version\", which the catalog writes itself");
  }
  if (own->kind() == Schema::Kind::literal && own->literal() == Value(declared.name)) {
    return schema;
  }
  return contradiction("the schema of version " + declared.name +
                       " has another \"version\" than its own");
}

/// Takes the current version out of the published ones: it is the struct's. What was published.
std::optional<Schema> take_published_current(Impl& impl) {
  const auto is_current = [](const Impl::Declared& declared) { return declared.is_current; };
  const auto current = std::find_if(impl.declared.begin(), impl.declared.end(), is_current);
  if (current == impl.declared.end()) return std::nullopt;
  const std::string name = current->name;
  std::optional<Schema> schema;
  std::erase_if(impl.declared, [&](const Impl::Declared& declared) {
    if (!declared.is_published || declared.name != name) return false;
    schema = declared.schema;
    return true;
  });
  return schema;
}

/// Code of several lines as one.
std::string in_one_line(std::string code) {
  for (std::size_t at = code.find('\n'); at != std::string::npos; at = code.find('\n')) {
    code.replace(at, code.find_first_not_of("\n ", at) - at, " ");
  }
  return code;
}

/// The struct must be what was published as its version.
Result<void> hold_published(const Impl& impl, const Schema& published) {
  const VersionInfo& current = impl.versions[impl.current];
  if (fingerprint(published) == fingerprint(current.schema)) return {};
  std::string changes;
  for (const SchemaChange& change : diff_schemas(published, current.schema)) {
    changes += (changes.empty() ? "" : ", ") + text_of(change);
  }
  const std::string next = next_version_name(
      current.name, [&impl](std::string_view version) { return impl.find(version) != nullptr; });
  const SuggestedStep step = suggest_step(current.name, next, published, current.schema);
  return contradiction("version " + current.name +
                       " is published, and the struct is another one now: " + changes)
      .store(impl.store_name)
      .remedy("in place of .current(\"" + current.name + "\") write .current(\"" + next + "\")" +
              in_one_line(step.code));
}

Result<void> lock_versions(Impl& impl) {
  const std::optional<Schema> published = take_published_current(impl);
  std::size_t current_count = 0;
  for (const Impl::Declared& declared : impl.declared) {
    if (!good_name(declared.name)) {
      return contradiction("a version's name is 1 to 64 printable characters without quotes");
    }
    if (impl.find(declared.name) != nullptr) {
      return contradiction("version " + declared.name + " is declared twice");
    }
    Result<Schema> schema = full_schema(impl, declared);
    if (!schema) return std::move(schema).error();
    const int ordinal = static_cast<int>(impl.versions.size()) + 1;
    if (declared.is_current) {
      impl.current = impl.versions.size();
      ++current_count;
    }
    impl.versions.push_back({declared.name, ordinal, ordinal, *std::move(schema)});
    if (declared.compatible_with.empty()) continue;
    const VersionInfo* oldest = impl.find(declared.compatible_with);
    if (oldest == nullptr) {
      return contradiction("version " + declared.name + " is compatible with version " +
                           declared.compatible_with + ", which is not declared before it");
    }
    impl.versions.back().last_compatible = oldest->ordinal;
  }
  if (current_count == 1) return published ? hold_published(impl, *published) : Result<void>();
  return contradiction(current_count == 0 ? "the catalog has no current version"
                                          : "the catalog has two current versions");
}

/// The step that the first version without one may take to the next, as the remedy.
Error with_missing_step(const Impl& impl, Error error) {
  for (std::size_t i = 0; i + 1 < impl.versions.size(); ++i) {
    const VersionInfo& from = impl.versions[i];
    const VersionInfo& to = impl.versions[i + 1];
    const bool leaves = std::any_of(impl.edges.begin(), impl.edges.end(),
                                    [&from](const auto& edge) { return edge.first == from.name; });
    if (i == impl.current || leaves) continue;
    const SuggestedStep step = suggest_step(from.name, to.name, from.schema, to.schema);
    return std::move(error.remedy("add " + in_one_line(step.code)));
  }
  return error;
}

Result<void> lock_plan(Impl& impl) {
  for (const auto& [from, to] : impl.edges) {
    for (const std::string& end : {from, to}) {
      if (impl.find(end) != nullptr) continue;
      return contradiction("step " + from + " -> " + to + " names version " + end +
                           ", which is not declared");
    }
  }
  Result<void> locked =
      impl.plan.lock([&impl](std::string_view version) { return &impl.find(version)->schema; });
  if (!locked) return locked;
  const std::string& current = impl.versions[impl.current].name;
  for (const VersionInfo& version : impl.versions) {
    const Result<std::vector<std::string>> path = impl.plan.path(version.name, current);
    if (!path) return with_missing_step(impl, path.error());
  }
  return {};
}

/// The example's error under a head that names it.
Error bad_example(const std::string& version, const std::string& what, const Error& why) {
  std::string cause = "the example of version " + version + " " + what;
  if (!why.cause().empty()) cause += ": " + why.cause();
  return contradiction(std::move(cause))
      .path(why.path())
      .expected(why.expected())
      .found(why.found());
}

Result<void> try_example(const Impl& impl, const CatalogExample& example) {
  const std::string& version = example.version;
  const VersionInfo* from = impl.find(version);
  if (from == nullptr) {
    return contradiction("there is an example of version " + version + ", which is not declared");
  }
  Result<Value> data = parse_json(example.json_text);
  if (!data) return bad_example(version, "is no JSON", data.error());
  const Result<Validated> valid = from->schema.validate(*data);
  if (!valid) return bad_example(version, "is refused", valid.error());
  const std::string& current = impl.versions[impl.current].name;
  const auto schema_of = [&impl](std::string_view name) { return &impl.find(name)->schema; };
  std::vector<Displaced> displaced;
  Result<Value> newest = impl.plan.migrate(valid->value(), version, current, schema_of, displaced);
  if (!newest && newest.error().code() == ErrorCode::step_unknown) return {};
  if (!newest) return bad_example(version, "does not migrate", newest.error());
  if (!impl.plan.way_back(current, version)) return {};
  const Result<Value> back =
      impl.plan.migrate_back(*std::move(newest), current, version, schema_of, displaced);
  if (!back) return bad_example(version, "does not go back", back.error());
  if (*back == valid->value() && displaced.empty()) return {};
  return contradiction("the example of version " + version +
                       " is not the same after it went to version " + current + " and back");
}

/// Whether what a new profile starts with is of the current version.
Result<void> try_new_profile(const Impl& impl) {
  Result<void> made;
  if (impl.ops != nullptr) {
    Result<ErasedData> data = impl.make_new(WallTime{});
    if (!data) made = std::move(data).error();
  } else if (impl.new_profile) {
    Result<Validated> data = impl.versions[impl.current].schema.validate(impl.new_profile->data);
    if (!data) made = std::move(data).error();
  }
  if (made) return {};
  const Error& why = made.error();
  std::string cause = "a new profile's data is invalid";
  if (!why.cause().empty()) cause += ": " + why.cause();
  return contradiction(std::move(cause))
      .path(why.path())
      .expected(why.expected())
      .found(why.found());
}

Result<void> lock_all(Impl& impl) {
  if (!impl.problem) return impl.problem;
  if (impl.store_name.empty()) return contradiction("the catalog's store has no name");
  Result<void> locked = lock_versions(impl);
  if (locked) locked = lock_plan(impl);
  for (const CatalogExample& example : impl.examples) {
    if (locked) locked = try_example(impl, example);
  }
  return locked ? try_new_profile(impl) : locked;
}

}  // namespace

CatalogParts::CatalogParts(std::string_view store_name, const DataOps* ops)
    : impl_(std::make_shared<Impl>(store_name, ops)) {}

void CatalogParts::version(std::string_view name, Schema schema) {
  impl_->declared.push_back({.name = std::string(name), .schema = std::move(schema)});
}

void CatalogParts::current(std::string_view name, std::optional<Schema> schema) {
  impl_->declared.push_back(
      {.name = std::string(name), .schema = std::move(schema), .is_current = true});
}

void CatalogParts::published(std::span<const PublishedVersion> versions) {
  impl_->has_published = true;
  for (const PublishedVersion& version : versions) {
    const Result<Value> document = parse_json(version.json_schema);
    Result<Schema> schema = document ? from_json_schema(*document) : document.error();
    if (schema) {
      impl_->declared.push_back({.name = std::string(version.name),
                                 .schema = *std::move(schema),
                                 .compatible_with = std::string(version.compatible_with),
                                 .is_published = true});
    } else if (impl_->problem) {
      impl_->problem =
          contradiction("the published schema of version " + std::string(version.name) +
                        " can't be read: " + schema.error().text());
    }
  }
}

void CatalogParts::compatible_with(std::string_view version) {
  if (!impl_->declared.empty()) {
    impl_->declared.back().compatible_with = version;
  } else if (impl_->problem) {
    impl_->problem = contradiction("compatible_with stands before any version");
  }
}

void CatalogParts::step(std::string_view from, std::string_view to, std::vector<Change> changes) {
  impl_->edges.emplace_back(from, to);
  Result<void> added = impl_->plan.add(from, to, std::move(changes));
  if (!added && impl_->problem) impl_->problem = std::move(added);
}

void CatalogParts::step(std::string_view from, std::string_view to, StepFunction function,
                        StepFunction back) {
  impl_->edges.emplace_back(from, to);
  Result<void> added = impl_->plan.add(from, to, std::move(function), std::move(back));
  if (!added && impl_->problem) impl_->problem = std::move(added);
}

void CatalogParts::unknown_step(std::string_view from, std::string_view to, bool has_way_back) {
  impl_->edges.emplace_back(from, to);
  Result<void> added = impl_->plan.add_unknown(from, to, has_way_back);
  if (!added && impl_->problem) impl_->problem = std::move(added);
}

void CatalogParts::example(std::string_view version, std::string_view json_text) {
  impl_->examples.push_back({std::string(version), std::string(json_text)});
}

void CatalogParts::new_profile(std::function<void(WallTime, void*)> fill) {
  impl_->fill = std::move(fill);
}

void CatalogParts::new_profile(NewProfile profile) { impl_->new_profile = std::move(profile); }

Result<std::shared_ptr<const AnyCatalog::Impl>> CatalogParts::lock() {
  require(impl_ != nullptr, "a catalog's builder is locked once");
  const std::shared_ptr<Impl> impl = std::exchange(impl_, nullptr);
  Result<void> locked = lock_all(*impl);
  if (!locked) return std::move(locked).error();
  return std::shared_ptr<const AnyCatalog::Impl>(impl);
}

}  // namespace keepsake::detail
