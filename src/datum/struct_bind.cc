#include <utility>

#include "src/datum/extras_node.h"
#include "src/datum/fault.h"
#include "src/datum/number.h"
#include "src/datum/pointer.h"
#include "src/datum/schema_node.h"

namespace keepsake::detail {

namespace {

bool is_scalar(const TypeInfo& type) { return type.shape <= Shape::enumeration; }
/// Or may be absent. Has nothing unknown in it.
bool holds_scalar(const TypeInfo& type) {
  return is_scalar(type) || (type.shape == Shape::optional && is_scalar(*type.element));
}

/// Puts a tree into an object. What a schema has let pass always fits; where it was another schema,
/// the first misfit is remembered and the walk ends.
class Binder {
 public:
  bool bind(const TypeInfo& type, const Value& value, void* object, const Place* place,
            ExtrasNode& extras);
  Result<void> fault;

 private:
  bool misfit(const TypeInfo& type, const Value& value, const Place* place) {
    fault = data_fault(pointer_text(place), make_schema(type).text(), kind_text(value));
    return false;
  }
  static bool bind_scalar(const TypeInfo& type, const Value& value, void* object);
  bool bind_list(const TypeInfo& type, const Value& value, void* object, const Place* place,
                 ExtrasNode& extras);
  bool bind_table(const TypeInfo& type, const Value& value, void* object, const Place* place,
                  ExtrasNode& extras);
  /// `tag`: a member that is none of the record's, and no unknown one.
  bool bind_record(const RecordInfo& record, const Value& value, void* object, const Place* place,
                   std::string_view tag, ExtrasNode& extras);
  bool bind_variant(const TypeInfo& type, const Value& value, void* object, const Place* place,
                    ExtrasNode& extras);
};

bool Binder::bind(const TypeInfo& type, const Value& value, void* object, const Place* place,
                  ExtrasNode& extras) {
  switch (type.shape) {
    case Shape::optional:
      if (!value.is_null()) {
        return bind(*type.element, value, type.optional->emplace(object), place, extras);
      }
      type.optional->reset(object);
      return true;
    case Shape::list:
    case Shape::fixed_list:
      return value.kind() == Value::Kind::array ? bind_list(type, value, object, place, extras)
                                                : misfit(type, value, place);
    case Shape::table:
      return value.kind() == Value::Kind::object ? bind_table(type, value, object, place, extras)
                                                 : misfit(type, value, place);
    case Shape::record:
      return value.kind() == Value::Kind::object
                 ? bind_record(type.record(), value, object, place, {}, extras)
                 : misfit(type, value, place);
    case Shape::variant: return bind_variant(type, value, object, place, extras);
    case Shape::foreign:
      return type.foreign->fill(
          object, [&](void* as) { return bind(*type.element, value, as, place, extras); });
    default: return bind_scalar(type, value, object) || misfit(type, value, place);
  }
}

bool Binder::bind_scalar(const TypeInfo& type, const Value& value, void* object) {
  const bool whole = value.kind() == Value::Kind::integer;
  switch (type.shape) {
    case Shape::boolean:
      if (value.kind() != Value::Kind::boolean) return false;
      *static_cast<bool*>(object) = value.as_bool();
      return true;
    case Shape::integer:
      if (whole && type.width == sizeof(std::int64_t) && type.is_signed) {
        return *static_cast<std::int64_t*>(object) = value.as_integer(), true;
      }
      if (whole) return store_integer(type, value.as_integer(), object);
      return value.kind() == Value::Kind::number && fits_integer(value.as_number()) &&
             store_integer(type, static_cast<std::int64_t>(value.as_number()), object);
    case Shape::number:
      return (whole || value.kind() == Value::Kind::number) &&
             store_number(type, value.as_number(), object);
    case Shape::string:
      if (value.kind() != Value::Kind::string) return false;
      store_text(type, value.as_string(), object);
      return true;
    case Shape::bytes:
      if (value.kind() != Value::Kind::bytes) return false;
      store_text(type, value.as_bytes(), object);
      return true;
    case Shape::enumeration: {
      if (value.kind() != Value::Kind::string) return false;
      const Enumerator* known = type.enumeration().find(value.as_string());
      return known != nullptr && store_integer(type, known->value, object);
    }
    default: return false;
  }
}

bool Binder::bind_list(const TypeInfo& type, const Value& value, void* object, const Place* place,
                       ExtrasNode& extras) {
  const std::span<const Value> items = value.items();
  const bool fixed = type.shape == Shape::fixed_list;
  if (fixed && items.size() != type.list->size(object)) return misfit(type, value, place);
  if (!fixed) type.list->resize(object, items.size());
  bool any = false;
  const TypeInfo& inner = *type.element;
  const RecordInfo* const record = inner.shape == Shape::record ? &inner.record() : nullptr;
  const void* const first = type.list->data(object);
  ExtrasNode node;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Place at = Place::element(place, i);
    void* element = const_cast<void*>(element_of(type, first, i));
    const bool bound = record != nullptr && items[i].kind() == Value::Kind::object
                           ? bind_record(*record, items[i], element, &at, {}, node)
                           : bind(inner, items[i], element, &at, node);
    if (!bound) return false;
    if (!any && node.empty()) continue;
    if (!any) extras.children.resize(i);
    any = true;
    extras.children.push_back(
        {.index = i, .key = {}, .fingerprint = 0, .node = std::exchange(node, {})});
  }
  for (std::size_t i = 0; i < extras.children.size(); ++i) {
    extras.children[i].index = i;
    extras.children[i].fingerprint =
        fingerprint(*type.element, element_of(type, type.list->data(object), i));
  }
  return true;
}

bool Binder::bind_table(const TypeInfo& type, const Value& value, void* object, const Place* place,
                        ExtrasNode& extras) {
  type.table->clear(object);
  for (const Member& member : value.members()) {
    if (member.value.is_null()) continue;
    const Place at = Place::member(place, member.name);
    ExtrasNode node;
    void* entry = type.table->insert(object, member.name);
    if (!bind(*type.element, member.value, entry, &at, node)) return false;
    if (node.empty()) continue;
    extras.children.push_back(
        {.index = 0, .key = std::string(member.name), .fingerprint = 0, .node = std::move(node)});
  }
  return true;
}

bool Binder::bind_record(const RecordInfo& record, const Value& value, void* object,
                         const Place* place, std::string_view tag, ExtrasNode& extras) {
  const std::span<const Member> members = value.members();
  const auto& names = SchemaNode::of(record.schema).quick_members;
  std::size_t next = 0;  // a validated value has the schema's order
  std::size_t known = 0;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const FieldInfo& field = record.fields[i];
    const bool in_order = next < members.size() && members[next].name == names[i].name;
    const Value* member = in_order ? &members[next].value : value.find(field.name);
    if (in_order) ++next;
    if (member != nullptr) ++known;
    const Place at = Place::member(place, field.name);
    void* target = field_of(field, object);
    if (member == nullptr || member->is_null()) {
      if (field.required) {
        fault = data_fault(pointer_text(&at), make_schema(*field.type).text(), "nothing");
        return false;
      }
      field.type->optional->reset(target);
      continue;
    }
    if (holds_scalar(*field.type)) {
      const bool held = field.type->shape == Shape::optional;
      const TypeInfo& scalar = held ? *field.type->element : *field.type;
      if (held) target = field.type->optional->emplace(target);
      if (!bind_scalar(scalar, *member, target)) return misfit(scalar, *member, &at);
      continue;
    }
    ExtrasNode node;
    if (!bind(*field.type, *member, target, &at, node)) return false;
    if (node.empty()) continue;
    extras.children.push_back({.index = i, .key = {}, .fingerprint = 0, .node = std::move(node)});
  }
  if (known == members.size()) return true;
  for (const Member& member : members) {
    if (member.value.is_null() || (!tag.empty() && member.name == tag)) continue;
    if (record.schema.member(member.name) != nullptr) continue;
    extras.unknown.push_back({member.name.view(), member.value.detached()});
  }
  return true;
}

bool Binder::bind_variant(const TypeInfo& type, const Value& value, void* object,
                          const Place* place, ExtrasNode& extras) {
  const VariantInfo& info = type.alternatives();
  const Value* tag = value.find(info.tag);
  if (tag == nullptr || tag->kind() != Value::Kind::string) return misfit(type, value, place);
  for (std::size_t i = 0; i < info.alternatives.size(); ++i) {
    if (info.alternatives[i].name != tag->as_string()) continue;
    ExtrasNode node;
    if (!bind_record(info.alternatives[i].type->record(), value, type.variant->emplace(object, i),
                     place, info.tag, node)) {
      return false;
    }
    if (node.empty()) return true;
    extras.children.push_back({.index = i, .key = {}, .fingerprint = 0, .node = std::move(node)});
    return true;
  }
  return misfit(type, value, place);
}

}  // namespace

Result<void> bind_value(const TypeInfo& type, const Value& value, void* object, Extras& extras) {
  Binder binder;
  ExtrasNode node;
  if (!binder.bind(type, value, object, nullptr, node)) return std::move(binder.fault);
  extras = make_extras(std::move(node));
  return {};
}

Result<void> bind_checked(const TypeInfo& type, const Schema& schema, Value value, void* object,
                          Extras& extras) {
  const Result<Validated> validated = schema.validate(std::move(value));
  if (!validated) return validated.error();
  return bind_value(type, validated->value(), object, extras);
}

Result<void> read_json(const TypeInfo& type, const Schema& schema, std::string_view text,
                       const JsonLimits& limits, void* object, Extras& extras) {
  if (read_fast(type, text, {}, limits, object)) {
    extras = {};
    return {};
  }
  Result<Value> value = parse_json(text, limits);
  return value ? bind_checked(type, schema, *std::move(value), object, extras)
               : std::move(value).error();
}

}  // namespace keepsake::detail
