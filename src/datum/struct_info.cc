#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/detail/raw_record.h"
#include "src/base/assert.h"
#include "src/datum/cbor_form.h"
#include "src/datum/extras_node.h"
#include "src/datum/number.h"
#include "src/datum/record_programs.h"
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
  if (type.shape == Shape::record) {
    return SchemaBuilder::reference(
        [record = type.record]() -> const Schema& { return record().schema; });
  }
  if (type.shape == Shape::variant) {
    return SchemaBuilder::reference(
        [alternatives = type.alternatives]() -> const Schema& { return alternatives().schema; });
  }
  return make_schema(type);
}

void take_note(const RawNote& note, FieldInfo& field, Schema& schema) {
  switch (note.kind) {
    case RawNote::Kind::limits:
      field.rules.limits = field.rules.limits & note.limits;
      schema = schema.within(note.limits);
      return;
    case RawNote::Kind::pattern:
      require(!field.rules.pattern, "a member has one pattern");
      schema = schema.matching(note.text);
      field.rules.pattern = *Pattern::parse(note.text);
      return;
    case RawNote::Kind::name: field.name = note.text; return;
    case RawNote::Kind::description: schema = schema.described(note.text); return;
    case RawNote::Kind::deprecated: schema = schema.deprecated(true); return;
    case RawNote::Kind::fallback: return;  // when the rules are known
  }
}

}  // namespace

[[gnu::hot]] std::int64_t load_integer(const TypeInfo& type, const void* object, bool& fits) {
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
    case Shape::bytes: return schema::bytes();
    case Shape::enumeration: return type.enumeration().schema;
    case Shape::variant: return type.alternatives().schema;
    case Shape::foreign: return inner_schema(*type.element);
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

RecordInfo make_record(RawRecord raw) {
  std::vector<FieldInfo> infos;
  std::vector<SchemaMember> members;
  for (const RawField& found : raw.fields) {
    FieldInfo field;
    field.name = found.name;
    field.offset = found.offset;
    field.type = found.type;
    field.required = found.type->shape != Shape::optional;
    Schema schema = inner_schema(*found.type);
    for (const RawNote& note : raw.notes) {
      if (note.offset == found.offset) take_note(note, field, schema);
    }
    for (const RawNote& note : raw.notes) {
      if (note.offset != found.offset || note.kind != RawNote::Kind::fallback) continue;
      schema = schema.with_default(note.value);
      // An absent one is then no empty one: the tree puts the default in.
      field.required = true;
    }
    field.ruled = !(field.rules == FieldRules{});
    field.key = KeyText(write_json(Value(field.name)) + ':');
    field.cbor_key = KeyText(write_cbor(Value(field.name)));
    members.push_back({std::string(field.name), std::move(schema)});
    infos.push_back(std::move(field));
  }
  std::vector<std::uint16_t> cbor_order(infos.size());
  std::iota(cbor_order.begin(), cbor_order.end(), std::uint16_t{0});
  std::sort(cbor_order.begin(), cbor_order.end(), [&infos](std::uint16_t a, std::uint16_t b) {
    return key_before(infos[a].name, infos[b].name);
  });
  Schema whole = schema::object(std::move(members)).reserving(std::move(raw.reserved));
  if (!raw.description.empty()) whole = whole.described(raw.description);
  for (const RecordRule& rule : raw.rules) whole = whole.with_rule(rule.expected, rule.holds_data);
  SchemaNode node = SchemaNode::of(whole);
  node.title = raw.title;
  RecordInfo record{std::move(infos), std::move(cbor_order), std::move(raw.rules),
                    SchemaBuilder::make(std::move(node)), nullptr};
  record.programs = std::make_shared<const RecordPrograms>(RecordPrograms{
      .json = make_json_write_program(record),
      .cbor = make_cbor_write_program(record),
      .cbor_read = make_cbor_read_program(record),
  });
  return record;
}

EnumInfo make_enum(std::vector<Enumerator> names) {
  require(!names.empty(), "a described enumeration has values in its range");
  std::vector<std::string> texts;
  for (const Enumerator& known : names) {
    require(std::find(texts.begin(), texts.end(), known.name) == texts.end(),
            "the names of an enumeration's values are distinct");
    texts.emplace_back(known.name);
  }
  return {std::move(names), schema::enumeration(std::move(texts))};
}

const Enumerator* EnumInfo::find(std::string_view name) const noexcept {
  for (const Enumerator& known : names) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

const Enumerator* EnumInfo::find(std::int64_t value) const noexcept {
  for (const Enumerator& known : names) {
    if (known.value == value) return &known;
  }
  return nullptr;
}

VariantInfo make_variant(std::string_view tag, std::vector<Alternative> alternatives) {
  std::vector<SchemaMember> variants;
  for (Alternative& alternative : alternatives) {
    write_json(Value(tag), alternative.key);
    alternative.key += ':';
    write_json(Value(alternative.name), alternative.key);
    const Schema& record = alternative.type->record().schema;
    require(record.member(tag) == nullptr, "an alternative has no member by the name of the tag");
    variants.push_back({std::string(alternative.name),
                        record.with_first(tag, schema::literal(Value(alternative.name)))});
  }
  Schema schema = schema::tagged_union(tag, std::move(variants));
  return {tag, std::move(alternatives), std::move(schema)};
}

}  // namespace keepsake::detail
