#include "keepsake/datum/catalog_file.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "keepsake/datum/catalog.h"
#include "keepsake/datum/change_form.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "src/datum/fault.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

Value form_of(const AnyCatalog& catalog, const VersionInfo& version) {
  Value form = Value::object({{"version", version.name}});
  if (version.last_compatible != version.ordinal) {
    const auto oldest = static_cast<std::size_t>(version.last_compatible - 1);
    form.set("compatible_with", catalog.versions()[oldest].name);
  }
  form.set("schema", to_json_schema(version.schema));
  return form;
}

Value form_of(const Plan::Step& step) {
  Value form = Value::object({{"from", step.from}, {"to", step.to}});
  if (step.changes != nullptr) {
    form.set("changes", form_of(*step.changes));
  } else {
    form.set("function", true);
    if (step.has_way_back) form.set("back", true);
  }
  return form;
}

/// A catalog by what its parts have become.
class ReadCatalog : public AnyCatalog {
 public:
  explicit ReadCatalog(std::shared_ptr<const Impl> impl) noexcept : AnyCatalog(std::move(impl)) {}
};

/// Reads one file; remembers the first thing that is wrong with it.
class FileReader {
 public:
  FileReader(const Value& file, std::vector<std::string>* unheld)
      : whole_{file, {}}, unheld_(unheld) {}

  Result<AnyCatalog> read() {
    if (whole_.form.kind() != Value::Kind::object) fail(whole_, "", "object");
    if (fault_ && text(whole_, "keepsake") != "catalog") fail(whole_, "keepsake", "\"catalog\"");
    const Value* form = whole_.form.find("form");
    if (fault_ && (form == nullptr || *form != Value(1))) fail(whole_, "form", "1");
    knows_only(whole_, {"keepsake", "form", "store", "current", "versions", "steps", "examples",
                        "new_profile"});
    detail::CatalogParts parts(text(whole_, "store"), nullptr);
    const std::string current = text(whole_, "current");
    for (const Part& part : list("versions")) read_version(part, current, parts);
    for (const Part& part : list("steps")) read_step(part, parts);
    for (const Part& part : list("examples")) read_example(part, parts);
    read_new_profile(parts);
    if (!fault_) return std::move(fault_).error();
    auto locked = parts.lock();
    if (!locked) return std::move(locked).error();
    return AnyCatalog(ReadCatalog(*std::move(locked)));
  }

 private:
  struct Part {
    const Value& form;
    std::string place;
  };

  void fail(const Part& part, std::string_view member, std::string_view expected) {
    if (!fault_) return;
    const Value* found = member.empty() ? &part.form : part.form.find(member);
    fault_ = Error(ErrorCode::invalid_schema, "a catalog's file that isn't understood")
                 .path(member.empty() ? part.place : pointer_below(part.place, member))
                 .expected(expected)
                 .found(found == nullptr ? "nothing" : kind_text(*found));
  }
  /// An error of what stands at `member`, by its place in the file.
  void fail_within(const Part& part, std::string_view member, Error error) {
    if (fault_) fault_ = std::move(error.path(pointer_below(part.place, member) + error.path()));
  }
  void knows_only(const Part& part, std::initializer_list<std::string_view> names) {
    for (std::size_t i = 0; fault_ && i < part.form.size(); ++i) {
      const std::string_view name = part.form.members()[i].name;
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      fail(part, name, "no such member");
    }
  }
  std::string text(const Part& part, std::string_view member) {
    const Value* found = part.form.find(member);
    if (found != nullptr && found->kind() == Value::Kind::string) {
      return std::string(found->as_string());
    }
    fail(part, member, "string");
    return {};
  }
  bool flag(const Part& part, std::string_view member) {
    const Value* found = part.form.find(member);
    if (found != nullptr && *found != Value(true)) fail(part, member, "true");
    return found != nullptr;
  }
  /// The items of an array of objects; an absent one has none.
  std::vector<Part> list(std::string_view member) {
    std::vector<Part> items;
    const Value* found = whole_.form.find(member);
    if (found == nullptr) return items;
    if (found->kind() != Value::Kind::array) {
      fail(whole_, member, "array");
      return items;
    }
    for (std::size_t i = 0; fault_ && i < found->size(); ++i) {
      items.push_back({found->items()[i], pointer_below(pointer_below("", member), i)});
      if (items.back().form.kind() != Value::Kind::object) fail(items.back(), "", "object");
    }
    return items;
  }

  void read_version(const Part& part, const std::string& current, detail::CatalogParts& parts) {
    if (!fault_) return;
    knows_only(part, {"version", "compatible_with", "schema"});
    const std::string name = text(part, "version");
    const Value* form = part.form.find("schema");
    if (form == nullptr) fail(part, "schema", "a JSON Schema");
    if (!fault_) return;
    std::vector<std::string> unheld;
    Result<Schema> schema = from_json_schema(*form, &unheld);
    if (!schema) return fail_within(part, "schema", std::move(schema).error());
    for (const std::string& pointer : unheld) {
      if (unheld_ != nullptr) unheld_->push_back(part.place + "/schema" + pointer);
    }
    if (name == current) {
      parts.current(name, *std::move(schema));
    } else {
      parts.version(name, *std::move(schema));
    }
    if (part.form.find("compatible_with") != nullptr) {
      parts.compatible_with(text(part, "compatible_with"));
    }
  }

  void read_step(const Part& part, detail::CatalogParts& parts) {
    if (!fault_) return;
    knows_only(part, {"from", "to", "changes", "function", "back"});
    const std::string from = text(part, "from");
    const std::string to = text(part, "to");
    const bool function = flag(part, "function");
    const bool back = flag(part, "back");
    const Value* form = part.form.find("changes");
    if (function == (form != nullptr)) fail(part, "changes", "changes, or a function");
    if (form != nullptr && back) fail(part, "back", "no such member beside changes");
    if (!fault_) return;
    if (function) return parts.unknown_step(from, to, back);
    std::vector<std::string> unknown;
    Result<std::vector<Change>> changes = changes_from(*form, &unknown);
    if (!changes) return fail_within(part, "changes", std::move(changes).error());
    parts.step(from, to, *std::move(changes));
  }

  void read_example(const Part& part, detail::CatalogParts& parts) {
    if (fault_) parts.example(text(part, "version"), write_json(part.form));
  }

  void read_new_profile(detail::CatalogParts& parts) {
    const Value* found = whole_.form.find("new_profile");
    if (!fault_ || found == nullptr) return;
    const Part part{*found, "/new_profile"};
    if (found->kind() != Value::Kind::object) return fail(part, "", "object");
    knows_only(part, {"data", "by_time"});
    const Value* data = found->find("data");
    const Value* by_time = found->find("by_time");
    if (data == nullptr) return fail(part, "data", "object");
    if (by_time == nullptr || by_time->kind() != Value::Kind::array) {
      return fail(part, "by_time", "array");
    }
    NewProfile profile{.data = *data, .by_time = {}};
    for (const Value& pointer : by_time->items()) {
      if (pointer.kind() != Value::Kind::string) return fail(part, "by_time", "JSON pointers");
      profile.by_time.emplace_back(pointer.as_string());
    }
    parts.new_profile(std::move(profile));
  }

  const Part whole_;
  std::vector<std::string>* unheld_;
  Result<void> fault_;
};

}  // namespace

Result<Value> to_catalog_file(const AnyCatalog& catalog) {
  const Result<std::optional<NewProfile>> profile = catalog.new_profile();
  if (!profile) return profile.error();
  Value versions = Value::array();
  for (const VersionInfo& version : catalog.versions()) {
    versions.push_back(form_of(catalog, version));
  }
  Value steps = Value::array();
  for (const Plan::Step& step : catalog.plan().steps()) steps.push_back(form_of(step));
  Value file = Value::object({{"keepsake", "catalog"},
                              {"form", 1},
                              {"store", catalog.store_name()},
                              {"current", catalog.current_version()},
                              {"versions", std::move(versions)},
                              {"steps", std::move(steps)}});
  Value examples = Value::array();
  for (const CatalogExample& example : catalog.examples()) {
    examples.push_back(parse_json(example.json_text).value());
  }
  if (examples.size() != 0) file.set("examples", std::move(examples));
  if (*profile) {
    std::vector<Value> by_time((*profile)->by_time.begin(), (*profile)->by_time.end());
    file.set("new_profile", Value::object({{"data", (*profile)->data},
                                           {"by_time", Value::array(std::move(by_time))}}));
  }
  return file;
}

Result<AnyCatalog> from_catalog_file(const Value& file, std::vector<std::string>* unheld) {
  return FileReader(file, unheld).read();
}

}  // namespace keepsake
