#include "keepsake/datum/catalog.h"

#include <algorithm>

#include "keepsake/datum/diff.h"
#include "src/base/assert.h"
#include "src/datum/catalog_impl.h"
#include "src/datum/json_write.h"

namespace keepsake {

namespace {

constexpr std::string_view kVersion = "version";

Error unknown_here(std::string_view version) {
  return Error(ErrorCode::needs_newer_server,
               "the data is of version " + quoted(version) + ", which this program doesn't know")
      .remedy("start a server that knows it");
}

/// The data's own version must be the one that the envelope recorded.
Result<void> same_version(const Value& data, std::string_view recorded) {
  const Value* own = data.find(kVersion);
  if (data.kind() != Value::Kind::object ||
      (own != nullptr && own->kind() == Value::Kind::string && own->as_string() == recorded)) {
    return {};
  }
  Error error(ErrorCode::version_mismatch, "the data's version is not the recorded one");
  error.path("/version").expected(quoted(recorded));
  if (own == nullptr || own->is_null()) return error.found("nothing"), error;
  if (own->kind() != Value::Kind::string) return error.found(name(own->kind())), error;
  return error.found(quoted(own->as_string().substr(0, kMostVersionName))), error;
}

}  // namespace

const std::string& AnyCatalog::store_name() const noexcept { return impl_->store_name; }
std::span<const VersionInfo> AnyCatalog::versions() const noexcept { return impl_->versions; }
const VersionInfo& AnyCatalog::current() const noexcept { return impl_->versions[impl_->current]; }
const Plan& AnyCatalog::plan() const noexcept { return impl_->plan; }
std::span<const CatalogExample> AnyCatalog::examples() const noexcept { return impl_->examples; }
bool AnyCatalog::has_published() const noexcept { return impl_->has_published; }
bool AnyCatalog::has_struct() const noexcept { return impl_->ops != nullptr; }
const DataOps& AnyCatalog::ops() const noexcept {
  require(has_struct(), "a catalog out of a file has no struct");
  return *impl_->ops;
}

const VersionInfo* AnyCatalog::find(std::string_view version) const noexcept {
  return impl_->find(version);
}

Result<Upgraded> AnyCatalog::upgrade_from(Value data, const VersionInfo& from,
                                          MigrationReport* report) const {
  Result<Validated> validated = from.schema.validate(std::move(data));
  if (!validated) return std::move(validated).error();
  Upgraded upgraded;
  upgraded.migrated = &from != &current();
  const auto schema_of = [this](std::string_view version) { return &find(version)->schema; };
  Result<Value> migrated = plan().migrate((*std::move(validated)).take(), from.name, current().name,
                                          schema_of, upgraded.displaced, report);
  if (!migrated) return std::move(migrated).error();
  upgraded.data = *std::move(migrated);
  return upgraded;
}

Result<Downgraded> AnyCatalog::downgrade(Value data, std::string_view version,
                                         MigrationReport* report) const {
  const VersionInfo* to = find(version);
  if (to == nullptr) {
    return Error(ErrorCode::version_unknown, "there is no version " + quoted(version));
  }
  Result<Validated> validated = current().schema.validate(std::move(data));
  if (!validated) return std::move(validated).error();
  Downgraded downgraded;
  const auto schema_of = [this](std::string_view name) { return &find(name)->schema; };
  Result<Value> migrated = plan().migrate_back((*std::move(validated)).take(), current().name,
                                               to->name, schema_of, downgraded.displaced, report);
  if (!migrated) return std::move(migrated).error();
  downgraded.data = *std::move(migrated);
  return downgraded;
}

Result<Upgraded> AnyCatalog::upgrade(const EncodedData& payload, std::string_view recorded_version,
                                     MigrationReport* report) const {
  const VersionInfo* from = find(recorded_version);
  if (from == nullptr) return unknown_here(recorded_version);
  Result<Value> data = read_data(payload);
  if (!data) return std::move(data).error();
  Result<void> same = same_version(*data, recorded_version);
  if (!same) return std::move(same).error();
  return upgrade_from(*std::move(data), *from, report);
}

Result<Upgraded> AnyCatalog::import_data(Value data, MigrationReport* report) const {
  if (data.kind() != Value::Kind::object) {
    return Error(ErrorCode::invalid_data).path("").expected("object").found(name(data.kind()));
  }
  const Value* version = data.find(kVersion);
  const VersionInfo* from = version != nullptr && version->kind() == Value::Kind::string
                                ? find(version->as_string())
                                : nullptr;
  if (from != nullptr) return upgrade_from(std::move(data), *from, report);
  std::string expected = "one of";
  for (const VersionInfo& info : versions()) {
    expected += (info.ordinal == 1 ? " " : ", ") + quoted(info.name);
  }
  Error error(ErrorCode::version_unknown);
  error.path("/version").expected(expected);
  if (version == nullptr || version->is_null()) return error.found("nothing"), error;
  if (version->kind() != Value::Kind::string) return error.found(name(version->kind())), error;
  return error.found(quoted(version->as_string().substr(0, kMostVersionName))), error;
}

std::string AnyCatalog::encode(const Value& data, DataForm form) const {
  return write_data(data, form);
}

Result<ErasedBound> AnyCatalog::bind(Upgraded upgraded) const {
  ErasedBound bound{.data = ops().make(),
                    .extras = {},
                    .version = current().name,
                    .migrated = upgraded.migrated,
                    .displaced = std::move(upgraded.displaced)};
  if (upgraded.data.kind() == Value::Kind::object) {
    static_cast<void>(upgraded.data.take(kVersion));
  }
  Result<void> done =
      detail::bind_value(ops().type(), upgraded.data, bound.data.get(), bound.extras);
  if (!done) return std::move(done).error();
  return bound;
}

Result<ErasedBound> AnyCatalog::decode(const EncodedData& payload,
                                       std::string_view recorded_version, NewerData newer) const {
  const VersionInfo* from = find(recorded_version);
  if (from == nullptr && newer == NewerData::refuse) return unknown_here(recorded_version);
  if (from != nullptr && from != &current()) {
    Result<Upgraded> upgraded = upgrade(payload, recorded_version);
    return upgraded ? bind(*std::move(upgraded)) : std::move(upgraded).error();
  }
  ErasedBound bound{.data = ops().make(),
                    .extras = {},
                    .version = std::string(recorded_version),
                    .migrated = false,
                    .displaced = {}};
  const auto read_fast =
      payload.form == DataForm::cbor ? &detail::read_fast_cbor : &detail::read_fast;
  if (read_fast(ops().type(), payload.bytes, recorded_version, {}, bound.data.get())) {
    return bound;
  }
  Result<Value> data = read_data(payload);
  if (!data) return std::move(data).error();
  Result<void> done = same_version(*data, recorded_version);
  if (!done) return std::move(done).error();
  if (data->kind() == Value::Kind::object) static_cast<void>(data->take(kVersion));
  Result<Validated> validated = impl_->body->validate(*std::move(data));
  if (!validated) return std::move(validated).error();
  done = detail::bind_value(ops().type(), validated->value(), bound.data.get(), bound.extras);
  if (!done) return std::move(done).error();
  return bound;
}

Result<ErasedData> AnyCatalog::make_new(WallTime created) const {
  require(has_struct(), "a catalog out of a file has no struct");
  return impl_->make_new(created);
}

Result<std::optional<NewProfile>> AnyCatalog::new_profile() const {
  if (!has_struct()) return impl_->new_profile;
  constexpr std::int64_t kFirstMs = 946'684'800'000;     // 2000-01-01T00:00:00Z
  constexpr std::int64_t kSecondMs = 1'234'567'890'123;  // 2009-02-13T23:31:30.123Z
  Value data[2];
  for (int i = 0; i < 2; ++i) {
    const Result<ErasedData> made = make_new(wall_from_unix_ms(i == 0 ? kFirstMs : kSecondMs));
    if (!made) return made.error();
    std::string text;
    ops().encode(made->get(), {}, current_version(), text);
    data[i] = parse_json(text).value();
  }
  NewProfile profile{.data = data[0], .by_time = {}};
  for (const Difference& difference : diff(data[0], data[1])) {
    profile.by_time.push_back(difference.path);
  }
  return std::optional(std::move(profile));
}

Result<ErasedData> AnyCatalog::Impl::make_new(WallTime created) const {
  ErasedData data = ops->make();
  if (fill) {
    Result<void> called =
        call_caught([&] { fill(created, data.get()); }, "the catalog's new_profile");
    if (!called) return std::move(called).error();
  }
  Result<void> valid = ops->validate(data.get());
  if (!valid) return std::move(valid).error();
  return data;
}

const VersionInfo* AnyCatalog::Impl::find(std::string_view version) const noexcept {
  const auto found =
      std::find_if(versions.begin(), versions.end(),
                   [version](const VersionInfo& info) { return info.name == version; });
  return found == versions.end() ? nullptr : &*found;
}

}  // namespace keepsake
