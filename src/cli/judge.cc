#include "src/cli/judge.h"

#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/places.h"

namespace keepsake::cli {

namespace {
constexpr std::string_view kVersion = "version";
}  // namespace

Result<Judged> Judge::judge(Value data) const {
  auto version = version_of(data);
  if (!version) return std::move(version).error();
  Result<Validated> validated = (*version)->schema.validate(std::move(data));
  if (!validated) return std::move(validated).error();
  return Judged{*version, (*std::move(validated)).take()};
}

std::vector<Error> Judge::faults(Value data) const {
  auto version = version_of(data);
  if (!version) return {std::move(version).error()};
  return (*version)->schema.validate_all(data);
}

Result<const VersionInfo*> Judge::version_of(Value& data) const {
  const Value* own = data.find(kVersion);
  const bool none = data.kind() == Value::Kind::object && (own == nullptr || own->is_null());
  if (none && version_ != nullptr) {
    data.set(kVersion, version_->name);
    return version_;
  }
  if (none && trial_) return tried(data);
  const VersionInfo* found = own != nullptr && own->kind() == Value::Kind::string
                                 ? catalog_.find(own->as_string())
                                 : nullptr;
  if (found == nullptr) return catalog_.import_data(std::move(data)).error();
  if (version_ == nullptr || found == version_) return found;
  return Error(ErrorCode::version_mismatch, "the data's version is not the one asked for")
      .path("/version")
      .expected(write_json(Value(version_->name)))
      .found(write_json(Value(found->name)));
}

const VersionInfo* Judge::tried(Value& data) const {
  const auto versions = catalog_.versions();
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    data.set(kVersion, version->name);
    if (version->schema.validate(data)) return &*version;
  }
  data.set(kVersion, versions.back().name);
  return &versions.back();
}

Result<Judge> judge_of(const Context& context, const JudgeOptions& options) {
  auto catalog = catalog_of(context, options.store);
  if (!catalog) return std::move(catalog).error();
  auto version = version_of(**catalog, options.version);
  if (!version) return std::move(version).error();
  return Judge(**catalog, *version, options.trial);
}

Result<const VersionInfo*> version_of(const AnyCatalog& catalog, const std::string& name) {
  const VersionInfo* version = name.empty() ? nullptr : catalog.find(name);
  if (name.empty() || version != nullptr) return version;
  std::string known;
  for (const VersionInfo& info : catalog.versions()) {
    known += (known.empty() ? "" : ", ") + info.name;
  }
  return Error(ErrorCode::version_unknown,
               catalog.store_name() + " has no version \"" + name + "\"")
      .remedy("it has: " + known);
}

}  // namespace keepsake::cli
