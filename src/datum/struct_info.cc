#include <algorithm>
#include <cstring>
#include <limits>

#include "keepsake/datum/detail/describe_type.h"
#include "src/base/assert.h"
#include "src/datum/extras_node.h"
#include "src/datum/number.h"
#include "src/datum/schema_node.h"

namespace keepsake::detail {

namespace {

template <class I>
bool store_as(std::int64_t value, void* object) {
  if constexpr (std::is_signed_v<I>) {
    if (value < std::numeric_limits<I>::min() || value > std::numeric_limits<I>::max())
      return false;
  } else {
    if (value < 0 || static_cast<std::uint64_t>(value) > std::numeric_limits<I>::max())
      return false;
  }
  const I narrow = static_cast<I>(value);
  std::memcpy(object, &narrow, sizeof(narrow));
  return true;
}

template <class I>
std::int64_t load_as(const void* object) {
  I value;
  std::memcpy(&value, object, sizeof(value));
  return static_cast<std::int64_t>(value);
}

template <class I>
Limits limits_of() {
  return {.least = static_cast<double>(std::numeric_limits<I>::min()),
          .most = static_cast<double>(std::numeric_limits<I>::max()),
          .least_integer = std::numeric_limits<I>::min(),
          .most_integer = std::numeric_limits<I>::max()};
}

Limits width_limits(const TypeInfo& type) {
  switch (type.width) {
    case 1: return type.is_signed ? limits_of<std::int8_t>() : limits_of<std::uint8_t>();
    case 2: return type.is_signed ? limits_of<std::int16_t>() : limits_of<std::uint16_t>();
    case 4: return type.is_signed ? limits_of<std::int32_t>() : limits_of<std::uint32_t>();
    default: return type.is_signed ? Limits{} : at_least(0);
  }
}

/// A struct within another type is named, not held: it may be the one that holds it.
Schema inner_schema(const TypeInfo& type) {
  if (type.shape != Shape::record) return make_schema(type);
  return SchemaBuilder::reference(
      [record = type.record]() -> const Schema& { return record().schema; });
}

}  // namespace

std::int64_t load_integer(const TypeInfo& type, const void* object, bool& fits) {
  fits = true;
  switch (type.width) {
    case 1: return type.is_signed ? load_as<std::int8_t>(object) : load_as<std::uint8_t>(object);
    case 2: return type.is_signed ? load_as<std::int16_t>(object) : load_as<std::uint16_t>(object);
    case 4: return type.is_signed ? load_as<std::int32_t>(object) : load_as<std::uint32_t>(object);
    default: {
      const auto value = load_as<std::int64_t>(object);
      fits = type.is_signed || value >= 0;
      return value;
    }
  }
}

bool store_integer(const TypeInfo& type, std::int64_t value, void* object) {
  switch (type.width) {
    case 1:
      return type.is_signed ? store_as<std::int8_t>(value, object)
                            : store_as<std::uint8_t>(value, object);
    case 2:
      return type.is_signed ? store_as<std::int16_t>(value, object)
                            : store_as<std::uint16_t>(value, object);
    case 4:
      return type.is_signed ? store_as<std::int32_t>(value, object)
                            : store_as<std::uint32_t>(value, object);
    default:
      return type.is_signed ? store_as<std::int64_t>(value, object)
                            : store_as<std::uint64_t>(value, object);
  }
}

double load_number(const TypeInfo& type, const void* object) {
  if (type.width == sizeof(float)) return static_cast<double>(*static_cast<const float*>(object));
  return *static_cast<const double*>(object);
}

bool store_number(const TypeInfo& type, double value, void* object) {
  if (type.width == sizeof(double)) return *static_cast<double*>(object) = value, true;
  constexpr double kMost = std::numeric_limits<float>::max();
  if (value < -kMost || value > kMost) return false;
  *static_cast<float*>(object) = static_cast<float>(value);
  return true;
}

std::vector<TableEntry> sorted_entries(const TypeInfo& table, const void* object) {
  std::vector<TableEntry> entries;
  entries.reserve(table.table->size(object));
  table.table->visit(object, [&entries](std::string_view key, const void* value) {
    entries.push_back({key, value});
  });
  if (!table.table->sorted) {
    std::sort(entries.begin(), entries.end(),
              [](const TableEntry& a, const TableEntry& b) { return a.key < b.key; });
  }
  return entries;
}

Schema make_schema(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::boolean: return schema::boolean();
    case Shape::integer: return schema::integer().within(width_limits(type));
    case Shape::number: {
      constexpr double kMost = std::numeric_limits<float>::max();
      return type.width == sizeof(float) ? schema::number().within(between(-kMost, kMost))
                                         : schema::number();
    }
    case Shape::string: return schema::string();
    case Shape::optional: return schema::optional(inner_schema(*type.element));
    case Shape::list: return schema::array(inner_schema(*type.element));
    case Shape::fixed_list: {
      const std::size_t size = type.list->size(nullptr);
      return schema::array(inner_schema(*type.element))
          .within(size_at_least(size) & size_at_most(size));
    }
    case Shape::table: return schema::map(schema::string(), inner_schema(*type.element));
    case Shape::record: return type.record().schema;
  }
  return schema::any();
}

RecordInfo make_record(std::span<const RawField> fields, std::span<const RawRule> rules,
                       std::span<const RawName> names) {
  std::vector<FieldInfo> infos;
  std::vector<SchemaMember> members;
  for (const RawField& raw : fields) {
    FieldInfo field;
    field.name = raw.name;
    field.offset = raw.offset;
    field.type = raw.type;
    field.required = raw.type->shape != Shape::optional;
    for (const RawName& name : names) {
      if (name.offset == raw.offset) field.name = name.name;
    }
    for (const RawRule& rule : rules) {
      if (rule.offset == raw.offset) field.limits = field.limits & rule.limits;
    }
    field.limited = !field.limits.none();
    write_json(Value(field.name), field.key);
    field.key += ':';
    Schema schema = inner_schema(*raw.type);
    if (field.limited) schema = schema.within(field.limits);
    members.push_back({std::string(field.name), std::move(schema)});
    infos.push_back(std::move(field));
  }
  return {std::move(infos), schema::object(std::move(members))};
}

}  // namespace keepsake::detail
